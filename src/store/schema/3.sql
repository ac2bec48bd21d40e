-- Records are ordered by their hashes now, so that no text of a record is kept, and none of the secrets in it. What the
-- texts decided before is decided anew.
DROP VIEW IF EXISTS runs;
DROP VIEW IF EXISTS events;
DROP VIEW IF EXISTS standing;
ALTER TABLE assumptions DROP COLUMN record;
UPDATE assumptions SET copy = ranked.copy
FROM (
    SELECT a.id, CASE
            WHEN row_number() OVER copies = 1 THEN 1
            WHEN a.content = first_value(a.content) OVER copies THEN 2
            ELSE 3
        END AS copy
    FROM assumptions AS a INDEXED BY assumptions_with_copies JOIN log_files AS f ON f.id = a.log_file
    WHERE a.copy <> 0 AND a.copy < 4
    WINDOW copies AS (
        PARTITION BY a.event_id IS NULL, coalesce(a.event_id, a.content)
        ORDER BY coalesce(f.label, f.name), a.content, a.id
    )
) AS ranked
WHERE ranked.id = assumptions.id AND ranked.copy <> assumptions.copy;

-- `rules` tells by which rules records were read: 0 are those from before the fallbacks for role, account and subject, JSON
-- text in place of objects, and corrections.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE before AS SELECT id, every, hosts, alikes FROM scopes;
DROP TABLE scopes;
CREATE TABLE scopes (
    id INTEGER PRIMARY KEY,
    every INTEGER NOT NULL,
    hosts TEXT NOT NULL,
    alikes INTEGER NOT NULL,
    rules INTEGER NOT NULL,
    UNIQUE (every, hosts, alikes, rules)
);
INSERT INTO scopes SELECT id, every, hosts, alikes, 0 FROM before;
DROP TABLE before;

