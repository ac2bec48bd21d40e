//! Parquet, for DuckDB, Athena, Spark and pandas: zstd, typed columns, the same bytes for the same rows.
//!
//! Text is a UTF-8 string, a time a timestamp in milliseconds and UTC (which all of these read; Athena reads no finer one
//! everywhere), a count a 64-bit integer, a list a list of strings. What is absent is null; a list is never null.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::cell::{Cell, Shape};
use super::row::SCHEMA_VERSION;
use super::schema::Heading;
use super::writer::{RowWriter, WriterOptions};

/// Rows of a row group: readers skip whole groups, and writers hold one.
const GROUP_ROWS: usize = 65_536;

/// Bytes of text in a row group, about: an upper bound for memory where texts are long.
const GROUP_BYTES: usize = 32 << 20;

struct ParquetWriter<'a> {
    out: Box<dyn Write + 'a>,
    /// Writes into memory, from where finished row groups go to `out`.
    file: SerializedFileWriter<Vec<u8>>,
    headings: Vec<Heading>,
    columns: Vec<Values>,
    rows: usize,
    bytes: usize,
}

/// The values of a column in a row group; absent ones are told by their level.
enum Values {
    Text { values: Vec<ByteArray>, levels: Vec<i16> },
    List { values: Vec<ByteArray>, levels: Vec<i16>, repetitions: Vec<i16> },
    Whole { values: Vec<i64>, levels: Vec<i16> },
    Real { values: Vec<f64>, levels: Vec<i16> },
    Flag { values: Vec<bool>, levels: Vec<i16> },
}

/// What tells our rows from those of others: they are no log files.
const ROWS: &str = "tfctrail.schema_version";

/// What tells an extract, which stands for log files.
const EXTRACT: &str = "tfctrail.extract_version";

pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    open_as(ROWS, out, &options.headings, &[])
}

/// The same for the rows of an extract, of which all have something in the columns that are `required`.
pub(super) fn open_extract<'a>(
    out: Box<dyn Write + 'a>,
    headings: &[Heading],
    required: &[&str],
) -> io::Result<Box<dyn RowWriter + 'a>> {
    open_as(EXTRACT, out, headings, required)
}

fn open_as<'a>(
    mark: &str,
    out: Box<dyn Write + 'a>,
    headings: &[Heading],
    required: &[&str],
) -> io::Result<Box<dyn RowWriter + 'a>> {
    let fields = headings.iter().map(|heading| field(heading, required.contains(&heading.name)));
    let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let schema = Type::group_type_builder("row").with_fields(fields).build().map_err(failed)?;
    let version = KeyValue::new(mark.to_owned(), SCHEMA_VERSION.to_string());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_writer_version(WriterVersion::PARQUET_1_0)
        // Without the version of a library, which says nothing about the rows.
        .set_created_by("tfctrail".to_owned())
        .set_key_value_metadata(Some(vec![version]))
        .build();
    let file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
    let headings = headings.to_vec();
    let columns = headings.iter().map(|heading| Values::new(heading.shape)).collect();
    Ok(Box::new(ParquetWriter { out, file, headings, columns, rows: 0, bytes: 0 }))
}

fn field(heading: &Heading, is_required: bool) -> Result<TypePtr, ParquetError> {
    let repetition = if is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    let text = |name, repetition| {
        let builder = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(repetition);
        builder.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8).build()
    };
    let plain = |kind| Type::primitive_type_builder(heading.name, kind).with_repetition(repetition);
    let field = match heading.shape {
        Shape::Text => text(heading.name, repetition)?,
        Shape::Count => plain(Physical::INT64).build()?,
        Shape::Number => plain(Physical::DOUBLE).build()?,
        Shape::Flag => plain(Physical::BOOLEAN).build()?,
        Shape::Time => {
            let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
            let time = plain(Physical::INT64).with_logical_type(Some(time));
            time.with_converted_type(ConvertedType::TIMESTAMP_MILLIS).build()?
        }
        Shape::List => {
            let element = Arc::new(text("element", Repetition::REQUIRED)?);
            let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let list = Arc::new(list.with_fields(vec![element]).build()?);
            let outer = Type::group_type_builder(heading.name).with_repetition(Repetition::REQUIRED);
            let outer = outer.with_logical_type(Some(LogicalType::List)).with_converted_type(ConvertedType::LIST);
            outer.with_fields(vec![list]).build()?
        }
    };
    Ok(Arc::new(field))
}

