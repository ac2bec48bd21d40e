//! What holds for any input: counters balance, nothing panics, the order of events and the number of threads make no
//! difference, and grouping loses nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/cases.rs"]
mod cases;
#[expect(dead_code, reason = "the oracle uses the rest")]
#[path = "oracle/writer.rs"]
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cases::config;
use proptest::prelude::*;
use tfctrail::audit::baseline::Baseline;
use tfctrail::audit::baseline::encoded::{EncodedEvents, EventCodes};
use tfctrail::audit::baseline::past::WindowHistory;
use tfctrail::audit::filter::Filter;
use tfctrail::audit::filter::select::select;
use tfctrail::audit::network::Networks;
use tfctrail::audit::review::access::{Access, owner_name};
use tfctrail::audit::runs::assign::assign;
use tfctrail::audit::runs::dedupe::{Deduplicated, deduplicate};
use tfctrail::audit::runs::fold::RunsInOrder;
use tfctrail::audit::runs::fold::fold;
use tfctrail::decode::structure::Scanner;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::log_kind::LogKind;
use tfctrail::domain::run::{Grouping, Run};
use tfctrail::domain::source_address::SourceAddress;
use tfctrail::domain::subject::{Subject, SubjectKind};
use tfctrail::domain::tally::RecordTally;
use tfctrail::domain::texts::Texts;
use tfctrail::domain::user_agent::{provider_version, terraform_version};
use tfctrail::domain::window::Window;
use tfctrail::ingest::options::{IngestOptions, WantedCalls};
use tfctrail::ingest::scan::{Ingested, ingest};
use tfctrail::progress::Progress;
use tfctrail::source::SourceSpec;
use writer::Writer;

const RUN_GAP: i64 = 3_600;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn issuers() -> Issuers {
    Issuers::new(["tfe.example"], true)
}

/// Everything that a scan of `folders` ends with, as text.
fn account_of(folders: &[&str], threads: usize) -> String {
    let specs: Vec<SourceSpec> = folders.iter().map(|folder| SourceSpec::Path(fixtures().join(folder))).collect();
    let options = IngestOptions {
        issuers: issuers(),
        limits: DecodeLimits { salvage: true, ..DecodeLimits::default() },
        window: Window::default(),
        late_days: 1,
        begins: Vec::new(),
        threads: NonZeroUsize::new(threads).unwrap(),
        calls: WantedCalls::None,
        told: Window::default(),
        call_memory: 1 << 30,
        event_memory: None,
        exclude: Vec::new(),
        judge: None,
        listed: tfctrail::ingest::known_listings::KnownListings::default(),
        work_list: None,
        archive: None,
    };
    let Ingested { events, mut coverage, forbidden, .. } = ingest(&specs, &[], &options, &Progress::default());
    let selected = select(deduplicate(events), &Filter::default(), None);
    coverage.kept = selected.kept;
    assert!(coverage.balances(), "{folders:?}");
    let runs = runs_of(&selected.events);
    format!("{:?}\n{coverage:?}\n{forbidden:?}\n{runs:?}", selected.events)
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    for folders in [&["demo"][..], &["shapes", "hostile"], &["", "shapes", "demo"]] {
        let one = account_of(folders, 1);
        for threads in [2, 5] {
            assert_eq!(account_of(folders, threads), one, "{folders:?} {threads}");
        }
    }
}

/// Fixtures of every kind, as bytes.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let entries = walkdir::WalkDir::new(fixtures()).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    let files = files.filter(|path| !path.components().any(|part| part.as_os_str() == "generator"));
    files.map(|path| std::fs::read(path).unwrap()).filter(|file| file.len() < 30_000).collect()
});

/// A few changes: flipped bits, inserted bytes, and at last a cut.
fn mutate(file: &mut Vec<u8>, changes: &[(usize, u8, u8)]) {
    for (at, kind, byte) in changes {
        let at = at % (file.len() + 1);
        match kind % 6 {
            0 | 1 if at < file.len() => file[at] ^= 1 << (byte % 8),
            2 => file.insert(at, b"{}[]\",:\\ \n\x1f\x00"[usize::from(*byte) % 12]),
            3 if at < file.len() => drop(file.remove(at)),
            4 if *byte < 40 => file.truncate(at),
            _ => file.insert(at, *byte),
        }
    }
}

