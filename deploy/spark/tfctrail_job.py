#!/usr/bin/env python3
"""Reads a CloudTrail archive with tfctrail on the executors of Apache Spark, and reports on it.

    spark-submit tfctrail_job.py --binary ./tfctrail --out /shared/audit s3://BUCKET --last 1d

The driver lists the log files and spreads them over tasks by their size. Each task runs `tfctrail extract` for its share. What
they write goes to OUT/extracts as NDJSON, and to OUT/events as Parquet, a folder for each day; with --activity, calls of runs go to
OUT/calls as well. Then one `tfctrail report` reads
the extracts, checks that all log files of the list are in them, and writes OUT/report.

A task that is tried again, runs twice or is lost changes nothing: rows say which run of the program wrote them, and only what is
complete counts. README.md beside this file says how to run it on EMR Serverless, Glue and Databricks.
"""

import argparse
import heapq
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

from pyspark import SparkFiles
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

# 5: a log file failed, and its tally says why. That is no failure of the task.
DONE = (0, 5)


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="what tfctrail reads: s3://BUCKET[/PREFIX], or a folder that all executors have")
    parser.add_argument("--source", action="append", default=[], metavar="SOURCE", help="one more SOURCE, for services whose arguments all have names; repeatable")
    parser.add_argument("--keys-from", metavar="FILE", help="read the log files that are named in FILE, one a line, in place of SOURCE")
    parser.add_argument("--out", required=True, help="a folder that the driver and all executors have, or one that Spark writes to and tfctrail reads (s3://…)")
    parser.add_argument("--binary", default="tfctrail", help="the program; a path of the driver, or an address that Spark reads (s3://…), is sent to the executors [default: tfctrail, of their PATH]")
    parser.add_argument("--partitions", type=int, help="how many tasks [default: four a core, and at least one for 256 MiB]")
    parser.add_argument("--from", dest="start", help="as for tfctrail")
    parser.add_argument("--to", dest="end", help="as for tfctrail")
    parser.add_argument("--last", help="as for tfctrail")
    parser.add_argument("--activity", action="store_true", help="extract the calls of runs, too, and report on what runs did")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG[=VALUE]", help="one more flag for every run of tfctrail that reads log files, like --tfe-host=HOST; repeatable")
    parser.add_argument("--report-option", action="append", default=[], metavar="FLAG[=VALUE]", help="one more flag for tfctrail report, like --expected-organization=acme; repeatable")
    parser.add_argument("--no-report", action="store_true", help="end when the extracts are complete")
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


def window(asked):
    flags = (("--from", asked.start), ("--to", asked.end), ("--last", asked.last))
    return [f"{flag}={value}" for flag, value in flags if value]


def activity(asked):
    return ["--activity"] if asked.activity else []


def log_files(asked, program):
    """The log files that are to be read, each with its size."""
    command = [program, "extract", "--list", *window(asked), *activity(asked), *asked.option]
    if asked.keys_from:
        with open(asked.keys_from, encoding="utf-8") as lines:
            keys = [line.rstrip("\r\n") for line in lines]
        # Nobody knows their sizes without asking for each of them.
        return [(key, 1) for key in keys if key.strip()]
    listed = subprocess.run([*command, *asked.sources], stdout=subprocess.PIPE, check=False)
    if listed.returncode not in DONE:
        sys.exit(f"tfctrail_job: listing ended with code {listed.returncode}")
    rows = (json.loads(line) for line in listed.stdout.splitlines())
    return [(row["key"], row["size"]) for row in rows]


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


def extract(command, program, is_sent):
    """What a task does with its keys: lines of NDJSON."""

    def run(tasks):
        path = sent(program) if is_sent else program
        for keys in tasks:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".keys") as named:
                named.write("".join(f"{key}\n" for key in keys))
                named.flush()
                child = subprocess.Popen(
                    [path, "extract", "--quiet", "--threads=1", f"--keys-from={named.name}", *command],
                    stdout=subprocess.PIPE,
                )
                try:
                    for line in child.stdout:
                        yield line.rstrip(b"\n").decode("utf-8")
                finally:
                    child.stdout.close()
                    code = child.wait()
                if code not in DONE:
                    raise RuntimeError(f"tfctrail extract ended with code {code}; its messages are in the log of the executor")

    return run


