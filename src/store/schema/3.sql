-- Records are ordered by their hashes now, so that no text of a record is kept, and none of the secrets in it. What the
-- texts decided before is decided anew.
DROP VIEW runs;
DROP VIEW events;
DROP VIEW standing;
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

-- Views are written for SQLite 3.40, since people open a store with the SQLite of their system, and one view that it cannot
-- parse keeps the whole file from being opened. An aggregate with ORDER BY in its parentheses came with 3.44. A subquery
-- gives `group_concat` its values in order as well: SQLite drops the order of a subquery only around count, min and max.

-- An event without the names of its columns resolved; what is absent is NULL.
CREATE VIEW standing AS
SELECT
    a.time AS seconds,
    CASE typeof(a.event_id)
        WHEN 'blob' THEN lower(
            hex(substr(a.event_id, 1, 4)) || '-' || hex(substr(a.event_id, 5, 2)) || '-'
            || hex(substr(a.event_id, 7, 2)) || '-' || hex(substr(a.event_id, 9, 2)) || '-'
            || hex(substr(a.event_id, 11))
        )
        ELSE nullif(a.event_id, '')
    END AS event_id,
    nullif(account.text, '') AS account_id,
    nullif(region.text, '') AS region,
    nullif(address.text, '') AS source_ip,
    subject.kind,
    subject.organization,
    subject.project,
    subject.workspace,
    subject.stack,
    subject.deployment,
    subject.module,
    subject.phase,
    CASE WHEN subject.kind <> 'other' THEN coalesce('run-' || a.run, session.run_id) END AS run_id,
    nullif(role.text, '') AS role_arn,
    coalesce('terraform-run-run-' || a.run, nullif(session.text, '')) AS role_session_name,
    nullif(issuer.text, '') AS issuer,
    nullif(audience.text, '') AS audience,
    CASE WHEN a.error IS NULL THEN 'granted' ELSE 'denied' END AS outcome,
    nullif(error.text, '') AS error_code,
    nullif(a.access_key, '') AS access_key_id,
    agent.terraform_version,
    agent.provider_version,
    nullif(agent.text, '') AS user_agent,
    nullif(subject.text, '') AS subject,
    coalesce(file.label, file.name) AS log_file,
    subject.path,
    a.content,
    a.stretch
FROM assumptions AS a
JOIN subjects AS subject ON subject.id = a.subject
JOIN log_files AS file ON file.id = a.log_file
LEFT JOIN texts AS account ON account.id = a.account
LEFT JOIN texts AS region ON region.id = a.region
LEFT JOIN texts AS address ON address.id = a.address
LEFT JOIN texts AS role ON role.id = a.role
LEFT JOIN sessions AS session ON session.id = a.session
LEFT JOIN issuers AS issuer ON issuer.id = a.issuer
LEFT JOIN texts AS audience ON audience.id = a.audience
LEFT JOIN texts AS error ON error.id = a.error
LEFT JOIN agents AS agent ON agent.id = a.agent
WHERE a.copy < 2 AND NOT (a.corrects IS NOT NULL AND a.issuer IS NULL);

-- The rows of `tfctrail events`, absent values NULL.
CREATE VIEW events AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', seconds, 'unixepoch') AS time, event_id, account_id, region, source_ip, kind,
    organization, project, workspace, stack, deployment, module, phase, run_id, role_arn, role_session_name, issuer,
    audience, outcome, error_code, access_key_id, terraform_version, provider_version, user_agent, subject, log_file
FROM standing
ORDER BY seconds, ifnull(standing.event_id, ''), content;

