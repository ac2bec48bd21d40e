"""Our units before the validators of those who run them, with values that would do something in most languages."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest

import yaml

from support import tfctrail

KINDS = ["systemd", "cron", "kubernetes", "github-actions", "eventbridge"]
PLAN = [
    "s3://my-trail-bucket",
    "--notify=security",
    "--role-arn=arn:aws:iam::111122223333:role/tfctrail",
    "--aws-region=eu-west-1",
    "--state=s3://my-report-bucket/tfctrail",
    "--config=deploy/tfctrail.toml",
]
HOSTILE = "/var/lib/tfctrail/it's $(touch pwned) `id` \"$HOME\" ${{ github.token }} #: [a] & * ; %h {b"
# A backslash and a percent sign mean something to cron, two braces to CloudFormation: both are refused there.
PLAIN = HOSTILE.replace("%h", "h").replace("${{ github.token }}", "")


def written(folder, kind, *args):
    """The files that the command writes: their paths."""
    code, _, stderr = tfctrail("schedule", kind, *args, "--write", folder)
    assert code == 0, stderr
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def words(out):
    """The words that the program is to be run with."""
    state = "/var/lib/tfctrail"
    return [
        *["report", "s3://my-trail-bucket", "--sync", "--catch-up", "--store", f"{state}/store.db", "--out", out],
        *["--notify", "security", "--config"],
    ]


class Schedule(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def accepts(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def both(self, kind, hostile):
        """The files for values as they are, and for hostile ones."""
        for name, more in [("plain", []), ("hostile", ["--out", hostile])]:
            folder = os.path.join(self.folder, name)
            yield written(folder, kind, *PLAN, *more), hostile if more else "/var/lib/tfctrail/reports"

    def executable(self, path, text):
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, stat.S_IRWXU)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_systemd_takes_the_units(self):
        # That the program exists is checked too; one in a folder with a hostile name shows that it is read back right.
        program = os.path.join(self.folder, "50% h pro;gram")
        self.executable(program, "#!/bin/sh\n")
        for files, _ in self.both("systemd", HOSTILE):
            folder = os.path.dirname(files[0])
            written(folder, "systemd", *PLAN, "--out", HOSTILE, "--program", program, "--force")
            units = [file for file in files if not file.endswith(".toml")]
            self.assertEqual(self.accepts("systemd-analyze", "verify", "--man=no", *units), "")
        with open(files[1]) as file:
            when = next(line for line in file if line.startswith("OnCalendar=")).split("=", 1)[1].strip()
        self.assertIn("06:00:00 UTC", self.accepts("systemd-analyze", "calendar", when))
        exposure = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", files[0]]
        self.accepts(*exposure)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_systemd_names_the_program_that_is_missing(self):
        program = "/no/50% h pro;gram"
        files = written(os.path.join(self.folder, "x"), "systemd", *PLAN, "--program", program)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", files[0]], capture_output=True, text=True)
        self.assertIn(f"Command {program} is not executable", done.stderr)

    def test_the_line_of_cron_is_sound(self):
        for files, out in self.both("cron", PLAIN):
            with open(files[0]) as file:
                line = file.read().splitlines()[-1]
            self.assertTrue(line.startswith("0 6 * * * tfctrail "), line)
            script = os.path.join(self.folder, "line.sh")
            with open(script, "w") as file:
                file.write("#!/bin/sh\n" + line.split(" ", 6)[6] + "\n")
            self.accepts("bash", "-n", script)
            # SC1090, SC1091: the file with the environment is not here. SC2016: what is quoted shall stay as it is.
            self.accepts("shellcheck", "--severity=style", "--exclude=SC1090,SC1091,SC2016", script)

    def test_kubernetes_takes_the_manifest(self):
        for files, out in self.both("kubernetes", HOSTILE):
            self.accepts("kubernetes-validate", "--strict", *files)
            with open(files[0]) as file:
                documents = {document["kind"]: document for document in yaml.safe_load_all(file)}
            with open("deploy/tfctrail.toml") as file:
                self.assertEqual(documents["ConfigMap"]["data"]["tfctrail.toml"], file.read())
            role = documents["ServiceAccount"]["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
            self.assertEqual(role, "arn:aws:iam::111122223333:role/tfctrail")
            pod = documents["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            args = [word.replace("$$", "$") for word in pod["containers"][0]["args"]]
            self.assertEqual(args[:-1], words(out))
            self.assertNotIn("$(", "".join(pod["containers"][0]["args"]).replace("$$", ""))

    def test_github_takes_the_workflow(self):
        for files, out in self.both("github-actions", HOSTILE):
            self.accepts("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
            self.accepts("zizmor", "--offline", "--no-config", "--persona=regular", *files)
            with open(files[0]) as file:
                steps = yaml.safe_load(file)["jobs"]["report"]["steps"]
            step = next(step for step in steps if step.get("name") == "Write the report")
            self.assertEqual(step["env"], {"SLACK_WEBHOOK": "${{ secrets.SLACK_WEBHOOK }}"})
            # What GitHub makes of it: the only expression is the one that stands for its own beginning.
            script = step["run"].replace("${{ '${{' }}", "\0")
            self.assertNotIn("${{", script)
            docker = os.path.join(self.folder, "docker")
            self.executable(docker, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
            env = {"PATH": f"{self.folder}:{os.environ['PATH']}", "HOME": "/nowhere"}
            done = subprocess.run(
                ["bash", "-e", "-c", script.replace("\0", "${{")],
                capture_output=True, text=True, env=env, cwd=self.folder, check=True,
            )
            got = done.stdout.splitlines()
            self.assertEqual(got[got.index("report"):-1], words(out))
            self.assertFalse(os.path.exists(os.path.join(self.folder, "pwned")))
            for other in steps:
                if "run" in other:
                    path = os.path.join(self.folder, "step.sh")
                    with open(path, "w") as file:
                        file.write("#!/bin/bash\n" + other["run"].replace("${{ '${{' }}", ""))
                    # SC2016: as above.
                    self.accepts("shellcheck", "--severity=style", "--exclude=SC2016", path)

    def test_cloudformation_takes_the_template(self):
        for files, out in self.both("eventbridge", PLAIN):
            self.accepts("cfn-lint", *files)
            loader = type("Loader", (yaml.SafeLoader,), {})
            loader.add_multi_constructor("!", lambda loader, tag, node: node.value)
            with open(files[0]) as file:
                template = yaml.load(file, loader)
            container = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]
            self.assertEqual(container["Command"][:-1], words(out))
            self.assertTrue(container["ReadonlyRootFilesystem"])

    def test_the_container_file_is_sound(self):
        self.accepts("hadolint", "--failure-threshold=style", os.path.abspath("deploy/Containerfile"))


if __name__ == "__main__":
    unittest.main()
