"""Our stand-in for LookupEvents, asked by the real clients, request by request and page by page."""

import datetime
import json
import subprocess
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.loaders
import botocore.model
from botocore.config import Config
from botocore.exceptions import ClientError

from support import ACCOUNT, environment, event_ids, key_of, lookup_events_server, tfctrail

TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
NAME = "AssumeRoleWithWebIdentity"


def signed(url, account, region, text, headers):
    """Sends one request, signed by botocore: status and answer."""
    given = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1", **headers}
    request = botocore.awsrequest.AWSRequest("POST", url + "/", data=text.encode(), headers=given)
    credentials = botocore.credentials.Credentials(key_of(account), "secret")
    botocore.auth.SigV4Auth(credentials, "cloudtrail", region).add_auth(request)
    for name, value in headers.items():
        if not value:
            del request.headers[name]
    request = urllib.request.Request(url + "/", text.encode(), dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def filled(value, today, token):
    """A body with its placeholders filled."""
    if isinstance(value, dict):
        return {name: filled(member, today, token) for name, member in value.items()}
    if isinstance(value, str) and value.startswith("@today"):
        return today + int(value[len("@today"):])
    return token if value == "$token" else value


class Conformance(unittest.TestCase):
    """The cases that the stand-in's own tests go through as well, signed and sent by botocore."""

    def test_every_case(self):
        with open("tests/conformance/lookup_events.json") as file:
            cases = json.load(file)["cases"]
        with lookup_events_server(unlimited=True) as stand:
            token = None
            for case in cases:
                with self.subTest(case["name"]):
                    text = case.get("text") or json.dumps(filled(case["body"], stand.today, token))
                    account, region = case.get("account", ACCOUNT), case["region"]
                    status, answer = signed(stand.url, account, region, text, case.get("headers", {}))
                    token = answer.get("NextToken", token)
                    self.check(case["expect"], status, answer)

    def check(self, expect, status, answer):
        events = answer.get("Events", [])
        times = [event["EventTime"] for event in events]
        found = {
            "status": status,
            "type": answer.get("__type"),
            "events": len(events),
            "more": "NextToken" in answer,
            "newest_first": times == sorted(times, reverse=True),
            "names": sorted({event["EventName"] for event in events}),
        }
        self.assertEqual({name: found[name] for name in expect}, expect)


class Model(unittest.TestCase):
    """AWS's own description of the service, as botocore carries it."""

    def setUp(self):
        description = botocore.loaders.Loader().load_service_model("cloudtrail", "service-2")
        self.service = botocore.model.ServiceModel(description, "cloudtrail")

    def test_it_has_our_operation_and_members(self):
        operation = self.service.operation_model("LookupEvents")
        prefix = self.service.metadata["targetPrefix"]
        self.assertEqual(f"{prefix}.{operation.name}", TARGET)
        self.assertEqual(self.service.metadata["jsonVersion"], "1.1")
        members = ["EndTime", "EventCategory", "LookupAttributes", "MaxResults", "NextToken", "StartTime"]
        self.assertEqual(sorted(operation.input_shape.members), members)

    def test_it_has_our_errors(self):
        errors = {shape.name for shape in self.service.operation_model("LookupEvents").error_shapes}
        ours = {"InvalidLookupAttributesException", "InvalidTimeRangeException", "InvalidMaxResultsException",
                "InvalidNextTokenException", "InvalidEventCategoryException"}
        self.assertLessEqual(ours, errors)

    def test_every_attribute_is_taken(self):
        keys = self.service.shape_for("LookupAttributeKey").enum
        self.assertEqual(len(keys), 8)
        with lookup_events_server(unlimited=True) as stand:
            for key in keys:
                body = json.dumps({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": "x"}]})
                self.assertEqual(signed(stand.url, ACCOUNT, "eu-west-1", body, {}), (200, {"Events": []}), key)


def client(stand, region="eu-west-1", attempts=8):
    """boto3's client."""
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return boto3.client(
        "cloudtrail",
        region_name=region,
        endpoint_url=stand.url,
        aws_access_key_id=key_of(ACCOUNT),
        aws_secret_access_key="secret",
        config=config,
    )


class Boto3(unittest.TestCase):
    """Paging, throttling and errors, with boto3."""

    def test_pages_hold_every_event_once(self):
        with lookup_events_server() as stand:
            pages = client(stand).get_paginator("lookup_events").paginate()
            events = [event for page in pages for event in page["Events"]]
        ids = [event["EventId"] for event in events]
        self.assertEqual((len(ids), set(ids)), (181, event_ids(ACCOUNT, "eu-west-1")))
        for event in events:
            record = json.loads(event["CloudTrailEvent"])
            self.assertEqual(record["eventID"], event["EventId"])
            time = event["EventTime"].astimezone(datetime.timezone.utc)
            self.assertEqual(record["eventTime"], time.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def test_a_third_request_in_a_second_is_throttled(self):
        with lookup_events_server() as stand, self.assertRaises(ClientError) as raised:
            for _ in range(3):
                client(stand, attempts=1).lookup_events(MaxResults=1)
        self.assertEqual(raised.exception.response["Error"]["Code"], "ThrottlingException")
        self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)

    def test_each_region_has_its_own_rate(self):
        with lookup_events_server() as stand:
            for region in ["eu-west-1", "us-east-1", "eu-central-1"]:
                for _ in range(2):
                    client(stand, region, attempts=1).lookup_events(MaxResults=1)

    def test_errors_are_those_of_the_service(self):
        with lookup_events_server(denied=["eu-west-1"], expired_after=0) as stand:
            for region, code in [("eu-west-1", "AccessDeniedException"), ("us-east-1", "ExpiredTokenException")]:
                with self.assertRaises(ClientError) as raised:
                    client(stand, region).lookup_events()
                self.assertEqual(raised.exception.response["Error"]["Code"], code)


class CommandLine(unittest.TestCase):
    """The same with the AWS CLI."""

    def aws(self, stand, *args):
        command = ["aws", "cloudtrail", "lookup-events", "--endpoint-url", stand.url, "--output", "json", *args]
        env = environment(AWS_DEFAULT_REGION="eu-west-1", AWS_RETRY_MODE="standard", AWS_MAX_ATTEMPTS="8")
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    def test_pages_hold_every_event_once(self):
        attribute = f"AttributeKey=EventName,AttributeValue={NAME}"
        with lookup_events_server() as stand:
            done = self.aws(stand, "--lookup-attributes", attribute, "--page-size", "10")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        ids = [event["EventId"] for event in json.loads(done.stdout)["Events"]]
        self.assertEqual((len(ids), set(ids)), (23, event_ids(ACCOUNT, "eu-west-1", NAME)))

    def test_what_it_prints_is_a_log_file_of_ours(self):
        attribute = f"AttributeKey=EventName,AttributeValue={NAME}"
        with lookup_events_server() as stand:
            printed = self.aws(stand, "--lookup-attributes", attribute).stdout
            rows = self.rows("-", printed)
            asked = self.rows("event-history:eu-west-1", None, "--endpoint-url", stand.url)
        self.assertEqual(rows, asked)
        self.assertGreater(len(rows), 3)

    def rows(self, source, text, *flags):
        code, answer, talk = tfctrail("runs", source, "-o", "json", "--last", "7d", *flags, input=text)
        self.assertEqual(code, 0, talk)
        return json.loads(answer)["rows"]

    def test_errors_are_understood(self):
        with lookup_events_server(disabled=["eu-west-1"]) as stand:
            done = self.aws(stand)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("(UnrecognizedClientException)", done.stderr)


if __name__ == "__main__":
    unittest.main()
