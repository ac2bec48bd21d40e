#!/usr/bin/env python3
"""Reads a CloudTrail archive with tfctrail on the executors of Apache Spark, and reports on it.

    spark-submit tfctrail_job.py --binary ./tfctrail --out /shared/audit s3://BUCKET --last 1d

The driver lists the log files while Spark starts, and spreads them over tasks by their size. Each task runs `tfctrail extract` for
its share, which writes NDJSON to OUT/extracts. Events go to OUT/events as Parquet, a folder for each day; with --activity, calls of
runs go to OUT/calls as well. At last `tfctrail report` reads the extracts, checks that all log files of the list are in them, and
writes OUT/report.

A task that is tried again, runs twice or is lost changes nothing: rows say which run of the program wrote them, and only what is
complete counts. README.md beside this file says how to run it on EMR Serverless, Glue and Databricks.
"""

import argparse
import atexit
import ctypes
import datetime
import glob
import heapq
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from pyspark import SparkConf, SparkContext, SparkFiles, TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

STARTED = time.monotonic()
# A log file failed, and its tally says why. That is no failure of the task.
INCOMPLETE = 5
DONE = (0, INCOMPLETE)


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="what tfctrail reads: s3://BUCKET[/PREFIX], or a folder that all executors have")
    parser.add_argument("--source", action="append", default=[], metavar="SOURCE", help="one more SOURCE, for services whose arguments all have names; repeatable")
    parser.add_argument("--keys-from", metavar="FILE", help="read the log files that are named in FILE, one a line, in place of SOURCE")
    parser.add_argument("--out", required=True, help="a folder that the driver and all executors have, or one that Spark writes to and tfctrail reads (s3://…)")
    parser.add_argument("--binary", default="tfctrail", help="the program; a path of the driver, or an address that Spark reads (s3://…), is sent to the executors [default: tfctrail, of their PATH]")
    parser.add_argument("--partitions", type=int, help="how many tasks [default: four a core, and at least one for a GiB]")
    parser.add_argument("--from", dest="start", help="as for tfctrail")
    parser.add_argument("--to", dest="end", help="as for tfctrail")
    parser.add_argument("--last", help="as for tfctrail")
    parser.add_argument("--activity", action="store_true", help="extract the calls of runs, too, and report on what runs did")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG[=VALUE]", help="one more flag for every run of tfctrail that reads log files, like --tfe-host=HOST; repeatable")
    parser.add_argument("--report-option", action="append", default=[], metavar="FLAG[=VALUE]", help="one more flag for tfctrail report, like --expected-organization=acme; repeatable")
    parser.add_argument("--no-report", action="store_true", help="end when the extracts are complete")
    parser.add_argument("--timings", action="store_true", help="say after how many seconds each step began")
    asked, more = parser.parse_known_args(argv)
    if "--JOB_RUN_ID" in more:
        # AWS Glue puts arguments of its own beside ours, some of them without a name.
        asked.sources = []
    elif more:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    asked.sources += asked.source
    if bool(asked.sources) == bool(asked.keys_from):
        parser.error("name either SOURCE or --keys-from")
    return asked


def window_flags(start, end):
    return [f"{flag}={value}" for flag, value in (("--from", start), ("--to", end)) if value]


def window(asked, program):
    """The window as two times, of which one that is not there is None. `--last 1d` would mean another one when the report is made."""
    flags = [*window_flags(asked.start, asked.end), *([f"--last={asked.last}"] if asked.last else [])]
    config = [option for option in asked.option if option.startswith("--config")]

    def told(*flags):
        with tempfile.TemporaryDirectory() as nothing:
            command = [program, "coverage", "--output=json", *config, *flags, nothing]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode not in DONE:
            print(done.stderr.decode(errors="replace"), end="", file=sys.stderr)
            sys.exit(f"tfctrail_job: asking for the window ended with code {done.returncode}")
        found = json.loads(done.stdout)["coverage"]["window"]
        return found["from"], found["to"]

    start, end = told(*flags)
    if asked.keys_from and not (start and end):
        sys.exit("tfctrail_job: --keys-from needs --from and --to: the days whose log files the list names")
    if start or all(os.path.exists(source) for source in asked.sources):
        return start, end
    if not all("://" in source for source in asked.sources):
        sys.exit("tfctrail_job: --from or --last is missing: without it, a bucket is read for 7 days, and a folder as a whole")
    # The program would list as much.
    if not end:
        return told("--last=7d")
    start = datetime.datetime.fromisoformat(end[:-1]) - datetime.timedelta(days=7)
    return f"{start.isoformat()}Z", end


