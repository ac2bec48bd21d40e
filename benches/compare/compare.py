"""Times each tool on one question over one archive: which Terraform runs got which roles?

`compare.py ARCHIVE` prints a table, and writes it into result.md beside this file and into the README. Every tool is a process
of its own and gives one line for each organization, workspace, run and role, with the number of events; the lines have to be those
of tfctrail. Then a log file that is cut off is put beside the demo archive, and each tool is asked again.
"""

import importlib.metadata
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROUNDS = 3

SUBJECT = "organization:([^:]+):project:[^:]+:workspace:([^:]+):run_phase:[^:]+"

# A list of texts of JSON that are looked at before they are taken apart: four times as fast as a typed schema.
DUCKDB = f"""
import duckdb, sys
pattern = sys.argv[1] + "/**/*.json.gz"
duckdb.sql("SET enable_progress_bar = false")
rows = duckdb.sql(f'''
  SELECT regexp_extract(subject, '{SUBJECT}', 1), regexp_extract(subject, '{SUBJECT}', 2),
    substr(session, 15), role, count(DISTINCT id)
  FROM (
    SELECT r->>'$.eventID' AS id, r->>'$.eventName' AS name, r->>'$.errorCode' AS error,
      r->>'$.userIdentity.userName' AS subject, r->>'$.userIdentity.identityProvider' AS provider,
      r->>'$.requestParameters.roleArn' AS role, r->>'$.requestParameters.roleSessionName' AS session
    FROM (
      SELECT unnest(from_json(json->'Records', '["JSON"]')) AS r
      FROM read_json_objects('{{pattern}}', format = 'unstructured', maximum_object_size = 100000000)
    )
    WHERE contains(r::VARCHAR, 'AssumeRoleWithWebIdentity')
  )
  WHERE name = 'AssumeRoleWithWebIdentity' AND error IS NULL AND session LIKE 'terraform-run-run-%'
    AND regexp_full_match(subject, '{SUBJECT}') AND regexp_matches(provider, 'oidc-provider/app(\\\\.eu)?\\\\.terraform\\\\.io$')
  GROUP BY ALL
''').fetchall()
for row in rows: print(*row, sep="\\t")
"""

CLICKHOUSE = f"""
import chdb, sys
pattern = sys.argv[1] + "/**/*.json.gz"
print(chdb.query(f'''
  SELECT extractGroups(subject, '{SUBJECT}')[1], extractGroups(subject, '{SUBJECT}')[2],
    substring(session, 15), role, uniqExact(id)
  FROM (
    SELECT r.eventID AS id, r.eventName AS name, r.errorCode AS error, r.userIdentity.userName AS subject,
      r.userIdentity.identityProvider AS provider, r.requestParameters.roleArn AS role,
      r.requestParameters.roleSessionName AS session
    FROM (SELECT arrayJoin(Records) AS r FROM file('{{pattern}}', JSONEachRow, 'Records Array(Tuple(eventID String,
      eventName String, errorCode String, userIdentity Tuple(userName String, identityProvider String),
      requestParameters Tuple(roleArn String, roleSessionName String)))'))
  )
  WHERE name = 'AssumeRoleWithWebIdentity' AND error = '' AND startsWith(session, 'terraform-run-run-')
    AND match(subject, '^{SUBJECT}$') AND match(provider, 'oidc-provider/app(\\\\\\\\.eu)?\\\\\\\\.terraform\\\\\\\\.io$')
  GROUP BY ALL
  SETTINGS input_format_skip_unknown_fields = 1, input_format_null_as_default = 1,
    input_format_json_ignore_unknown_keys_in_named_tuple = 1
''', 'TSV').data(), end="")
"""

JQ = r"""
set -o pipefail
find "$1" -name '*.json.gz' -print0 | sort -z | xargs -0 zcat | jq -r '
  .Records[] | select(.eventName == "AssumeRoleWithWebIdentity" and .errorCode == null)
  | select(.userIdentity.identityProvider | test("oidc-provider/app(\\.eu)?\\.terraform\\.io$"))
  | select(.requestParameters.roleSessionName | startswith("terraform-run-run-"))
  | (.userIdentity.userName | capture("^organization:(?<o>[^:]+):project:[^:]+:workspace:(?<w>[^:]+):run_phase:[^:]+$")) as $s
  | [$s.o, $s.w, .requestParameters.roleSessionName[14:], .requestParameters.roleArn, .eventID] | @tsv' |
  sort -u | cut -f 1-4 | uniq -c | sed -E 's/^ *([0-9]+) (.*)$/\2\t\1/'
"""

