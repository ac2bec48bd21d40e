"""Tables of Athena: the SQL is Athena's, says a parser that others wrote, and on an engine that others wrote it gives the rows
of the log files. The engine is DuckDB, behind an Athena of others; the tables have the documented columns and types."""

import contextlib
import gzip
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import unittest

import boto3
import duckdb
import sqlglot
from sqlglot import exp

from support import ACCOUNT, free_port, key_of, log_files, tfctrail

REGION = "us-east-1"
WINDOW = ["--from", "2026-11-01", "--to", "2026-11-09"]
DATABASE = "security"

# As AWS documents them (create-cloudtrail-table-partition-projection), without what no event of ours has.
USER_IDENTITY = (
    "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, accesskeyid VARCHAR, "
    "username VARCHAR, onbehalfof STRUCT(userid VARCHAR, identitystorearn VARCHAR), sessioncontext STRUCT(attributes "
    "STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR), sessionissuer STRUCT(type VARCHAR, principalid VARCHAR, arn "
    "VARCHAR, accountid VARCHAR, username VARCHAR), ec2roledelivery VARCHAR, webidfederationdata STRUCT(federatedprovider "
    "VARCHAR, attributes MAP(VARCHAR, VARCHAR))))"
)
COLUMNS = {
    "eventversion": "VARCHAR",
    "useridentity": USER_IDENTITY,
    "eventtime": "VARCHAR",
    "eventsource": "VARCHAR",
    "eventname": "VARCHAR",
    "awsregion": "VARCHAR",
    "sourceipaddress": "VARCHAR",
    "useragent": "VARCHAR",
    "errorcode": "VARCHAR",
    "errormessage": "VARCHAR",
    "requestparameters": "VARCHAR",
    "responseelements": "VARCHAR",
    "additionaleventdata": "VARCHAR",
    "requestid": "VARCHAR",
    "eventid": "VARCHAR",
    "readonly": "VARCHAR",
    "resources": "STRUCT(arn VARCHAR, accountid VARCHAR, type VARCHAR)[]",
    "eventtype": "VARCHAR",
    "apiversion": "VARCHAR",
    "recipientaccountid": "VARCHAR",
    "sharedeventid": "VARCHAR",
    "vpcendpointid": "VARCHAR",
    "addendum": "STRUCT(reason VARCHAR, updatedfields VARCHAR, originalrequestid VARCHAR, originaleventid VARCHAR)",
}
TEXT = ["requestparameters", "responseelements", "additionaleventdata"]

PROJECTED = {
    "projection.enabled": "true",
    "projection.timestamp.type": "date",
    "projection.timestamp.format": "yyyy/MM/dd",
    "projection.timestamp.range": "2020/01/01,NOW",
}
# The columns of partitions with their types, and properties.
LAYOUTS = {
    "projected": ({"timestamp": "string"}, PROJECTED),
    "organization": ({"account": "string", "region": "string", "timestamp": "string"}, PROJECTED),
    "manual": ({"region": "string", "year": "string", "month": "string", "day": "string"}, {}),
    "numbers": ({"account": "string", "year": "int", "month": "int", "day": "int"}, {}),
    "dates": ({"event_date": "date"}, {}),
    "whole": ({}, {}),
    "o'dd name": ({"timestamp": "string"}, PROJECTED),
}


def hive(kind):
    """A type of DuckDB as Hive writes it."""
    kind = re.sub(r"STRUCT\(([^()]*)\)\[\]", r"ARRAY<STRUCT<\1>>", kind)
    while "(" in kind:
        kind = re.sub(r"(STRUCT|MAP)\(([^()]*)\)", lambda found: f"{found[1]}<{found[2]}>", kind)
    kind = re.sub(r"(\w+) (VARCHAR|STRUCT|MAP|ARRAY)", r"\1:\2", kind)
    return kind.replace("VARCHAR", "string").replace(", ", ",").lower()


