//! What the tests of the crossbar core share: small networks, knobs, and a run without a trace.

#![allow(dead_code, reason = "each test binary compiles this module for itself and uses a part of it")]

use klr_crossbar::{
    CrossbarActivity, CrossbarConfig, CrossbarCore, CrossbarEvent, CrossbarImage, CrossbarRun, CrossbarSpec,
    CrossbarText,
};
use klr_sim::NoTrace;
use klr_units::{Bits, NeuronIdx};

pub(crate) fn bits(width: u8) -> Bits {
    Bits::new(width).expect("within range")
}

pub(crate) fn neuron(i: u32) -> NeuronIdx {
    NeuronIdx::new(i)
}

pub(crate) fn spike(i: u32) -> CrossbarEvent {
    CrossbarEvent::Spike(neuron(i))
}

/// A preset with some knobs changed.
pub(crate) fn changed(preset: CrossbarConfig, change: impl Fn(&mut CrossbarSpec)) -> CrossbarConfig {
    let mut spec = *preset.spec();
    change(&mut spec);
    CrossbarConfig::new(spec).expect("within range")
}

/// Every weight the same.
pub(crate) fn constant(n: u32, weight: i16) -> CrossbarImage {
    CrossbarImage::new(n, bits(4), vec![weight; (n * n) as usize]).expect("it is well-formed")
}

pub(crate) fn run(image: &CrossbarImage, config: CrossbarConfig, events: &[CrossbarEvent]) -> CrossbarRun {
    let core = CrossbarCore::new(image, config).expect("it fits");
    core.run(events, &mut NoTrace).expect("the neurons exist")
}

pub(crate) fn activity(
    image: &CrossbarImage,
    config: CrossbarConfig,
    events: &[CrossbarEvent],
) -> CrossbarActivity {
    run(image, config, events).activity
}

pub(crate) fn trace(image: &CrossbarImage, config: CrossbarConfig, events: &[CrossbarEvent]) -> String {
    let mut text = CrossbarText::default();
    let core = CrossbarCore::new(image, config).expect("it fits");
    core.run(events, &mut text).expect("the neurons exist");
    text.text().to_owned()
}
