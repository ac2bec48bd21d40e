"""`tfctrail verify` and `aws cloudtrail validate-logs` judge the same archives in the same bucket. Where they differ, the
reason stands beside the case."""

import gzip
import subprocess
import unittest

import boto3
from support import environment, moto_server, tfctrail
from trail import REGION, START, Archive, HOUR, Key, Trails, cloudtrail, stamp

VALID, ALTERED, UNCHECKED = 0, 3, 5


def valid(archive):
    archive.hours(range(4))


def altered_log(archive):
    archive.hours(range(4))
    archive.replace(archive.logs[1], gzip.compress(b'{"Records":[]}'))


def removed_log(archive):
    archive.hours(range(4))
    del archive.objects[archive.logs[1]]


def inserted_log(archive):
    archive.hours(range(4))
    archive.log(1, "zzzzbbbbccccddee", b'{"Records":[]}')


def truncated_log(archive):
    archive.hours(range(4))
    archive.replace(archive.logs[1], archive.objects[archive.logs[1]][0][:-20])


def log_without_trailer(archive):
    archive.hours(range(4))
    archive.replace(archive.logs[1], archive.objects[archive.logs[1]][0][:-8])


def packed_anew(archive):
    archive.hours(range(4))
    text = gzip.decompress(archive.objects[archive.logs[1]][0])
    archive.replace(archive.logs[1], gzip.compress(text, 1))


def appended_member(archive):
    archive.hours(range(4))
    archive.replace(archive.logs[1], archive.objects[archive.logs[1]][0] + gzip.compress(b'{"Records":[]}'))


def reordered_logs(archive):
    archive.hours(range(4))
    one, other = (archive.objects[key][0] for key in archive.logs[1:3])
    archive.replace(archive.logs[1], other)
    archive.replace(archive.logs[2], one)


def altered_digest(archive):
    archive.hours(range(4))
    text = gzip.decompress(archive.objects[archive.digests[1]][0])
    archive.replace(archive.digests[1], gzip.compress(text.replace(b"hashValue\": \"", b"hashValue\": \"0")))


def removed_digest(archive):
    archive.hours(range(4))
    del archive.objects[archive.digests[1]]


def two_removed_digests(archive):
    archive.hours(range(6))
    for key in archive.digests[1:3]:
        del archive.objects[key]


def removed_signature(archive):
    archive.hours(range(4))
    key = archive.digests[3]
    archive.objects[key] = (archive.objects[key][0], {})


def no_digests(archive):
    archive.hours(range(4))
    for key in archive.digests:
        del archive.objects[key]


def bytes_after_a_digest(archive):
    archive.hours(range(4))
    archive.replace(archive.digests[1], archive.objects[archive.digests[1]][0] + b"more")


def backfilled(archive):
    archive.hours(range(4))
    archive.digest(1, [archive.log(1, "zzzzbbbbccccddee")], suffix="_backfill")


def empty_hours(archive):
    archive.hours(range(2))
    archive.digest(2, [])
    archive.hours(range(3, 5))


def rotated_key(archive):
    archive.hours(range(2)).hours(range(2, 4), key=1)


def wrong_key(archive):
    archive.hours(range(2))
    forged = Key(archive.keys[0].fingerprint)
    archive.keys[0], kept = forged, archive.keys[0]
    archive.hours(range(2, 3))
    archive.keys[0] = kept


def unknown_key(archive):
    archive.keys = [Key("unknown")]
    archive.hours(range(2))


def restarted(archive):
    archive.hours(range(2))
    archive.previous = None
    archive.hours(range(5, 7))


def wrong_hash_of_the_digest_before(archive):
    archive.hours(range(2))
    archive.digest(2, [archive.log(2)], previousDigestHashValue="00" * 32)


def moved(archive):
    archive.hours(range(3))
    archive.objects = {f"copy/{key}": found for key, found in archive.objects.items()}


def keys_of_the_second_page(archive):
    archive.hours(range(3), key=2)


# What is done, the exit code of the AWS CLI and ours, and why they differ.
CASES = [
    (valid, 0, VALID, None),
    (altered_log, 1, ALTERED, None),
    (removed_log, 1, ALTERED, None),
    (truncated_log, 1, ALTERED, None),
    (packed_anew, 0, VALID, None),
    (appended_member, 1, ALTERED, None),
    (reordered_logs, 1, ALTERED, None),
    (altered_digest, 1, ALTERED, None),
    (removed_digest, 1, ALTERED, None),
    (two_removed_digests, 1, ALTERED, None),
    (backfilled, 0, VALID, None),
    (empty_hours, 0, VALID, None),
    (rotated_key, 0, VALID, None),
    (wrong_key, 1, ALTERED, None),
    (inserted_log, 0, ALTERED, "the AWS CLI looks at no log file that no digest lists"),
    (log_without_trailer, 0, ALTERED, "the AWS CLI does not miss a trailer that is cut off"),
    (no_digests, 0, UNCHECKED, "nothing found is no success"),
    (bytes_after_a_digest, 0, ALTERED, "the AWS CLI looks for bytes after log files only"),
    (restarted, 0, ALTERED, "the AWS CLI tells a gap and counts it as nothing"),
    (wrong_hash_of_the_digest_before, 0, ALTERED, "the AWS CLI compares no hashes of digests"),
    (removed_signature, 1, UNCHECKED, "a copy loses signatures, and that is no alteration"),
    (unknown_key, 1, UNCHECKED, "whose key it is cannot be told"),
    (moved, 1, VALID, "the AWS CLI refuses an archive that was moved"),
    (keys_of_the_second_page, 1, VALID, "the AWS CLI reads the first page of the keys"),
]


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = [Key("first"), Key("second"), Key("third")]

    def test_both_judge_alike(self):
        buckets = [f"trail-{case.__name__.replace('_', '-')}" for case, *_ in CASES]
        trails = Trails(self.keys, buckets, page=2)
        with moto_server() as s3_url, cloudtrail(trails) as cloudtrail_url:
            urls = {"AWS_ENDPOINT_URL_S3": s3_url, "AWS_ENDPOINT_URL_CLOUDTRAIL": cloudtrail_url}
            env = environment(**urls, AWS_DEFAULT_REGION=REGION)
            s3 = boto3.client(
                "s3", endpoint_url=s3_url, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="y"
            )
            for bucket, (case, cli_code, our_code, reason) in zip(buckets, CASES):
                with self.subTest(case.__name__):
                    self.assertEqual(reason is None, (cli_code, our_code) in ((0, VALID), (1, ALTERED)))
                    archive = Archive(bucket, list(self.keys))
                    case(archive)
                    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
                    for key, (data, metadata) in archive.objects.items():
                        s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata)
                    place = ["--s3-bucket", bucket, "--s3-prefix", "copy"] if case is moved else []
                    self.judge(bucket, place, env, cli_code, our_code)

    def judge(self, bucket, place, env, cli_code, our_code):
        start, end = stamp(START), stamp(START + 24 * HOUR)
        command = ["aws", "cloudtrail", "validate-logs", "--trail-arn", Trails.arn(bucket)]
        command += ["--start-time", start, "--end-time", end, *place]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, cli_code, done.stdout + done.stderr)
        code, out, err = tfctrail("verify", f"s3://{bucket}", "--from", start, "--to", end, "-o", "csv", env=env)
        self.assertEqual(code, our_code, out + err)


if __name__ == "__main__":
    unittest.main()