def records():
    """Each record of the demo with lower-case names in its structs, its log file and its partitions."""
    for path in log_files():
        key = os.path.relpath(path, "fixtures/demo")
        folders = key.split("/")
        account, region, (year, month, day) = folders[2], folders[4], folders[5:8]
        with gzip.open(path) as file:
            found = json.load(file)["Records"]
        for record in found:
            row = {name.lower(): value for name, value in record.items() if value is not None}
            for name in TEXT:
                if name in row:
                    row[name] = json.dumps(row[name])
            for name in ("useridentity", "resources", "addendum"):
                if name in row:
                    row[name] = lower(row[name])
            yield {
                **{name: row.get(name) for name in COLUMNS},
                "$path": f"s3://logs/{key}",
                "account": account,
                "region": region,
                "timestamp": f"{year}/{month}/{day}",
                "event_date": f"{year}-{month}-{day}",
                "year": year,
                "month": month,
                "day": day,
            }


def lower(value):
    if isinstance(value, dict):
        return {name.lower(): lower(inner) for name, inner in value.items()}
    return [lower(inner) for inner in value] if isinstance(value, list) else value


def parquet(folder, partitions):
    """The table as Parquet, with the columns that a catalog would give from the paths."""
    kinds = {"string": "VARCHAR", "int": "INTEGER", "date": "DATE"}
    columns = {**COLUMNS, "$path": "VARCHAR", **{name: kinds[kind] for name, kind in partitions.items()}}
    source, target = os.path.join(folder, "rows.ndjson"), os.path.join(folder, "rows.parquet")
    numbers = [name for name, kind in partitions.items() if kind == "int"]
    with open(source, "w") as file:
        for row in records():
            row.update({name: int(row[name]) for name in numbers})
            file.write(json.dumps({name: row[name] for name in columns}) + "\n")
    quoted = {"'" + name + "'": "'" + kind + "'" for name, kind in columns.items()}
    types = ", ".join(f"{name}: {kind}" for name, kind in quoted.items())
    duckdb.sql(f"COPY (SELECT * FROM read_json('{source}', columns = {{{types}}})) TO '{target}' (FORMAT parquet)")
    with open(target, "rb") as file:
        return file.read()


