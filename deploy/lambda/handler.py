"""Extracts log files as they come: notifications of S3, from a queue of SQS, in a function of AWS Lambda.

Each log file is read by one run of tfctrail, which lies beside this file, and its rows become one object below TFCTRAIL_OUT. The
name of that object follows from bucket, key and state of the log file, and it is written once. So notifications may come twice, late,
and in any order.

What cannot be read now (not there, denied, no time left) goes back to the queue, and only that. A log file that is damaged is read:
its tally says so.
"""

import concurrent.futures
import glob
import gzip
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import urllib.parse

import boto3
from botocore.exceptions import ClientError

# s3://BUCKET[/PREFIX], where extracts go.
BUCKET, _, FOLDER = os.environ["TFCTRAIL_OUT"].removeprefix("s3://").partition("/")
FOLDER = FOLDER.strip("/")
# Flags for each run of the program.
OPTIONS = shlex.split(os.environ.get("TFCTRAIL_OPTIONS", ""))
PROGRAM = os.environ.get("TFCTRAIL_PROGRAM") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "tfctrail")

# 5: the log file is damaged, and its tally says so.
DONE = (0, 5)
# Seconds that are kept for the upload and the answer.
RESERVE = 4
# A run waits for S3 most of its time.
SIDE_BY_SIDE = 8
# Folders of this process begin so.
SCRATCH = f"tfctrail-extract-{os.getpid()}-"

s3 = boto3.client("s3")

# A function that was ended in the middle has left its files where the next one runs, whose number may be the same.
for left in glob.glob(os.path.join(tempfile.gettempdir(), "tfctrail-extract-*-*")):
    process = left.rsplit("-", 2)[1]
    if process == str(os.getpid()) or not os.path.exists(f"/proc/{process}"):
        shutil.rmtree(left, ignore_errors=True)

if not os.access(PROGRAM, os.X_OK) and os.path.exists(PROGRAM):
    # Not every tool that writes archives keeps the permissions of files, and the package itself cannot be changed.
    PROGRAM = shutil.copy(PROGRAM, os.path.join(tempfile.mkdtemp(prefix=SCRATCH), "tfctrail"))
    os.chmod(PROGRAM, 0o755)


class NotDone(Exception):
    """The log file is to be tried again."""


def handle(event, context):
    """A batch of messages: the answer names those that are to come again."""
    messages = event["Records"]
    failures = {}
    wanted = {}
    for message in messages:
        try:
            for found in log_files(message["body"]):
                wanted.setdefault(found, []).append(message["messageId"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            failures[message["messageId"]] = f"this is no notification of S3: {error!r}"
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        running = {pool.submit(extract, *found, context): found for found in wanted}
        for done in concurrent.futures.as_completed(running):
            error = done.exception()
            if error is not None:
                bucket, key, _ = found = running[done]
                why = str(error) if isinstance(error, NotDone) else repr(error)
                failures.update(dict.fromkeys(wanted[found], f"s3://{bucket}/{key}: {why}"))
    for message, why in failures.items():
        print(json.dumps({"level": "ERROR", "message_id": message, "error": why}), flush=True)
    print(json.dumps({"level": "INFO", "messages": len(messages), "log_files": len(wanted), "failed": len(failures)}), flush=True)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failures]}


def log_files(body, depth=0):
    """The log files that a message speaks of: bucket, key and state of each. None for what is not about log files."""
    if body == "CloudTrail validation message.":
        return []
    note = json.loads(body)
    if note.get("Event") == "s3:TestEvent" or note.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return []
    if note.get("Type") == "Notification" and depth == 0:
        return log_files(note["Message"], 1)
    if "s3ObjectKey" in note:
        # What CloudTrail itself tells a topic.
        found = [(note["s3Bucket"], key, "") for key in note["s3ObjectKey"]]
    elif note.get("source") == "aws.s3":
        is_new = note["detail-type"] == "Object Created"
        found = [of_event_bridge(note["detail"])] if is_new else []
    else:
        records = note["Records"]
        found = [of_s3(record["s3"]) for record in records if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:")]
    return [it for it in found if is_wanted(*it)]


def of_s3(record):
    # As in a form of HTML: a space is a plus sign.
    key = urllib.parse.unquote_plus(record["object"]["key"], errors="strict")
    return record["bucket"]["name"], key, state_of(record["object"], "versionId", "eTag")


def of_event_bridge(detail):
    # Here the key is as it is.
    return detail["bucket"]["name"], detail["object"]["key"], state_of(detail["object"], "version-id", "etag")


def state_of(found, version, tag):
    """Which state of the log file it is, where the notification tells."""
    return found.get(version) or found.get(tag, "")


def is_wanted(bucket, key, _):
    """Whether it may be a log file: no digest, no folder, and nothing that this function wrote."""
    if "\n" in key or "\r" in key:
        raise ValueError("a key with a line break")
    is_own = bucket == BUCKET and key.startswith(f"{FOLDER}/" if FOLDER else "")
    return not (is_own or "/CloudTrail-Digest/" in key or key.endswith("/"))


def name_of(bucket, key, state):
    """The key of its extract: below the day of the log file, as its own key tells, else below `undated`."""
    day = re.search(r"/(\d{4}/\d\d/\d\d)/[^/]*$", key)
    name = hashlib.sha256("\0".join((bucket, key, state)).encode()).hexdigest()[:32]
    return "/".join(filter(None, (FOLDER, day[1] if day else "undated", f"{name}.ndjson.gz")))


def extract(bucket, key, state, context):
    """Reads a log file, and puts its rows where they belong."""
    left = context.get_remaining_time_in_millis() / 1000 - RESERVE
    if left <= 0:
        raise NotDone("no time was left for it")
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
        rows = os.path.join(scratch, "rows.ndjson.gz")
        command = [PROGRAM, "extract", "--quiet", "--threads=1", "--keys-from=-", f"--out={rows}", *OPTIONS]
        try:
            done = subprocess.run(
                command, input=f"s3://{bucket}/{key}\n", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                encoding="utf-8", errors="replace", timeout=left, check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotDone("the time was over in the middle of it") from None
        if done.returncode not in DONE:
            raise NotDone(f"tfctrail extract ended with code {done.returncode}: {done.stderr[-1000:]}")
        refuse_unread(rows)
        put(rows, name_of(bucket, key, state))


def refuse_unread(rows):
    """Refuses an extract whose log file was not read."""
    with gzip.open(rows, "rt", encoding="utf-8") as lines:
        last = None
        for last in lines:
            pass
    # The tally is the last row.
    tally = json.loads(last) if last else {}
    if tally.get("row") != "tally":
        raise NotDone("tfctrail extract wrote no tally")
    if tally.get("unread"):
        raise NotDone(tally["failed"])


def put(rows, key):
    try:
        with open(rows, "rb") as body:
            s3.put_object(Bucket=BUCKET, Key=key, Body=body, IfNoneMatch="*", ContentType="application/gzip")
    except ClientError as error:
        # It was written before, by whoever read this state of the log file.
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
