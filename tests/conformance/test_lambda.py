"""The function of deploy/lambda under the client of the Lambda runtime API that AWS runs it under, against stand-ins for that API
and for a queue, and a real server of S3: whatever comes twice, is damaged, is denied or takes too long, each log file counts once.

Needs MINISTACK, the program of that name, see `run`.
"""

import collections
import contextlib
import gzip
import http.client
import http.server
import importlib.util
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
import unittest.mock
import urllib.parse
import zipfile

import boto3

from support import ACCOUNT, BIN, environment, free_port, key_of, moto_server, tfctrail

FUNCTION = os.path.abspath("deploy/lambda")
TRAIL, EXTRACTS = "northwind-audit-trail", "northwind-extracts"
# The second begins with characters that a notification of S3 writes in another way.
FOLDERS = ["", "a b+c/größe/"]
BATCH, RECEIVES = 10, 3
# Seconds that a batch has; those that are to run out of it have less.
ENOUGH, LITTLE = 300, 6


def key_of_log(number, folder=""):
    account, region = ["111122223333", "222233334444"][number % 2], ["eu-west-1", "us-east-1"][number // 2 % 2]
    day = f"2026/11/{1 + number % 3:02d}"
    name = f"{account}_CloudTrail_{region}_{day.replace('/', '')}T{number % 24:02d}15Z_{number:016d}.json.gz"
    return f"{folder}AWSLogs/{account}/CloudTrail/{region}/{day}/{name}"


def log_file(number):
    """A role assumption and other events; each tenth one is a copy of its neighbour."""
    first = number - (number % 10 == 9)
    account = key_of_log(first).split("/")[1]
    subject = f"organization:northwind:project:core:workspace:web-{first % 20}:run_phase:{'apply' if first % 3 else 'plan'}"
    provider = f"arn:aws:iam::{account}:oidc-provider/app.terraform.io"
    event = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "WebIdentityUser", "principalId": f"{provider}:aws.workload.identity:{subject}",
            "userName": subject, "identityProvider": provider,
        },
        "eventTime": f"2026-11-{1 + first % 3:02d}T{first % 24:02d}:05:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": f"192.0.2.{first % 50}",
        "requestParameters": {
            "roleArn": f"arn:aws:iam::{account}:role/web-{first % 20}", "roleSessionName": f"terraform-run-run-{first // 5:08d}Ab",
        },
        "responseElements": {"credentials": {"accessKeyId": f"ASIA{first:016d}"}},
        "eventID": f"{first:08d}-0000-4000-8000-000000000000",
        "recipientAccountId": account,
    }
    others = [{"eventVersion": "1.11", "eventName": "GetObject", "n": n} for n in range(number % 7)]
    return gzip.compress(json.dumps({"Records": [event, *others]}).encode(), mtime=0)


def of_s3(key, name="ObjectCreated:Put", bucket=TRAIL, **more):
    of_object = {"key": urllib.parse.quote_plus(key, safe="/"), "size": 1, "eTag": "d41d8cd98f00b204e9800998ecf8427e", "sequencer": "0A", **more}
    record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": {"bucket": {"name": bucket}, "object": of_object}}
    return json.dumps({"Records": [record]})


def of_sns(message):
    return json.dumps({"Type": "Notification", "MessageId": "0", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": message})


def of_event_bridge(key, kind="Object Created"):
    of_object = {"key": key, "size": 1, "etag": "d41d8cd98f00b204e9800998ecf8427e", "sequencer": "0A"}
    return json.dumps({"version": "0", "source": "aws.s3", "detail-type": kind, "detail": {"bucket": {"name": TRAIL}, "object": of_object}})


def of_cloudtrail(key):
    return of_sns(json.dumps({"s3Bucket": TRAIL, "s3ObjectKey": [key]}))


class Queue:
    """As SQS gives messages to a function: in batches; what failed comes again, and after its last time goes to the dead letters."""

    def __init__(self, bodies, alone):
        self.bodies = dict(enumerate(bodies))
        self.waiting = collections.deque(self.bodies)
        self.received = collections.Counter()
        self.dead = []
        # Messages that come in batches of their own.
        self.alone = alone
        self.held = 0
        self.changed = threading.Condition()

    def take(self):
        """The next batch, when there is one; none when all is done."""
        with self.changed:
            self.changed.wait_for(lambda: self.waiting or not self.held)
            batch = []
            while self.waiting and len(batch) < BATCH:
                if self.waiting[0] in self.alone and batch:
                    break
                batch.append(self.waiting.popleft())
                if batch[-1] in self.alone:
                    break
            self.held += len(batch)
            self.received.update(batch)
            return batch

    def settle(self, batch, failed):
        """The function answered, or was ended: then all of its batch failed."""
        with self.changed:
            self.held -= len(batch)
            for message in failed:
                (self.dead if self.received[message] >= RECEIVES else self.waiting).append(message)
            self.changed.notify_all()


class Function:
    """One instance of the function, as Lambda runs it: with an API of its own, and a process that is started anew when it was ended."""

    def __init__(self, env):
        self.env = env
        self.calls, self.answers = collections.deque(), {}
        self.changed = threading.Condition()
        self.process = None
        function = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with function.changed:
                    function.changed.wait_for(lambda: function.calls)
                    call = function.calls.popleft()
                if call is None:
                    self.close_connection = True
                    return
                name, event, seconds = call
                body = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", name)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + seconds) * 1000)))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                *_, name, kind = self.path.split("/")
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                with function.changed:
                    function.answers[name] = (kind, body)
                    function.changed.notify_all()

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self):
        api = f"127.0.0.1:{self.server.server_address[1]}"
        env = {**self.env, "AWS_LAMBDA_RUNTIME_API": api, "LAMBDA_TASK_ROOT": FUNCTION, "AWS_LAMBDA_FUNCTION_NAME": "f"}
        command = [sys.executable, "-m", "awslambdaric", "handler.handle"]
        self.process = subprocess.Popen(command, env=env, cwd=FUNCTION, stdout=subprocess.DEVNULL, start_new_session=True)

    def stop(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def call(self, name, event, seconds, ends_when=None):
        """What the function answers; none when it was ended in the middle, since `ends_when` came true."""
        if self.process is None:
            self.start()
        with self.changed:
            self.calls.append((name, event, seconds))
            self.changed.notify_all()
        if ends_when is not None:
            ends_when.wait()
            self.stop()
            return None
        with self.changed:
            self.changed.wait_for(lambda: name in self.answers)
            kind, body = self.answers.pop(name)
        assert kind == "response", body
        return body

    def close(self):
        self.stop()
        self.server.shutdown()
        self.server.server_close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Whoever asked was ended.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Faults:
    """What goes wrong between the function and S3."""

    def __init__(self):
        self.denied, self.endless, self.busy = set(), set(), set()
        # The key whose first reading never ends; it has begun, and others of its batch are written.
        self.stalls = None
        self.half_way = threading.Event()
        self.written_beside = set()


@contextlib.contextmanager
def faulty(url, faults):
    """Passes on what a server of S3 is asked, with these faults."""
    host = url.removeprefix("http://")
    lock = threading.Lock()
    written, stalled = set(), threading.Event()
    over = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def fault(self, key):
            """Whether this request goes wrong."""
            if self.command == "PUT":
                return False
            if key in faults.denied:
                self.answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
                return True
            with lock:
                is_busy = key in faults.busy
                faults.busy.discard(key)
                stalls = key == faults.stalls and not stalled.is_set()
                if stalls:
                    stalled.set()
            if is_busy:
                self.answer(503, b"<Error><Code>SlowDown</Code><Message>later</Message></Error>")
                return True
            if stalls or key in faults.endless:
                look()
                over.wait()
                self.close_connection = True
                return True
            return False

        def serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key = urllib.parse.unquote(self.path.split("?")[0]).split("/", 2)[-1]
            if self.fault(key):
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            passed = http.client.HTTPConnection(host)
            passed.request(self.command, self.path, body, headers)
            answer = passed.getresponse()
            content = answer.read()
            passed.close()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server")]
            # Whoever asks for the head alone is told how long the rest is.
            length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
            self.answer(answer.status, content, [*kept, ("Content-Length", str(length or 0))])
            if self.command == "PUT" and answer.status == 200:
                with lock:
                    written.add(key)
                look()

        do_GET = do_HEAD = do_PUT = do_POST = serve

        def answer(self, status, body, headers=None):
            self.send_response_only(status)
            for name, value in headers or [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    def look():
        with lock:
            if stalled.is_set() and written & faults.written_beside:
                faults.half_way.set()

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def client(url):
    keys = {"aws_access_key_id": key_of(ACCOUNT), "aws_secret_access_key": "secret"}
    return boto3.client("s3", region_name="us-east-1", endpoint_url=url, **keys)


@contextlib.contextmanager
def handler(**env):
    """The module of the function."""
    with unittest.mock.patch.dict(os.environ, {"TFCTRAIL_OUT": f"s3://{EXTRACTS}/extracts/", "AWS_DEFAULT_REGION": "us-east-1", **env}):
        spec = importlib.util.spec_from_file_location("handler", os.path.join(FUNCTION, "handler.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


class Plan:
    """A thousand notifications, and what is to become of them."""

    def __init__(self):
        numbers = range(720)
        self.keys = [key_of_log(number, FOLDERS[number % 12 == 11]) for number in numbers]
        self.damaged = set(self.keys[100:130])
        self.denied = set(self.keys[200:205])
        self.busy = set(self.keys[300:305])
        self.endless = {self.keys[400]}
        self.gone = [key_of_log(number) for number in range(9000, 9005)]
        self.stalls = self.keys[55]
        forms = [of_s3, lambda key: of_sns(of_s3(key)), of_event_bridge, of_s3, of_cloudtrail]
        # The form stays, so that the state of a log file is the same each time that it is told.
        form = {key: forms[number % len(forms)] for number, key in enumerate(self.keys)}
        lost = self.denied | self.endless
        told = [form[key](key) for key in self.keys]
        # Copies: some in the batch of the first one, others far away. What is never read is told once, and what stalls is not
        # told again while it does.
        copied = [key for key in self.keys if key not in lost]
        for number, key in enumerate(key for key in copied[:61] if key != self.stalls):
            told.insert(told.index(form[key](key)) + 1 + number % 3, form[key](key))
        told += [form[key](key) for key in random.Random(18).choices(copied, k=155)]
        told += [of_s3(key) for key in self.gone]
        poison = ["{", "[]", "null", json.dumps({"Records": [{"eventName": "ObjectCreated:Put"}]}), json.dumps({"Records": [{"x": 1}]})]
        told += poison
        digest = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/2026/11/01/{ACCOUNT}_CloudTrail-Digest_eu-west-1_x_eu-west-1_20261101T000000Z.json.gz"
        told += [of_s3(digest), of_event_bridge(digest), of_cloudtrail(digest)] * 10
        told += [of_s3(key, "ObjectRemoved:Delete") for key in self.keys[:8]] + [of_event_bridge(key, "Object Deleted") for key in self.keys[:7]]
        test = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": TRAIL})
        told += [test, of_sns(test), of_sns("CloudTrail validation message.")]
        told += [of_s3("extracts/2026/11/01/x.ndjson.gz", bucket=EXTRACTS)]
        told += [of_s3("AWSLogs/", "ObjectCreated:Put")] * (1000 - len(told))
        self.told = told
        self.alone = {number for number, body in enumerate(told) if any(body == form[key](key) for key in self.endless)}
        expected = {form[key](key) for key in lost} | {of_s3(key) for key in self.gone} | set(poison)
        self.dead = sorted(number for number, body in enumerate(told) if body in expected)
        self.lost = lost


def drive(function, queue, plan, faults, module, number):
    """One instance of the function works until the queue is empty."""
    at = 0
    while batch := queue.take():
        records = [{"messageId": str(it), "body": queue.bodies[it], "eventSource": "aws:sqs"} for it in batch]
        ends_when = None
        wanted = [found for it in batch for found in wanted_of(module, queue.bodies[it])]
        if any(key == plan.stalls for _, key, _ in wanted) and not faults.half_way.is_set():
            faults.written_beside = {module.name_of(*found) for found in wanted if found[1] != plan.stalls}
            faults.stalls = plan.stalls
            ends_when = faults.half_way
        at += 1
        seconds = LITTLE if plan.alone & set(batch) else ENOUGH
        answer = function.call(f"{number}-{at}", {"Records": records}, seconds, ends_when)
        failed = batch if answer is None else [int(it["itemIdentifier"]) for it in answer["batchItemFailures"]]
        queue.settle(batch, failed)


def wanted_of(module, body):
    try:
        return module.log_files(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


class Lambda(unittest.TestCase):
    maxDiff = 2000

    def test_a_thousand_notifications_give_each_log_file_one_tally(self):
        plan, faults = Plan(), Faults()
        self.assertEqual(len(plan.told), 1000)
        faults.denied, faults.endless, faults.busy = plan.denied, plan.endless, set(plan.busy)
        with tempfile.TemporaryDirectory() as scratch, moto_server() as url, faulty(url, faults) as front, handler() as module:
            copy = os.path.join(scratch, "copy")
            self.write(url, copy, plan)
            env = environment(
                AWS_ENDPOINT_URL=front, AWS_DEFAULT_REGION="us-east-1", TFCTRAIL_OUT=f"s3://{EXTRACTS}/extracts",
                TFCTRAIL_OPTIONS="--path-style --aws-region=us-east-1", TFCTRAIL_PROGRAM=os.path.join(BIN, "tfctrail"),
                PYTHONDONTWRITEBYTECODE="1",
            )
            env["TMPDIR"] = scratch
            queue = Queue(plan.told, plan.alone)
            functions = [Function(env), Function(env)]
            threads = [
                threading.Thread(target=drive, args=(function, queue, plan, faults, module, number))
                for number, function in enumerate(functions)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for function in functions:
                function.close()
            self.assertTrue(faults.half_way.is_set(), "no batch was ended half-way")
            self.assertFalse(faults.busy, "nobody was told to slow down")
            self.assertEqual(sorted(queue.dead), plan.dead)
            read = set(plan.keys) - plan.lost
            self.check_extracts(url, read, plan.damaged)
            self.check_answers(url, copy, plan)

    def write(self, url, folder, plan):
        """The trail in a bucket, and a copy of what will be read in a folder."""
        s3 = client(url)
        for bucket in (TRAIL, EXTRACTS):
            s3.create_bucket(Bucket=bucket)
        for number, key in enumerate(plan.keys):
            body = log_file(number)
            body = body[:40] if key in plan.damaged else body
            s3.put_object(Bucket=TRAIL, Key=key, Body=body)
            if key in plan.lost:
                continue
            path = os.path.join(folder, key)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(body)

    def check_extracts(self, url, read, damaged):
        """Each log file that can be read has one tally, in an object of its own."""
        s3 = client(url)
        tallies, events = [], 0
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=EXTRACTS):
            for found in page["Contents"]:
                self.assertRegex(found["Key"], r"^extracts/2026/11/0[123]/[0-9a-f]{32}\.ndjson\.gz$")
                lines = gzip.decompress(s3.get_object(Bucket=EXTRACTS, Key=found["Key"])["Body"].read()).splitlines()
                rows = [json.loads(line) for line in lines]
                (tally,) = [row for row in rows if row["row"] == "tally"]
                self.assertIn(tally["log_file"].rsplit("/", 1)[0][-10:], found["Key"])
                tallies.append(tally)
                events += len(rows) - 1
        self.assertEqual(sorted(tally["log_file"] for tally in tallies), sorted(read))
        self.assertEqual({tally["log_file"] for tally in tallies if tally["failed"]}, damaged)
        self.assertEqual(events, len(read) - len(damaged))

    def check_answers(self, url, copy, plan):
        """The extracts in their bucket answer as the log files do, and name those that nobody could read."""
        env = {"AWS_ENDPOINT_URL": url}
        window = ["--from=2026-11-01", "--to=2026-11-04"]
        extracts = [f"s3://{EXTRACTS}/extracts/", "--path-style", "--aws-region=us-east-1"]
        for command in (["runs"], ["events"], ["summary", "--by=day,workspace"]):
            one = tfctrail(*command, "-o", "csv", copy, *window)
            folded = tfctrail(*command, "-o", "csv", *extracts, *window, env=env)
            self.assertEqual(folded[:2], one[:2], folded[2])
            self.assertEqual(one[0], 5)
            self.assertGreater(one[1].count("\n"), 50)
        one, folded = (
            json.loads(tfctrail("coverage", "-o", "json", *source, *window, env=more)[1])
            for source, more in (([copy], {}), (extracts, env))
        )
        for report in (one, folded):
            report["coverage"]["sources"] = None
        self.assertEqual(folded, one)
        # A day of extracts is a folder.
        day = tfctrail("runs", "-o", "csv", *extracts, "--from=2026-11-02", "--to=2026-11-03", env=env)
        self.assertEqual(day[:2], tfctrail("runs", "-o", "csv", copy, "--from=2026-11-02", "--to=2026-11-03")[:2], day[2])
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as work:
            work.writelines(f"s3://{TRAIL}/{key}\n" for key in plan.keys)
            work.flush()
            listed = tfctrail("coverage", "-o", "json", *extracts, *window, f"--work-list={work.name}", env=env)
        failed = json.loads(listed[1])["coverage"]["failed"]
        self.assertEqual({it["file"] for it in failed if it["reason"] == "not extracted"}, plan.lost)
        self.assertEqual({it["file"] for it in failed}, plan.lost | plan.damaged)


class Deployed(unittest.TestCase):
    """The template itself, deployed on an emulator of AWS: S3 tells the queue, the queue is polled, and functions are started."""

    def test_the_stack_extracts_what_is_put_into_the_bucket(self):
        with tempfile.TemporaryDirectory() as scratch, ministack(scratch) as connect:
            s3, stacks, sqs = connect("s3"), connect("cloudformation"), connect("sqs")
            for bucket in (TRAIL, EXTRACTS, "code"):
                s3.create_bucket(Bucket=bucket)
            package = os.path.join(scratch, "package.zip")
            with zipfile.ZipFile(package, "w") as archive:
                archive.write(os.path.join(FUNCTION, "handler.py"), "handler.py")
                # The program is not executable there, as in archives of tools that know no permissions.
                archive.writestr("tfctrail", f'#!/bin/sh\nexec "{os.path.join(BIN, "tfctrail")}" "$@"\n')
            s3.upload_file(package, "code", "package.zip")
            with open(os.path.join(FUNCTION, "template.yaml"), encoding="utf-8") as file:
                # The emulator takes a number that is a parameter for a text.
                template = file.read().replace("!Ref Concurrency", "4")
            values = {"TrailBucket": TRAIL, "ExtractsBucket": EXTRACTS, "CodeBucket": "code", "CodeKey": "package.zip", "Options": "--path-style"}
            parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
            stacks.create_stack(StackName="lambda", TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
            stacks.get_waiter("stack_create_complete").wait(StackName="lambda", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            outputs = {it["OutputKey"]: it["OutputValue"] for it in stacks.describe_stacks(StackName="lambda")["Stacks"][0]["Outputs"]}
            told = {"QueueConfigurations": [{"QueueArn": outputs["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]}
            s3.put_bucket_notification_configuration(Bucket=TRAIL, NotificationConfiguration=told)
            keys = [key_of_log(number, FOLDERS[number % 2]) for number in range(12)]
            for number, key in enumerate(keys):
                body = log_file(number)
                s3.put_object(Bucket=TRAIL, Key=key, Body=body[:40] if number == 7 else body)
            found = self.wait_for(s3, len(keys))
            tallies = []
            for key in found:
                lines = gzip.decompress(s3.get_object(Bucket=EXTRACTS, Key=key)["Body"].read()).splitlines()
                tallies.append(json.loads(lines[-1]))
            self.assertEqual(sorted(tally["log_file"] for tally in tallies), sorted(keys))
            self.assertEqual([tally["log_file"] for tally in tallies if tally["failed"]], [keys[7]])
            dead = sqs.get_queue_attributes(QueueUrl=outputs["DeadLettersUrl"], AttributeNames=["ApproximateNumberOfMessages"])
            self.assertEqual(dead["Attributes"]["ApproximateNumberOfMessages"], "0")

    def wait_for(self, s3, count):
        """The extracts, when there are so many."""
        for _ in range(300):
            found = [it["Key"] for it in s3.list_objects_v2(Bucket=EXTRACTS).get("Contents", [])]
            if len(found) >= count:
                return found
            time.sleep(1)
        self.fail(f"after five minutes there are {len(found)} of {count} extracts")


@contextlib.contextmanager
def ministack(scratch):
    """Runs an emulator of AWS: what connects to one of its services."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = environment(BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), HOME=scratch)
    env["TMPDIR"] = scratch
    child = subprocess.Popen([os.environ["MINISTACK"]], env=env, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        yield lambda service: boto3.client(service, region_name="us-east-1", endpoint_url=url, **keys)
    finally:
        # Its functions are processes of their own.
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()


class Messages(unittest.TestCase):
    """What the function takes of a message, and how it names an extract."""

    def check(self, body, expected):
        with handler() as module:
            self.assertEqual(module.log_files(body), expected, body)

    def test_the_forms_of_notifications(self):
        key, tag = "a b+c/größe/AWSLogs/1/x%2B.json.gz", "d41d8cd98f00b204e9800998ecf8427e"
        for body in (of_s3(key), of_sns(of_s3(key)), of_event_bridge(key), of_sns(of_event_bridge(key))):
            self.check(body, [(TRAIL, key, tag)])
        self.check(of_s3(key, versionId="3/L4"), [(TRAIL, key, "3/L4")])
        self.check(of_s3(key, "s3:ObjectCreated:CompleteMultipartUpload"), [(TRAIL, key, tag)])
        self.check(of_cloudtrail(key), [(TRAIL, key, "")])
        two = json.loads(of_s3("one"))
        two["Records"] += json.loads(of_s3("two"))["Records"]
        self.check(json.dumps(two), [(TRAIL, "one", tag), (TRAIL, "two", tag)])

    def test_what_is_no_log_file_counts_for_nothing(self):
        digest = f"p/AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/2026/11/01/x.json.gz"
        for body in (
            of_s3(digest), of_event_bridge(digest), of_s3("AWSLogs/"), of_s3("extracts/x", bucket=EXTRACTS), of_s3("x", "ObjectRemoved:Delete"),
            of_event_bridge("x", "Object Restore Completed"), json.dumps({"Event": "s3:TestEvent"}), of_sns("CloudTrail validation message."),
            json.dumps({"Type": "UnsubscribeConfirmation", "Message": "x"}),
        ):
            self.check(body, [])
        # The same name in the trail is a log file.
        self.check(of_s3("extracts/x"), [(TRAIL, "extracts/x", "d41d8cd98f00b204e9800998ecf8427e")])

    def test_what_is_no_notification_fails_alone(self):
        bodies = ["{", "[]", "null", "7", '{"Records": {}}', '{"Records": [7]}', of_sns(of_sns(of_s3("x"))), of_s3("a\nb"), of_s3("x").replace('"x"', '"%ff"')]
        with handler() as module, contextlib.redirect_stdout(None):
            records = [{"messageId": str(at), "body": body} for at, body in enumerate(bodies)]
            answer = module.handle({"Records": records}, None)
        self.assertEqual([it["itemIdentifier"] for it in answer["batchItemFailures"]], [str(at) for at, body in enumerate(bodies) if body != '{"Records": {}}'])

    def test_the_name_of_an_extract_is_that_of_a_state_of_a_log_file(self):
        with handler() as module:
            names = {module.name_of(*it) for it in [("a", "b", "c"), ("a", "b", "d"), ("a", "bc", ""), ("ab", "c", ""), ("a", "b", "")]}
            self.assertEqual(len(names), 5)
            self.assertTrue(all(name.startswith("extracts/undated/") for name in names))
            self.assertRegex(module.name_of("b", key_of_log(1), "e"), r"^extracts/2026/11/02/[0-9a-f]{32}\.ndjson\.gz$")
        with handler(TFCTRAIL_OUT="s3://b") as module:
            self.assertTrue(module.name_of("b", "x", "").startswith("undated/"))

    def test_whoever_has_no_time_left_reads_nothing(self):
        context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 3999)
        with handler(TFCTRAIL_PROGRAM="/nowhere") as module, contextlib.redirect_stdout(None):
            answer = module.handle({"Records": [{"messageId": "m", "body": of_s3("x")}, {"messageId": "n", "body": of_s3("AWSLogs/")}]}, context)
        self.assertEqual(answer, {"batchItemFailures": [{"itemIdentifier": "m"}]})


if __name__ == "__main__":
    unittest.main()