@contextlib.contextmanager
def athena_server():
    """Runs the Athena of others: its address."""
    port = free_port()
    env = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "ATHENA_ENGINE": "duckdb"}
    child = subprocess.Popen([os.environ["MINISTACK"]], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


class Statements(unittest.TestCase):
    def test_every_statement_is_one_of_athena(self):
        with open("tests/snapshots/athena_sql__statements.snap") as file:
            blocks = re.findall(r"^-- (\w+)\n(.+)$", file.read(), re.MULTILINE)
        self.assertGreater(len(blocks), 6)
        for name, statement in blocks:
            for dialect in ("athena", "trino"):
                with self.subTest(name=name, dialect=dialect):
                    parsed = sqlglot.parse(statement, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
                    self.assertEqual(len(parsed), 1)
                    self.assertIsInstance(parsed[0], exp.Select)
                    self.assertEqual(len(list(parsed[0].find_all(exp.Table))), 1)
                    self.assertEqual(len(list(parsed[0].find_all(exp.Select))), 1)

    def test_names_stay_names(self):
        with open("tests/snapshots/athena_sql__statements.snap") as file:
            statement = re.search(r"^-- names_with_quotes\n(.+)$", file.read(), re.MULTILINE)[1]
        parsed = sqlglot.parse_one(statement, dialect="athena")
        table = parsed.find(exp.Table)
        self.assertEqual((table.db, table.name), ('d"b', "t' OR '1'='1"))
        values = {literal.this for literal in parsed.find_all(exp.Literal) if literal.is_string}
        self.assertIn("a' OR 'b", values)


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.url = cls.enterClassContext(athena_server())
        cls.env = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": cls.url}
        made = {"endpoint_url": cls.url, "region_name": REGION}
        made.update(aws_access_key_id=key_of(ACCOUNT), aws_secret_access_key="secret")
        s3, glue = boto3.client("s3", **made), boto3.client("glue", **made)
        s3.create_bucket(Bucket="tables")
        s3.create_bucket(Bucket="results")
        glue.create_database(DatabaseInput={"Name": DATABASE})
        with tempfile.TemporaryDirectory() as folder:
            for number, (name, (partitions, properties)) in enumerate(LAYOUTS.items()):
                s3.put_object(Bucket="tables", Key=f"{number}/rows.parquet", Body=parquet(folder, partitions))
                glue.create_table(
                    DatabaseName=DATABASE,
                    TableInput={
                        "Name": name,
                        "TableType": "EXTERNAL_TABLE",
                        "Parameters": {"classification": "parquet", **properties},
                        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in partitions.items()],
                        "StorageDescriptor": {
                            "Columns": [{"Name": key, "Type": hive(kind)} for key, kind in COLUMNS.items()],
                            "Location": f"s3://tables/{number}/",
                        },
                    },
                )

    def source(self, name):
        return f"athena:{DATABASE}.{name}?output=s3://results/"

    def check(self, name, *more):
        for command in ("events", "runs"):
            asked = [command, "-o", "csv", *WINDOW, *more]
            code, rows, told = tfctrail(*asked, self.source(name), env=self.env)
            expected = tfctrail(*asked, "fixtures/demo")[1]
            self.assertEqual((code, rows), (0, expected), told)
            self.assertGreater(len(rows.splitlines()), 3)

    def test_the_rows_are_those_of_the_log_files(self):
        for name in LAYOUTS:
            with self.subTest(name=name):
                self.check(name)

    def test_accounts_are_a_part_of_the_statement(self):
        for name in ("organization", "numbers"):
            with self.subTest(name=name):
                self.check(name, "--account", "222233334444")
        told = tfctrail("runs", self.source("numbers"), *WINDOW, "--account", "222233334444", "--dry-run", env=self.env)[2]
        statement = re.search(r"would run: (.+)", told)[1]
        conditions = sqlglot.parse_one(statement, dialect="athena").find(exp.Where)
        self.assertIn("\"account\" IN ('222233334444')", conditions.sql(dialect="athena"))

    def test_a_window_reads_its_days_alone(self):
        code, rows, told = tfctrail(
            "events", self.source("manual"), "-o", "csv", "--from", "2026-11-04", "--to", "2026-11-05", env=self.env
        )
        expected = tfctrail("events", "fixtures/demo", "-o", "csv", "--from", "2026-11-04", "--to", "2026-11-05")[1]
        self.assertEqual((code, rows), (0, expected), told)

    def test_a_sync_stores_each_event_once(self):
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "audit.db")
            for _ in range(2):
                sync = ["sync", self.source("projected"), "--store", store, "--from", "2026-11-01"]
                code, _, told = tfctrail(*sync, env=self.env)
                self.assertEqual(code, 0, told)
            code, rows, told = tfctrail("events", f"store:{store}", "-o", "csv", *WINDOW)
        self.assertEqual((code, rows), (0, tfctrail("events", "fixtures/demo", "-o", "csv", *WINDOW)[1]), told)

    def test_what_fails_is_named(self):
        code, _, told = tfctrail("runs", f"athena:{DATABASE}.projected", *WINDOW, env=self.env)
        self.assertEqual(code, 1, told)
        self.assertIn("does not say where results go", told)
        code, _, told = tfctrail("runs", self.source("absent"), *WINDOW, env=self.env)
        self.assertEqual(code, 1, told)
        self.assertIn("there is no table", told)

    def test_doctor_explains_the_statement(self):
        code, out, told = tfctrail("doctor", self.source("projected"), *WINDOW, env=self.env)
        self.assertEqual(code, 0, out + told)
        self.assertIn("Athena takes the statement", out)


if __name__ == "__main__":
    unittest.main()
