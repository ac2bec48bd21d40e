"""The templates of deploy/ before the validators of those who run them; what can be run of them without AWS, is.

Needs ASL_VALIDATOR, the program of asl-validator, see `run`.
"""

import glob
import json
import os
import subprocess
import tempfile
import unittest

import boto3
import jsonata
import yaml

from support import ACCOUNT, BIN, environment, key_of, log_files, moto_server, tfctrail
from test_lambda import handler

TEMPLATES = sorted(path for path in glob.glob("deploy/**/*.yaml", recursive=True) if "AWSTemplateFormatVersion" in open(path, encoding="utf-8").read())


def template(path):
    """A template with the short forms of its functions written out."""

    def of_function(loader, name, node):
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
            value = value.split(".") if name == "GetAtt" else value
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}

    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", of_function)
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, loader)


def statements(resources):
    """The statements of the policies of roles, conditional ones too."""
    for name, resource in resources.items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement["Fn::If"][1] if "Fn::If" in statement else statement


class Deploy(unittest.TestCase):
    def test_cfn_lint_has_nothing_to_say(self):
        self.assertTrue(TEMPLATES)
        lint = subprocess.run(
            ["cfn-lint", "--regions", "eu-west-1", "us-east-1", "--include-checks", "I", "--ignore-checks", "I3042", "--", *TEMPLATES],
            capture_output=True, text=True, timeout=600,
        )
        self.assertEqual((lint.returncode, lint.stdout), (0, ""), lint.stderr)

    def test_roles_are_given_what_they_need_and_no_more(self):
        # What cannot be given for one resource alone, as the reference of AWS has it.
        for_all = {
            "xray:PutTraceSegments", "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups", "batch:DescribeJobs",
        }
        for path in TEMPLATES:
            for role, statement in statements(template(path)["Resources"]):
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                self.assertFalse([it for it in actions if "*" in it], f"{path}: {role}")
                if statement["Resource"] == "*":
                    self.assertLessEqual(set(actions), for_all, f"{path}: {role}")

    def test_what_times_out_comes_again_after_it_has_ended(self):
        resources = template("deploy/lambda/template.yaml")["Resources"]
        function, queue = resources["Function"]["Properties"], resources["Queue"]["Properties"]
        # As Lambda asks for.
        self.assertGreaterEqual(queue["VisibilityTimeout"], 6 * function["Timeout"])
        self.assertGreaterEqual(queue["RedrivePolicy"]["maxReceiveCount"], 5)
        self.assertEqual(resources["Mapping"]["Properties"]["FunctionResponseTypes"], ["ReportBatchItemFailures"])

    def test_the_containers_are_sound(self):
        for command in (["hadolint", "--failure-threshold=style", "deploy/batch/Containerfile"], ["shellcheck", "--severity=style", "deploy/batch/extract.sh"]):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def evaluate(expression, **names):
    """What JSONata makes of it."""
    inner = expression.strip().removeprefix("{%").removesuffix("%}").strip()
    assert f"{{% {inner} %}}" == expression.strip()
    parsed = jsonata.Jsonata(inner)
    frame = parsed.create_frame()
    for name, value in names.items():
        frame.bind(name, value)
    return parsed.evaluate(None, frame)


