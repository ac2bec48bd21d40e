"""An archive with digests as CloudTrail writes them, signed with keys that are made here, and a stand-in for the two
operations of CloudTrail that verifying it takes."""

import base64
import contextlib
import datetime
import gzip
import hashlib
import http.server
import json
import threading

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACCOUNT, REGION = "111122223333", "eu-west-1"
START = datetime.datetime(2026, 11, 2, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Key:
    """A key that signs from a time on."""

    def __init__(self, fingerprint, start=START - HOUR):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.fingerprint = fingerprint
        self.start = start

    def sign(self, text):
        return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256()).hex()

    def answer(self):
        form = (serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        value = base64.b64encode(self.private.public_key().public_bytes(*form)).decode()
        times = {"ValidityStartTime": self.start.timestamp(), "ValidityEndTime": (self.start + 999 * HOUR).timestamp()}
        return {"Value": value, "Fingerprint": self.fingerprint, **times}


class Archive:
    """The objects of a bucket, whose name is also that of the trail: bytes and metadata by their keys."""

    def __init__(self, bucket, keys):
        self.bucket = bucket
        self.keys = keys
        self.objects = {}
        self.logs, self.digests = [], []
        self.previous = None

    def log(self, hour, name="aaaabbbbccccddee", text=None, minute=15):
        """Puts a log file there, and gives what its digest says of it."""
        time = (START + hour * HOUR).replace(minute=minute)
        folder = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{time:%Y/%m/%d}"
        key = f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{time:%Y%m%dT%H%MZ}_{name}.json.gz"
        text = text or json.dumps({"Records": [{"eventVersion": "1.11", "eventID": f"{hour}-{name}"}]}).encode()
        self.objects[key] = (gzip.compress(text), {})
        self.logs.append(key)
        return {
            "s3Bucket": self.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(text).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp(time - HOUR / 10),
            "oldestEventTime": stamp(time - HOUR / 5),
        }

    def digest(self, hour, logs, key=0, suffix="", **changes):
        """Puts the digest of an hour there, behind the last one of its chain."""
        start, end = START + hour * HOUR, START + (hour + 1) * HOUR
        name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_{self.bucket}_{REGION}_{end:%Y%m%dT%H%M%SZ}{suffix}.json.gz"
        place = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/{name}"
        previous = None if suffix else self.previous
        before, hashed, signed = previous or (None, None, None)
        digest = {
            "awsAccountId": ACCOUNT,
            "digestStartTime": stamp(start),
            "digestEndTime": stamp(end),
            "digestS3Bucket": self.bucket,
            "digestS3Object": place,
            "newestEventTime": None,
            "oldestEventTime": None,
            "previousDigestS3Bucket": previous and self.bucket,
            "previousDigestS3Object": before,
            "previousDigestHashValue": hashed,
            "previousDigestHashAlgorithm": previous and "SHA-256",
            "previousDigestSignature": signed,
            "digestPublicKeyFingerprint": self.keys[key].fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "logFiles": logs,
        } | changes
        text = json.dumps(digest).encode()
        hashed = hashlib.sha256(text).hexdigest()
        parts = [stamp(end), f"{self.bucket}/{place}", hashed, digest["previousDigestSignature"] or "null"]
        signature = self.keys[key].sign("\n".join(parts).encode())
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        if suffix:
            metadata["backfill-generation-timestamp"] = stamp(end)
        self.objects[place] = (gzip.compress(text), metadata)
        self.digests.append(place)
        if not suffix:
            self.previous = (place, hashed, signature)

    def hours(self, hours, key=0):
        """A log file and a digest for each of these hours."""
        for hour in hours:
            self.digest(hour, [self.log(hour)], key)
        return self

    def replace(self, key, data):
        self.objects[key] = (data, self.objects[key][1])


class Trails:
    """A stand-in for DescribeTrails and ListPublicKeys, with so many keys a page."""

    def __init__(self, keys, buckets, page=50):
        self.keys, self.buckets, self.page = keys, buckets, page

    def answer(self, operation, request):
        if operation == "DescribeTrails":
            return {"trailList": [self.trail(bucket) for bucket in self.buckets]}
        if operation != "ListPublicKeys":
            return {"__type": "UnknownOperationException"}
        first = int(request.get("NextToken", 0))
        end = request["EndTime"]
        keys = [key.answer() for key in self.keys if key.start.timestamp() <= end]
        more = {"NextToken": str(first + self.page)} if first + self.page < len(keys) else {}
        return {"PublicKeyList": keys[first : first + self.page], **more}

    @staticmethod
    def arn(bucket):
        return f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{bucket}"

    def trail(self, bucket):
        return {"Name": bucket, "S3BucketName": bucket, "TrailARN": self.arn(bucket), "IsOrganizationTrail": False}


@contextlib.contextmanager
def cloudtrail(trails):
    """Runs the stand-in: its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
            answer = trails.answer(self.headers["X-Amz-Target"].rsplit(".")[-1], request)
            body = json.dumps(answer).encode()
            self.send_response(400 if "__type" in answer else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