TFCTRAIL = r"""
tfctrail summary "$1" --by organization,workspace,run_id,role_arn --outcome granted --kind workspace --run 'run-*' -o csv -q \
  --columns organization,workspace,run_id,role_arn,assumptions --no-header | tr , '\t'
exit "${PIPESTATUS[0]}"
"""

VERSIONS = {
    "tfctrail": lambda: told("tfctrail", "--version").removeprefix("tfctrail "),
    "ClickHouse (chDB)": lambda: importlib.metadata.version("chdb"),
    "DuckDB": lambda: importlib.metadata.version("duckdb"),
    "zcat and jq": lambda: told("jq", "--version").removeprefix("jq-"),
}

TOOLS = {
    "tfctrail": ["bash", "-c", TFCTRAIL, "bash"],
    "ClickHouse (chDB)": [sys.executable, "-c", CLICKHOUSE],
    "DuckDB": [sys.executable, "-c", DUCKDB],
    "zcat and jq": ["bash", "-c", JQ, "bash"],
}


def told(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def run(command, archive):
    """Exit code, lines, standard error, wall time and CPU time in seconds, and the largest process in MiB."""
    # Nothing of whoever measures: no store, no config file.
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "TFCTRAIL_CONFIG": os.devnull, "LC_ALL": "C"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.monotonic()
        process = subprocess.Popen([*command, str(archive)], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        # What the processes below it took is part of that.
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        lines = sorted(line for line in out.read().splitlines() if line)
        return process.returncode, lines, err.read(), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(archive):
    """The medians of each tool, taken in turns, and whether its lines are those of tfctrail."""
    found = {name: [] for name in TOOLS}
    for _ in range(ROUNDS):
        for name, command in TOOLS.items():
            found[name].append(run(command, archive))
    wanted = found["tfctrail"][0][1]
    if not wanted or any(ended[:2] != (0, wanted) for ended in found["tfctrail"]):
        sys.exit(f"tfctrail has no answer: {found['tfctrail'][0][2]}")
    print(f"{len(wanted)} lines, {ROUNDS} rounds")
    for name, ended in found.items():
        medians = [statistics.median(values[at] for values in ended) for at in (3, 4, 5)]
        yield name, medians, all(values[:2] == (0, wanted) for values in ended), ended[0][2]


def with_a_broken_file(command):
    """What a tool says where one log file of many is cut off."""
    with tempfile.TemporaryDirectory() as folder:
        logs = pathlib.Path(folder) / "logs"
        # Digest files have another form, and people leave them out.
        shutil.copytree(ROOT / "fixtures/demo", logs, ignore=shutil.ignore_patterns("CloudTrail-*"))
        _, whole, *_ = run(TOOLS["tfctrail"], logs)
        place = logs / "AWSLogs/o-n0rthw1nd5/333344445555/cut-off.json.gz"
        shutil.copy(ROOT / "fixtures/hostile/truncated.json.gz", place)
        code, lines, complaint, *_ = run(command, logs)
    is_named = place.name in complaint
    if lines == whole:
        return "answers from the others, and names it" if is_named else "answers from the others, and does not say so"
    if not lines:
        return "no answer; the error names it" if is_named else "no answer"
    return f"answers in part, exit code {code}"


def size(count):
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def table(archive):
    corpus = json.loads((archive / "corpus.json").read_text())
    yield "## Beside what people use today"
    yield ""
    yield (
        f"One question, which runs got which roles, over one archive: {corpus['files']:,} log files, "
        f"{size(corpus['gzip_bytes'])} of gzip, {size(corpus['text_bytes'])} of JSON, {corpus['records']:,} records. "
        f"{os.cpu_count()} cores, medians of {ROUNDS} rounds, by `benches/compare/run`."
    )
    yield ""
    yield "| | time | CPU | memory | same answer | if one log file is cut off |"
    yield "|---|---|---|---|---|---|"
    for name, (wall, cpu, memory), agrees, complaint in measure(archive / "AWSLogs"):
        if not agrees:
            print(f"{name}: {complaint[-2000:]}", file=sys.stderr)
        broken = with_a_broken_file(TOOLS[name])
        yield f"| {name} {VERSIONS[name]()} | {wall:.1f} s | {cpu:.1f} s | {memory:,.0f} MiB | {'yes' if agrees else 'no'} | {broken} |"


def main():
    text = "\n".join(table(pathlib.Path(sys.argv[1]))) + "\n"
    print(text)
    (HERE / "result.md").write_text(text, encoding="utf-8")
    readme = ROOT / "README.md"
    begin, end = "<!-- comparison -->\n", "<!-- end of comparison -->\n"
    front, rest = readme.read_text(encoding="utf-8").split(begin)
    readme.write_text(f"{front}{begin}\n{text}\n{end}{rest.split(end)[1]}", encoding="utf-8")


main()