def write_days(spark, rows, kind, columns, out):
    """The events, or the calls, as Parquet, a folder a day. What others wrote for other days stays; a day appears when it is whole."""
    tallies = rows.where("row = 'tally' and failed is null and skipped is null")
    # The latest state of a log file stands, and of its readings those that were complete.
    latest = Window.partitionBy("log_file").orderBy(F.col("last_modified").desc_nulls_last(), F.col("etag"))
    stands = tallies.withColumn("place", F.dense_rank().over(latest)).where("place = 1")
    stands = stands.select("log_file", "etag", "attempt").distinct()
    found = rows.where(F.col("row") == kind)
    same = [found[name].eqNullSafe(stands[name]) for name in ("log_file", "etag", "attempt")]
    found = found.join(stands, same, "left_semi").dropDuplicates(["log_file", "etag", "offset"])
    found = found.select(*columns).withColumn("day", F.substring("time", 1, 10))
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    found.repartition("day").sortWithinPartitions("time", "event_id").write.mode("overwrite").partitionBy("day").parquet(out)


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
TYPES = {"offset": "long", "duration_seconds": "int", "read_only": "boolean", "resources": "array<string>"}
SCHEMA = ", ".join(f"`{name}` {TYPES.get(name, 'string')}" for name in dict.fromkeys([*EVENTS, *CALLS, *TALLIES]))


def main(argv):
    asked = arguments(argv)
    is_address = "://" in asked.binary
    is_sent = is_address or (os.path.isfile(asked.binary) and os.sep in asked.binary)
    name = os.path.basename(asked.binary) if is_sent else asked.binary
    spark = SparkSession.builder.appName("tfctrail").getOrCreate()
    sc = spark.sparkContext
    if is_sent:
        sc.addFile(asked.binary if is_address else os.path.abspath(asked.binary))
    # The driver lists and reports with it.
    program = sent(name) if is_sent else shutil.which(name) or name
    files = log_files(asked, program)
    if not files:
        sys.exit("tfctrail_job: the sources have no log file of the window")
    size = sum(size for _, size in files)
    count = asked.partitions or max(4 * sc.defaultParallelism, -(-size // (256 << 20)))
    tasks = spread(files, min(count, len(files)))
    print(f"tfctrail_job: {len(files)} log files, {size} bytes, {len(tasks)} tasks", flush=True)

    # A folder is a root, below which files are called by their path.
    roots = [source for source in asked.sources if os.path.isdir(source)]
    run = extract([*activity(asked), *asked.option, *roots], name, is_sent)
    lines = sc.parallelize(tasks, len(tasks)).mapPartitions(run)
    extracts = f"{asked.out}/extracts/run-{uuid.uuid4().hex}"
    lines.saveAsTextFile(extracts, "org.apache.hadoop.io.compress.GzipCodec")
    rows = spark.read.schema(SCHEMA).json(extracts)
    write_days(spark, rows, "event", EVENTS, f"{asked.out}/events")
    if asked.activity:
        write_days(spark, rows, "call", CALLS, f"{asked.out}/calls")

    with tempfile.TemporaryDirectory() as scratch:
        work = os.path.join(scratch, "work-list.txt")
        with open(work, "w", encoding="utf-8") as written:
            written.writelines(f"{key}\n" for key, _ in files)
        common = [extracts, f"--work-list={work}", *window(asked)]
        command = ["coverage", *common, "--output=json", f"--out={os.path.join(scratch, 'coverage.json')}"]
        if not asked.no_report:
            # What roles did that runs assumed in turn is read in the log files that may hold it.
            logs = [*asked.option, *(f"--logs={source}" for source in asked.sources)] if asked.activity else []
            command = ["report", *common, *activity(asked), *logs, f"--out={asked.out}/report", *asked.report_option]
        code = subprocess.run([program, *command], check=False).returncode
    print(f"tfctrail_job: extracts in {extracts}", flush=True)
    spark.stop()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
