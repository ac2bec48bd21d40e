//! Which columns somebody asked for: by name, all of them, or more or fewer than there would be.

use super::schema::{Column, ColumnError, Schema};

/// A choice of columns: `a,b`, `all`, or what there would be with `+a` and without `-b`.
#[derive(Debug, Clone)]
pub struct ColumnChoice<T> {
    /// Whether it begins with the columns that there would be.
    adds_to_usual: bool,
    steps: Vec<Step<T>>,
}

#[derive(Debug, Clone)]
enum Step<T> {
    Add(Column<T>),
    AddAll(Vec<Column<T>>),
    Remove(Column<T>),
}

impl<T> ColumnChoice<T> {
    /// Reads names, in the order in which they were given.
    pub fn parse(names: &[String], schema: &Schema<T>) -> Result<Self, ColumnError> {
        let mut steps = Vec::new();
        let mut taken: Vec<&str> = Vec::new();
        for name in names.iter().map(|name| name.trim()) {
            let (is_removed, bare) = match (name.strip_prefix('-'), name.strip_prefix('+')) {
                (Some(bare), _) => (true, bare),
                (_, Some(bare)) => (false, bare),
                _ => (false, name),
            };
            if bare == "all" && !is_removed && schema.column(bare).is_err() {
                steps.push(Step::AddAll(schema.columns().to_vec()));
                continue;
            }
            let column = schema.column(bare)?;
            if taken.contains(&bare) {
                return Err(ColumnError::Twice(bare.to_owned()));
            }
            taken.push(bare);
            steps.push(if is_removed { Step::Remove(column) } else { Step::Add(column) });
        }
        Ok(Self { adds_to_usual: names.first().is_some_and(|name| name.trim().starts_with(['+', '-'])), steps })
    }

    /// Whether the columns are those that there would be, with more or fewer.
    #[must_use]
    pub fn adds_to_usual(&self) -> bool {
        self.adds_to_usual
    }

    /// The columns that somebody named, which no table may leave out.
    #[must_use]
    pub fn named(&self) -> Vec<&'static str> {
        let name = |step: &Step<T>| if let Step::Add(column) = step { Some(column.heading().name) } else { None };
        self.steps.iter().filter_map(name).collect()
    }

    /// The columns, where without a choice there would be the `usual` ones. A column that is added and there already keeps
    /// its place.
    #[must_use]
    pub fn columns(&self, usual: Vec<Column<T>>) -> Vec<Column<T>> {
        let mut chosen = if self.adds_to_usual { usual } else { Vec::new() };
        let add = |chosen: &mut Vec<Column<T>>, column: &Column<T>| {
            if !chosen.iter().any(|other| other.heading().name == column.heading().name) {
                chosen.push(*column);
            }
        };
        for step in &self.steps {
            match step {
                Step::Add(column) => add(&mut chosen, column),
                Step::AddAll(columns) => columns.iter().for_each(|column| add(&mut chosen, column)),
                Step::Remove(column) => chosen.retain(|other| other.heading().name != column.heading().name),
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::cell::{Cell, Shape};

    #[test]
    fn columns_are_named_added_and_left_out() {
        let column = |name| Column::new(name, Shape::Text, |row: &&'static str| Cell::text(Some(row)));
        let schema = Schema::new(["a", "b", "c", "d"].map(column).to_vec(), &[]);
        let usual = vec![column("c"), column("a")];
        let check = |text: &str, expected: Result<&str, &str>| {
            let names: Vec<String> = text.split(',').map(str::to_owned).collect();
            let chosen = ColumnChoice::parse(&names, &schema).map(|choice| {
                let columns = choice.columns(usual.clone());
                columns.iter().map(|column| column.heading().name).collect::<Vec<_>>().join(",")
            });
            assert_eq!(
                chosen.map_err(|error| error.to_string()),
                expected.map(Into::into).map_err(Into::into),
                "{text}"
            );
        };
        check("b,a", Ok("b,a"));
        check("b, a", Ok("b,a"));
        check("all", Ok("a,b,c,d"));
        check("d,all,-b", Ok("d,a,c"));
        check("+b", Ok("c,a,b"));
        check("+a", Ok("c,a"));
        check("-c", Ok("a"));
        check("-c,+d", Ok("a,d"));
        check("-d", Ok("c,a"));
        check("b,+d", Ok("b,d"));
        check("x", Err("no column \"x\"; there are a, b, c, d"));
        check("-x", Err("no column \"x\"; there are a, b, c, d"));
        check("a,+a", Err("column \"a\" is named twice"));
        check("", Err("no column \"\"; there are a, b, c, d"));
    }
}
