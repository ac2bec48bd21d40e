"""A report in a real browser: it works with scripts and without, asks for nothing, and a hostile name stays text."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from playwright.sync_api import expect, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e'

# What stands on what: the colour of a text, and those of everything behind it, from the front.
PAIRS = """() => {
  const style = (one) => getComputedStyle(one);
  const behind = (one) => {
    const found = [];
    for (let at = one; at; at = at.parentElement) found.push(style(at).backgroundColor);
    return found;
  };
  const pairs = {};
  for (const place of ['.lead', '.meta', '.verdict', '.answer h2', '.answer li', '.answer a', '.past', '.note', 'td', 'th', '.muted',
    '.bad', 'td.high bdi', 'td.medium bdi', 'td.low bdi', '.pill', '.total', '.tag', '.legend', 'summary', 'footer'])
    for (const one of document.querySelectorAll(place)) pairs[place] = [style(one).color, behind(one)];
  for (const cell of document.querySelectorAll('.matrix g')) {
    const [rect, plate] = ['rect', '.plate'].map((name) => cell.querySelector(name));
    const fill = (one) => style(one).fill.replace(')', ', ' + style(one).fillOpacity + ')').replace('rgb(', 'rgba(');
    for (const name of ['granted', 'denied']) {
      const text = cell.querySelector('.' + name);
      const grounds = [...(name === 'denied' && plate ? [fill(plate)] : []), fill(rect), ...behind(cell)];
      if (text) pairs[name + ' ' + rect.getAttribute('class')] = [style(text).fill, grounds];
    }
  }
  return pairs;
}"""


def channels(colour):
    """Red, green, blue and opacity of `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.4)`."""
    parts = [float(part) for part in colour[colour.index("(") + 1:-1].split(",")]
    return parts if len(parts) == 4 else [*parts, 1.0]


def luminance(colour):
    """As WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text, grounds):
    below = [255.0, 255.0, 255.0]
    for ground in reversed(grounds):
        *colour, opacity = channels(ground)
        below = [above * opacity + under * (1 - opacity) for above, under in zip(colour, below)]
    pair = sorted([luminance(channels(text)[:3]), luminance(below)])
    return (pair[1] + 0.05) / (pair[0] + 0.05)


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
    def write(cls, source, date, *arguments, out=None):
        out = out or cls.folder / "-".join([date, *arguments])
        command = [os.environ["TFCTRAIL"], "report", str(source), "--date", date, "--out", str(out), *arguments]
        # Nothing of whoever runs the tests.
        env = {"PATH": os.environ["PATH"], "HOME": os.path.join(os.devnull, "home"), "TFCTRAIL_CONFIG": os.devnull}
        subprocess.run(command, check=True, capture_output=True, env=env)
        return out / ("index.html" if "--group-by" in arguments else "report.html")

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

    def test_answers_stand_on_the_first_screen_of_a_phone(self):
        page = self.open(self.demo, viewport={"width": 390, "height": 844})
        glance = page.get_by_role("navigation", name="At a glance")
        self.assertEqual([" ".join(text.split()) for text in glance.locator("a").all_inner_texts()],
                         ["new yes", "wrong yes", "missing perhaps"])
        box = glance.bounding_box()
        self.assertLess(box["y"] + box["height"], 500)
        glance.get_by_role("link", name="missing").click()
        expect(page.get_by_role("heading", name="Is anything missing?")).to_be_in_viewport()

    def test_the_matrix_is_a_drawing_with_words_and_a_table(self):
        for path, names in [(self.demo, "Payments EU / payments-eu"), (self.hostile, "<img src=x")]:
            page = self.open(path)
            drawing = page.locator("#access svg.matrix")
            self.assertEqual(page.get_by_role("img", name="Who got into which account").count(), 1)
            self.assertIn(names, drawing.text_content())
            self.assertEqual(drawing.locator("*").evaluate_all(
                "all => [...new Set(all.map(one => one.namespaceURI))]"), ["http://www.w3.org/2000/svg"])
            marked = drawing.locator("text.granted, text.denied").count()
            page.locator("#access summary").click()
            cells = page.locator("#access td:visible").all_inner_texts()
            self.assertEqual(marked, sum(len(cell.replace("✕", " ").replace("denied", " ").replace("new", " ").split()) for cell in cells))
            self.assertGreater(marked, 0)
            for text in drawing.locator("text").all():
                box, frame = text.bounding_box(), drawing.bounding_box()
                self.assertGreaterEqual(box["x"], frame["x"] - 1)
                self.assertLessEqual(box["x"] + box["width"], frame["x"] + frame["width"] + 1)
                self.assertGreaterEqual(box["y"], frame["y"] - 1)
            self.assert_quiet(path)

    def test_its_text_has_contrast(self):
        for scheme in ["light", "dark"]:
            page = self.open(self.demo, color_scheme=scheme)
            pairs = page.evaluate(PAIRS)
            self.assertTrue({".verdict", "td.low bdi", "granted h4", "denied h4", "denied h0"} <= pairs.keys(), pairs.keys())
            for place, pair in pairs.items():
                self.assertGreaterEqual(contrast(*pair), 4.5, f"{scheme} {place} {pair}")

    def test_paper_has_every_column(self):
        page = self.open(self.demo, viewport={"width": 700, "height": 900})
        page.emulate_media(media="print")
        wide = page.evaluate("[...document.querySelectorAll('.scroll')].map(one => [one.scrollWidth, one.clientWidth])")
        for inner, outer in wide:
            self.assertLessEqual(inner, outer)

    def test_what_vanished_is_folded_and_on_paper_it_is_not(self):
        page = self.open(self.demo)
        self.assertFalse(page.locator("#gone table").is_visible())
        page.locator("#gone summary").click()
        self.assertTrue(page.locator("#gone table").is_visible())
        page.locator("#gone summary").click()
        page.emulate_media(media="print")
        self.assertTrue(page.locator("#gone table").is_visible())
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
        for scheme in ["light", "dark"]:
            page = self.open(self.demo, viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            self.keep(page, f"desktop-{scheme}")
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1280)
            runs = page.locator("#runs .scroll")
            self.assertLessEqual(runs.evaluate("one => one.scrollWidth - one.clientWidth"), 0)

    def test_a_run_has_a_page_of_its_own(self):
        report = self.write(ROOT / "fixtures/demo", "2026-11-05", "--activity")
        own = report.parent / "runs/run-633jYqyRkirzE6Wy.html"
        for scheme in ["light", "dark"]:
            page = self.open(report, viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            self.keep(page, f"activity-{scheme}")
            self.assertLessEqual(page.locator("#runs .scroll").evaluate("one => one.scrollWidth - one.clientWidth"), 0)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1280)
            self.assert_quiet(report)
            page.locator("#changes a", has_text="quietfox-7").first.click()
            expect(page.get_by_role("heading", name="run-633jYqyRkirzE6Wy")).to_be_visible()
            self.keep(page, f"run-{scheme}")
            for place, pair in page.evaluate(PAIRS).items():
                self.assertGreaterEqual(contrast(*pair), 4.5, f"{scheme} {place} {pair}")
            page.get_by_role("link", name="The report of").click()
            expect(page.get_by_role("heading", name="Is anything new?")).to_be_visible()
            page = self.open(own, viewport={"width": 390, "height": 844}, color_scheme=scheme, java_script_enabled=False)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
            self.keep(page, f"run-phone-{scheme}")
            self.assert_quiet(own)
        page = self.open(own)
        page.locator("#timeline input").fill("denied")
        self.assertEqual(page.locator("#timeline tbody tr:visible").count(), 5)
        page.emulate_media(media="print")
        self.assertEqual(page.locator("#timeline").count(), 1)
        self.assert_quiet(own)

    def test_findings_lead_to_runs_and_every_page_to_its_neighbours(self):
        page = self.open(self.demo)
        page.locator("#findings td a[href^='#run-']").first.click()
        self.assertEqual(page.locator("#runs tr:target").count(), 1)
        files = page.locator("nav.around a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        self.assertEqual(sorted(files), sorted(path.name for path in self.demo.parent.iterdir() if path.name != "report.html"))
        days = self.folder / "days"
        for date in ["2026-11-03", "2026-11-04"]:
            self.write(ROOT / "fixtures/demo", date, out=days / date)
        page = self.open(days / "2026-11-04/report.html")
        page.get_by_role("link", name="← 2026-11-03").click()
        expect(page.get_by_role("heading", name="Tuesday, 3 November 2026")).to_be_visible()
        report = self.write(ROOT / "fixtures/demo", "2026-11-05", "--activity")
        page = self.open(report)
        page.locator("#findings td a[href^='runs/'][href$='#timeline']").first.click()
        expect(page.locator("#timeline")).to_be_in_viewport()
        for name in ["runs.csv", "report.xlsx"]:
            href = page.get_by_role("link", name=name, exact=True).get_attribute("href")
            self.assertTrue((report.parent / "runs" / href).is_file(), href)

    def test_days_have_a_trend_and_an_index_that_sorts_and_filters(self):
        days = self.folder / "trend"
        for date in ["2026-11-03", "2026-11-04"]:
            self.write(ROOT / "fixtures/demo", date, out=days / date)
        page = self.open(days / "2026-11-04/report.html", java_script_enabled=False)
        for name in ["Runs by day", "Denials by day", "Findings by day"]:
            self.assertEqual(page.get_by_role("img", name=name).locator("g").count(), 30)
        self.assertEqual(page.locator("#trend svg").nth(2).locator("g:not(:has(.unknown))").count(), 2)
        self.assertIn("Findings are not known of 2026-10-06 to 2026-11-02.", page.locator("#trend .note").inner_text())
        command = [os.environ["TFCTRAIL"], "report", str(ROOT / "fixtures/demo"), "--catch-up", "--from", "12d", "--out", str(days)]
        env = {"PATH": os.environ["PATH"], "HOME": os.path.join(os.devnull, "home"), "TFCTRAIL_CONFIG": os.devnull}
        subprocess.run(command, check=False, capture_output=True, env=env)
        index = days / "index.html"
        for scheme in ["light", "dark"]:
            page = self.open(index, viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            self.keep(page, f"days-{scheme}")
        self.assertLess(page.locator("#trend").bounding_box()["y"], page.locator("#reports").bounding_box()["y"])
        dates = page.locator("#reports tbody td.report").evaluate_all("all => all.map(one => one.dataset.sort)")
        page.locator("#reports th button", has_text="report").click()
        sort = "all => all.map(one => one.dataset.sort)"
        self.assertEqual(page.locator("#reports tbody td.report").evaluate_all(sort), sorted(dates))
        page.locator("#reports input").fill("November 2026")
        self.assertEqual(page.locator("#reports tbody tr:visible").count(), sum(date.startswith("2026-11") for date in dates))
        self.assert_quiet(index)

    def test_an_index_leads_to_its_reports(self):
        index = self.write(self.folder / "log.json", "2026-11-02", "--group-by", "organization")
        for scheme in ["light", "dark"]:
            page = self.open(index, viewport={"width": 390, "height": 844}, color_scheme=scheme, java_script_enabled=False)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
            self.keep(page, f"index-{scheme}")
            self.assertEqual((page.locator("img").count(), page.locator("script").count()), (0, 1))
            names = page.locator("#reports td.report").all_inner_texts()
            self.assertEqual(len(names), 2)
            self.assertTrue(any(HOSTILE[:20] in name for name in names), names)
            self.assert_quiet(index)
            for place, pair in page.evaluate(PAIRS).items():
                self.assertGreaterEqual(contrast(*pair), 4.5, f"{scheme} {place} {pair}")
        page.get_by_role("link", name="organization acme").click()
        expect(page.get_by_role("heading", name="Is anything missing?")).to_be_visible()

    def keep(self, page, name):
        """For the eye, where TFCTRAIL_SCREENSHOTS names a folder."""
        if folder := os.environ.get("TFCTRAIL_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


if __name__ == "__main__":
    unittest.main()
