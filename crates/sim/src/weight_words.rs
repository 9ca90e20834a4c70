//! The counts of a run if the words of weight memory had another number of weights.
//!
//! By rule M2 of `docs/timing.md` a group of neurons takes `ceil(B / (w K))` cycles from K banks of words of w weights, and
//! the weights of one neuron lie in banks by K alone. So of the counts of `synchronous` and `delta` nothing depends on w but
//! the bits of the words, as long as the product `w K` is the same, and of those of `sweep` as long as K is.

use crate::activity::Activity;
use crate::config::CoreConfig;
use crate::dataflow::Dataflow;
use crate::unit::operands::Operands;
use klr_image::CoreImage;

/// The counts on a core with `config` of a run of `dataflow` that was counted as `activity` on one with another number of
/// weights in a word, both with as many banks in `sweep`, and else with as many weights in the words of all banks.
#[must_use]
pub fn in_words(activity: &Activity, image: &CoreImage, dataflow: Dataflow, config: &CoreConfig) -> Activity {
    let operands = Operands::new(image, dataflow.needs(), config.spec());
    let (words, products) = (activity.activation_words, activity.macs);
    let weight_bits_read = match dataflow {
        Dataflow::Sweep => products * operands.word_bits,
        Dataflow::Synchronous => operands.bits_of_run(words, products, false),
        Dataflow::Delta => operands.bits_of_run(words, products, true),
    };
    Activity { weight_bits_read, ..*activity }
}