/// What must be the same for every way to decode; not the bytes of text of a file that failed, and not at which byte
/// of its gzip stream.
fn gist(decoded: &Decoded) -> String {
    assert!(decoded.records.balances());
    assert_eq!(decoded.records.kept, decoded.assumptions.len() as u64);
    let failed = matches!(decoded.ended, FileEnd::Failed(_));
    let digest = decoded.ended == FileEnd::Digest;
    let text = format!(
        "{failed} {digest} {:?} {:?} {:?} {:?} {}",
        decoded.assumptions,
        decoded.records,
        decoded.malformed,
        decoded.issuers,
        decoded.has_more.is_some()
    );
    assert!(!text.contains("FAKE-SESSION-TOKEN"), "{text}");
    text
}

/// Decodes in every way; all must agree.
fn check_decoding(file: &[u8], salvage: bool) {
    let limits = DecodeLimits { salvage, max_record: 20_000, max_file: 200_000 };
    let mut first = None;
    for scanner in Scanner::every() {
        let reader = || Decoder::new(issuers(), limits).with_scanner(scanner);
        for (way, mut reader) in [("whole", reader()), ("streaming", reader().streaming())] {
            let decoded = reader.bytes(&"-".into(), file);
            let gist = gist(&decoded);
            assert_eq!(first.get_or_insert_with(|| gist.clone()), &gist, "{way}: {:?}", decoded.ended);
            let streamed = reader.stream(&"-".into(), file);
            let stream = self::gist(&streamed);
            if tfctrail::decode::pack::zip::begins(file) {
                // Its directory is at its end: whoever has only a stream of it puts it aside first, and the decoder says so.
                let FileEnd::Failed(defect) = &streamed.ended else { panic!("{way}: {streamed:?}") };
                assert!(defect.to_string().contains("comes out of a pipe"), "{way}: {defect}");
                assert!(streamed.assumptions.is_empty() && streamed.records == RecordTally::default(), "{way}");
            } else {
                assert_eq!(first.as_ref(), Some(&stream), "{way} as a stream");
            }
        }
    }
}

