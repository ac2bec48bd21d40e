"""Credentials as every AWS user has them: a role, a role with an external id, a profile's chain, a program, a web
identity token, a single sign-on session. Each time the doctor says as whom it asks, and the archive is read."""

import contextlib
import hashlib
import http.server
import json
import os
import stat
import tempfile
import threading
import unittest

from support import ACCOUNT, DEMO, key_of, moto_server, tfctrail
from test_archive import BUCKET, upload

ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"
WINDOW = ["--from", "2026-11-01", "--to", "2026-11-08"]


class Portal(http.server.BaseHTTPRequestHandler):
    """GetRoleCredentials of the sign-on portal, for whoever has the token."""

    def do_GET(self):
        token = self.headers.get("x-amz-sso_bearer_token")
        known = token == "portal-token" and self.path.startswith("/federation/credentials?")
        keys = {
            "accessKeyId": key_of(ACCOUNT),
            "secretAccessKey": "secret",
            "sessionToken": "session",
            "expiration": 4_102_444_800_000,
        }
        body = json.dumps({"roleCredentials": keys} if known else {"message": "no"}).encode()
        self.send_response(200 if known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def portal():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class Credentials(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(tempfile.TemporaryDirectory())
        self.url = self.enterContext(moto_server())
        upload(self.url)

    def write(self, name, text):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def check(self, identity, *flags, **env):
        """As that identity, the bucket says what its local copy says."""
        remote = ["--endpoint-url", self.url, "--path-style", "--aws-region", "us-east-1", *flags]
        env = {"HOME": self.home, "AWS_ENDPOINT_URL": self.url, **env}
        code, out, err = tfctrail("doctor", f"s3://{BUCKET}", *remote, env=env)
        self.assertIn(identity, out + err)
        asked = tfctrail("runs", f"s3://{BUCKET}", "-o", "csv", *WINDOW, *remote, env=env)
        local = tfctrail("runs", DEMO, "-o", "csv", *WINDOW)
        self.assertEqual(asked[:2], local[:2], asked[2])

    def check_profile(self, identity, config, **env):
        """The same with nothing but a profile."""
        path = self.write(".aws/config", config)
        env = {"AWS_CONFIG_FILE": path, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, **env}
        self.check(identity, "--profile", "audit", **env)

    def test_a_role_is_assumed(self):
        self.check(":assumed-role/audit/", "--role-arn", ROLE)
        self.check(":assumed-role/audit/", "--role-arn", ROLE, "--external-id", "made-up")

    def test_a_profile_names_a_role_and_whose_keys_may_assume_it(self):
        self.check_profile(
            ":assumed-role/audit/",
            f"[profile base]\naws_access_key_id = {key_of(ACCOUNT)}\naws_secret_access_key = secret\n"
            f"[profile audit]\nrole_arn = {ROLE}\nsource_profile = base\n",
        )

    def test_a_program_gives_the_keys(self):
        keys = {"Version": 1, "AccessKeyId": key_of(ACCOUNT), "SecretAccessKey": "secret"}
        program = self.write("keys.sh", f"#!/bin/sh\nprintf '%s' '{json.dumps(keys)}'\n")
        os.chmod(program, stat.S_IRWXU)
        self.check_profile("arn:aws:", f"[profile audit]\ncredential_process = {program}\n")

    def test_a_web_identity_token_is_exchanged(self):
        token = self.write("token", "header.payload.signature")
        keys = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        self.check(":assumed-role/audit/", AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE=token, **keys)

    def test_a_sign_on_session_gives_the_keys(self):
        cached = {"accessToken": "portal-token", "expiresAt": "2099-01-01T00:00:00Z", "region": "us-east-1"}
        name = hashlib.sha1(b"work").hexdigest()
        self.write(f".aws/sso/cache/{name}.json", json.dumps(cached))
        config = (
            f"[profile audit]\nsso_session = work\nsso_account_id = {ACCOUNT}\nsso_role_name = audit\n"
            "[sso-session work]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n"
        )
        with portal() as url:
            self.check_profile("arn:aws:", config, AWS_ENDPOINT_URL_SSO=url)

    def test_an_ended_sign_on_session_says_how_to_sign_in(self):
        config = self.write(
            ".aws/config",
            f"[profile audit]\nsso_session = work\nsso_account_id = {ACCOUNT}\nsso_role_name = audit\n"
            "[sso-session work]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n",
        )
        env = {"HOME": self.home, "AWS_CONFIG_FILE": config, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        code, _, err = tfctrail("runs", f"s3://{BUCKET}", "--profile", "audit", "--endpoint-url", self.url, env=env)
        self.assertEqual(code, 4, err)
        self.assertIn("aws sso login --profile audit", err)


if __name__ == "__main__":
    unittest.main()
