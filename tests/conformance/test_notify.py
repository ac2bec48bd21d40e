"""Our notifications at servers and libraries that others wrote: SMTP, SNS, signed webhooks, TLS."""

import contextlib
import datetime
import email
import email.policy
import http.server
import ipaddress
import json
import logging
import os
import shutil
import ssl
import tempfile
import threading
import unittest

import boto3
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from support import ACCOUNT, free_port, key_of, moto_server, tfctrail

# A mail server that is left in the middle of a handshake has much to say.
logging.disable(logging.CRITICAL)

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Letters:
    """Keeps what a mail server takes."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 taken"

    def only(self):
        (envelope,) = self.envelopes
        return envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)


@contextlib.contextmanager
def mail_server(**options):
    """Runs a mail server: its port, and what it takes."""
    letters = Letters()
    port = free_port()
    controller = Controller(letters, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port, letters
    finally:
        controller.stop()


@contextlib.contextmanager
def web_server(context=None):
    """Runs a web server: its port, and the requests that it gets as pairs of headers and body."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Notify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def notify(self, config, **env):
        """Sends a test message to [notify.x] of that text."""
        path = os.path.join(self.folder, "tfctrail.toml")
        with open(path, "w") as file:
            file.write("[notify.x]\n" + config)
        code, stdout, stderr = tfctrail("notify", "x", "--config", path, env=env)
        self.assertEqual(stdout, "")
        self.assertNotIn("hunter2", stderr)
        return code, stderr

    def certificate(self):
        """A certificate for 127.0.0.1: a server's context, and the file of the only root that it has."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tfctrail test")])
        now = datetime.datetime.now(datetime.timezone.utc)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))

        def make(subject, public_key, is_root):
            builder = x509.CertificateBuilder().subject_name(subject).issuer_name(name).public_key(public_key)
            builder = builder.serial_number(x509.random_serial_number())
            builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
            builder = builder.not_valid_after(now + datetime.timedelta(hours=1))
            builder = builder.add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            if not is_root:
                builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
            return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

        leaf = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        private = leaf.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        root, chain = os.path.join(self.folder, "root.pem"), os.path.join(self.folder, "chain.pem")
        with open(root, "wb") as file:
            file.write(make(name, key.public_key(), True))
        with open(chain, "wb") as file:
            file.write(make(subject, leaf.public_key(), False) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context, root

    def test_a_mail_arrives(self):
        with mail_server() as (port, letters):
            code, stderr = self.notify(
                f'kind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
                'from = "tfctrail <audit@example.com>"\nto = ["a@example.com", "B <b@example.com>"]\n'
            )
        self.assertEqual((code, stderr), (0, "tfctrail: notify 'x': sent after 1 attempt\n"))
        envelope, letter = letters.only()
        self.assertEqual(envelope.mail_from, "audit@example.com")
        self.assertEqual(envelope.rcpt_tos, ["a@example.com", "b@example.com"])
        self.assertTrue(letter["Subject"].startswith("tfctrail: test message for x, sent at "), letter["Subject"])
        self.assertEqual((letter.get_content_type(), letter.defects), ("multipart/alternative", []))
        plain, page = letter.iter_parts()
        self.assertEqual([part.get_content_type() for part in (plain, page)], ["text/plain", "text/html"])
        for part in (plain, page):
            self.assertIn("everything is as it should be", part.get_content())
            self.assertEqual(part.defects, [])

    def test_a_mail_server_that_wants_tls_and_a_password_gets_them(self):
        context, root = self.certificate()
        seen = []

        def authenticate(server, session, envelope, mechanism, data):
            seen.append((data.login, data.password))
            return AuthResult(success=data.password == b"hunter2", handled=False)

        options = {"tls_context": context, "auth_required": True, "authenticator": authenticate}
        with mail_server(**options) as (port, letters):
            config = (
                f'kind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nuser = "audit"\npassword_env = "PASSWORD"\n'
                'from = "audit@example.com"\nto = "a@example.com"\n'
            )
            refused = self.notify(config, PASSWORD="hunter2")
            self.assertEqual(refused[0], 1)
            self.assertIn("no trusted TLS connection to the server", refused[1])
            self.assertEqual((seen, letters.envelopes), ([], []))
            wrong = self.notify(config, PASSWORD="hunter2 no", SSL_CERT_FILE=root)
            self.assertEqual(wrong[0], 1)
            self.assertIn("the server refuses the user name and password (535)", wrong[1])
            code, stderr = self.notify(config, PASSWORD="hunter2", SSL_CERT_FILE=root)
        self.assertEqual(code, 0, stderr)
        self.assertEqual(seen[-1], (b"audit", b"hunter2"))
        letters.only()

    def test_a_server_without_starttls_gets_no_mail(self):
        with mail_server() as (port, letters):
            code, stderr = self.notify(
                f'kind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nfrom = "audit@example.com"\nto = "a@example.com"\n'
            )
        self.assertEqual((code, letters.envelopes), (1, []))
        self.assertIn("STARTTLS", stderr)

    def test_a_signature_is_what_the_library_of_the_standard_takes(self):
        with open(os.path.join(self.folder, "secret"), "w") as file:
            file.write(SECRET + "\n")
        with web_server() as (port, asked):
            config = 'kind = "webhook"\nurl_env = "HOOK"\nsecret_file = "secret"\n'
            code, stderr = self.notify(config, HOOK=f"http://127.0.0.1:{port}/hunter2")
        self.assertEqual(code, 0, stderr)
        ((headers, body),) = asked
        message = Webhook(SECRET).verify(body, headers)
        self.assertEqual((message["schema_version"], message["event"]), (1, "test"))
        with self.assertRaises(Exception):
            Webhook(SECRET).verify(body + b" ", headers)

    def test_a_webhook_with_a_certificate_that_nobody_knows_gets_nothing(self):
        context, root = self.certificate()
        with web_server(context) as (port, asked):
            config = 'kind = "slack"\nurl_env = "HOOK"\n'
            url = f"https://127.0.0.1:{port}/services/hunter2"
            code, stderr = self.notify(config, HOOK=url)
            self.assertEqual((code, asked), (1, []))
            self.assertIn("no trusted TLS connection to the server", stderr)
            code, stderr = self.notify(config, HOOK=url, SSL_CERT_FILE=root)
        self.assertEqual(code, 0, stderr)
        ((headers, body),) = asked
        self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(json.loads(body)["blocks"][0]["type"], "header")

    def test_a_topic_gets_the_message(self):
        with moto_server() as url:
            keys = {"aws_access_key_id": key_of(ACCOUNT), "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
            sns, sqs = (boto3.client(name, endpoint_url=url, **keys) for name in ("sns", "sqs"))
            for suffix, more in [("", {}), (".fifo", {"FifoTopic": "true"})]:
                topic = sns.create_topic(Name="audit" + suffix, Attributes=more)["TopicArn"]
                fifo = {"FifoQueue": "true"} if more else {}
                queue = sqs.create_queue(QueueName="audit" + suffix, Attributes=fifo)["QueueUrl"]
                arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
                sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
                code, stderr = self.notify(f'kind = "sns"\ntopic_arn = "{topic}"\nendpoint_url = "{url}"\n')
                self.assertEqual(code, 0, stderr)
                (received,) = sqs.receive_message(QueueUrl=queue)["Messages"]
                body = json.loads(received["Body"])
                self.assertTrue(body["Subject"].startswith("tfctrail: test message for x"), body)
                self.assertIn("everything is as it should be", body["Message"])
            missing = self.notify(f'kind = "sns"\ntopic_arn = "{topic}x"\nendpoint_url = "{url}"\n')
            self.assertEqual(missing[0], 1)
            self.assertIn("NotFound", missing[1])


if __name__ == "__main__":
    unittest.main()