#[test]
fn every_way_to_decode_agrees_on_the_fixtures() {
    for file in FILES.iter() {
        check_decoding(file, false);
        check_decoding(file, true);
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn damaged_files_are_accounted_for(
        which: prop::sample::Index,
        changes in prop::collection::vec((0..30_000_usize, any::<u8>(), any::<u8>()), 1..6),
        inflated: bool,
        salvage: bool,
    ) {
        let mut file = which.get(&FILES).clone();
        if inflated && file.starts_with(&[0x1f, 0x8b]) {
            let mut text = Vec::new();
            let read = std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&file[..]), &mut text);
            if read.is_ok() {
                file = text;
                file.truncate(30_000);
            }
        }
        mutate(&mut file, &changes);
        check_decoding(&file, salvage);
    }

    #[test]
    fn any_bytes_are_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..200), gzip: bool, salvage: bool) {
        let bytes = if gzip { [&[0x1f, 0x8b, 8, 0][..], &bytes].concat() } else { bytes };
        check_decoding(&bytes, salvage);
    }

    #[test]
    fn what_is_known_of_many_events_is_what_each_of_them_shows(seed: u64) {
        let events = deduplicate(events(seed)).events;
        let mut slow = Baseline::new(Networks::default());
        for event in &events {
            slow.add(event);
        }
        prop_assert_eq!(Baseline::of(&events.iter().collect::<Vec<_>>(), Networks::default()), slow);
    }

    #[test]
    fn codes_are_equal_where_values_are(seed: u64) {
        let events = deduplicate(events(seed)).events;
        let events: Vec<&Assumption> = events.iter().collect();
        let encoded = EncodedEvents::new(events.clone(), RUN_GAP);
        let runs: Vec<usize> = encoded.codes.iter().map(|codes| codes.run as usize).collect();
        prop_assert_eq!(&runs, &assign(&events, RUN_GAP));
        prop_assert_eq!(encoded.runs, runs.iter().max().map_or(0, |last| last + 1));
        let mut known = Baseline::new(Networks::default());
        known.take_sightings(encoded.sightings());
        prop_assert_eq!(known, Baseline::of(&events, Networks::default()));
        for (at, (one, codes)) in encoded.iter().enumerate() {
            for (other, others) in encoded.iter().take(at + 1) {
                let issuers = one.issuer == other.issuer;
                check_codes(one.account_id == other.account_id, codes.account, others.account)?;
                check_codes(one.subject.organization() == other.subject.organization(), codes.organization, others.organization)?;
                check_codes(issuers && one.subject.owner() == other.subject.owner(), codes.owner, others.owner)?;
                check_codes(
                    one.account_id == other.account_id && issuers && one.subject.owner() == other.subject.owner(),
                    codes.access,
                    others.access,
                )?;
                check_codes(one.role_arn == other.role_arn, codes.role, others.role)?;
                let same_grant = one.account_id == other.account_id && one.role_arn == other.role_arn;
                check_codes(same_grant, codes.grant, others.grant)?;
                check_codes(one.source_address == other.source_address, codes.address, others.address)?;
                check_codes(one.user_agent == other.user_agent, codes.agent, others.agent)?;
                let same_step = codes.run == others.run && one.subject.phase() == other.subject.phase();
                check_codes(same_step, codes.step, others.step)?;
            }
            let EventCodes { account, owner, access, role, address, agent, step, run, .. } = codes;
            let first = |column: &[&Assumption], code: u32| column[code as usize].clone();
            prop_assert_eq!(&first(&encoded.accounts, account).account_id, &one.account_id);
            prop_assert_eq!(encoded.owners[owner as usize].subject.owner(), one.subject.owner());
            let first_access = first(&encoded.accesses, access);
            prop_assert_eq!((&first_access.account_id, first_access.subject.owner()), (&one.account_id, one.subject.owner()));
            prop_assert_eq!(&first(&encoded.roles, role).role_arn, &one.role_arn);
            prop_assert_eq!(&first(&encoded.addresses, address).source_address, &one.source_address);
            prop_assert_eq!(&first(&encoded.agents, agent).user_agent, &one.user_agent);
            let of_step: Vec<&Assumption> =
                encoded.iter().filter(|(_, codes)| codes.step == step).map(|(event, _)| event).collect();
            let known = encoded.steps[step as usize];
            prop_assert_eq!((known.run, known.first, known.events as usize), (run, of_step[0], of_step.len()));
        }
    }

    #[test]
    fn the_matrix_counts_each_assumption_of_its_rows_and_columns(seed: u64) {
        let events = deduplicate(events(seed)).events;
        let encoded = EncodedEvents::new(events.iter().collect(), RUN_GAP);
        let (access, mut cells) = (Access::new(&encoded, &WindowHistory::nothing(Networks::default())), BTreeMap::<_, [u64; 2]>::new());
        let name = |event: &Assumption| (event.subject.organization().unwrap_or_default().to_owned(), owner_name(&event.subject));
        for event in &events {
            let cell = cells.entry((name(event), event.account_id.as_deref().unwrap_or_default())).or_default();
            cell[usize::from(event.outcome.is_denied())] += 1;
        }
        let names: BTreeSet<_> = cells.keys().map(|(name, _)| name.clone()).collect();
        prop_assert_eq!(access.rows.len() + access.more_rows, names.len());
        let total = |name: &(String, String)| -> u64 { cells.iter().filter(|((of, _), _)| of == name).flat_map(|(_, cell)| cell).sum() };
        let shown: Vec<_> = access.rows.iter().map(|row| (row.organization.to_string(), row.name.to_string())).collect();
        prop_assert!(shown.is_sorted_by_key(|name| (std::cmp::Reverse(total(name)), name.clone())));
        for (name, row) in shown.iter().zip(&access.rows) {
            for (account, cell) in access.accounts.iter().zip(&row.cells) {
                let expected = cells.get(&(name.clone(), &**account)).copied().unwrap_or_default();
                prop_assert_eq!([cell.granted, cell.denied], expected);
            }
        }
    }

    #[test]
    fn runs_are_the_same_folded_event_by_event(seed: u64) {
        let events = deduplicate(events(seed)).events;
        let events: Vec<&Assumption> = events.iter().collect();
        let assigned = assign(&events, RUN_GAP);
        let slow = folded_slowly(&events, &assigned);
        prop_assert_eq!(RunsInOrder::new(&events, &assigned).len(), slow.len());
        prop_assert_eq!(fold(&events, &assigned), slow);
    }

    #[test]
    fn damaged_hard_files_are_accounted_for(
        seed: u64,
        changes in prop::collection::vec((0..30_000_usize, any::<u8>(), any::<u8>()), 1..6),
    ) {
        let mut file = Writer::new(seed).file();
        mutate(&mut file, &changes);
        check_decoding(&file, false);
    }
}

