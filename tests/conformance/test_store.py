"""Our store, read by the SQLite of this system."""

import csv
import io
import os
import sqlite3
import tempfile
import unittest

from support import DEMO, tfctrail


class Store(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "store.db")
        code, _, stderr = tfctrail("sync", DEMO, "--store", self.path)
        self.assertEqual(code, 0, stderr)

    def test_the_views_are_the_rows_of_the_commands(self):
        store = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        self.addCleanup(store.close)
        self.assertEqual(store.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        for view in ["events", "runs"]:
            answer = store.execute(f"SELECT * FROM {view}")
            names = [column[0] for column in answer.description]
            found = [["" if cell is None else str(cell) for cell in row] for row in answer]
            code, stdout, stderr = tfctrail(view, DEMO, "-o", "csv", "--csv-raw")
            self.assertEqual(code, 0, stderr)
            self.assertEqual([names, *found], list(csv.reader(io.StringIO(stdout))), sqlite3.sqlite_version)

    def test_a_closed_store_is_one_file(self):
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["store.db", "store.db.lock"])