impl RowWriter for ParquetWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        for ((values, cell), heading) in self.columns.iter_mut().zip(row).zip(&self.headings) {
            self.bytes += values.push(cell).ok_or_else(|| mixed(heading.name))?;
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.write_group() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.file.finish().map_err(failed)?;
        self.pass_on()?;
        self.out.flush()?;
        Ok(None)
    }
}

impl ParquetWriter<'_> {
    fn write_group(&mut self) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(failed)?;
        for (values, heading) in self.columns.iter_mut().zip(&self.headings) {
            let values = std::mem::replace(values, Values::new(heading.shape));
            let column = group.next_column().map_err(failed)?;
            let Some(mut column) = column else { return Err(io::Error::other("a column is missing")) };
            values.write(&mut column).map_err(failed)?;
            column.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        (self.rows, self.bytes) = (0, 0);
        self.pass_on()
    }

    /// What is complete leaves the memory. The writer counts its bytes by itself.
    fn pass_on(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let written = std::mem::take(self.file.inner_mut());
        self.out.write_all(&written)
    }
}

impl Values {
    fn new(shape: Shape) -> Self {
        match shape {
            Shape::Text => Self::Text { values: Vec::new(), levels: Vec::new() },
            Shape::List => Self::List { values: Vec::new(), levels: Vec::new(), repetitions: Vec::new() },
            Shape::Count | Shape::Time => Self::Whole { values: Vec::new(), levels: Vec::new() },
            Shape::Number => Self::Real { values: Vec::new(), levels: Vec::new() },
            Shape::Flag => Self::Flag { values: Vec::new(), levels: Vec::new() },
        }
    }

    /// Takes a cell: about how many bytes it takes, or nothing if it is not of the column's kind.
    fn push(&mut self, cell: &Cell<'_>) -> Option<usize> {
        match self {
            Self::List { values, levels, repetitions } => {
                let Cell::List(texts) = cell else { return None };
                for (at, text) in texts.iter().enumerate() {
                    values.push(bytes(text));
                    levels.push(1);
                    repetitions.push(i16::from(at > 0));
                }
                if texts.is_empty() {
                    levels.push(0);
                    repetitions.push(0);
                }
                Some(texts.iter().map(|text| text.len() + 32).sum())
            }
            Self::Text { levels, .. }
            | Self::Whole { levels, .. }
            | Self::Real { levels, .. }
            | Self::Flag { levels, .. }
                if cell.is_absent() =>
            {
                levels.push(0);
                Some(2)
            }
            Self::Text { values, levels } => {
                let text = cell.to_text();
                values.push(bytes(&text));
                levels.push(1);
                Some(text.len() + 32)
            }
            Self::Whole { values, levels } => {
                values.push(match cell {
                    Cell::Count(count) => i64::try_from(*count).unwrap_or(i64::MAX),
                    Cell::Number(number) => number.parse().ok()?,
                    Cell::Time(Some(time)) => time.seconds() * 1_000,
                    _ => return None,
                });
                levels.push(1);
                Some(10)
            }
            Self::Real { values, levels } => {
                let (Cell::Number(_) | Cell::Count(_)) = cell else { return None };
                values.push(cell.to_text().parse().ok()?);
                levels.push(1);
                Some(10)
            }
            Self::Flag { values, levels } => {
                let Cell::Flag(Some(flag)) = cell else { return None };
                values.push(*flag);
                levels.push(1);
                Some(3)
            }
        }
    }

    fn write(self, column: &mut SerializedColumnWriter<'_>) -> Result<usize, ParquetError> {
        match self {
            Self::Text { values, levels } => column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None),
            Self::List { values, levels, repetitions } => {
                column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&repetitions))
            }
            Self::Whole { values, levels } => column.typed::<Int64Type>().write_batch(&values, Some(&levels), None),
            Self::Real { values, levels } => column.typed::<DoubleType>().write_batch(&values, Some(&levels), None),
            Self::Flag { values, levels } => column.typed::<BoolType>().write_batch(&values, Some(&levels), None),
        }
    }
}

fn bytes(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        other => io::Error::other(other),
    }
}