class DistributedMap(unittest.TestCase):
    def setUp(self):
        self.machine = template("deploy/step-functions/template.yaml")["Resources"]["StateMachine"]["Properties"]["Definition"]

    def test_the_state_machine_is_one(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(self.machine, file)
            file.flush()
            done = subprocess.run(["node", os.environ["ASL_VALIDATOR"], "--json-path", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_part_is_what_the_function_takes(self):
        states = self.machine["States"]["Parts"]["ItemProcessor"]["States"]
        keys = ["AWSLogs/1/x.json.gz", "a b+c/größe/%2B.json.gz", "AWSLogs/3/x.json.gz"]
        items = [{"key": f"s3://trail/{key}", "size": 7} for key in keys]
        for part in (items, items[:1]):
            records = evaluate(states["Extract"]["Arguments"]["Payload"]["Records"], items=part)
            with handler() as module:
                found = [it for record in records for it in module.log_files(record["body"])]
            self.assertEqual(found, [("trail", key, "") for key in keys[: len(part)]])
            self.assertEqual([record["messageId"] for record in records], [str(at) for at in range(len(part))])
        # What failed comes again, and nothing else.
        assign = states["Extract"]["Assign"]
        for failed in ([], [1], [0, 2]):
            result = {"result": {"Payload": {"batchItemFailures": [{"itemIdentifier": str(at)} for at in failed]}}}
            self.assertEqual(evaluate(assign["items"], items=items, states=result), [items[at] for at in failed])
            self.assertEqual(evaluate(assign["failed"], states=result), len(failed))
            conditions = [choice["Condition"] for choice in states["Check"]["Choices"]]
            self.assertEqual([evaluate(it, failed=len(failed), attempt=2) for it in conditions], [not failed, True])
            self.assertEqual([evaluate(it, failed=len(failed), attempt=3) for it in conditions], [not failed, False])


class Batch(unittest.TestCase):
    def test_the_jobs_of_an_array_give_what_a_scan_gives(self):
        """The script of the container, job by job, one of them twice; one log file is damaged and one is not there."""
        with tempfile.TemporaryDirectory() as scratch, moto_server() as url:
            keys = {"aws_access_key_id": key_of(ACCOUNT), "aws_secret_access_key": "secret"}
            s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url, **keys)
            for bucket in ("trail", "work", "extracts"):
                s3.create_bucket(Bucket=bucket)
            copy, names = os.path.join(scratch, "copy"), []
            for at, path in enumerate(log_files()[:23]):
                key = path[path.index("AWSLogs"):]
                with open(path, "rb") as file:
                    body = file.read()[: 40 if at == 5 else None]
                s3.put_object(Bucket="trail", Key=key, Body=body)
                os.makedirs(os.path.dirname(os.path.join(copy, key)), exist_ok=True)
                with open(os.path.join(copy, key), "wb") as file:
                    file.write(body)
                names.append(f"s3://trail/{key}")
            gone = "s3://trail/AWSLogs/gone.json.gz"
            for part in range(3):
                text = "".join(f"{name}\n" for name in [*names[part::3], *([gone] if part == 2 else [])])
                s3.put_object(Bucket="work", Key=f"work-lists/2026/{part}.txt", Body=text.encode())
            env = environment(
                AWS_ENDPOINT_URL=url, AWS_REGION="us-east-1", WORK="s3://work/work-lists/2026", EXTRACTS="s3://extracts/extracts/older",
                OPTIONS="--path-style --threads=1",
            )
            env["PATH"] = f"{BIN}:{env['PATH']}"
            for part in (0, 1, 2, 1):
                done = subprocess.run(["deploy/batch/extract.sh"], env={**env, "AWS_BATCH_JOB_ARRAY_INDEX": str(part)}, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
            # A job whose part is not there fails, and leaves nothing.
            done = subprocess.run(["deploy/batch/extract.sh"], env={**env, "AWS_BATCH_JOB_ARRAY_INDEX": "3"}, capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            listed = [it["Key"] for it in s3.list_objects_v2(Bucket="extracts")["Contents"]]
            self.assertEqual(listed, [f"extracts/older/part-{part}.ndjson.gz" for part in range(3)])
            # Extracts of the function lie in folders of days beside them; one part goes there, too, and one beside all folders.
            for part, place in enumerate(("extracts/2026/11/02/0.ndjson.gz", "extracts/all.ndjson.gz")):
                s3.copy_object(Bucket="extracts", Key=place, CopySource=f"extracts/extracts/older/part-{part}.ndjson.gz")
                s3.delete_object(Bucket="extracts", Key=f"extracts/older/part-{part}.ndjson.gz")
            window = ["--from=2026-11-01", "--to=2026-12-01"]
            source = ["s3://extracts/extracts/", "--path-style", "--aws-region=us-east-1"]
            one = tfctrail("events", "-o", "csv", copy, *window)
            folded = tfctrail("events", "-o", "csv", *source, *window, env={"AWS_ENDPOINT_URL": url})
            self.assertEqual(folded[1], one[1], folded[2])
            self.assertGreater(one[1].count("\n"), 10)
            self.assertEqual((one[0], folded[0]), (5, 5))


if __name__ == "__main__":
    unittest.main()
