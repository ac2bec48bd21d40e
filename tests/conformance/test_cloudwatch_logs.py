"""Log groups of moto, which others wrote, read by our program: the result is that of a local scan of the same records."""

import datetime
import gzip
import json
import os
import re
import tempfile
import unittest

import boto3
from botocore.config import Config

from support import ACCOUNT, key_of, log_files, moto_server, tfctrail

REGION = "eu-west-1"
OWN = "aws/cloudtrail/managementevents"
FLAGS = ["-o", "csv", "--columns", "time,event_id,account_id,region,workspace,run_id,outcome,subject", "--last", "13d"]


def records():
    """The records of the demo, each once, moved to the days before today: CloudWatch takes nothing older than 14 days."""
    distance = datetime.datetime.now(datetime.timezone.utc).date() - datetime.date(2026, 11, 7)
    found = {}
    for path in log_files():
        with gzip.open(path, "rt") as file:
            text = re.sub(
                "2026-11-0[1-9]", lambda date: str(datetime.date.fromisoformat(date[0]) + distance), file.read()
            )
        for record in json.loads(text)["Records"]:
            found[record["eventID"]] = record
    return list(found.values())


def milliseconds(record):
    return int(datetime.datetime.fromisoformat(record["eventTime"].replace("Z", "+00:00")).timestamp() * 1000)


class Groups(unittest.TestCase):
    def setUp(self):
        self.records = records()
        self.url = self.enterContext(moto_server())
        self.env = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.url}
        self.logs = boto3.client(
            "logs",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key_of(ACCOUNT),
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1}),
        )

    def fill(self, name):
        """Makes a group of the records, in two streams, each second one as EventBridge wraps it."""
        self.logs.create_log_group(logGroupName=name)
        for stream in range(2):
            self.logs.create_log_stream(logGroupName=name, logStreamName=str(stream))
            events = []
            for record in self.records[stream::2]:
                message = record if stream else {"version": "0", "detail-type": "x", "detail": record}
                events.append({"timestamp": milliseconds(record), "message": json.dumps(message)})
            events.sort(key=lambda event: event["timestamp"])
            for first in range(0, len(events), 100):
                self.logs.put_log_events(
                    logGroupName=name, logStreamName=str(stream), logEvents=events[first : first + 100]
                )

    def local(self, command="events"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "records.ndjson")
            with open(path, "w") as file:
                file.writelines(json.dumps(record) + "\n" for record in self.records)
            code, rows, told = tfctrail(command, path, *FLAGS)
        self.assertEqual(code, 0, told)
        return rows

    def check(self, source):
        code, rows, told = tfctrail("events", source, *FLAGS, env=self.env)
        self.assertEqual((code, rows), (0, self.local()), told)
        self.assertGreater(len(rows.splitlines()), 5)

    def test_a_group_is_searched(self):
        self.fill("trail")
        self.check("cloudwatch-logs:trail")
        self.check(f"cloudwatch-logs:tra*@{REGION}")

    def test_groups_of_aws_are_found(self):
        self.fill(OWN)
        self.logs.create_log_group(logGroupName="aws/cloudtrail/dataevents")
        self.check("cloudwatch-logs:")

    def test_doctor_and_dry_run_find_the_group(self):
        self.fill("trail")
        code, out, told = tfctrail("doctor", "cloudwatch-logs:trail", env=self.env)
        self.assertEqual(code, 0, told)
        self.assertRegex(out, "ok +logs:FilterLogEvents +arn:aws:logs:eu-west-1:[0-9]{12}:log-group:trail: ")
        code, out, told = tfctrail("runs", "cloudwatch-logs:trail", "--dry-run", "-o", "csv", env=self.env)
        self.assertEqual(code, 0, told)
        self.assertIn(":log-group:trail,", out)

    def test_a_sync_stores_each_event_once(self):
        self.fill("trail")
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "audit.db")
            for _ in range(2):
                sync = ["sync", "cloudwatch-logs:trail", "--store", store, "--from", "13d"]
                code, _, told = tfctrail(*sync, env=self.env)
                self.assertEqual(code, 0, told)
            code, rows, told = tfctrail("events", f"store:{store}", *FLAGS)
        self.assertEqual((code, rows), (0, self.local()), told)


if __name__ == "__main__":
    unittest.main()