def midnight(time, days):
    """The midnight in front of a time, so many days later."""
    try:
        return f"{datetime.date.fromisoformat(time[:10]) + datetime.timedelta(days)}T00:00:00Z"
    except (OverflowError, ValueError):
        # The first and the last days that there are.
        return time


def whole_days(start, end):
    """The window with the whole of the days, in UTC, that it begins and ends in."""
    return start and midnight(start, 0), end and (end if end.endswith("T00:00:00Z") else midnight(end, 1))


def days_inside(start, end):
    """The window without the days that it begins or ends in the middle of."""
    return (start if start.endswith("T00:00:00Z") else midnight(start, 1)), midnight(end, 0)


def activity(asked):
    return ["--activity"] if asked.activity else []


def log_files(asked, program):
    """The log files that are to be read, each with its size; the window that is asked about; the one of the days that are read as a
    whole; and whether the list has everything."""
    asked_window = window(asked, program)
    if asked.keys_from:
        with open(asked.keys_from, encoding="utf-8") as lines:
            keys = dict.fromkeys(line.rstrip("\r\n") for line in lines)
        # Nobody knows their sizes without asking for each of them.
        return [(key, 1) for key in keys if key.strip()], asked_window, days_inside(*asked_window), True
    days = whole_days(*asked_window)
    command = [program, "extract", "--list", "--output=ndjson", *window_flags(*days), *activity(asked), *asked.option]
    listed = subprocess.run([*command, *asked.sources], stdout=subprocess.PIPE, check=False)
    if listed.returncode not in DONE:
        sys.exit(f"tfctrail_job: listing ended with code {listed.returncode}")
    rows = (json.loads(line) for line in listed.stdout.splitlines())
    return [(row["key"], row["size"]) for row in rows], asked_window, days, listed.returncode == 0


def spread(files, count):
    """The keys for each of `count` tasks: the largest first, each to whoever has the least. Every file costs a request, too."""
    tasks = [(0, number, []) for number in range(count)]
    for key, size in sorted(files, key=lambda file: (-file[1], file[0])):
        total, number, keys = heapq.heappop(tasks)
        keys.append(key)
        heapq.heappush(tasks, (total + size + 65536, number, keys))
    # Neighbours of an archive lie in one folder.
    return [sorted(keys) for _, _, keys in sorted(tasks, key=lambda task: task[1]) if keys]


def sent(name):
    """Where a program is that was sent. Whatever it came by, it may not be executable."""
    path = SparkFiles.get(name)
    os.chmod(path, 0o755)
    return path


