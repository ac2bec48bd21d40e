"""Findings in the formats of other tools, against the schemas that these tools publish."""

import json
import os
import subprocess
import tempfile
import unittest

import botocore.session
import jsonschema
from botocore.validate import ParamValidator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from support import BIN, DEMO, environment

ARCHIVES = [DEMO, "fixtures/shapes", "fixtures/hostile"]
CONFIG = """
expected_organizations = ["northwind"]
[[suppress]]
rule = "role-shared-by-*"
reason = "known, moving"
expires = "2999-12-31"
"""


def findings(archive, form):
    """What the program writes, with a suppressed finding and a critical one."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(CONFIG)
        config.flush()
        command = [os.path.join(BIN, "tfctrail"), "findings", archive, "-o", form, "--config", config.name]
        ended = subprocess.run(command, capture_output=True, env=environment(), check=False)
    # Of the hostile files some cannot be read.
    assert ended.returncode in (0, 5), ended.stderr
    return ended.stdout.decode()


class Findings(unittest.TestCase):
    def test_sarif_is_valid(self):
        with open(os.environ["SARIF_SCHEMA"], encoding="utf-8") as file:
            schema = json.load(file)
        validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
        for archive in ARCHIVES:
            log = json.loads(findings(archive, "sarif"))
            self.assertEqual([error.message for error in validator.iter_errors(log)], [], archive)
            self.assertGreater(len(log["runs"][0]["results"]), 5)
            suppressed = [result for result in log["runs"][0]["results"] if "suppressions" in result]
            self.assertTrue(all(result["ruleId"].startswith("role-shared-by-") for result in suppressed))
            self.assertTrue(suppressed)
        # The schema is one that refuses.
        log["runs"][0]["results"][0]["level"] = "severe"
        self.assertTrue(list(validator.iter_errors(log)))

    def test_ocsf_is_valid(self):
        embedded = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.4.0"))
        schema = embedded.get_class_schema(class_name="detection_finding", profiles=["cloud"])
        validator = jsonschema.Draft202012Validator(schema)
        for archive in ARCHIVES:
            events = [json.loads(line) for line in findings(archive, "ocsf").splitlines()]
            for event in events:
                self.assertEqual([error.message for error in validator.iter_errors(event)], [], event)
            self.assertEqual(len({event["finding_info"]["uid"] for event in events}), len(events))
            self.assertIn("Suppressed", {event["status"] for event in events})
        self.assertTrue(list(validator.iter_errors({**events[0], "severity_id": "high"})))
        self.assertTrue(list(validator.iter_errors({**events[0], "finding_info": {"title": "x"}})))

    def test_asff_is_valid(self):
        model = botocore.session.get_session().get_service_model("securityhub")
        shape = model.operation_model("BatchImportFindings").input_shape
        for archive in ARCHIVES:
            found = json.loads(findings(archive, "asff"))
            report = ParamValidator().validate({"Findings": found}, shape)
            self.assertFalse(report.has_errors(), report.generate_report())
            self.assertIn("SUPPRESSED", {finding["Workflow"]["Status"] for finding in found})
            for finding in found:
                self.assertRegex(finding["AwsAccountId"], r"\A[0-9]{12}\Z")
                self.assertLessEqual(len(finding["Title"]), 256)
                self.assertLessEqual(len(finding["Description"]), 1024)
                self.assertLessEqual(len(finding["ProductFields"]), 50)
        del found[0]["Resources"]
        self.assertTrue(ParamValidator().validate({"Findings": found}, shape).has_errors())


if __name__ == "__main__":
    unittest.main()
