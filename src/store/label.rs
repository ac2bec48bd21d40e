//! What a source is called, of which a store has parts.

/// Calls a source by its parts; one that lies in another is not named.
pub(super) fn label(connection: &rusqlite::Connection, source: i64) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT name, label FROM parts WHERE source = ? ORDER BY name, label")?;
    let rows = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parts: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let is_inner = |name: &str| {
        parts.iter().any(|(outer, _)| {
            outer.len() < name.len() && name.starts_with(&**outer) && (outer.is_empty() || outer.ends_with('/'))
        })
    };
    let mut labels: Vec<&str> = Vec::new();
    for (name, label) in &parts {
        if !is_inner(name) && !labels.contains(&&**label) {
            labels.push(label);
        }
    }
    connection.execute("UPDATE sources SET label = ? WHERE id = ?", (labels.join(", "), source))?;
    Ok(())
}
