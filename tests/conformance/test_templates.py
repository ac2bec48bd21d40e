"""What `setup` and `trust` print, read by programs that we did not write: cfn-lint and a parser of HCL."""

import itertools
import json
import os
import re
import subprocess
import tempfile
import unittest

import hcl2

from support import DEMO, tfctrail

SUBJECT = "organization:{}:project:{}:workspace:{}:run_phase:{}"


def variants():
    """Arguments of `setup` in many combinations."""
    one = ["--org", "acme", "--project", "Default Project", "--workspace", "web"]
    host = [[], ["--tfe-host", "tfe.example.com"]]
    phases = [[], ["--split-phases"], ["--split-phases", "--plan-policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"]]
    policies = [[], ["--policy-arn", "arn:aws:iam::aws:policy/PowerUserAccess", "--policy-arn", "arn:aws:iam::111122223333:policy/x/y"]]
    names = [[], ["--role-name", "A+=,.@_-b", "--audience", "https://x.example/y"]]
    return [one + sum(more, []) for more in itertools.product(host, phases, policies, names)]


def setup(args, part):
    code, out, error = tfctrail("setup", *args, "--emit", part)
    assert code == 0, error
    return out


def bodies(hcl):
    """The values inside of `jsonencode(…)`, as another parser reads them."""
    for body in re.findall(r"jsonencode\((\{\n.*?\n  \})\)", hcl, re.S):
        yield plain(hcl2.loads(f"x = {body}\n")["x"])


def plain(value):
    """Without the quotes that python-hcl2 leaves around texts, and with their escapes undone."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return unescape(value[1:-1])
    return value


def unescape(text):
    # In the order of the text, as the language does it.
    simple = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}
    pattern = r'\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|\\[nrt"\\]|\$\$\{|%%\{'
    return re.sub(pattern, lambda it: simple.get(it[0]) or chr(int(it[0][2:], 16)), text)


class Setup(unittest.TestCase):
    def test_cfn_lint_has_nothing_to_say_of_the_templates(self):
        with tempfile.TemporaryDirectory() as folder:
            for at, args in enumerate(variants()):
                with open(os.path.join(folder, f"{at}.json"), "w") as file:
                    file.write(setup(args, "cloudformation"))
            lint = subprocess.run(
                ["cfn-lint", "--regions", "eu-west-1", "--template", os.path.join(folder, "*.json")],
                capture_output=True, text=True, timeout=600,
            )
            self.assertEqual((lint.returncode, lint.stdout), (0, ""), lint.stderr)

    def test_terraform_is_parsed_and_trusts_what_the_template_trusts(self):
        for args in variants():
            text = setup(args, "terraform")
            parsed = hcl2.loads(text)
            template = json.loads(setup(args, "cloudformation"))
            roles = [it for it in template["Resources"].values() if it["Type"] == "AWS::IAM::Role"]
            self.assertEqual(len(roles), 2 if "--split-phases" in args else 1)
            names = [plain(role["name"]) for kinds in parsed["resource"] for kind, roles_of in kinds.items()
                     if plain(kind) == "aws_iam_role" for role in roles_of.values()]
            self.assertEqual(sorted(names), sorted(role["Properties"]["RoleName"] for role in roles))
            trusts = [(it["Statement"][0]["Condition"], it["Version"]) for it in bodies(text)]
            documents = [role["Properties"]["AssumeRolePolicyDocument"] for role in roles]
            expected = [(it["Statement"][0]["Condition"], it["Version"]) for it in documents]
            self.assertCountEqual(trusts, expected)

    def test_the_subjects_are_those_of_the_phases(self):
        def subjects(*args):
            template = json.loads(setup(["--org", "acme", "--workspace", "web", *args], "cloudformation"))
            documents = {name: it["Properties"]["AssumeRolePolicyDocument"] for name, it in template["Resources"].items()
                         if name.endswith("Role")}
            key = "app.terraform.io:sub"
            return {name: it["Statement"][0]["Condition"]["StringEquals"][key] for name, it in documents.items()}

        plan, apply = (SUBJECT.format("acme", "Default Project", "web", phase) for phase in ("plan", "apply"))
        self.assertEqual(subjects(), {"RunRole": [apply, plan]})
        self.assertEqual(subjects("--split-phases"), {"PlanRole": plan, "ApplyRole": apply})


class Trust(unittest.TestCase):
    def check(self, *args):
        """HCL says what JSON says; gives the documents."""
        code, text, error = tfctrail("trust", *args, "--emit", "hcl")
        self.assertEqual(code, 0, error)
        code, documents, error = tfctrail("trust", *args, "--emit", "json")
        self.assertEqual(code, 0, error)
        documents = json.loads(documents)
        hcl2.loads(text)
        self.assertCountEqual(list(bodies(text)), list(documents.values()))
        return documents

    def test_the_demo_in_both_languages(self):
        self.assertGreater(len(self.check(DEMO)), 10)
        self.check(DEMO, "--any-phase", "--org", "northwind")

    def test_hostile_names_stay_names(self):
        # The last one holds a colon, so that its subject is none of the documented ones.
        hostile = ["${x}", "$${x}", "%{ if true }", "%%{x}", "*", "?", 'a"b', "a\\", "a\nb", "\u202e", "${*}", "größe", "'#//", "${aws:username}"]
        records = []
        for at, name in enumerate(hostile):
            subject = SUBJECT.format("acme", name, "web", "plan")
            provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"
            records.append({
                "eventVersion": "1.11", "eventTime": "2026-11-02T08:12:05Z", "eventName": "AssumeRoleWithWebIdentity",
                "eventSource": "sts.amazonaws.com", "eventID": str(at), "recipientAccountId": "111122223333",
                "userIdentity": {"type": "WebIdentityUser", "userName": subject, "identityProvider": provider,
                                 "principalId": f"{provider}:aws.workload.identity:{subject}"},
                "requestParameters": {"roleArn": f"arn:aws:iam::111122223333:role/r{at}"},
                "responseElements": {"audience": "aws.workload.identity", "provider": provider},
            })
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "log.json")
            with open(path, "w") as file:
                json.dump({"Records": records}, file)
            exact = self.check(path)
            wide = self.check(path, "--any-phase")
        self.assertEqual(len(exact), len(hostile) - 1)
        for at, name in enumerate(hostile[:-1]):
            role = f"arn:aws:iam::111122223333:role/r{at}"
            subject = SUBJECT.format("acme", name, "web", "plan")
            found = exact[role]["Statement"][0]["Condition"]["StringEquals"]["app.terraform.io:sub"]
            self.assertEqual(found.replace("${$}", "$"), subject)
            self.assertNotRegex(found.replace("${$}", ""), r"\$\{")
            found = wide[role]["Statement"][0]["Condition"]["StringLike"]["app.terraform.io:sub"]
            self.assertTrue(found.endswith(":run_phase:*"))
            front = found.removesuffix("*")
            for character in "*?$":
                front = front.replace("${" + character + "}", "\0")
            self.assertNotRegex(front, r"[*?$]")


if __name__ == "__main__":
    unittest.main()