/// Two codes are equal if and only if their values are.
fn check_codes(are_same: bool, one: u32, other: u32) -> Result<(), TestCaseError> {
    prop_assert_eq!(one == other, are_same);
    Ok(())
}

/// Folds events into runs one after the other, in sets that grow.
fn folded_slowly<'a>(events: &[&'a Assumption], assigned: &[usize]) -> Vec<Run<'a>> {
    let mut groups: BTreeMap<usize, Vec<&'a Assumption>> = BTreeMap::new();
    for (event, run) in events.iter().zip(assigned) {
        groups.entry(*run).or_default().push(event);
    }
    let fold = |events: Vec<&'a Assumption>| {
        let first = events[0];
        let (mut assumptions, mut denied) = (0, 0);
        let mut times = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let mut sets: [BTreeSet<&str>; 7] = Default::default();
        for event in events {
            let agent = event.user_agent.as_deref().unwrap_or_default();
            let shown = [
                event.subject.phase(),
                event.account_id.as_deref(),
                event.region.as_deref(),
                event.source_address.as_ref().map(SourceAddress::as_str),
                event.role_arn.as_deref(),
                terraform_version(agent),
                provider_version(agent),
            ];
            sets.iter_mut().zip(shown).for_each(|(set, text)| set.extend(text));
            times.insert(event.time);
            ids.extend(event.event_id.as_deref());
            assumptions += 1;
            denied += u64::from(event.outcome.as_str() == "denied");
        }
        let [phases, account_ids, regions, source_ips, role_arns, terraform_versions, provider_versions] =
            sets.map(Texts::from_iter);
        Run {
            run_id: first.run_id.as_deref(),
            kind: first.subject.kind(),
            issuer: first.issuer.as_deref(),
            organization: first.subject.organization(),
            project: first.subject.project(),
            workspace: first.subject.workspace(),
            stack: first.subject.stack(),
            deployment: first.subject.deployment(),
            phases,
            first_seen: *times.first().unwrap(),
            last_seen: *times.last().unwrap(),
            account_ids,
            regions,
            source_ips,
            role_arns,
            assumptions,
            denied,
            terraform_versions,
            provider_versions,
            grouping: if first.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred },
            smallest_event_id: ids.first().copied(),
        }
    };
    let mut runs: Vec<Run<'a>> = groups.into_values().map(fold).collect();
    runs.sort_by_key(|run| {
        let names = (run.organization, run.workspace, run.issuer, run.project, run.stack, run.deployment);
        (run.first_seen, run.run_id, names, run.kind.as_str(), run.smallest_event_id)
    });
    runs
}

fn runs_of(events: &[Assumption]) -> Vec<Run<'_>> {
    let events: Vec<&Assumption> = events.iter().collect();
    fold(&events, &assign(&events, RUN_GAP))
}

/// Events in two or three log files, with many copies and equal times.
fn events(seed: u64) -> Vec<Assumption> {
    let mut writer = Writer::new(seed);
    let mut reader = Decoder::new(issuers(), DecodeLimits::default());
    let mut events = Vec::new();
    for log_file in ["b.json", "a.json", "c.json"] {
        let records: Vec<String> = (0..12).map(|_| writer.event(0)).collect();
        let decoded = reader.bytes(&log_file.into(), writer.list(&records).as_bytes());
        events.extend(decoded.assumptions);
    }
    events
}

fn shuffle(events: &mut [Assumption], seed: u64) {
    let mut writer = Writer::new(seed);
    for at in (1..events.len()).rev() {
        events.swap(at, writer.below(at + 1));
    }
}

