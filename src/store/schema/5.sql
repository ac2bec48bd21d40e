-- Of `scopes`, `calls` may be 3 now: with 2 everything of the calls of runs is kept, and with 3 also what others did with what
-- runs wrote and made.

-- The long-lived keys that calls made.
CREATE TABLE call_keys (
    log_file INTEGER NOT NULL REFERENCES log_files,
    place INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    PRIMARY KEY (log_file, place)
) WITHOUT ROWID;

-- Hashes of the resources that calls wrote and of the keys that they made. Whatever anybody did with them is kept, or named as
-- missing. A later one has a higher number.
CREATE TABLE written_by_runs (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL UNIQUE);

-- Which resources the writes in a log file name that are not kept, and which long-lived keys are in it: their hashes, four bytes
-- each, in order; NULL where they are too many to tell. `known` is the highest number of `written_by_runs` that was known when it was read.
-- `unreadable` tells that some of its records may be such writes and cannot be read. `missing` tells that some of the resources
-- or keys are known to be of runs by now: why the log file was not read again.
CREATE TABLE write_notes (
    log_file INTEGER PRIMARY KEY REFERENCES log_files,
    written BLOB,
    known INTEGER NOT NULL,
    unreadable TEXT,
    missing TEXT
);
CREATE INDEX write_notes_missing ON write_notes (log_file) WHERE missing IS NOT NULL;
CREATE INDEX write_notes_unreadable ON write_notes (log_file) WHERE unreadable IS NOT NULL;

-- What anybody, runs too, did with resources that runs wrote and with keys that they made, copies and all. `account`, `service`,
-- `name`, `kind` and `principal` are numbers of `texts`, where 0 stands for none; `resources` is one of `call_resources`.
-- `ok_write` says that it succeeded and does not only read. The ids are as in `calls`.
CREATE TABLE writes (
    log_file INTEGER NOT NULL REFERENCES log_files,
    place INTEGER NOT NULL,
    time INTEGER NOT NULL,
    event_id,
    shared_id,
    account INTEGER NOT NULL,
    service INTEGER NOT NULL,
    name INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    resources INTEGER,
    access_key TEXT,
    ok_write INTEGER NOT NULL,
    PRIMARY KEY (log_file, place)
) WITHOUT ROWID;

CREATE TRIGGER log_file_writes_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM call_keys WHERE log_file = old.id;
    DELETE FROM write_notes WHERE log_file = old.id;
    DELETE FROM writes WHERE log_file = old.id;
END;
