"""Our program on moto's S3, which is another server than the one of its own tests."""

import os
import unittest

import boto3

from support import ACCOUNT, DEMO, key_of, moto_server, tfctrail

BUCKET = "northwind-audit-trail"


def upload(url):
    """Puts the demo into a bucket."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key_of(ACCOUNT),
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    for folder, _, names in os.walk(DEMO):
        for name in names:
            path = os.path.join(folder, name)
            client.upload_file(path, BUCKET, os.path.relpath(path, DEMO))


class Archive(unittest.TestCase):
    def test_a_bucket_says_what_its_local_copy_says(self):
        window = ["--from", "2026-11-01", "--to", "2026-11-08"]
        with moto_server() as url:
            upload(url)
            remote = ["--endpoint-url", url, "--path-style", "--aws-region", "us-east-1"]
            for command in ["runs", "events"]:
                asked = tfctrail(command, f"s3://{BUCKET}", "-o", "csv", *window, *remote)
                local = tfctrail(command, DEMO, "-o", "csv", *window)
                self.assertEqual(asked[:2], local[:2], asked[2])
                self.assertEqual(asked[0], 0)
                self.assertGreater(asked[1].count("\n"), 20)


if __name__ == "__main__":
    unittest.main()