def end_with_parent():
    """Called in a new process: Spark ends the worker of a task that it needs no more, and the program shall end with it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def whole_lines(stream):
    """What is read, in blocks of about a MiB that end where a line does, without its end. A row a block takes Python far longer."""
    begun = []
    while block := stream.read(1 << 20):
        end = block.rfind(b"\n")
        if end < 0:
            begun.append(block)
            continue
        yield b"".join([*begun, block[:end]])
        begun = [block[end + 1 :]]
    if last := b"".join(begun):
        yield last


def extract(command, program, is_sent, folders, incomplete):
    """What a task does with its keys. It writes its part of the extracts, and its rows by day where there is a second one of the
    `folders`, and gives the names of these files; where Spark writes, there are no folders, and it gives blocks of NDJSON."""

    def run(tasks):
        path = sent(program) if is_sent else program
        for keys in tasks:
            # Who names a log file wants it, whatever window the environment or a config file of this machine has.
            whole = [path, "extract", "--quiet", "--threads=1", "--output=ndjson", "--from=0000-01-01", *command]
            part = days = None
            if folders:
                # The program renames what is complete to these names. No two tries of a task have one name, and only those count which
                # Spark takes: extracts tell a log file once, and files of days are named.
                task = TaskContext.get()
                name = f"part-{task.partitionId():05d}-{task.taskAttemptId()}"
                part = os.path.join(folders[0], f"{name}.ndjson.gz")
                whole.append(f"--out={part}")
                if folders[1]:
                    days = os.path.join(folders[1], name)
                    whole.append(f"--by-day={days}")
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".keys") as named:
                named.write("".join(f"{key}\n" for key in keys))
                named.flush()
                whole.append(f"--keys-from={named.name}")
                out = None if part else subprocess.PIPE
                with subprocess.Popen(whole, stdout=out, preexec_fn=end_with_parent) as child:
                    if not part:
                        yield from whole_lines(child.stdout)
                code = child.returncode
            if code not in DONE:
                raise RuntimeError(f"tfctrail extract ended with code {code}; its messages are in the log of the executor")
            if code == INCOMPLETE:
                incomplete.add(1)
            if part:
                # The driver may be another user; the folder of --out says who may come so far.
                files = []
                for path, _, names in os.walk(days) if days else ():
                    os.chmod(path, 0o755)
                    files += [os.path.join(path, name) for name in names]
                for name in (part, *files):
                    os.chmod(name, 0o644)
                yield part, files

    return run


def standing(rows):
    """The reading that counts of each log file: one that was complete, of the latest state."""
    tallies = rows.where("row = 'tally' and failed is null and skipped is null")
    reading = F.struct("last_modified", "etag", "attempt")
    latest = tallies.groupBy("log_file").agg(F.max(reading).alias("reading"))
    return latest.select("log_file", "reading.etag", "reading.attempt")


def daily(rows, kind, columns, stand, days, writers):
    """The events, or the calls, of these days with their day, sorted. A day has one file."""
    found = rows.where(F.col("row") == kind)
    if stand is not None:
        same = [found[name].eqNullSafe(stand[name]) for name in ("log_file", "etag", "attempt")]
        found = found.join(stand, same, "left_semi").dropDuplicates(["log_file", "etag", "offset"])
    found = found.select(*columns).withColumn("day", F.date_format("time", "yyyy-MM-dd"))
    start, end = days
    if start:
        found = found.where(F.col("day") >= start[:10])
    if end:
        found = found.where(F.col("day") < end[:10])
    return found.repartition(writers, "day").sortWithinPartitions("time", "event_id")


def make_folder(path):
    os.makedirs(path, mode=0o755, exist_ok=True)


def move(path, to):
    try:
        os.rename(path, to)
    except PermissionError:
        # It is somebody else's.
        shutil.copyfile(path, to)


def place_days(kinds, written, days, out, aside):
    """What tasks wrote of these days, as one folder a day. What others wrote for other days stays; a day appears when it is whole, in
    place of an older one."""
    start, end = (time and f"day={time[:10]}" for time in days)
    for kind, _ in kinds:
        place = os.path.join(out, f"{kind}s")
        make_folder(place)
        found = set()
        for path in (path for _, files in written for path in files):
            task, of_kind, day, number = path.split(os.sep)[-4:]
            # Log files have a few events of other days, which are whole only in the run that was about those.
            if of_kind != f"{kind}s" or (start and day < start) or (end and day >= end):
                continue
            made = os.path.join(aside, "new", of_kind, day)
            if day not in found:
                make_folder(made)
                found.add(day)
            move(path, os.path.join(made, f"{task}-{number}"))
        for day in sorted(found):
            made, older = os.path.join(aside, "new", f"{kind}s", day), os.path.join(place, f".{day}-{os.path.basename(aside)}")
            replaces = os.path.isdir(os.path.join(place, day))
            if replaces:
                os.rename(os.path.join(place, day), older)
            try:
                os.rename(made, os.path.join(place, day))
            except BaseException:
                if replaces:
                    os.rename(older, os.path.join(place, day))
                raise
            if replaces:
                shutil.rmtree(older)


def write_days(rows, kinds, all_count, days, writers, place):
    """Rows of each kind of these days as Parquet, a folder a day. What others wrote for other days stays; a day appears when it is whole."""
    stand = None if all_count else standing(rows)
    for kind, columns in kinds:
        writer = daily(rows, kind, columns, stand, days, writers).write.mode("overwrite").option("partitionOverwriteMode", "dynamic")
        writer.partitionBy("day").parquet(f"{place}/{kind}s")


# What is read of the rows: the columns of events and of calls, and of tallies those that tell which readings stand.
EVENTS = (
    "time event_id account_id region source_ip kind organization project workspace stack deployment module phase run_id "
    "role_arn role_session_name issuer audience outcome error_code access_key_id terraform_version provider_version user_agent "
    "subject log_file record_sha256 offset etag attempt original_event_id session_end duration_seconds verification_method "
    "assumed_role_id updated_fields expiration"
).split()
CALLS = (
    "time event_id account_id region service event_name read_only outcome error_code source_ip user_agent access_key_id resources "
    "log_file record_sha256 offset etag attempt shared_event_id identity_type identity_account_id principal_id session_created "
    "session_issuer_arn web_identity_issuer invoked_by issued_access_key_id issued_principal_id issued_role_arn issued_end "
    "created_key parameters error_message"
).split()
TALLIES = ["row", "log_file", "etag", "attempt", "failed", "skipped", "last_modified"]
TYPES = {"offset": "long", "duration_seconds": "long", "read_only": "boolean", "resources": "array<string>"}
TYPES.update(dict.fromkeys(("time", "session_end", "expiration", "session_created", "issued_end"), "timestamp"))
SCHEMA = ", ".join(f"`{name}` {TYPES.get(name, 'string')}" for name in dict.fromkeys([*EVENTS, *CALLS, *TALLIES]))


def say(asked, step):
    if asked.timings:
        print(f"tfctrail_job: {time.monotonic() - STARTED:.1f} s: {step}", flush=True)


def read_rows(spark, extracts):
    return spark.read.schema(SCHEMA).json(extracts)


def prepare(spark, kinds, writers):
    """Plans what comes after the extracts, of no rows: Spark loads and compiles its parts while executors read log files."""
    with tempfile.TemporaryDirectory() as nothing:
        rows = read_rows(spark, f"file://{nothing}")
        for kind, columns in kinds:
            daily(rows, kind, columns, None, (None, None), writers).collect()


def local_program(asked, is_sent):
    """The program, where the driver can run it before Spark has started."""
    if not is_sent:
        return shutil.which(asked.binary) or asked.binary
    path = os.path.abspath(asked.binary)
    return path if os.access(path, os.X_OK) else None


def start_sql(sc):
    """Spark's engine for tables, which what only deals tasks out does without."""
    spark = SparkSession(sc)
    # Days are those of UTC, and times have the unit that the program writes.
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MILLIS")
    # The calendar is that of the program, for years before 1900, too.
    spark.conf.set("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
    return spark


def write_extracts(sc, asked, tasks, name, is_sent, extracts, aside):
    """Whether each log file was read whole, and what each task wrote where it writes by itself."""
    is_folder = "://" not in extracts
    # A folder is a root, below which files are called by their path.
    roots = [source for source in asked.sources if os.path.isdir(source)]
    incomplete = sc.accumulator(0)
    folders = (extracts, aside) if is_folder else None
    run = extract([*activity(asked), *asked.option, *roots], name, is_sent, folders, incomplete)
    parts = sc.parallelize(tasks, len(tasks)).mapPartitions(run)
    written = None
    if folders:
        for folder in filter(None, folders):
            os.makedirs(folder)
        written = parts.collect()
        missing = [name for part, files in written for name in (part, *files) if not os.path.exists(name)]
        if missing:
            sys.exit(f"tfctrail_job: an executor wrote {missing[0]}, and the driver has no such file: --out has to be a folder that all share")
    else:
        parts.saveAsTextFile(extracts, "org.apache.hadoop.io.compress.GzipCodec")
    return incomplete.value == 0, written


def conclude(asked, program, files, asked_window, extracts, scratch):
    """The command that checks the work list, and reports."""
    work = os.path.join(scratch, "work-list.txt")
    with open(work, "w", encoding="utf-8") as written:
        written.writelines(f"{key}\n" for key, _ in files)
    common = [extracts.removeprefix("file://"), f"--work-list={work}", *window_flags(*asked_window)]
    if asked.no_report:
        return [program, "coverage", *common, "--output=json", f"--out={os.path.join(scratch, 'coverage.json')}"]
    # What roles did that runs assumed in turn is read in the log files that may hold it.
    logs = [*asked.option, *(f"--logs={source}" for source in asked.sources)] if asked.activity else []
    report = f"{asked.out.removeprefix('file://')}/report"
    return [program, "report", *common, *activity(asked), *logs, f"--out={report}", *asked.report_option]


def main(argv):
    asked = arguments(argv)
    is_address = "://" in asked.binary
    is_sent = is_address or (os.path.isfile(asked.binary) and os.sep in asked.binary)
    name = os.path.basename(asked.binary) if is_sent else asked.binary
    program = None if is_address else local_program(asked, is_sent)
    kinds = [("event", EVENTS), ("call", CALLS)] if asked.activity else [("event", EVENTS)]
    is_folder = "://" not in asked.out
    if is_folder:
        asked.out = os.path.abspath(asked.out)
    run = f"run-{uuid.uuid4().hex}"
    extracts = f"{asked.out}/extracts/{run}"
    # Several sources, and lists that others made, may name a log file twice, and somebody has to judge its rows.
    is_plain = len(asked.sources) == 1
    aside = f"{asked.out}/.days-{run}" if is_folder and is_plain else None
    if aside:
        # It goes with the job.
        atexit.register(shutil.rmtree, aside, ignore_errors=True)
    # Spark may take a bare path for one of HDFS.
    place = f"file://{asked.out}" if is_folder else asked.out

    with ThreadPoolExecutor() as pool:
        listing = pool.submit(log_files, asked, program) if program else None
        sc = SparkContext.getOrCreate(SparkConf().setAppName("tfctrail"))
        say(asked, "Spark has started")
        if is_sent:
            sc.addFile(asked.binary if is_address else os.path.abspath(asked.binary))
        # The driver lists and reports with it.
        program = program or sent(name)
        files, asked_window, days, is_list_whole = listing.result() if listing else log_files(asked, program)
        if not files:
            sys.exit("tfctrail_job: the sources have no log file of the window")
        size = sum(size for _, size in files)
        cores = sc.defaultParallelism
        # As many for each core, and at least four, of at most a GiB.
        count = asked.partitions or cores * max(4, -(-size // (cores << 30)))
        tasks = spread(files, min(count, len(files)))
        print(f"tfctrail_job: {len(files)} log files, {size} bytes, {len(tasks)} tasks", flush=True)
        say(asked, "log files are dealt out")
        # Where Spark writes Parquet, it loads what it needs for that while executors read log files.
        prepared = None if aside else pool.submit(lambda: prepare(start_sql(sc), kinds, cores))
        all_read, written = write_extracts(sc, asked, tasks, name, is_sent, extracts, aside)
        say(asked, "extracts are written")
        if prepared:
            # What fails there, and matters, fails again below.
            prepared.exception()

    with tempfile.TemporaryDirectory() as scratch:
        with subprocess.Popen(conclude(asked, program, files, asked_window, extracts, scratch)) as concluding:
            if aside and all_read:
                place_days(kinds, written, days, asked.out, aside)
            else:
                rows = read_rows(start_sql(sc), place + extracts.removeprefix(asked.out))
                write_days(rows, kinds, all_read and is_plain, days, cores, place)
            say(asked, "events are written")
            print(f"tfctrail_job: extracts in {extracts}", flush=True)
            sc.stop()
            code = concluding.wait()
    say(asked, "the work list is checked")
    if code == 0 and not is_list_whole:
        print("tfctrail_job: the list lacks log files that could not be listed; its messages are above", file=sys.stderr)
        return INCOMPLETE
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
