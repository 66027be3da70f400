"""Copies of accepted inquiries are whole inquiries of their own."""

import sqlite3

import pytest

from benchmarks import bulk
from benchmarks.bulk import ROW, Template, fill, opened
from registry.codes import parse

TABLES = ("subjects", "cases", "inquiries", "status_events", "outbox")
SCHEMA = """
CREATE TABLE subjects (id TEXT PRIMARY KEY, fingerprint TEXT UNIQUE);
CREATE TABLE cases (id TEXT PRIMARY KEY, code TEXT UNIQUE, subject_id TEXT, last_sequence INTEGER);
CREATE TABLE inquiries (id TEXT PRIMARY KEY, case_id TEXT, code TEXT, subject_id TEXT, payload BLOB);
CREATE TABLE status_events (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, case_id TEXT, inquiry_id TEXT);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, ref TEXT, body BLOB);
INSERT INTO subjects VALUES ('s', '00112233445566778899aabbccddeeff');
INSERT INTO cases VALUES ('c', '05000112345678901234', 's', 2);
INSERT INTO inquiries VALUES ('i', 'c', '05000112345678901234', 's', x'00');
INSERT INTO status_events (id, case_id, inquiry_id) VALUES ('e1', 'c', NULL), ('e2', 'c', 'i');
INSERT INTO outbox VALUES (2, 'inquiry', 'i', x'01'), (3, 'event', 'i', x'02');
"""


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "hub.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    return path


def test_each_copy_has_keys_of_its_own_and_rows_that_belong_together(ledger, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 20)
    count = 43

    def complete(_, keys):
        keys[b"\x00"] = b"payload"
        keys[b"\x01"] = str(keys[ROW]).encode()

    with opened(f"sqlite:///{ledger}") as rows:
        chunks = list(fill(rows, [Template(rows, "i", TABLES)], count, complete, first_row=100))
    assert [len(chunk) for chunk in chunks] == [20, 20, 3]
    seen = sqlite3.connect(ledger)
    whole = seen.execute(
        "SELECT count(*) FROM inquiries i JOIN cases c ON c.id = i.case_id AND c.code = i.code AND c.last_sequence = 2"
        " JOIN subjects s ON s.id = i.subject_id AND s.id = c.subject_id JOIN outbox o ON o.ref = i.id"
        " AND CAST(o.body AS TEXT) = CAST(o.id AS TEXT)"
        " WHERE i.payload = CAST('payload' AS BLOB)"
        " AND (SELECT count(*) FROM status_events e WHERE e.case_id = c.id) = 2"
        " AND (SELECT count(*) FROM status_events e WHERE e.inquiry_id = i.id) = 1"
    ).fetchone()
    assert whole == (count,)
    assert seen.execute("SELECT min(id), max(id) FROM outbox WHERE id >= 100").fetchone() == (100, 100 + count - 1)
    assert seen.execute("SELECT count(*) FROM inquiries WHERE id = ?", (chunks[1][0],)).fetchone() == (1,)
    for (code,) in seen.execute("SELECT code FROM cases WHERE id <> 'c' LIMIT 5"):
        assert parse(code) == code
    seen.close()


def test_an_inquiry_without_its_rows_is_no_template(ledger):
    with opened(f"sqlite:///{ledger}") as rows, pytest.raises(LookupError, match="subjects"):
        Template(rows, "nobody", TABLES)
