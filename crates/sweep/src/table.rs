//! The table of all points, as comma-separated values and as Parquet.

use crate::columns::{COLUMNS, Kind};
use crate::error::SweepError;
use crate::run::DIGESTS;
use crate::store::{Outcome, Row, Store};
use crate::sweep::{Point, Sweep};
use klr_experiments::plan::PlanSource;
use klr_units::VERSION;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// One row for each point and dataflow.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<Value>>,
}

/// The table of `sweep`, whose points are in `stores`.
///
/// # Errors
/// [`SweepError::Missing`] if a point is in none of them.
pub fn table(sweep: &Sweep, stores: &[&Store]) -> Result<Table, SweepError> {
    let find = |point: &Point| {
        let mut found = stores.iter().filter_map(|store| store.read(point.id()));
        // A point that failed in one folder may have been run again in another.
        let first = found.next()?;
        let is_failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
        Some(if is_failed(&first) { found.find(|other| !is_failed(other)).unwrap_or(first) } else { first })
    };
    let outcomes: Vec<_> = sweep.points().iter().map(|point| (point, find(point))).collect();
    let missing: Vec<&Point> =
        outcomes.iter().filter(|(_, found)| found.is_none()).map(|(point, _)| *point).collect();
    if let Some(first) = missing.first() {
        let (missing, points) = (missing.len(), outcomes.len());
        return Err(SweepError::Missing { missing, points, first: sweep.words(first) });
    }
    let kinds: Vec<Kind> = (0..sweep.keys().count()).map(|at| kind_of(sweep, at)).collect();
    let mut table = Table { columns: columns(sweep, &kinds), rows: Vec::new() };
    for (point, outcome) in outcomes {
        let outcome = outcome.expect("none is missing");
        table.add(sweep, point, &kinds, outcome)?;
    }
    Ok(table)
}

fn columns(sweep: &Sweep, kinds: &[Kind]) -> Vec<(String, Kind)> {
    let own = [("point", Kind::Text), ("status", Kind::Text), ("error", Kind::Text)];
    let own = own.map(|(name, kind)| (name.to_owned(), kind));
    let swept = sweep.keys().map(str::to_owned).zip(kinds.iter().copied());
    let run = COLUMNS.iter().map(|column| (column.name.to_owned(), column.kind));
    let prices = [("prices".to_owned(), Kind::Text), ("prices_version".to_owned(), Kind::Whole)];
    let digests = DIGESTS.map(|(_, column)| (column.to_owned(), Kind::Text));
    let source = [("klr".to_owned(), Kind::Text), ("plan".to_owned(), Kind::Text)];
    own.into_iter().chain(swept).chain(run).chain(prices).chain(digests).chain(source).collect()
}

/// Whole numbers if all values of the key at `at` are, numbers if all are, else texts.
fn kind_of(sweep: &Sweep, at: usize) -> Kind {
    let values = || sweep.points().iter().map(|point| sweep.values(point)[at]);
    if values().all(|value| value.is_integer()) {
        Kind::Whole
    } else if values().all(|value| value.is_integer() || value.is_float()) {
        Kind::Number
    } else {
        Kind::Text
    }
}

/// A value of a plan in a column of its kind.
fn cell(value: &toml::Value, kind: Kind) -> Value {
    match (kind, value) {
        (Kind::Whole, toml::Value::Integer(whole)) => (*whole).into(),
        (Kind::Number, toml::Value::Integer(whole)) => (*whole as f64).into(),
        (Kind::Number, toml::Value::Float(number)) => (*number).into(),
        (_, toml::Value::String(text)) => text.as_str().into(),
        (_, other) => other.to_string().into(),
    }
}

impl Table {
    fn add(
        &mut self,
        sweep: &Sweep,
        point: &Point,
        kinds: &[Kind],
        outcome: Outcome,
    ) -> Result<(), SweepError> {
        let source = sweep.source(point)?;
        let mut common = Row::new();
        common.insert("point".to_owned(), point.id().to_string().into());
        for ((key, value), kind) in sweep.keys().zip(sweep.values(point)).zip(kinds) {
            common.insert(key.to_owned(), cell(value, *kind));
        }
        common.insert("klr".to_owned(), VERSION.into());
        common.insert("plan".to_owned(), portable(&source).into());
        let (status, error, rows) = match outcome {
            Outcome::Done(rows) => ("done", Value::Null, rows),
            Outcome::Failed(error) => ("failed", error.into(), vec![Row::new()]),
        };
        common.insert("status".to_owned(), status.into());
        common.insert("error".to_owned(), error);
        for mut row in rows {
            let mut take = |(name, _): &(String, Kind)| {
                common.get(name).cloned().or_else(|| row.remove(name)).unwrap_or(Value::Null)
            };
            let cells = self.columns.iter().map(&mut take).collect();
            self.rows.push(cells);
        }
        Ok(())
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Comma-separated values, with the names of the columns in the first line. What is not known is empty.
    ///
    /// # Errors
    /// [`SweepError::Csv`] if the writer refuses.
    pub fn csv(&self) -> Result<Vec<u8>, SweepError> {
        let mut bytes = Vec::new();
        let mut writer = csv::Writer::from_writer(&mut bytes);
        writer.write_record(self.columns.iter().map(|(name, _)| name))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            }))?;
        }
        writer.flush().map_err(csv::Error::from)?;
        drop(writer);
        Ok(bytes)
    }

    /// Parquet: texts, 64-bit integers and doubles, each of which may be missing. Columns are compressed with Snappy.
    ///
    /// # Errors
    /// [`SweepError::Parquet`] if the writer refuses.
    pub fn parquet(&self) -> Result<Vec<u8>, SweepError> {
        let fields = self.columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(Type::group_type_builder("klr_sweep").with_fields(fields).build()?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for (at, (_, kind)) in self.columns.iter().enumerate() {
            let cells = self.rows.iter().map(|row| &row[at]);
            let levels: Vec<i16> = cells.clone().map(|cell| i16::from(!cell.is_null())).collect();
            let levels = Some(&levels[..]);
            let mut column = group.next_column()?.expect("as many as the schema has");
            match kind {
                Kind::Text => {
                    let texts: Vec<ByteArray> =
                        cells.filter_map(Value::as_str).map(ByteArray::from).collect();
                    column.typed::<ByteArrayType>().write_batch(&texts, levels, None)?;
                }
                Kind::Whole => {
                    let numbers: Vec<i64> = cells.filter_map(Value::as_i64).collect();
                    column.typed::<Int64Type>().write_batch(&numbers, levels, None)?;
                }
                Kind::Number => {
                    let numbers: Vec<f64> = cells.filter_map(Value::as_f64).collect();
                    column.typed::<DoubleType>().write_batch(&numbers, levels, None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        writer.close()?;
        Ok(bytes)
    }
}

/// The plan of a point, with the names of files in the place of their paths: digests say which files they are.
fn portable(source: &PlanSource) -> String {
    let name =
        |path: &str| Path::new(path).file_name().map_or("", |name| name.to_str().unwrap_or("")).to_owned();
    let names: std::collections::BTreeMap<&str, String> =
        source.entries().map(|(key, value)| (key, value.as_str().map_or_else(String::new, name))).collect();
    source.naming(|key| names.get(key).map_or("", String::as_str)).to_toml()
}

fn field(name: &str, kind: Kind) -> Result<Type, SweepError> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Whole => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
    };
    let builder = Type::primitive_type_builder(name, physical);
    Ok(builder.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build()?)
}
