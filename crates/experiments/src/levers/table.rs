//! The table of a study: for the screen, in lines of at most 100 columns, and as Markdown, in one.

use klr_sim::Dataflow;
use klr_units::text::wrap;
use std::fmt::{self, Write};

/// Stands at a row that uses what no RTL confirms.
pub(super) const MARK: char = '*';

/// A dataflow with some levers, every figure as a text.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) dataflow: Dataflow,
    pub(super) levers: &'static str,
    /// [`MARK`] if the row uses what no RTL confirms, else a blank.
    pub(super) mark: char,
    /// With its unit.
    pub(super) energy: String,
    pub(super) nanojoules: String,
    pub(super) less_than_plain: String,
    pub(super) less_than_best: String,
    pub(super) of_one_look: String,
    pub(super) cycles: String,
    pub(super) macs: String,
    pub(super) bits_read: String,
    pub(super) bits_stored: String,
    pub(super) largest: String,
    pub(super) agrees: String,
}

/// What the levers of a core gave on a plan.
#[derive(Debug)]
pub(super) struct Table {
    /// Dataflow by dataflow.
    pub(super) rows: Vec<Row>,
    /// Which core is the best synchronous one; empty if that is not known.
    pub(super) best: String,
    /// Rows in which no difference to the synchronous core can be told; empty if there is none.
    pub(super) ties: String,
    /// Which prices the totals lack; empty if they lack none.
    pub(super) missing: String,
    /// What the mark of a row means; empty if no row has it.
    pub(super) unconfirmed: String,
    /// Rows that this memory does not allow, and why.
    pub(super) left_out: Vec<String>,
}

impl Table {
    /// The table for the screen.
    pub(super) fn text(&self) -> String {
        self.written(Self::write_text)
    }

    /// The table as Markdown.
    pub(super) fn markdown(&self) -> String {
        self.written(Self::write_markdown)
    }

    fn written(&self, table: fn(&Self, &mut String) -> fmt::Result) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = table(self, &mut out);
        for remark in [&self.best, &self.ties, &self.unconfirmed, &self.missing] {
            if !remark.is_empty() {
                out.push('\n');
                out.push_str(remark);
            }
        }
        for reason in &self.left_out {
            out.push('\n');
            out.push_str(&wrap("", 0, reason));
        }
        out
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "{:<34}{:>9}{:>25}{:>25}{:>7}",
            "energy per retrieval", "nominal", "x less than plain sync.", "x less than best sync.", "agrees"
        )?;
        self.by_dataflow(out, |row, out| {
            writeln!(
                out,
                "{} {:<32}{:>9}{:>25}{:>25}{:>7}",
                row.mark, row.levers, row.energy, row.less_than_plain, row.less_than_best, row.agrees
            )
        })?;
        writeln!(out, "\n{:<34}{:>34}  largest component", "where it stands", "x one look")?;
        self.by_dataflow(out, |row, out| {
            writeln!(out, "{} {:<32}{:>34}  {}", row.mark, row.levers, row.of_one_look, row.largest)
        })?;
        writeln!(
            out,
            "\n{:<34}{:>12}{:>14}{:>18}{:>18}",
            "work per retrieval", "cycles", "MACs", "SRAM bits read", "bits stored"
        )?;
        self.by_dataflow(out, |row, out| {
            writeln!(
                out,
                "{} {:<32}{:>12}{:>14}{:>18}{:>18}",
                row.mark, row.levers, row.cycles, row.macs, row.bits_read, row.bits_stored
            )
        })
    }

    /// Writes all rows, those of a dataflow below its name.
    fn by_dataflow(&self, out: &mut String, write: fn(&Row, &mut String) -> fmt::Result) -> fmt::Result {
        let mut last = None;
        for row in &self.rows {
            if last != Some(row.dataflow) {
                writeln!(out, "{}", row.dataflow.name())?;
                last = Some(row.dataflow);
            }
            write(row, out)?;
        }
        Ok(())
    }

    fn write_markdown(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "| dataflow | levers | nJ | x less than plain synchronous | x less than best synchronous | x one look | cycles | \
             MACs | SRAM bits read | SRAM bits stored | largest component | agrees |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.dataflow.name(),
                format!("{} {}", row.levers, row.mark).trim_end(),
                row.nanojoules,
                row.less_than_plain,
                row.less_than_best,
                row.of_one_look,
                row.cycles,
                row.macs,
                row.bits_read,
                row.bits_stored,
                row.largest,
                row.agrees
            )
        })
    }
}
