//! What the catalog says of a table.

use std::collections::BTreeMap;

use aws_sdk_athena::Client;
use aws_sdk_athena::types::{Column, TableMetadata};

use super::request::ask;
use super::shape::{TableColumn, TableShape};
use super::table::AthenaTable;
use crate::aws::failure::RequestFailure;

/// The permission that this takes.
pub(super) const DESCRIBE: &str = "athena:GetTableMetadata";

/// Asks the catalog.
pub(super) async fn describe(client: &Client, table: &AthenaTable, who: &str) -> Result<TableShape, RequestFailure> {
    let request = client.get_table_metadata().catalog_name(table.catalog()).database_name(&*table.database);
    let request =
        request.table_name(&*table.table).set_work_group(table.options.workgroup.as_deref().map(str::to_owned));
    let answer = ask(who, || {
        let request = request.clone();
        async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
    });
    let answer = answer.await?;
    let found = answer.table_metadata().map(shape).unwrap_or_default();
    if found.columns.is_empty() {
        return Err(RequestFailure::Impossible("the catalog knows no columns of it".to_owned()));
    }
    Ok(found)
}

fn shape(found: &TableMetadata) -> TableShape {
    let columns = |columns: &[Column]| -> Vec<TableColumn> {
        columns.iter().map(|column| TableColumn::new(column.name(), column.r#type().unwrap_or("string"))).collect()
    };
    let properties: BTreeMap<String, String> =
        found.parameters().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
    TableShape {
        columns: columns(found.columns()),
        partitions: columns(found.partition_keys()),
        properties,
        is_view: found.table_type() == Some("VIRTUAL_VIEW"),
    }
}