/// Only the columns of a query can hold values of several kinds.
fn mixed(name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("column {name} has values of several kinds, and a Parquet column has one; write CAST({name} AS TEXT)"),
    )
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    use super::*;
    use crate::audit::runs::assign::assign;
    use crate::audit::runs::fold::fold;
    use crate::report::schema::{Column, Schema};
    use crate::report::{Format, headings, row, sample, write_rows};

    fn written<T>(schema: &Schema<T>, rows: &[T]) -> Vec<u8> {
        let mut out = Vec::new();
        let options = WriterOptions::new(headings(schema.columns()), None);
        let writer = Format::Parquet.open(Box::new(&mut out), &options).unwrap();
        write_rows(schema.columns(), rows, writer).unwrap();
        out
    }

    fn reader(bytes: Vec<u8>) -> SerializedFileReader<bytes::Bytes> {
        SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap()
    }

    #[test]
    fn what_is_read_back_is_what_was_written() {
        let events = sample::events();
        let file = reader(written(&row::events::schema(), &events));
        let columns = row::events::schema().columns().to_vec();
        for (found, event) in file.get_row_iter(None).unwrap().zip(&events) {
            let found = found.unwrap();
            assert_eq!(found.get_timestamp_millis(0).unwrap(), event.time.seconds() * 1_000);
            for (at, column) in columns.iter().enumerate().skip(1) {
                let text = column.cell(event).to_text().into_owned();
                let read = found.get_string(at).cloned().unwrap_or_default();
                assert_eq!(read, text, "{}", column.heading().name);
            }
        }
        assert_eq!(file.metadata().file_metadata().num_rows(), 4);
        let metadata = file.metadata().file_metadata();
        assert_eq!(metadata.created_by(), Some("tfctrail"));
        let version = metadata.key_value_metadata().unwrap().iter().find(|pair| pair.key == "tfctrail.schema_version");
        assert_eq!(version.unwrap().value.as_deref(), Some("1"));
    }

    #[test]
    fn lists_are_lists_and_counts_are_numbers() {
        let events = sample::events();
        let events: Vec<_> = events.iter().collect();
        let runs = fold(&events, &assign(&events, 3_600));
        let schema = row::runs::schema();
        let file = reader(written(&schema, &runs));
        let place = |name: &str| schema.columns().iter().position(|column| column.heading().name == name).unwrap();
        let mut longest = 0;
        for (found, run) in file.get_row_iter(None).unwrap().zip(&runs) {
            let found = found.unwrap();
            assert_eq!(found.get_long(place("assumptions")).unwrap(), i64::try_from(run.assumptions).unwrap());
            for name in ["phases", "role_arns", "source_ips"] {
                let list = found.get_list(place(name)).unwrap();
                let text = |field: &parquet::record::Field| match field {
                    parquet::record::Field::Str(text) => text.clone(),
                    other => panic!("{other:?}"),
                };
                let texts: Vec<String> = list.elements().iter().map(text).collect();
                assert_eq!(texts.join(";"), schema.columns()[place(name)].cell(run).to_text(), "{name}");
                longest = longest.max(texts.len());
            }
        }
        assert!(longest > 1);
    }

    #[test]
    fn many_rows_are_several_groups_and_always_the_same_bytes() {
        let schema: Schema<u64> = Schema::new(
            vec![
                Column::new("n", Shape::Count, |row| Cell::Count(*row)),
                Column::new("t", Shape::Text, |row| {
                    Cell::owned(if row % 3 == 0 { String::new() } else { row.to_string() })
                }),
            ],
            &[],
        );
        let rows: Vec<u64> = (0..150_000).collect();
        let bytes = written(&schema, &rows);
        assert_eq!(bytes, written(&schema, &rows));
        let file = reader(bytes);
        assert_eq!(file.num_row_groups(), 3);
        for (row, found) in file.get_row_iter(None).unwrap().enumerate() {
            let found = found.unwrap();
            assert_eq!(found.get_long(0).unwrap(), i64::try_from(row).unwrap());
            assert_eq!(found.get_string(1).ok().cloned(), (row % 3 != 0).then(|| row.to_string()));
        }
        assert_eq!(reader(written(&schema, &[])).metadata().file_metadata().num_rows(), 0);
    }

    #[test]
    fn values_of_several_kinds_are_refused() {
        let heading = Heading::made_up("n", Shape::Count);
        let mut out = Vec::new();
        let mut writer = Format::Parquet.open(Box::new(&mut out), &WriterOptions::new(vec![heading], None)).unwrap();
        writer.write(&[Cell::Number("-1".into())]).unwrap();
        writer.write(&[Cell::text(None)]).unwrap();
        assert!(writer.write(&[Cell::text(Some("x"))]).is_err());
        assert!(writer.write(&[Cell::Number("0.5".into())]).is_err());
    }
}
