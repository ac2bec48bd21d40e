-- `calls` tells what was kept of the calls of runs: 0 none of them, 1 what sums of them need, 2 everything. Nothing that was
-- read before has any.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE before AS SELECT id, every, hosts, alikes, rules FROM scopes;
DROP TABLE scopes;
CREATE TABLE scopes (
    id INTEGER PRIMARY KEY,
    every INTEGER NOT NULL,
    hosts TEXT NOT NULL,
    alikes INTEGER NOT NULL,
    rules INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    UNIQUE (every, hosts, alikes, rules, calls)
);
INSERT INTO scopes SELECT id, every, hosts, alikes, rules, 0 FROM before;
DROP TABLE before;

-- Principals of sessions, and of whoever called. `run` is the run that the session name speaks of.
CREATE TABLE call_principals (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, run TEXT);
CREATE INDEX call_principals_by_run ON call_principals (run) WHERE run IS NOT NULL;

-- The principal of the session that an event began; only where calls are kept.
ALTER TABLE assumptions ADD COLUMN principal INTEGER REFERENCES call_principals;
CREATE INDEX assumptions_by_principal ON assumptions (principal) WHERE principal IS NOT NULL;
CREATE INDEX assumptions_by_key ON assumptions (access_key) WHERE principal IS NOT NULL;

-- What was called, where, and with which outcome. The numbers are those of `texts`, and 0 stands for none; `read_only` is 2
-- where the record does not tell.
CREATE TABLE call_operations (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    region INTEGER NOT NULL,
    service INTEGER NOT NULL,
    name INTEGER NOT NULL,
    read_only INTEGER NOT NULL,
    error INTEGER NOT NULL,
    UNIQUE (name, account, region, service, read_only, error)
);

-- Whose credentials called, and from where. `principal` is one of `call_principals`, `agent` one of `agents`, all other
-- numbers are those of `texts`; 0 stands for none. `created` is when the session began, as the call tells it.
CREATE TABLE call_callers (
    id INTEGER PRIMARY KEY,
    principal INTEGER NOT NULL,
    access_key TEXT,
    created INTEGER,
    kind INTEGER NOT NULL,
    account INTEGER NOT NULL,
    role INTEGER NOT NULL,
    issuer INTEGER NOT NULL,
    address INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    service INTEGER NOT NULL
);
CREATE INDEX call_callers_by_principal ON call_callers (principal, access_key, created);
CREATE INDEX call_callers_by_key ON call_callers (access_key) WHERE access_key IS NOT NULL;

-- The distinct ARNs that a call names, in order, as a list in JSON.
CREATE TABLE call_resources (id INTEGER PRIMARY KEY, arns TEXT NOT NULL UNIQUE);

-- What calls asked for, as JSON, by the first half of its SHA-256.
CREATE TABLE call_parameters (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, text TEXT NOT NULL);

-- Calls, copies and all; `whole` where everything of them is kept. `event_id` and `shared_id` are 16 bytes where they are
-- UUIDs in lower case, else text; where the call is not whole, `event_id` may be 8 bytes of the hash of a UUID. `content`
-- is the beginning of the SHA-256 of the record: all of it where there is no event id.
CREATE TABLE calls (
    log_file INTEGER NOT NULL REFERENCES log_files,
    place INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    time INTEGER NOT NULL,
    caller INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    event_id,
    shared_id,
    content BLOB NOT NULL,
    resources INTEGER,
    parameters INTEGER,
    message INTEGER,
    PRIMARY KEY (log_file, place)
) WITHOUT ROWID;
CREATE INDEX calls_by_caller ON calls (caller) WHERE whole;
CREATE INDEX calls_by_event ON calls (substr(event_id, 1, 4)) WHERE whole;
CREATE INDEX calls_by_shared ON calls (substr(shared_id, 1, 4)) WHERE whole AND shared_id IS NOT NULL;

-- Sessions that calls began. A principal of 0 is that of the caller, a role of 0 is none.
CREATE TABLE call_sessions (
    log_file INTEGER NOT NULL REFERENCES log_files,
    place INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    principal INTEGER NOT NULL,
    role INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    PRIMARY KEY (log_file, place)
) WITHOUT ROWID;
CREATE INDEX call_sessions_by_principal ON call_sessions (principal);
CREATE INDEX call_sessions_by_key ON call_sessions (access_key);

-- Whose calls a log file has besides those that are kept: hashes of principals, four bytes each, in order; NULL where they are
-- too many to tell. `handed_on` are pairs of them, from whom credentials went to whom. `missing` tells that some of these
-- calls are known to be of runs by now: why the log file was not read again.
CREATE TABLE call_notes (
    log_file INTEGER PRIMARY KEY REFERENCES log_files,
    unkept BLOB,
    handed_on BLOB,
    reached INTEGER NOT NULL,
    missing TEXT
);
CREATE INDEX call_notes_missing ON call_notes (log_file) WHERE missing IS NOT NULL;

-- The hashes of all principals that may be a run's. Whatever log files have of theirs is kept, or named as missing.
CREATE TABLE call_reached (hash INTEGER PRIMARY KEY);

ALTER TABLE pruned ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER log_file_calls_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM calls WHERE log_file = old.id;
    DELETE FROM call_sessions WHERE log_file = old.id;
    DELETE FROM call_notes WHERE log_file = old.id;
END;
