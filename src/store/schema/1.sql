-- Repeated text is kept once. An id of 0 stands for none in `days`, and NULL elsewhere.
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- What a subject says. `path` leads from the issuer to the runs of a workspace.
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    kind TEXT NOT NULL,
    organization TEXT,
    project TEXT,
    workspace TEXT,
    stack TEXT,
    deployment TEXT,
    module TEXT,
    phase TEXT,
    path TEXT,
    UNIQUE (text, kind)
);

CREATE TABLE agents (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, terraform_version TEXT, provider_version TEXT);

-- Session names of any form but `terraform-run-run-…`.
CREATE TABLE sessions (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, run_id TEXT);

CREATE TABLE issuers (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- For which issuers log files were read: Terraform Enterprise hosts, one a line and sorted, and whether all were kept.
CREATE TABLE scopes (id INTEGER PRIMARY KEY, every INTEGER NOT NULL, hosts TEXT NOT NULL, UNIQUE (every, hosts));

-- `identity` is the same for all texts that name the same log files, `label` is what was given last. It is complete from
-- the second `start` up to `synced`, where it is read up to the present; `wanted` is the `start` that a sync began with,
-- which an end on the way does not forget.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    start INTEGER,
    synced INTEGER,
    wanted INTEGER
);

-- Days of a folder that were listed and read to their end, and can no longer change.
CREATE TABLE settled (
    source INTEGER NOT NULL REFERENCES sources,
    folder TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (source, folder, first)
) WITHOUT ROWID;

-- What makes a source incomplete beside its log files.
CREATE TABLE remarks (source INTEGER NOT NULL REFERENCES sources, text TEXT NOT NULL, PRIMARY KEY (source, text))
WITHOUT ROWID;

-- Up to which second (exclusive) rows were removed, and how many.
CREATE TABLE pruned (before INTEGER PRIMARY KEY, events INTEGER NOT NULL);

-- Days are counted from 1970-01-01, -1000000 stands for none.
-- `label` is the `log_file` of rows where the name is another. Its rows are `rows` ids from `first_row` on.
CREATE TABLE log_files (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources,
    name TEXT NOT NULL,
    label TEXT,
    size INTEGER,
    tag TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    forbidden INTEGER NOT NULL,
    in_days INTEGER NOT NULL,
    account INTEGER NOT NULL,
    region INTEGER NOT NULL,
    date INTEGER NOT NULL,
    delivered INTEGER,
    delivered_day INTEGER NOT NULL,
    bytes_read INTEGER NOT NULL,
    bytes_inflated INTEGER NOT NULL,
    total INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    other INTEGER NOT NULL,
    malformed INTEGER NOT NULL,
    pruned INTEGER NOT NULL,
    notes TEXT,
    scope INTEGER NOT NULL REFERENCES scopes,
    first_row INTEGER,
    rows INTEGER NOT NULL,
    UNIQUE (source, name)
);
CREATE INDEX log_files_by_delivery ON log_files (delivered);
CREATE INDEX log_files_of_note ON log_files (id) WHERE outcome = 'failed' OR notes IS NOT NULL;

-- The issuers of the web identities of a log file, kept or not.
CREATE TABLE seen (
    log_file INTEGER NOT NULL REFERENCES log_files,
    issuer INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (log_file, issuer)
) WITHOUT ROWID;

-- The sums of `log_files` by place and day, so that the coverage of a year is not a walk over every log file.
CREATE TABLE days (
    source INTEGER NOT NULL,
    account INTEGER NOT NULL,
    region INTEGER NOT NULL,
    date INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    scope INTEGER NOT NULL,
    files INTEGER NOT NULL,
    in_days INTEGER NOT NULL,
    forbidden INTEGER NOT NULL,
    bytes_read INTEGER NOT NULL,
    bytes_inflated INTEGER NOT NULL,
    total INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    other INTEGER NOT NULL,
    malformed INTEGER NOT NULL,
    pruned INTEGER NOT NULL,
    PRIMARY KEY (delivered, source, account, region, date, outcome, scope)
) WITHOUT ROWID;

