//! The page holds, whatever is in the log.

use proptest::prelude::*;

use super::*;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::WindowHistory;
use crate::audit::coverage::Coverage;
use crate::audit::network::Networks;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::report::account_names::AccountNames;
use crate::report::review::run_pages::RunPages;
use crate::report::sample;
use crate::report::zone::Zone;

fn page(events: &[Assumption]) -> String {
    let [from, to] = ["2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"].map(Timestamp::parse_rfc3339);
    let window = Window { from, to };
    let coverage = Coverage { window, ..Coverage::default() };
    let past = WindowHistory::nothing(Networks::default());
    let review = Review::new(window, &EncodedEvents::new(events.iter().collect(), 3_600), &past, &coverage);
    let (names, issuers) = (AccountNames::default(), Issuers::default());
    let (pages, place) = (RunPages::default(), ReportPlace::default());
    let setting = PageContext {
        account_names: &names,
        time_zone: &Zone::UTC,
        issuers: &issuers,
        about: "",
        run_pages: &pages,
        place: &place,
    };
    let mut out = Vec::new();
    write(&mut out, &review, &setting).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page of an event whose names all hold `text`.
fn named(text: &str) -> Assumption {
    let mut event = sample::events().remove(1);
    let name = if text.is_empty() { "x" } else { text };
    event.subject = Subject::Workspace {
        organization: name.into(),
        project: Some(name.into()),
        workspace: name.into(),
        phase: name.into(),
    };
    event.account_id = Some(name.into());
    event.role_arn = Some(name.into());
    event.source_address = Some(crate::domain::source_address::SourceAddress::new(name));
    event.user_agent = Some(format!("Terraform/{name} terraform-provider-aws/{name}").into());
    event
}

/// How often the page has each tag: text that became markup would change that.
fn tags(page: &str) -> std::collections::BTreeMap<String, usize> {
    let (start, rest) = page.split_once("</style>").unwrap();
    let mut tags = std::collections::BTreeMap::new();
    for part in start
        .split("<style>")
        .next()
        .unwrap()
        .split('<')
        .chain(rest.split("<script>").next().unwrap().split('<'))
        .skip(1)
    {
        let name: String = part.chars().take_while(|it| it.is_ascii_alphanumeric() || "/!".contains(*it)).collect();
        *tags.entry(name).or_default() += 1;
    }
    tags
}

#[test]
fn hostile_names_stay_text() {
    let page = page(&sample::events());
    assert!(!page.contains("<b>*x*</b>") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(page.contains("&#60;b&#62;*x*&#60;/b&#62;") || page.contains("&lt;b&gt;*x*&lt;/b&gt;"));
    assert_eq!(page.matches("<script>").count(), 1);
}

#[test]
fn the_policy_lets_nothing_in_but_the_page_itself() {
    let page = page(&[]);
    let policy = policy(STYLE);
    assert!(page.contains("http-equiv=\"Content-Security-Policy\""));
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
    for outside in ["src=", "@import", "url(", "<link rel=\"stylesheet", "fetch(", "http://"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains(" style=\"") && !page.contains(" onclick"));
}

#[test]
fn a_page_stays_below_two_million_bytes() {
    let events = (0..4_000).map(|at| {
        let mut event = named(&format!("{at}{}", "<&\"'".repeat(200)));
        event.event_id = Some(format!("{at:08}").into());
        event.run_id = Some(format!("run-{at}").into());
        event
    });
    let page = page(&events.collect::<Vec<_>>());
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert!(page.contains("of 4,000 rows; runs.csv beside this report has all of them"), "the rest is named");
}

#[test]
fn what_is_wrong_comes_before_what_is_new_and_what_vanished_comes_last() {
    let page = page(&sample::events());
    let places = ["findings", "denials", "new", "runs", "activity", "access", "networks", "gone", "coverage"]
        .map(|id| page.find(&format!("<section id=\"{id}\">")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn what_to_do_is_never_cut_and_names_are() {
    let text = "long\u{202e}".repeat(100);
    assert_eq!(fitted(TableCell::new(&*text).whole()).lines, ["long\\u202e".repeat(100)]);
    assert_eq!(fitted(TableCell::new(&*text)).lines[0].chars().last(), Some('…'));
}

#[test]
fn links_lead_to_known_issuers_only() {
    let mut event = sample::events().remove(0);
    assert!(
        page(std::slice::from_ref(&event))
            .contains("href=\"https://app.terraform.io/app/acme/workspaces/web_a/runs/run-")
    );
    for issuer in ["evil.example", "app.terraform.io/x", "app.terraform.io@evil.example"] {
        event.issuer = Some(issuer.into());
        assert!(!page(std::slice::from_ref(&event)).contains("href=\"http"), "{issuer}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_name_becomes_markup(text in "[<>&\"'/a-z!=\\-\u{202e}\u{0}\n]{0,40}|\\PC{0,20}") {
        // Two names of a version end at white space, so that it is none in either page.
        prop_assume!(!text.contains(char::is_whitespace) && !text.is_empty());
        prop_assert_eq!(tags(&page(&[named(&text)])), tags(&page(&[named("plain")])));
    }
}
