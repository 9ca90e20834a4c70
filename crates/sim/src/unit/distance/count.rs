//! What the distance unit counts for an access or an operation. Whoever does the work says how much of it there is.

use super::counters::needs_minimum;
use crate::context::Context;
use crate::dataflow::Needs;
use klr_image::{CoreImage, TableForm};

/// So many rows of pattern memory are read: a bit for each lane of a block, used or not (C5).
pub(crate) fn pattern_rows_read<S>(rows: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.pattern_bits_read += rows * lanes(ctx.image);
}

/// So many words of the counter memory are read: a counter for each lane of a block, used or not (C5).
pub(crate) fn counter_words_read<S>(words: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.counter_bits_read += words * lanes(ctx.image) * u64::from(ctx.image.counter_bits());
}

/// So many words of the counter memory are written, each whole.
pub(crate) fn counter_words_written<S>(words: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.counter_bits_written += words * lanes(ctx.image) * u64::from(ctx.image.counter_bits());
}

fn lanes(image: &CoreImage) -> u64 {
    image.geometry().distance_lanes() as u64
}

/// So many distances of a first pass are complete; they are compared where somebody uses the smallest.
pub(crate) fn distances_complete<S>(distances: u64, ctx: &mut Context<'_, S>) {
    if needs_minimum(ctx.image, ctx.config) {
        ctx.activity.distance_comparisons += distances;
    }
}

/// So many distances are compared for the smallest one after a spike.
pub(crate) const fn looked_ahead<S>(distances: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.distance_comparisons += distances;
}

/// So many distances are compared with the window, for those whose word is sent.
pub(crate) const fn compared_with_window<S>(distances: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.distance_comparisons += distances;
}

/// So many distances are changed by one. Where fields are kept the old and the new index are compared with the window; the
/// minimum is compared where somebody uses it, unless a look-ahead has done so.
pub(crate) fn distances_moved<S>(distances: u64, needs: Needs, ctx: &mut Context<'_, S>) {
    let window = if needs.keeps_fields { 2 } else { 0 };
    let minimum = u64::from(!looks_ahead(needs, ctx.image) && needs_minimum(ctx.image, ctx.config));
    ctx.activity.distance_updates += distances;
    ctx.activity.distance_comparisons += (window + minimum) * distances;
}

/// Whether a spike takes two passes: the words that change depend on the new smallest distance (D13).
pub(crate) fn looks_ahead(needs: Needs, image: &CoreImage) -> bool {
    needs.keeps_fields && image.table().form() == TableForm::NearestRelative
}

/// So many words are looked up in the kernel table.
pub(crate) fn looked_up<S>(words: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.kernel_lookups += words;
    ctx.activity.table_bits_read += words * u64::from(ctx.image.table().format().bits().get());
}
