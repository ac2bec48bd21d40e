"""The job for Spark on a real Spark: what it gives is what one machine gives, though an executor dies half-way."""

import contextlib
import datetime
import glob
import gzip
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import boto3
import duckdb

from support import ACCOUNT, BIN, environment, key_of, moto_server

BUCKET = "northwind-audit-trail"
FILES = 3000
DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"]
WINDOW = ["--from=2026-11-01", "--to=2026-11-04"]
# The log file that is cut off is of an earlier one.
LAST_DAY = ["--from=2026-11-03", "--to=2026-11-04"]
MORNING = ["--from=2026-11-03T03:00:00Z", "--to=2026-11-03T09:00:00Z"]
ACCOUNTS = ["111122223333", "222233334444", "333344445555"]
REGIONS = ["eu-west-1", "us-east-1"]
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join("deploy", "spark"))
tfctrail_job = importlib.import_module("tfctrail_job")


def event(number, account, region, time):
    """A role assumption of a run; each tenth one has a copy in another log file."""
    workspace = f"web-{number % 40}"
    subject = f"organization:northwind:project:core:workspace:{workspace}:run_phase:{'apply' if number % 3 else 'plan'}"
    provider = f"arn:aws:iam::{account}:oidc-provider/app.terraform.io"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "WebIdentityUser",
            "principalId": f"{provider}:aws.workload.identity:{subject}",
            "userName": subject,
            "identityProvider": provider,
        },
        "eventTime": time,
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": region,
        "sourceIPAddress": f"192.0.2.{number % 50}",
        "userAgent": "Terraform/1.9.5",
        "requestParameters": {
            "roleArn": f"arn:aws:iam::{account}:role/{workspace}",
            "roleSessionName": f"terraform-run-run-{number // 5:08d}Ab",
        },
        "responseElements": {"credentials": {"accessKeyId": f"ASIA{number:016d}", "expiration": "Nov 9, 2026, 6:00:00 AM"}},
        "eventID": f"{number - (number % 10 == 9):08d}-0000-4000-8000-000000000000",
        "recipientAccountId": account,
    }


def call(number, account, region, time):
    """What the run did next."""
    role, session = f"web-{number % 40}", f"terraform-run-run-{number // 5:08d}Ab"
    provider = f"arn:aws:iam::{account}:oidc-provider/app.terraform.io"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROA{number % 40:016d}:{session}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
            "accountId": account,
            "accessKeyId": f"ASIA{number:016d}",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account},
                "webIdFederationData": {"federatedProvider": provider},
                "attributes": {"creationDate": time},
            },
        },
        "eventTime": time,
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketTagging",
        "readOnly": False,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.1",
        "resources": [{"ARN": f"arn:aws:s3:::bucket-{number % 7}"}],
        "eventID": f"{number:08d}-1111-4000-8000-000000000000",
        "recipientAccountId": account,
    }


def archive():
    """The log files of a bucket: keys and bytes. One is cut off."""
    for number in range(FILES):
        account, region, day = ACCOUNTS[number % 3], REGIONS[number % 2], DAYS[number // 6 % 3]
        stamp = f"T{number % 24:02d}{number % 60:02d}"
        time = f"{day}{stamp[:3]}:{stamp[3:]}:00Z"
        # Those with a copy share everything.
        first = number - (number % 10 == 9)
        of_first = (ACCOUNTS[first % 3], REGIONS[first % 2], f"{DAYS[0]}T05:00:00Z") if first != number else None
        records = [event(number, *(of_first or (account, region, time)))]
        if number % 10 == 8:
            records = [event(number, account, region, f"{DAYS[0]}T05:00:00Z")]
        if number % 20 == 0:
            records += [call(number, account, region, time)]
        records += [{"eventVersion": "1.11", "eventName": "GetObject", "eventTime": time, "n": n} for n in range(number % 30)]
        name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}{stamp}Z_{number:016d}.json.gz"
        key = f"AWSLogs/{account}/CloudTrail/{region}/{day.replace('-', '/')}/{name}"
        body = gzip.compress(json.dumps({"Records": records}).encode(), mtime=0)
        yield key, body[:40] if number == 1234 else body


