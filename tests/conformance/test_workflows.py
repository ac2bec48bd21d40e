"""Our own workflows before the validators of others: the schema, the audit, and a shell's for each step."""

import glob
import os
import subprocess
import tempfile
import unittest

import yaml

WORKFLOWS = sorted(glob.glob(".github/workflows/*.yml"))


class Workflows(unittest.TestCase):
    def accepts(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")

    def steps(self):
        for path in WORKFLOWS:
            with open(path) as file:
                for job in yaml.safe_load(file)["jobs"].values():
                    yield from ((path, job, step) for step in job["steps"])

    def test_they_are_workflows(self):
        self.assertEqual([os.path.basename(path) for path in WORKFLOWS], ["ci.yml", "release.yml"])
        self.accepts("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)

    def test_an_audit_finds_nothing(self):
        self.accepts("zizmor", "--offline", "--no-config", "--persona=regular", *WORKFLOWS)

    def test_each_script_is_sound(self):
        scripts = [step["run"] for _, _, step in self.steps() if "run" in step]
        self.assertGreater(len(scripts), 10)
        with tempfile.TemporaryDirectory() as folder:
            for number, script in enumerate(scripts):
                # An expression in a script would be pasted into it as text.
                self.assertNotIn("${{", script)
                path = os.path.join(folder, f"{number}.sh")
                with open(path, "w") as file:
                    file.write("#!/bin/bash\n" + script + "\n")
                self.accepts("shellcheck", "--severity=style", path)

    def test_the_scripts_of_packages_are_sound(self):
        scripts = [".ci/run", *glob.glob("packaging/[bt]*"), *glob.glob("packaging/deb/*")]
        self.assertEqual(len(scripts), 6)
        self.accepts("shellcheck", "--severity=style", *scripts)

    def test_what_they_run_is_there(self):
        for _, _, step in self.steps():
            for word in step.get("run", "").split():
                if word.startswith((".ci/", "packaging/", "tests/")):
                    self.assertTrue(os.access(word, os.X_OK), word)


if __name__ == "__main__":
    unittest.main()