-- When the credentials expire, where the record tells. `corrects` is the event id that an event corrects, as `event_id` is
-- kept; `updated` are the names of the fields that it corrects. What a row has that gives those alone is put together with
-- what it corrects; `raw` is what it has by itself, as a list of the values of its columns. `stretch` is the second in
-- which the run begins of an event that stands and has no run id.
ALTER TABLE assumptions ADD COLUMN expiration INTEGER;
ALTER TABLE assumptions ADD COLUMN corrects;
ALTER TABLE assumptions ADD COLUMN updated TEXT;
ALTER TABLE assumptions ADD COLUMN raw TEXT;
ALTER TABLE assumptions ADD COLUMN stretch INTEGER;
CREATE INDEX assumptions_by_correction ON assumptions (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX subjects_by_organization ON subjects (organization) WHERE organization IS NOT NULL;

-- Whose events without a run id have changed since `stretch` was worked out. An issuer of 0 stands for none.
CREATE TABLE unsettled (subject INTEGER NOT NULL, issuer INTEGER NOT NULL, PRIMARY KEY (subject, issuer)) WITHOUT ROWID;
INSERT INTO unsettled
SELECT DISTINCT a.subject, ifnull(a.issuer, 0) FROM assumptions AS a JOIN subjects AS s ON s.id = a.subject
WHERE a.run IS NULL OR s.kind = 'other';

CREATE TRIGGER inferred_added AFTER INSERT ON assumptions
WHEN new.run IS NULL OR (SELECT kind FROM subjects WHERE id = new.subject) = 'other' BEGIN
    INSERT OR IGNORE INTO unsettled VALUES (new.subject, ifnull(new.issuer, 0));
END;

CREATE TRIGGER inferred_removed AFTER DELETE ON assumptions
WHEN old.run IS NULL OR (SELECT kind FROM subjects WHERE id = old.subject) = 'other' BEGIN
    INSERT OR IGNORE INTO unsettled VALUES (old.subject, ifnull(old.issuer, 0));
END;

CREATE TRIGGER inferred_changed
AFTER UPDATE OF time, subject, issuer, role, run, session, duration, error, expiration, copy ON assumptions BEGIN
    INSERT OR IGNORE INTO unsettled VALUES (old.subject, ifnull(old.issuer, 0));
    INSERT OR IGNORE INTO unsettled VALUES (new.subject, ifnull(new.issuer, 0));
END;

-- Days on which an account's region has log files that were not read, since they are of another window: they tell which
-- places are known.
CREATE TABLE known_days (
    source INTEGER NOT NULL REFERENCES sources,
    account INTEGER NOT NULL,
    region INTEGER NOT NULL,
    date INTEGER NOT NULL,
    PRIMARY KEY (source, account, region, date)
) WITHOUT ROWID;

-- Folders of day folders in which the days before a window were looked for, which begins with the day `first`.
CREATE TABLE looked_before (
    source INTEGER NOT NULL REFERENCES sources,
    folder TEXT NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (source, folder, first)
) WITHOUT ROWID;

-- A part of a source is what one sync reads as a whole: a prefix of a bucket, some regions of the event history as
-- somebody reaches them, a path. What a sync says about one part leaves what was said about others as it is.
--
-- `names` are what the names of its log files begin with, one a line. It is complete from the second `start` up to
-- `synced`, where it is read up to the present; `wanted` is the `start` that a sync began with, which an end on the way
-- does not forget. Where `begun` is there, a sync that began in that second (0 where that is not known) was not read to
-- its end, and the days from `first` to `last` are in doubt; NULL is no bound.
CREATE TABLE parts (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    names TEXT NOT NULL,
    start INTEGER,
    synced INTEGER,
    wanted INTEGER,
    begun INTEGER,
    first INTEGER,
    last INTEGER,
    UNIQUE (source, name)
);
-- The days of a part of a bucket that a sync looked at, in as few stretches as there can be. What an earlier version synced
-- has none.
CREATE TABLE looked_at (
    part INTEGER NOT NULL REFERENCES parts,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (part, first)
) WITHOUT ROWID;
CREATE TRIGGER part_forgotten AFTER DELETE ON parts BEGIN
    DELETE FROM looked_at WHERE part = old.id;
END;

-- What was never reached left a source without log files.
DELETE FROM settled WHERE source IN (
    SELECT id FROM sources WHERE synced IS NULL AND id NOT IN (SELECT source FROM log_files)
);
DELETE FROM remarks WHERE source IN (
    SELECT id FROM sources WHERE synced IS NULL AND id NOT IN (SELECT source FROM log_files)
);
DELETE FROM sources WHERE synced IS NULL AND id NOT IN (SELECT source FROM log_files);
INSERT INTO parts (source, name, label, names, start, synced, wanted, begun)
SELECT
    id,
    name,
    label,
    CASE kind WHEN 'bucket' THEN name ELSE '' END,
    start,
    synced,
    wanted,
    CASE WHEN synced IS NULL THEN 0 END
FROM (
    SELECT *,
        CASE
            WHEN kind = 'event-history' THEN substr(label, length('event-history:') + 1)
            WHEN kind <> 'bucket' THEN ''
            WHEN label LIKE '%/' OR label LIKE '%.gz' OR label LIKE '%.json' OR length(label) <= length(identity) + 1
                THEN substr(label, length(identity) + 2)
            ELSE substr(label, length(identity) + 2) || '/'
        END AS name
    FROM sources
);
ALTER TABLE sources DROP COLUMN start;
ALTER TABLE sources DROP COLUMN synced;
ALTER TABLE sources DROP COLUMN wanted;

-- What makes a part incomplete beside its log files, for the days from `first` to `last`; NULL is no bound.
CREATE TEMP TABLE before AS
SELECT p.id AS part, r.text FROM remarks AS r JOIN parts AS p ON p.source = r.source;
DROP TABLE remarks;
CREATE TABLE remarks (
    part INTEGER NOT NULL REFERENCES parts,
    text TEXT NOT NULL,
    first INTEGER,
    last INTEGER,
    PRIMARY KEY (part, text)
) WITHOUT ROWID;
INSERT INTO remarks SELECT part, text, NULL, NULL FROM before;
DROP TABLE before;

-- Of what could not be listed (failed log files without a size): whose sync said so, and which days are missing. What an
-- earlier version wrote has no row here.
CREATE TABLE unlisted (
    log_file INTEGER PRIMARY KEY REFERENCES log_files,
    part INTEGER NOT NULL REFERENCES parts,
    first INTEGER,
    last INTEGER
);

-- Log files whose last reading failed; what an earlier one brought stands.
CREATE TABLE stale (
    log_file INTEGER PRIMARY KEY REFERENCES log_files,
    reason TEXT NOT NULL,
    forbidden INTEGER NOT NULL
);

CREATE TRIGGER log_file_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM unlisted WHERE log_file = old.id;
    DELETE FROM stale WHERE log_file = old.id;
END;

-- What was seen in events that were pruned, and when, so that nothing old is ever called new: `kind` is a 'place' (a
-- subject, and an account in `value`), a 'role', an 'address' or an 'agent'; 0 stands for none. `form` tells whether the
-- subject has Terraform's form, `granted` whether any of the events was. No prune before this version left any of it.
CREATE TABLE remembered (
    kind TEXT NOT NULL,
    issuer INTEGER NOT NULL,
    form INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    value INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    PRIMARY KEY (kind, issuer, form, subject, value)
) WITHOUT ROWID;
ALTER TABLE pruned ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 1;
