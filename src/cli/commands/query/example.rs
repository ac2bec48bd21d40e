//! `tfctrail query --examples`: questions that auditors ask.

/// A question, and the statement that answers it.
pub(super) struct Example {
    pub(super) question: &'static str,
    pub(super) sql: &'static str,
}

/// Ten of them.
pub(super) const ALL: [Example; 10] = [
    Example {
        question: "Who got into which account, how often, and when last?",
        sql: "\
SELECT account_id, organization, workspace, count(*) AS assumptions, max(time) AS last_seen
FROM events WHERE outcome = 'granted'
GROUP BY account_id, organization, workspace ORDER BY account_id, assumptions DESC, organization, workspace",
    },
    Example {
        question: "Which organizations were turned away, by which accounts, and why?",
        sql: "\
SELECT organization, account_id, error_code, count(*) AS denied, min(time) AS first_seen, max(time) AS last_seen
FROM events WHERE outcome = 'denied'
GROUP BY organization, account_id, error_code ORDER BY first_seen, account_id",
    },
    Example {
        question: "Which runs came from outside of our own network?",
        sql: "\
SELECT DISTINCT run_id, organization, workspace, source_ip
FROM events WHERE NOT ip_in('198.51.100.0/24', source_ip) ORDER BY organization, workspace, run_id, source_ip",
    },
    Example {
        question: "How many runs and assumptions were there on each day?",
        sql: "\
SELECT day(time) AS day, count(DISTINCT run_id) AS runs, count(*) AS assumptions
FROM events GROUP BY day ORDER BY day",
    },
    Example {
        question: "Who tried more than one account, with or without success?",
        sql: "\
SELECT organization, workspace, count(DISTINCT account_id) AS accounts,
  group_concat(DISTINCT account_id ORDER BY account_id) AS account_ids, sum(outcome = 'denied') AS denied
FROM events GROUP BY organization, workspace HAVING accounts > 1 ORDER BY accounts DESC, organization, workspace",
    },
    Example {
        question: "Which roles do plans and applies share?",
        sql: "\
SELECT role_arn, count(DISTINCT workspace) AS workspaces
FROM events WHERE outcome = 'granted'
GROUP BY role_arn HAVING sum(phase = 'plan') > 0 AND sum(phase = 'apply') > 0 ORDER BY role_arn",
    },
    Example {
        question: "Which workspaces run which versions of Terraform, the latest first?",
        sql: "\
SELECT organization, workspace, terraform_version, max(time) AS last_seen
FROM events WHERE terraform_version <> ''
GROUP BY organization, workspace, terraform_version ORDER BY last_seen DESC, workspace",
    },
    Example {
        question: "Which runs were started outside of working hours (UTC)?",
        sql: "\
SELECT run_id, workspace, first_seen, phases
FROM runs WHERE substr(first_seen, 12, 2) NOT BETWEEN '07' AND '18' ORDER BY first_seen, run_id",
    },
    Example {
        question: "How long did the runs take that both planned and applied?",
        sql: "\
SELECT run_id, workspace, unixepoch(last_seen) - unixepoch(first_seen) AS seconds
FROM runs WHERE phases = 'apply;plan' ORDER BY seconds DESC, run_id",
    },
    Example {
        question: "Which production workspaces are reached by a source address that no other workspace has?",
        sql: "\
SELECT source_ip, min(workspace) AS workspace, count(*) AS assumptions
FROM events WHERE source_ip IN (SELECT source_ip FROM events WHERE glob('*-prod', workspace))
GROUP BY source_ip HAVING count(DISTINCT workspace) = 1 ORDER BY source_ip",
    },
];

/// All of them, in a form that can be kept in a file.
pub(super) fn text() -> String {
    let examples: Vec<String> =
        ALL.iter().map(|example| format!("-- {}\n{};\n", example.question, example.sql)).collect();
    examples.join("\n")
}