def write(url, folder):
    """The archive in a bucket, and a copy of it in a folder."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key_of(ACCOUNT),
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    for key, body in archive():
        client.put_object(Bucket=BUCKET, Key=key, Body=body)
        path = os.path.join(folder, key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(body)


def tfctrail(env, *args):
    done = subprocess.run([os.path.join(BIN, "tfctrail"), *args], env=env, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Windows(unittest.TestCase):
    """What is read, and which days are replaced. Without Spark."""

    def window(self, *words):
        return tfctrail_job.window(tfctrail_job.arguments(["--out=x", *words]), os.path.join(BIN, "tfctrail"))

    def test_a_window_is_two_times(self):
        part = ("2026-11-03T03:00:00Z", "2026-11-04T00:00:00Z")
        self.assertEqual(self.window("s3://b", f"--from={part[0]}", f"--to={part[1]}"), part)
        self.assertEqual(self.window(HERE), (None, None))
        self.assertEqual(self.window("s3://b", "--to=2026-11-08T01:00:00Z"), ("2026-11-01T01:00:00Z", "2026-11-08T01:00:00Z"))
        # A week of seconds, of a bucket that nobody gives a window.
        start, end = self.window("s3://b")
        start, end = (datetime.datetime.fromisoformat(time[:-1]) for time in (start, end))
        self.assertEqual(end - start, datetime.timedelta(days=7))
        for words in ((HERE, "s3://b"), ("@night",), ("--keys-from=x", "--from=2026-11-01"), (HERE, "--last=soon")):
            with self.subTest(words), self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                self.window(*words)

    def test_days_are_whole(self):
        for window, whole, inside in (
            (("2026-11-03T03:00:00Z", "2026-11-05T09:00:00Z"), ("2026-11-03", "2026-11-06"), ("2026-11-04", "2026-11-05")),
            (("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"), ("2026-12-31", "2027-01-01"), ("2026-12-31", "2027-01-01")),
            (("2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"), ("2026-12-31", "2027-01-02"), ("2027-01-01", "2027-01-01")),
        ):
            self.assertEqual(tfctrail_job.whole_days(*window), tuple(f"{day}T00:00:00Z" for day in whole))
            self.assertEqual(tfctrail_job.days_inside(*window), tuple(f"{day}T00:00:00Z" for day in inside))
        self.assertEqual(tfctrail_job.whole_days(None, None), (None, None))
        self.assertEqual(tfctrail_job.whole_days(None, "9999-12-31T01:00:00Z"), (None, "9999-12-31T01:00:00Z"))

    def test_what_cannot_be_placed_leaves_the_older_day(self):
        with tempfile.TemporaryDirectory() as out:
            folder = os.path.join(out, ".days-run", "part-00000-7", "events", "day=2026-11-03")
            older = os.path.join(out, "events", "day=2026-11-03")
            for place, name in ((folder, "00000.parquet"), (older, "older.parquet")):
                os.makedirs(place)
                with open(os.path.join(place, name), "wb"):
                    pass
            written = [("part-00000-7.ndjson.gz", [os.path.join(folder, "00000.parquet")])]
            arguments = ([("event", [])], written, (None, None), out, os.path.join(out, ".days-run"))
            rename = os.rename

            def break_off(path, to):
                if to == older and "new" in path:
                    raise OSError("the share is full")
                rename(path, to)

            with unittest.mock.patch("os.rename", break_off), self.assertRaises(OSError):
                tfctrail_job.place_days(*arguments)
            self.assertEqual(os.listdir(older), ["older.parquet"])
            os.rename(os.path.join(out, ".days-run", "new", "events", "day=2026-11-03", "part-00000-7-00000.parquet"), written[0][1][0])
            os.rmdir(os.path.join(out, ".days-run", "new", "events", "day=2026-11-03"))
            tfctrail_job.place_days(*arguments)
            self.assertEqual((os.listdir(older), os.listdir(os.path.dirname(older))), (["part-00000-7-00000.parquet"], ["day=2026-11-03"]))


class Spark(unittest.TestCase):
    maxDiff = 2000
    columns = {}

    def submit(self, env, out, scratch, code, *flags):
        marks = os.path.join(scratch, "marks")
        os.mkdir(marks)
        program = os.path.join(scratch, "tfctrail")
        # The driver lists and reports with the program itself; executors get what breaks off once.
        stand_in = os.path.join(HERE, "on_executor.py")
        with open(program, "w", encoding="utf-8") as script:
            script.write(f'#!/bin/sh\ncase " $* " in\n*" --keys-from="*) exec "{sys.executable}" "{stand_in}" "$@" ;;\nesac\n')
            script.write(f'exec "{os.path.join(BIN, "tfctrail")}" "$@"\n')
        os.chmod(program, 0o755)
        own = {"TFCTRAIL_PROGRAM": os.path.join(BIN, "tfctrail"), "TFCTRAIL_MARKS": marks}
        settings = {f"spark.executorEnv.{name}": value for name, value in {**env, **own}.items()}
        settings.update({
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.local.dir": os.path.join(scratch, "local"),
            "spark.speculation": "true",
        })
        command = ["spark-submit", "--master", "local-cluster[2,1,1024]"]
        for name, value in settings.items():
            command += ["--conf", f"{name}={value}"]
        command += [os.path.join("deploy", "spark", "tfctrail_job.py"), "--binary", f"file://{program}", "--out", out, *flags]
        command += ["--partitions=12", "--option=--path-style", "--option=--aws-region=us-east-1"]
        # As AWS Glue hands arguments on, with some of its own.
        command += ["true", "--JOB_RUN_ID", "jr_1", "--JOB_NAME", "night", "--source", f"s3://{BUCKET}"]
        more = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": os.path.join(scratch, "work")}
        if "JAVA_HOME" in os.environ:
            more["JAVA_HOME"] = os.environ["JAVA_HOME"]
        done = subprocess.run(command, env={**env, **own, **more}, capture_output=True, check=False, timeout=900)
        said = done.stdout.decode() + done.stderr.decode()
        self.assertEqual(done.returncode, code, said[-6000:])
        self.assertGreater(len(os.listdir(marks)), 12, "no task ran twice")
        return said

    def test_the_result_is_that_of_one_machine(self):
        with tempfile.TemporaryDirectory() as scratch, moto_server() as url:
            copy = os.path.join(scratch, "copy")
            write(url, copy)
            env = environment(AWS_ENDPOINT_URL=url)
            # Into a shared folder, executors write their parts themselves; to an address, Spark does.
            for form in ("", "file://"):
                with self.subTest(form), tempfile.TemporaryDirectory(dir=scratch) as of_form:
                    out = os.path.join(of_form, "out")
                    os.mkdir(out)
                    # The log file that is cut off makes the coverage incomplete, and nothing else does.
                    said = self.submit(env, form + out, of_form, 5, "--activity", *WINDOW)
                    self.assertIn("3000 log files", said)
                    self.compare(env, out, copy)
            with self.subTest("every log file is whole"), tempfile.TemporaryDirectory(dir=scratch) as of_day:
                # An older run left this day and others, of which log files of this day have events, too.
                days = os.path.join(of_day, "events")
                for day in ("2026-10-31", *DAYS):
                    os.makedirs(os.path.join(days, f"day={day}"))
                    with open(os.path.join(days, f"day={day}", "older.parquet"), "wb") as file:
                        file.write(b"older")
                self.submit(env, of_day, of_day, 0, "--activity", *MORNING)
                for day in ("2026-10-31", *DAYS[:2]):
                    self.assertEqual(os.listdir(os.path.join(days, f"day={day}")), ["older.parquet"])
                    shutil.rmtree(os.path.join(days, f"day={day}"))
                # What was extracted is what is there, without another reading of it, and the day is whole.
                self.assertGreater(len(os.listdir(os.path.join(days, f"day={DAYS[2]}"))), 5)
                self.assertEqual([name for name in os.listdir(of_day) if name.startswith(".")], [])
                self.parquet(of_day, "event", env, [copy, *LAST_DAY], 700, "--activity", of=DAYS[2:])
                self.parquet(of_day, "call", env, [copy, *LAST_DAY], 30, "--activity", of=DAYS[2:])
                self.runs_of_report(of_day, env, [copy, *MORNING])

    def compare(self, env, out, copy):
        (extracts,) = glob.glob(os.path.join(out, "extracts", "run-*"))
        # tests/bucket.rs holds a bucket against its copy.
        direct = [copy, *WINDOW]
        for command in (["runs", "-o", "csv"], ["events", "-o", "csv"], ["summary", "--by=day,workspace", "-o", "csv"], ["findings", "-o", "ndjson"]):
            one, spread = tfctrail(env, *command, *direct), tfctrail(env, *command, extracts, *WINDOW)
            self.assertEqual(spread[:2], one[:2], spread[2])
            self.assertEqual(one[0], 5)
            self.assertGreater(one[1].count("\n"), 10)
        calls = ("activity", "--calls", "-o", "csv")
        one, spread = tfctrail(env, *calls, *direct), tfctrail(env, *calls, extracts, f"--logs={copy}", *WINDOW)
        self.assertEqual(spread[:2], one[:2], spread[2])
        self.assertEqual(one[1].count("\n"), FILES // 20 + 1)
        one, spread = tfctrail(env, "coverage", "-o", "json", *direct), tfctrail(env, "coverage", "-o", "json", extracts, *WINDOW)
        reports = [json.loads(report[1]) for report in (one, spread)]
        for report in reports:
            report["coverage"]["sources"] = None
        self.assertEqual(reports[1], reports[0])
        self.parquet(out, "event", env, direct, 2900, "--activity")
        self.parquet(out, "call", env, direct, 100, "--activity")
        self.runs_of_report(out, env, direct)

    def runs_of_report(self, out, env, direct):
        with open(os.path.join(out, "report", "runs.csv"), encoding="utf-8") as runs:
            expected = tfctrail(env, "runs", "-o", "csv", *direct)[1]
            self.assertEqual(runs.read(), expected)
            self.assertGreater(expected.count("\n"), 10)

    def parquet(self, out, kind, env, direct, least, *flags, of=DAYS):
        """Each event or call of these days that was extracted, once, in the folder of its day."""
        rows = [json.loads(line) for line in tfctrail(env, "extract", *flags, *direct)[1].splitlines()]
        events = sorted((row["log_file"], row["offset"], row["time"]) for row in rows if row["row"] == kind and row["time"][:10] in of)
        files = os.path.join(out, f"{kind}s", "*", "*.parquet")
        found = duckdb.sql(
            f"select log_file, \"offset\", strftime(make_timestamp(epoch_us(time)), '%Y-%m-%dT%H:%M:%SZ'), day "
            f"from read_parquet('{files}', hive_partitioning = true) order by 1, 2, 3"
        ).fetchall()
        self.assertEqual([row[:3] for row in found], events)
        # Whoever wrote a day, its columns have the same names and types.
        columns = duckdb.sql(f"describe select * from read_parquet('{files}', hive_partitioning = true)").fetchall()
        self.assertEqual(columns, self.columns.setdefault(kind, columns))
        self.assertTrue(all(str(day) == time[:10] for _, _, time, day in found))
        self.assertGreater(len(events), least)


if __name__ == "__main__":
    unittest.main()
