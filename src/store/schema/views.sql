-- The views, which hold nothing: they are made anew whenever a store is brought forward, so that there is one text of each.
-- A step that changes a column that they name drops them first.
--
-- Views are written for SQLite 3.40, since people open a store with the SQLite of their system, and one view that it cannot
-- parse keeps the whole file from being opened. An aggregate with ORDER BY in its parentheses came with 3.44. A subquery
-- gives `group_concat` its values in order as well: SQLite drops the order of a subquery only around count, min and max.

DROP VIEW IF EXISTS runs;
DROP VIEW IF EXISTS runs_with_lists;
DROP VIEW IF EXISTS events;
DROP VIEW IF EXISTS standing;

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