/// Copies removed as DESIGN §3 says it, each event against all others: what stands, duplicates, conflicts.
fn deduplicate_slowly(events: &[Assumption]) -> (Vec<Assumption>, u64, u64) {
    let same = |one: &Assumption, other: &Assumption| {
        one.event_id == other.event_id && (one.event_id.is_some() || one.content == other.content)
    };
    let rank = |at: usize| (&events[at].log_file, &events[at].content, at);
    let (mut standing, mut duplicate, mut conflicts) = (Vec::new(), 0, 0);
    for (at, event) in events.iter().enumerate() {
        let copies = (0..events.len()).filter(|other| same(event, &events[*other]));
        let stands = copies.min_by(|one, other| rank(*one).cmp(&rank(*other))).unwrap();
        if stands == at {
            standing.push(event.clone());
        } else if events[stands].content == event.content {
            duplicate += 1;
        } else {
            conflicts += 1;
        }
    }
    standing.sort_by(Assumption::order);
    (standing, duplicate, conflicts)
}

fn check_runs(events: &[Assumption]) {
    let runs = runs_of(events);
    let denied = events.iter().filter(|event| event.outcome.is_denied()).count();
    assert_eq!(runs.iter().map(|run| run.assumptions).sum::<u64>(), events.len() as u64);
    assert_eq!(runs.iter().map(|run| run.denied).sum::<u64>(), denied as u64);
    assert!(runs.is_sorted_by_key(|run| run.first_seen));
    let references: Vec<&Assumption> = events.iter().collect();
    let mut by_run: BTreeMap<usize, Vec<&Assumption>> = BTreeMap::new();
    for (event, run) in events.iter().zip(assign(&references, RUN_GAP)) {
        by_run.entry(run).or_default().push(event);
    }
    assert_eq!(by_run.len(), runs.len());
    for run in by_run.values() {
        assert!(run.iter().all(|event| event.run_id == run[0].run_id && event.issuer == run[0].issuer));
        let goes_on = |at: usize| {
            let (event, seconds) = (run[at], run[at].time.seconds());
            let renews = |other: &&&Assumption| {
                (&other.subject, &other.role_arn) == (&event.subject, &event.role_arn)
                    && other.session_end().is_some_and(|end| seconds <= end.seconds() + 600)
            };
            seconds - run[at - 1].time.seconds() <= RUN_GAP || run[..at].iter().any(|other| renews(&other))
        };
        assert!(run[0].run_id.is_some() || (1..run.len()).all(goes_on));
    }
    for run in &runs {
        assert!(run.first_seen <= run.last_seen && run.denied <= run.assumptions);
        assert_eq!(run.run_id.is_some(), run.grouping == Grouping::RunId);
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn grouping_does_not_depend_on_the_order_of_events(seed: u64, order: u64) {
        let one = events(seed);
        let mut other = one.clone();
        shuffle(&mut other, order);
        let slowly = deduplicate_slowly(&one);
        let (count, one, other) = (one.len() as u64, deduplicate(one), deduplicate(other));
        prop_assert_eq!((&one.events, one.duplicate, one.conflicts), (&slowly.0, slowly.1, slowly.2));
        prop_assert_eq!(one.events.len() as u64 + one.duplicate + one.conflicts, count);
        prop_assert_eq!((one.duplicate, one.conflicts), (other.duplicate, other.conflicts));
        prop_assert_eq!(&one.events, &other.events);
        prop_assert!(one.events.is_sorted_by(|one, other| one.order(other).is_lt()), "the order is total");
        let ids: Vec<&str> = one.events.iter().filter_map(|event| event.event_id.as_deref()).collect();
        let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        prop_assert_eq!(ids.len(), distinct.len());
        check_runs(&one.events);
        let again = deduplicate(one.events.clone());
        prop_assert_eq!((again.events.len(), again.duplicate + again.conflicts), (one.events.len(), 0));
    }

    #[test]
    fn whole_runs_only_add(seed: u64) {
        let all = deduplicate(events(seed));
        let again = || Deduplicated {
            events: all.events.clone(),
            duplicate: all.duplicate,
            conflicts: all.conflicts,
            unmatched: all.unmatched,
            ..Deduplicated::default()
        };
        let mut filter = Filter::default();
        filter.window.to = all.events.get(all.events.len() / 2).map(|event| event.time);
        let (part, whole) = (select(again(), &filter, None), select(again(), &filter, Some(RUN_GAP)));
        for selected in [&part, &whole] {
            prop_assert_eq!(selected.kept.reported, selected.events.len() as u64);
            prop_assert_eq!(selected.kept.filtered, selected.removed.values().sum::<u64>());
            let total = all.events.len() as u64 + all.duplicate + all.conflicts;
            prop_assert_eq!(selected.kept.total(), total);
        }
        prop_assert!(part.events.iter().all(|event| whole.events.contains(event)));
    }
}

fn name() -> impl Strategy<Value = String> {
    "[^:]{1,12}"
}

/// What ends a subject, where white space makes it another one.
fn phase() -> impl Strategy<Value = String> {
    "[^:]{0,11}[^:\\s]"
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn subjects_survive_the_round_trip(o in name(), p in name(), w in name(), d in name(), phase in phase()) {
        for (text, kind) in [
            (format!("organization:{o}:project:{p}:workspace:{w}:run_phase:{phase}"), SubjectKind::Workspace),
            (format!("organization:{o}:project:{p}:stack:{w}:deployment:{d}:operation:{phase}"), SubjectKind::Stack),
            (format!("organization:{o}:module:{w}:operation:{phase}"), SubjectKind::ModuleTest),
        ] {
            let subject = Subject::parse(&text);
            prop_assert_eq!(subject.kind(), kind);
            prop_assert_eq!(subject.to_string(), text);
            prop_assert_eq!((subject.organization(), subject.phase()), (Some(&*o), Some(&*phase)));
            prop_assert_eq!(subject.workspace().or(subject.stack()).or(subject.module()), Some(&*w));
        }
    }

    #[test]
    fn any_text_is_a_subject(text in "(organization|project|workspace|run_phase|module|operation|:|::|a|é| ){0,14}") {
        prop_assert_eq!(Subject::parse(&text).to_string(), text);
    }

    #[test]
    fn log_keys_survive_the_round_trip(
        prefix in "([a-zA-Z0-9_.-]{1,8}/){0,3}",
        organization in prop::option::of("o-[a-z0-9]{10,32}"),
        account in "[0-9]{12}",
        kind in 0..6_usize,
        region in "(eu|us|ap)-(west|gov-east)-[1-9]",
        (year, month, day) in (2014..2099_u32, 1..13_u32, 1..29_u32),
        (hour, minute) in (0..24_u32, 0..60_u32),
        id in "[A-Za-z0-9]{16}",
        gz: bool,
    ) {
        let segment = match kind {
            0 => "CloudTrail".to_owned(),
            kind => format!("CloudTrail-{}", LogKind::SKIPPED[kind - 1].as_str()),
        };
        let organization = organization.map(|id| format!("{id}/")).unwrap_or_default();
        let stamp = format!("{year}{month:02}{day:02}T{hour:02}{minute:02}Z");
        let end = if gz { ".gz" } else { "" };
        let name = format!("{account}_{segment}_{region}_{stamp}_{id}.json{end}");
        let folder = format!("AWSLogs/{organization}{account}/{segment}/{region}/{year}/{month:02}/{day:02}");
        let key = LogKey::parse(&format!("{prefix}{folder}/{name}"));
        prop_assert_eq!(LogKind::of_segment(&segment), key.kind);
        prop_assert_eq!(key.account.as_deref(), Some(&*account));
        if kind != 5 {
            prop_assert_eq!(key.region.as_deref(), Some(&*region));
        }
        prop_assert_eq!(key.date.map(|date| date.to_string()), Some(format!("{year}-{month:02}-{day:02}")));
        let delivered = (kind == 0).then(|| format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z"));
        prop_assert_eq!(key.delivered.map(|it| it.to_string()), delivered);
    }

    #[test]
    fn any_text_is_a_log_key(text in "([0-9]{12}|_|/|CloudTrail|AWSLogs|-Digest|20261102T0000Z|2026|11|02|é|o-a|eu-west-1|.json.gz|[a-zA-Z0-9]{16}){0,16}") {
        let key = LogKey::parse(&text);
        prop_assert!(key.delivered.is_none() || key.kind == Some(LogKind::CloudTrail));
    }
}