-- The rows of `tfctrail runs` with the default gap of 60 minutes, absent values NULL: lists as JSON.
CREATE VIEW runs_with_lists AS
WITH
keyed AS (
    SELECT *,
        CASE WHEN run_id IS NULL THEN kind END AS k,
        CASE WHEN run_id IS NULL THEN project END AS p,
        CASE WHEN run_id IS NULL THEN workspace END AS w,
        CASE WHEN run_id IS NULL THEN stack END AS s,
        CASE WHEN run_id IS NULL THEN deployment END AS d,
        CASE WHEN run_id IS NULL THEN module END AS m,
        CASE WHEN run_id IS NULL AND kind = 'other' THEN subject END AS v,
        CASE WHEN run_id IS NULL THEN stretch END AS start
    FROM standing
),
placed AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY issuer, organization, run_id, k, p, w, s, d, m, v, start
            ORDER BY seconds, ifnull(event_id, ''), content
        ) AS place
    FROM keyed
),
folded AS (
    SELECT
        run_id,
        issuer,
        organization,
        max(kind) FILTER (WHERE place = 1) AS kind,
        max(project) FILTER (WHERE place = 1) AS project,
        max(workspace) FILTER (WHERE place = 1) AS workspace,
        max(stack) FILTER (WHERE place = 1) AS stack,
        max(deployment) FILTER (WHERE place = 1) AS deployment,
        max(path) FILTER (WHERE place = 1) AS path,
        json_group_array(DISTINCT phase) FILTER (WHERE phase IS NOT NULL) AS phases,
        min(seconds) AS first_seen,
        max(seconds) AS last_seen,
        json_group_array(DISTINCT account_id) FILTER (WHERE account_id IS NOT NULL) AS account_ids,
        json_group_array(DISTINCT region) FILTER (WHERE region IS NOT NULL) AS regions,
        json_group_array(DISTINCT source_ip) FILTER (WHERE source_ip IS NOT NULL) AS source_ips,
        json_group_array(DISTINCT role_arn) FILTER (WHERE role_arn IS NOT NULL) AS role_arns,
        count(*) AS assumptions,
        count(*) FILTER (WHERE outcome = 'denied') AS denied,
        json_group_array(DISTINCT terraform_version) FILTER (WHERE terraform_version IS NOT NULL) AS terraform_versions,
        json_group_array(DISTINCT provider_version) FILTER (WHERE provider_version IS NOT NULL) AS provider_versions,
        min(event_id) AS smallest_event_id
    FROM placed
    GROUP BY issuer, organization, run_id, k, p, w, s, d, m, v, start
)
SELECT
    run_id,
    kind,
    issuer,
    organization,
    project,
    workspace,
    stack,
    deployment,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.phases) ORDER BY value)) AS phases,
    strftime('%Y-%m-%dT%H:%M:%SZ', first_seen, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%SZ', last_seen, 'unixepoch') AS last_seen,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.account_ids) ORDER BY value)) AS account_ids,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.regions) ORDER BY value)) AS regions,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.source_ips) ORDER BY value)) AS source_ips,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.role_arns) ORDER BY value)) AS role_arns,
    assumptions,
    denied,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.terraform_versions) ORDER BY value)) AS terraform_versions,
    (SELECT json_group_array(value) FROM (SELECT value FROM json_each(folded.provider_versions) ORDER BY value)) AS provider_versions,
    CASE WHEN kind = 'workspace' THEN 'https://' || issuer || path || run_id END AS run_url,
    CASE WHEN run_id IS NULL THEN 'inferred' ELSE 'run-id' END AS grouping
FROM folded
ORDER BY folded.first_seen, run_id, organization, workspace, issuer, project, stack, deployment, kind,
    smallest_event_id;

-- The same with lists joined with `;`.
CREATE VIEW runs AS
SELECT run_id, kind, issuer, organization, project, workspace, stack, deployment,
    (SELECT group_concat(value, ';') FROM json_each(lists.phases)) AS phases,
    first_seen, last_seen,
    (SELECT group_concat(value, ';') FROM json_each(lists.account_ids)) AS account_ids,
    (SELECT group_concat(value, ';') FROM json_each(lists.regions)) AS regions,
    (SELECT group_concat(value, ';') FROM json_each(lists.source_ips)) AS source_ips,
    (SELECT group_concat(value, ';') FROM json_each(lists.role_arns)) AS role_arns,
    assumptions, denied,
    (SELECT group_concat(value, ';') FROM json_each(lists.terraform_versions)) AS terraform_versions,
    (SELECT group_concat(value, ';') FROM json_each(lists.provider_versions)) AS provider_versions,
    run_url, grouping
FROM runs_with_lists AS lists;

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
