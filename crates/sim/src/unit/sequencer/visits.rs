//! Which neuron is next.

use klr_image::order::RandomOrder;
use klr_image::{CoreImage, Order};
use klr_units::NeuronIdx;

/// The neurons of a sweep, one after the other.
#[derive(Debug)]
pub(super) struct Visits {
    register: Option<RandomOrder>,
    pub(super) n: u32,
    /// Neurons of the sweep at hand that have been visited.
    pub(super) visited: u32,
}

impl Visits {
    pub(super) fn new(image: &CoreImage, order: Order) -> Self {
        let register = match order {
            Order::Random(seed) => Some(RandomOrder::new(image.n(), seed)),
            Order::Sequential | Order::MostViolated => None,
        };
        Self { register, n: image.n(), visited: 0 }
    }

    /// One step of the counter or shift register; `None` where the register's value names no neuron.
    pub(super) fn step(&mut self) -> Option<NeuronIdx> {
        let neuron = match &mut self.register {
            Some(register) => register.shift()?,
            None => self.visited,
        };
        self.visited += 1;
        Some(NeuronIdx::new(neuron))
    }

    /// Whether the sweep is over; the next step then belongs to the next sweep.
    pub(super) fn sweep_ends(&mut self) -> bool {
        let ends = self.visited == self.n;
        if ends {
            self.visited = 0;
        }
        ends
    }
}
