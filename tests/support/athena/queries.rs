//! Queries: started, looked at until they are over, fetched page by page, and stopped.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::faults::Faults;
use super::rules::{Refusal, refuse};
use super::table::{Answer, Table};

/// As many rows as the real one gives at once, the names among them.
const PAGE: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Queries {
    started: Vec<Query>,
    /// The statements, in the order in which they were started.
    pub(super) statements: Vec<String>,
    /// The queries that were stopped.
    pub(super) stopped: Vec<String>,
    tokens: BTreeMap<String, String>,
    pages: usize,
}

/// How a query ends without an answer: its state, why, and whether another attempt may help.
type Ending = (String, String, bool);

#[derive(Debug)]
struct Query {
    id: String,
    outcome: Result<Answer, Ending>,
    looks: usize,
    scanned: usize,
}

impl Queries {
    pub(super) fn start(&mut self, body: &Value, table: &Table, faults: &Faults) -> Result<Value, Refusal> {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let token = text("ClientRequestToken");
        if !(32..=128).contains(&token.len()) {
            return refuse("InvalidRequestException", "a token has 32 to 128 characters");
        }
        if let Some(id) = self.tokens.get(&token) {
            return Ok(json!({"QueryExecutionId": id}));
        }
        if !["primary", "audit"].contains(&text("WorkGroup").as_str()) {
            return refuse("InvalidRequestException", "WorkGroup is not found.");
        }
        if faults.no_output && body["ResultConfiguration"]["OutputLocation"].is_null() {
            return refuse(
                "InvalidRequestException",
                "No output location provided. An output location is required either through the Workgroup result \
                 configuration setting or as an API input.",
            );
        }
        let number = self.started.len() + 1;
        let statement = text("QueryString");
        let answer = match statement.strip_prefix("EXPLAIN ") {
            Some(inner) => table.answer(inner).map(|_| (vec!["Query Plan".to_owned()], Vec::new())),
            None => table.answer(&statement),
        };
        let outcome = match faults.ended.get(&number) {
            Some((state, reason, again)) => Err(((*state).to_owned(), (*reason).to_owned(), *again)),
            None => answer.map_err(|reason| ("FAILED".to_owned(), reason, false)),
        };
        let scanned = outcome.as_ref().map_or(0, |(_, rows)| 2_000 * rows.len());
        let id = format!("query-{number}");
        self.tokens.insert(token, id.clone());
        self.statements.push(statement);
        self.started.push(Query { id: id.clone(), outcome, looks: 0, scanned });
        Ok(json!({"QueryExecutionId": id}))
    }

    fn find(&mut self, body: &Value) -> Result<&mut Query, Refusal> {
        let id = body["QueryExecutionId"].as_str().unwrap_or_default();
        let found = self.started.iter_mut().find(|query| query.id == id);
        found.ok_or_else(|| Refusal {
            kind: "InvalidRequestException",
            message: format!("QueryExecution {id} was not found"),
        })
    }

    pub(super) fn look(&mut self, body: &Value, faults: &Faults) -> Result<Value, Refusal> {
        let is_endless = faults.endless;
        let query = self.find(body)?;
        query.looks += 1;
        let status = match (query.looks, &query.outcome) {
            (1, _) => json!({"State": "QUEUED"}),
            (2, _) => json!({"State": "RUNNING"}),
            _ if is_endless => json!({"State": "RUNNING"}),
            (_, Ok(_)) => json!({"State": "SUCCEEDED"}),
            (_, Err((state, reason, again))) => json!({"State": state, "StateChangeReason": reason,
                "AthenaError": {"ErrorCategory": 2, "ErrorType": 1, "Retryable": again, "ErrorMessage": reason}}),
        };
        let id = &query.id;
        Ok(json!({"QueryExecution": {"QueryExecutionId": id, "Status": status,
            "Statistics": {"DataScannedInBytes": query.scanned}}}))
    }

    pub(super) fn results(&mut self, body: &Value, faults: &Faults) -> Result<Value, Refusal> {
        self.pages += 1;
        if faults.expired_after.is_some_and(|most| self.pages > most) {
            return refuse("InvalidRequestException", "Could not find results");
        }
        let query = self.find(body)?;
        let Ok((names, rows)) = &query.outcome else {
            return refuse("InvalidRequestException", "Query did not finish successfully. Final query state: FAILED");
        };
        let names = names.iter().map(|name| json!({"VarCharValue": name})).collect();
        let all: Vec<Vec<Value>> = [names].into_iter().chain(rows.iter().cloned()).collect();
        let from: usize = match body["NextToken"].as_str() {
            None => 0,
            Some(token) => token.strip_prefix("after-").and_then(|rest| rest.parse().ok()).unwrap_or(0),
        };
        let most = body["MaxResults"].as_u64().map_or(PAGE, |most| usize::try_from(most).unwrap());
        if !(1..=PAGE).contains(&most) {
            return refuse("InvalidRequestException", "MaxResults is more than maximum allowed length 1000.");
        }
        let to = (from + faults.page.unwrap_or(most)).min(all.len());
        let next = (to < all.len()).then(|| format!("after-{to}"));
        let next = if faults.same_token { Some("after-1".to_owned()) } else { next };
        let rows: Vec<Value> = all[from..to].iter().map(|cells| json!({"Data": cells})).collect();
        Ok(
            json!({"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": []}}, "NextToken": next, "UpdateCount": 0}),
        )
    }

    pub(super) fn stop(&mut self, body: &Value) -> Result<Value, Refusal> {
        let id = self.find(body)?.id.clone();
        self.stopped.push(id);
        Ok(json!({}))
    }
}
