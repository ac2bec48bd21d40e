"""The templates and state machines of deploy/, before the validators of those who run them. Nothing of them is run here."""

import glob
import subprocess
import unittest

import yaml

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


if __name__ == "__main__":
    unittest.main()
