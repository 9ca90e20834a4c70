//! Rows of pattern memory outside a first pass: one neuron's bits of a block.

use super::count::pattern_rows_read;
use crate::context::Context;
use crate::dataflow::{Needs, SignPath};
use crate::message::KernelStream;
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::NeuronIdx;

/// What a row is read for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowUse {
    /// The neuron has flipped, and every distance moves by one.
    Bits(NeuronIdx),
    /// The neuron's weights need their signs.
    Signs(NeuronIdx),
}

pub(super) fn read_row<S: Sink>(block: usize, row: RowUse, ctx: &mut Context<'_, S>) {
    pattern_rows_read(1, ctx);
    ctx.trace(match row {
        RowUse::Bits(neuron) => TraceEvent::PatternRead { block, neuron },
        RowUse::Signs(neuron) => TraceEvent::ColumnSigns { block, neuron },
    });
}

/// The neuron whose column of the patterns is read along with a stream, for the signs of its weights (D18). The MAC array
/// reads the signs for other streams itself.
pub(crate) fn sign_column(stream: KernelStream, needs: Needs, image: &CoreImage) -> Option<NeuronIdx> {
    let shares = image.geometry().storage().shares_signs();
    match stream {
        KernelStream::Neuron(neuron) if shares && needs.signs == SignPath::Column => Some(neuron),
        _ => None,
    }
}