CREATE TRIGGER log_file_added AFTER INSERT ON log_files BEGIN
    INSERT INTO days VALUES (
        new.source, new.account, new.region, new.date, new.delivered_day, new.outcome,
        new.scope, 1, new.in_days, new.forbidden, new.bytes_read, new.bytes_inflated, new.total, new.kept, new.other,
        new.malformed, new.pruned
    )
    ON CONFLICT DO UPDATE SET
        files = files + 1,
        in_days = in_days + excluded.in_days,
        forbidden = forbidden + excluded.forbidden,
        bytes_read = bytes_read + excluded.bytes_read,
        bytes_inflated = bytes_inflated + excluded.bytes_inflated,
        total = total + excluded.total,
        kept = kept + excluded.kept,
        other = other + excluded.other,
        malformed = malformed + excluded.malformed,
        pruned = pruned + excluded.pruned;
END;

CREATE TRIGGER log_file_removed AFTER DELETE ON log_files BEGIN
    DELETE FROM seen WHERE log_file = old.id;
    UPDATE days SET
        files = files - 1,
        in_days = in_days - old.in_days,
        forbidden = forbidden - old.forbidden,
        bytes_read = bytes_read - old.bytes_read,
        bytes_inflated = bytes_inflated - old.bytes_inflated,
        total = total - old.total,
        kept = kept - old.kept,
        other = other - old.other,
        malformed = malformed - old.malformed,
        pruned = pruned - old.pruned
    WHERE delivered = old.delivered_day AND source = old.source AND account = old.account
        AND region = old.region AND date = old.date AND outcome = old.outcome AND scope = old.scope;
    DELETE FROM days
    WHERE delivered = old.delivered_day AND source = old.source AND account = old.account
        AND region = old.region AND date = old.date AND outcome = old.outcome AND scope = old.scope
        AND files = 0;
END;

CREATE TRIGGER log_file_pruned AFTER UPDATE OF pruned ON log_files BEGIN
    UPDATE days SET pruned = pruned + new.pruned - old.pruned
    WHERE delivered = old.delivered_day AND source = old.source AND account = old.account
        AND region = old.region AND date = old.date AND outcome = old.outcome AND scope = old.scope;
END;

-- `run` is what follows `terraform-run-run-` in the session name, where that is all there is to it; any other session
-- name is in `session`. `event_id` is 16 bytes where it is a UUID in lower case, else text. `copy`: 0 is the only one,
-- 1 stands among copies, 2 is a duplicate of what stands, 3 has another content.
CREATE TABLE assumptions (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    subject INTEGER NOT NULL REFERENCES subjects,
    issuer INTEGER REFERENCES issuers,
    account INTEGER REFERENCES texts,
    region INTEGER REFERENCES texts,
    address INTEGER REFERENCES texts,
    audience INTEGER REFERENCES texts,
    role INTEGER REFERENCES texts,
    run TEXT,
    session INTEGER REFERENCES sessions,
    duration INTEGER,
    verification INTEGER REFERENCES texts,
    error INTEGER REFERENCES texts,
    access_key TEXT,
    agent INTEGER REFERENCES agents,
    log_file INTEGER NOT NULL REFERENCES log_files,
    event_id,
    content BLOB NOT NULL,
    record BLOB,
    copy INTEGER NOT NULL
);
CREATE INDEX assumptions_by_time ON assumptions (time);
CREATE INDEX assumptions_by_subject ON assumptions (subject, time);
CREATE INDEX assumptions_by_run ON assumptions (run) WHERE run IS NOT NULL;
CREATE INDEX assumptions_by_event ON assumptions (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX assumptions_by_content ON assumptions (content) WHERE event_id IS NULL;
CREATE INDEX assumptions_with_copies ON assumptions (copy, id) WHERE copy <> 0;
