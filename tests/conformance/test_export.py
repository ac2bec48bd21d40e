"""Our Parquet files, read by DuckDB."""

import csv
import io
import json
import os
import re
import tempfile
import unittest

import duckdb

from support import DEMO, tfctrail

FILES = "read_parquet('{}/{}/**/*.parquet', hive_types = {{'year': INT, 'month': INT, 'day': INT}})"
PARTS = ["year", "month", "day"]


def text(value, kind):
    """The value as CSV has it."""
    if value is None:
        return ""
    return ";".join(value) if kind.endswith("[]") else str(value)


class Export(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        store = os.path.join(self.folder.name, "store.db")
        self.lake = os.path.join(self.folder.name, "lake")
        for args in [["sync", DEMO], ["store", "export", "--out", self.lake]]:
            code, _, stderr = tfctrail(*args, "--store", store)
            self.assertEqual(code, 0, stderr)

    def test_duckdb_reads_what_the_commands_say(self):
        for command, time in [("events", "time"), ("runs", "first_seen")]:
            files = FILES.format(self.lake, command)
            kinds = {row[0]: row[1] for row in duckdb.sql(f"DESCRIBE SELECT * FROM {files}").fetchall()}
            shown = [
                f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')" if "TIME ZONE" in kind else f'"{name}"'
                for name, kind in kinds.items()
                if name not in PARTS
            ]
            kind_of = [kind for name, kind in kinds.items() if name not in PARTS]
            order = "filename, file_row_number"
            files_in_order = files.replace(", hive", ", filename = true, file_row_number = true, hive")
            found = duckdb.sql(f"SELECT {', '.join(shown)} FROM {files_in_order} ORDER BY {order}").fetchall()
            rows = [[text(value, kind) for value, kind in zip(row, kind_of)] for row in found]
            code, stdout, stderr = tfctrail(command, DEMO, "-o", "csv", "--csv-raw")
            self.assertEqual(code, 0, stderr)
            expected = list(csv.reader(io.StringIO(stdout)))
            self.assertEqual([name for name in kinds if name not in PARTS], expected[0])
            self.assertEqual(rows, expected[1:])
            misplaced = f"SELECT count(*) FROM {files} WHERE (year, month, day) IS DISTINCT FROM " + "({})".format(
                ", ".join(f"{part}({time} AT TIME ZONE 'UTC')" for part in PARTS)
            )
            self.assertEqual(duckdb.sql(misplaced).fetchall(), [(0,)])
            self.assertEqual({kinds[part] for part in PARTS}, {"INTEGER"})

    def test_an_extract_that_duckdb_wrote_again_is_read_as_its_log_files(self):
        first, again = (os.path.join(self.folder.name, name) for name in ("first.parquet", "again.parquet"))
        code, _, stderr = tfctrail("extract", DEMO, "--out", first)
        self.assertEqual(code, 0, stderr)
        events = f"SELECT count(*) FROM '{first}' WHERE row = 'event' AND time IS NOT NULL AND records IS NULL"
        code, stdout, _ = tfctrail("coverage", DEMO, "-o", "json")
        coverage = json.loads(stdout)["coverage"]
        self.assertEqual(duckdb.sql(events).fetchall(), [(coverage["records"]["kept"],)])
        tallies = f"SELECT sum(records), sum(bytes_read) FROM '{first}' WHERE row = 'tally'"
        self.assertEqual(duckdb.sql(tallies).fetchall(), [(coverage["records"]["total"], coverage["bytes"]["read"])])
        # Its times count microseconds, and its rows come in another order.
        duckdb.sql(f"COPY (SELECT * FROM '{first}' ORDER BY hash(log_file, record_sha256)) TO '{again}' (FORMAT parquet)")
        for command in ("events", "runs", "coverage"):
            scan, folded = (tfctrail(command, source, "-o", "csv") for source in (DEMO, again))
            self.assertEqual(folded[:2], scan[:2], folded[2])

    def test_the_statement_of_the_guide_works(self):
        with open("docs/src/export.md", encoding="utf-8") as page:
            statement = re.search(r"## DuckDB\n\n```sql\n(.*?)```", page.read(), re.DOTALL).group(1)
        rows = duckdb.sql(statement.replace("'lake/", f"'{self.lake}/")).fetchall()
        self.assertEqual(sum(count for _, count in rows), 58)
        self.assertEqual(rows[0], (None, 18))


if __name__ == "__main__":
    unittest.main()
