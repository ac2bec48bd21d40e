"""A report in a real browser: it works with scripts and without, asks for nothing, and a hostile name stays text."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e'


def event(number, name):
    provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io"
    subject = f"organization:{name}:project:{name}:workspace:w{number}:run_phase:plan"
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "WebIdentityUser", "userName": subject, "identityProvider": provider},
        "eventTime": f"2026-11-02T{number % 24:02}:00:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": f"Terraform/{name} terraform-provider-aws/5.70.0",
        "requestParameters": {
            "roleArn": f"arn:aws:iam::111122223333:role/{name}",
            "roleSessionName": f"terraform-run-run-{number}",
        },
        "eventID": f"{number:08}",
        "recipientAccountId": "111122223333",
    }


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        log = {"Records": [event(number, HOSTILE if number % 3 else "acme") for number in range(40)]}
        (cls.folder / "log.json").write_text(json.dumps(log))
        cls.demo = cls.write(ROOT / "fixtures/demo", "2026-11-04")
        cls.hostile = cls.write(cls.folder / "log.json", "2026-11-02")
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        cls.browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def write(cls, source, date):
        out = cls.folder / date
        command = [os.environ["TFCTRAIL"], "report", str(source), "--date", date, "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        return out / "report.html"

    def open(self, path, **options):
        """Opens the page; nothing may fail in it, and nothing may be fetched, when the test ends."""
        context = self.browser.new_context(**options)
        self.addCleanup(context.close)
        page = context.new_page()
        self.errors, self.requests = [], []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        return page

    def assert_quiet(self, path):
        self.assertEqual(self.errors, [])
        fetched = [url for url in self.requests if not url.startswith("data:")]
        self.assertEqual(fetched, [path.as_uri()])

    def column(self, page, table, at):
        rows = page.locator(f"#{table} tbody tr:visible")
        return [rows.nth(row).locator("td").nth(at).inner_text() for row in range(rows.count())]

    def test_answers_stand_on_the_first_screen(self):
        page = self.open(self.demo, viewport={"width": 1280, "height": 800})
        for question in ["Is anything new?", "Is anything wrong?", "Is anything missing?"]:
            box = page.get_by_role("heading", name=question).bounding_box()
            self.assertLess(box["y"] + box["height"], 800)
        self.assertEqual(page.locator("svg.chart title").first.inner_html(), "Runs per hour by phase")
        self.assert_quiet(self.demo)

    def test_tables_sort(self):
        page = self.open(self.hostile)
        names = self.column(page, "runs", 2)
        page.locator("#runs th button", has_text="workspace").click()
        self.assertEqual(self.column(page, "runs", 2), sorted(names))
        page.locator("#runs th button", has_text="workspace").click()
        self.assertEqual(self.column(page, "runs", 2), sorted(names, reverse=True))
        self.assertEqual(page.locator("#runs th[aria-sort=descending]").count(), 1)
        self.assert_quiet(self.hostile)

    def test_tables_filter(self):
        page = self.open(self.hostile)
        box = page.locator("#runs input")
        box.fill("w7")
        self.assertEqual(page.locator("#runs tbody tr:visible").count(), 1)
        self.assertEqual(page.locator("#runs [role=status]").inner_text(), "1 of 40")
        box.fill("")
        self.assertEqual(page.locator("#runs tbody tr:visible").count(), 40)
        self.assert_quiet(self.hostile)

    def test_hostile_names_stay_text(self):
        page = self.open(self.hostile)
        self.assertEqual(page.title(), "Monday, 2 November 2026 · Terraform in AWS")
        self.assertEqual(page.locator("img").count(), 0)
        self.assertEqual(page.locator("script").count(), 1)
        self.assertIn('<img src=x onerror="document.title=1">', page.locator("#runs").inner_text())
        self.assertNotIn("\u202e", page.content())
        self.assert_quiet(self.hostile)

    def test_it_works_without_scripts(self):
        page = self.open(self.hostile, java_script_enabled=False)
        self.assertEqual(page.locator("#runs tbody tr").count(), 40)
        self.assertEqual(page.locator("input, button").count(), 0)
        self.assertTrue(page.locator("#coverage").is_visible())
        self.assert_quiet(self.hostile)

    def test_nothing_is_cut_off_on_a_phone(self):
        for scheme in ["light", "dark"]:
            page = self.open(self.demo, viewport={"width": 390, "height": 844}, color_scheme=scheme)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
            self.keep(page, f"phone-{scheme}")
        page = self.open(self.demo, viewport={"width": 1280, "height": 900})
        self.keep(page, "desktop-light")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1280)

    def keep(self, page, name):
        """For the eye, where TFCTRAIL_SCREENSHOTS names a folder."""
        if folder := os.environ.get("TFCTRAIL_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


if __name__ == "__main__":
    unittest.main()
