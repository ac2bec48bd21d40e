"""Servers and clients for the tests: everything on loopback, no credentials but the ones made up here."""

import contextlib
import glob
import gzip
import json
import os
import socket
import subprocess
import time

BIN = os.path.abspath(os.environ["CONFORMANCE_BIN"])
DEMO = "fixtures/demo"
ACCOUNT = "111122223333"


def key_of(account):
    """The access key id that the stand-in takes for one of that account."""
    return f"AKIA{account}EXAMPLE"


def environment(account=ACCOUNT, **more):
    """An environment in which no AWS client finds anything but what is given here."""
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "LANG")}
    env.update(
        AWS_ACCESS_KEY_ID=key_of(account),
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        HOME=os.path.join(os.devnull, "home"),
        TFCTRAIL_CONFIG=os.devnull,
        NO_PROXY="127.0.0.1",
    )
    env.update(more)
    return env


class Stand:
    """The running stand-in: where it is, and the second that today starts at."""

    def __init__(self, url, today):
        self.url = url
        self.today = today


@contextlib.contextmanager
def lookup_events_server(**faults):
    """Runs the stand-in with faults."""
    program = os.path.join(BIN, "examples", "lookup_events_server")
    child = subprocess.Popen(
        [program, json.dumps(faults)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        url, today = child.stdout.readline().split()
        yield Stand(url, int(today))
    finally:
        child.communicate()


def free_port():
    """A port of loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def moto_server():
    """Runs moto: its address."""
    port = free_port()
    child = subprocess.Popen(
        ["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


def log_files():
    """The log files of the demo."""
    return sorted(glob.glob(f"{DEMO}/AWSLogs/*/*/CloudTrail/**/*.gz", recursive=True))


def event_ids(account, region, name=None):
    """The ids of the demo's events, as its log files tell."""
    ids = set()
    for path in log_files():
        with gzip.open(path) as file:
            for record in json.load(file)["Records"]:
                here = record["recipientAccountId"] == account and record["awsRegion"] == region
                if here and name in (None, record["eventName"]):
                    ids.add(record["eventID"])
    return ids


def tfctrail(*args, input=None, env=None):
    """Runs our program, with these variables set, or unset where `None`: exit code, standard output, standard error."""
    command = [os.path.join(BIN, "tfctrail"), *args]
    env = {name: value for name, value in {**environment(), **(env or {})}.items() if value is not None}
    done = subprocess.run(command, env=env, input=input, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr
