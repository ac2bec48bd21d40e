//! The result of a query, page by page.

use aws_sdk_athena::Client;
use aws_sdk_athena::types::Row;

use super::request::ask;
use crate::aws::failure::RequestFailure;
use crate::source::paged::tokens::PageTokens;

/// The permission that this takes.
pub(super) const RESULTS: &str = "athena:GetQueryResults";

/// As many rows as the API gives at once.
const PAGE: i32 = 1_000;

/// How far a result is read.
#[derive(Debug)]
pub(super) struct ResultPages {
    id: String,
    /// The names of its columns.
    columns: Vec<&'static str>,
    token: Option<String>,
    tokens: PageTokens,
    is_first: bool,
    is_over: bool,
}

/// The cells of a row; `None` for NULL.
pub(super) type Cells = Vec<Option<String>>;

impl ResultPages {
    pub(super) fn new(id: &str, columns: Vec<&'static str>) -> Self {
        Self { id: id.to_owned(), columns, token: None, tokens: PageTokens::default(), is_first: true, is_over: false }
    }

    /// The next page, which may be empty; nothing at the end.
    pub(super) async fn next(&mut self, client: &Client, who: &str) -> Result<Option<Vec<Cells>>, RequestFailure> {
        if self.is_over {
            return Ok(None);
        }
        let request = client.get_query_results().query_execution_id(&self.id).max_results(PAGE);
        let request = request.set_next_token(self.token.take());
        let answer = ask(who, || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
        });
        let answer = answer.await?;
        self.token = answer.next_token;
        if let Some(token) = &self.token {
            self.tokens.take(token).map_err(RequestFailure::Impossible)?;
        }
        self.is_over = self.token.is_none();
        let mut rows = answer.result_set.and_then(|set| set.rows).unwrap_or_default().into_iter().map(cells);
        if std::mem::take(&mut self.is_first) {
            // The first row of the first page has the names.
            let header = rows.next().unwrap_or_default();
            if !header.iter().map(Option::as_deref).eq(self.columns.iter().map(|name| Some(*name))) {
                let names: Vec<String> = header.into_iter().flatten().collect();
                let names = names.join(", ");
                return Err(RequestFailure::Impossible(format!(
                    "the result has other columns than were asked for: {names}"
                )));
            }
        }
        let rows: Vec<Cells> = rows.collect();
        match rows.iter().find(|row| row.len() != self.columns.len()) {
            Some(row) => {
                let (cells, names) = (row.len(), self.columns.len());
                Err(RequestFailure::Impossible(format!("a row of the result has {cells} cells under {names} names")))
            }
            None => Ok(Some(rows)),
        }
    }
}

fn cells(row: Row) -> Cells {
    row.data.unwrap_or_default().into_iter().map(|cell| cell.var_char_value).collect()
}
