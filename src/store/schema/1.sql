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
    a.record,
    a.content
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
WHERE a.copy < 2;

-- The rows of `tfctrail events`, absent values NULL.
CREATE VIEW events AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', seconds, 'unixepoch') AS time, event_id, account_id, region, source_ip, kind,
    organization, project, workspace, stack, deployment, module, phase, run_id, role_arn, role_session_name, issuer,
    audience, outcome, error_code, access_key_id, terraform_version, provider_version, user_agent, subject, log_file
FROM standing
ORDER BY seconds, ifnull(standing.event_id, ''), record, content;

-- The rows of `tfctrail runs` with the default gap of 60 minutes: lists joined with `;`, absent values NULL.
CREATE VIEW runs AS
WITH
spaced AS (
    SELECT *,
        CASE WHEN kind = 'other' THEN subject END AS verbatim,
        seconds - lag(seconds) OVER series > 3600 AS far
    FROM standing
    WINDOW series AS (
        PARTITION BY run_id IS NULL, issuer, kind, organization, project, workspace, stack, deployment, module,
            CASE WHEN kind = 'other' THEN subject END
        ORDER BY seconds, ifnull(event_id, ''), record, content
    )
),
counted AS (
    SELECT *,
        CASE WHEN run_id IS NULL THEN ifnull(sum(far) OVER (
            PARTITION BY run_id IS NULL, issuer, kind, organization, project, workspace, stack, deployment, module, verbatim
            ORDER BY seconds, ifnull(event_id, ''), record, content ROWS UNBOUNDED PRECEDING
        ), 0) END AS stretch
    FROM spaced
),
keyed AS (
    SELECT *,
        CASE WHEN run_id IS NULL THEN kind END AS k,
        CASE WHEN run_id IS NULL THEN project END AS p,
        CASE WHEN run_id IS NULL THEN workspace END AS w,
        CASE WHEN run_id IS NULL THEN stack END AS s,
        CASE WHEN run_id IS NULL THEN deployment END AS d,
        CASE WHEN run_id IS NULL THEN module END AS m,
        CASE WHEN run_id IS NULL THEN verbatim END AS v
    FROM counted
),
placed AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY issuer, organization, run_id, k, p, w, s, d, m, v, stretch
            ORDER BY seconds, ifnull(event_id, ''), record, content
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
    GROUP BY issuer, organization, run_id, k, p, w, s, d, m, v, stretch
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
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(phases)) AS phases,
    strftime('%Y-%m-%dT%H:%M:%SZ', first_seen, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%SZ', last_seen, 'unixepoch') AS last_seen,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(account_ids)) AS account_ids,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(regions)) AS regions,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(source_ips)) AS source_ips,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(role_arns)) AS role_arns,
    assumptions,
    denied,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(terraform_versions)) AS terraform_versions,
    (SELECT group_concat(value, ';' ORDER BY value) FROM json_each(provider_versions)) AS provider_versions,
    CASE WHEN kind = 'workspace' THEN 'https://' || issuer || path || run_id END AS run_url,
    CASE WHEN run_id IS NULL THEN 'inferred' ELSE 'run-id' END AS grouping
FROM folded
ORDER BY folded.first_seen, run_id, organization, workspace, issuer, project, stack, deployment, kind,
    smallest_event_id;
