"""Our workbooks, read by openpyxl."""

import csv
import datetime
import os
import tempfile
import unittest

import openpyxl
from openpyxl.utils.escape import unescape

from support import DEMO, tfctrail

HOSTILE = "fixtures/hostile"


def text(cell):
    """The value as CSV has it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        # A day is a fraction here, so that a second may be a microsecond off.
        return (value + datetime.timedelta(milliseconds=500)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return unescape(value) if isinstance(value, str) else str(value)


class Workbook(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def check(self, sheet, path):
        with open(path, encoding="utf-8", newline="") as file:
            expected = list(csv.reader(file))
        rows = [[text(cell) for cell in row] for row in sheet.iter_rows()]
        self.assertEqual(rows[0], expected[0])
        self.assertEqual(rows[1:], expected[1:])
        self.assertEqual(sheet.freeze_panes, "A2")
        self.assertEqual(sheet.auto_filter.ref, sheet.dimensions)
        for row in sheet.iter_rows(min_row=2):
            for head, cell in zip(expected[0], row):
                if cell.value is None:
                    continue
                kind = {"n": "n", "d": "d", "b": "b"}.get(cell.data_type, "s")
                counts = ("assumptions", "denied", "runs", "files", "records", "kept", "count", "calls")
                times = ("time", "first_seen", "last_seen")
                wanted = "n" if head in counts else "d" if head in times else "b" if head == "gap" else "s"
                self.assertEqual((head, kind), (head, wanted))

    def test_sheets_have_what_csv_has(self):
        for source, code in [(DEMO, 0), (HOSTILE, 5)]:
            for command in ["runs", "events", "summary", "coverage", "findings"]:
                with self.subTest(command=command, source=source):
                    path = os.path.join(self.folder.name, f"{command}.xlsx")
                    extra = ["--all-issuers"] if command in ("runs", "events") else []
                    ended = tfctrail(command, source, "--out", path, *extra)
                    self.assertEqual(ended[0], code, ended[2])
                    rows = os.path.join(self.folder.name, f"{command}.csv")
                    tfctrail(command, source, "--out", rows, "--csv-raw", *extra)
                    book = openpyxl.load_workbook(path)
                    self.assertEqual(book.sheetnames, ["rows", "coverage"])
                    self.check(book["rows"], rows)
                    names = [row[0].value for row in book["coverage"].iter_rows(min_row=2)]
                    self.assertIn("files.total", names)

    def test_a_report_has_a_workbook_of_its_files(self):
        folder = os.path.join(self.folder.name, "report")
        code, _, stderr = tfctrail("report", DEMO, "--date", "2026-11-04", "--activity", "--out", folder)
        self.assertEqual(code, 0, stderr)
        book = openpyxl.load_workbook(os.path.join(folder, "report.xlsx"))
        self.assertEqual(book.sheetnames, ["findings", "runs", "events", "activity", "coverage"])
        for name in ["findings", "runs", "events"]:
            rows = [[text(cell) for cell in row] for row in book[name].iter_rows()]
            with open(os.path.join(folder, f"{name}.csv"), encoding="utf-8", newline="") as file:
                expected = list(csv.reader(file))
            # The CSV of a report guards cells that a spreadsheet would run.
            self.assertEqual(rows, [[cell.removeprefix("'") for cell in row] for row in expected])


if __name__ == "__main__":
    unittest.main()
