//! A query: started, looked at until it is over, and stopped where nobody waits for it any more.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use aws_sdk_athena::Client;
use aws_sdk_athena::operation::get_query_execution::GetQueryExecutionOutput;
use aws_sdk_athena::operation::start_query_execution::builders::StartQueryExecutionFluentBuilder;
use aws_sdk_athena::types::{
    AthenaError, QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics,
    ResultConfiguration,
};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::request::ask;
use super::table::AthenaTable;
use crate::aws::failure::RequestFailure;
use crate::source::paged::patience::{Patience, Setback};
use crate::source::running;

/// The permissions that this takes.
pub(super) const START: &str = "athena:StartQueryExecution";
pub(super) const LOOK: &str = "athena:GetQueryExecution";

/// How long to wait between two looks at a query that runs: longer each time.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// How long stopping a query may take, when the program is about to end.
const STOPPING: Duration = Duration::from_secs(3);

/// A query that has a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FinishedQuery {
    pub(super) id: String,
    /// Bytes that it scanned, with those of the attempts before it.
    pub(super) scanned: u64,
}

/// Why a query has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum QueryFailure {
    /// A request failed: the permission that it takes, and why.
    Request(&'static str, RequestFailure),
    /// The query ended without a result: its state, and Athena's words.
    Ended { state: String, reason: String, id: String },
}

/// Runs a statement to its end, once more where Athena says that this may help.
pub(super) async fn execute(
    client: &Client,
    table: &AthenaTable,
    statement: &str,
    who: &str,
) -> Result<FinishedQuery, QueryFailure> {
    let (mut patience, mut scanned) = (Patience::default(), 0);
    loop {
        let id = start(client, table, statement, who).await?;
        let execution = wait(client, &id, who).await?;
        let status = execution.status();
        let bytes = execution.statistics().and_then(QueryExecutionStatistics::data_scanned_in_bytes);
        scanned += bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        let state = status.and_then(|status| status.state());
        if state == Some(&QueryExecutionState::Succeeded) {
            return Ok(FinishedQuery { id, scanned });
        }
        let error = status.and_then(|status| status.athena_error());
        let again = error.is_some_and(AthenaError::retryable) && state == Some(&QueryExecutionState::Failed);
        if let Some(wait) = patience.wait(Setback::Broken, who).filter(|_| again) {
            sleep(wait).await;
            continue;
        }
        let reason = status.and_then(|status| status.state_change_reason());
        let reason = reason.or_else(|| error.and_then(|error| error.error_message())).unwrap_or("no reason is given");
        let state = state.map_or("UNKNOWN", QueryExecutionState::as_str).to_owned();
        return Err(QueryFailure::Ended { state, reason: reason.to_owned(), id });
    }
}

async fn start(client: &Client, table: &AthenaTable, statement: &str, who: &str) -> Result<String, QueryFailure> {
    let context = QueryExecutionContext::builder().database(&*table.database).catalog(table.catalog()).build();
    let output = table.options.output.as_deref();
    let output = output.map(|output| ResultConfiguration::builder().output_location(output).build());
    // The same for all attempts, so that a query whose answer got lost is not started twice.
    let token = format!("tfctrail-{:016x}{:016x}", random(), random());
    let request: StartQueryExecutionFluentBuilder = client.start_query_execution().query_string(statement);
    let request = request.query_execution_context(context).set_result_configuration(output);
    let request = request.work_group(table.workgroup()).client_request_token(token);
    let started = ask(who, || {
        let request = request.clone();
        async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
    });
    let started = started.await.map_err(|failure| QueryFailure::Request(START, failure))?;
    let no_id = || QueryFailure::Request(START, RequestFailure::Impossible("the query got no id".to_owned()));
    started.query_execution_id.ok_or_else(no_id)
}

/// Waits until a query is over.
async fn wait(client: &Client, id: &str, who: &str) -> Result<QueryExecution, QueryFailure> {
    let running = running::begin(stopping(client, id));
    let request = client.get_query_execution().query_execution_id(id);
    let mut pause = FIRST_LOOK;
    loop {
        let answer: Result<GetQueryExecutionOutput, _> = ask(who, || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
        })
        .await;
        let execution = match answer {
            Ok(answer) => answer.query_execution,
            Err(failure) => {
                // It would go on, and nobody would see its result.
                drop(running);
                stop(client, id).await;
                return Err(QueryFailure::Request(LOOK, failure));
            }
        };
        let state = execution.as_ref().and_then(|it| it.status()).and_then(|status| status.state());
        match state {
            Some(QueryExecutionState::Queued | QueryExecutionState::Running) => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_LOOK);
            }
            _ => return Ok(execution.unwrap_or_else(|| QueryExecution::builder().build())),
        }
    }
}

/// What stops a query from another thread, while the program ends.
fn stopping(client: &Client, id: &str) -> impl FnOnce() + Send + 'static {
    let (client, id, runtime) = (client.clone(), id.to_owned(), Handle::current());
    move || runtime.block_on(stop(&client, &id))
}

/// Stops a query. Nothing better can be done where that fails.
async fn stop(client: &Client, id: &str) {
    drop(timeout(STOPPING, client.stop_query_execution().query_execution_id(id).send()).await);
}

/// A number that no other query has.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
