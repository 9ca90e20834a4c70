//! What a candidate list meets where spikes wait, or are lost.

use super::Seen;
use klr_sim::TraceEvent;
use std::collections::VecDeque;

impl Seen<'_> {
    /// The retrieval has a candidate list from its first pass to its end.
    pub(super) fn keeps_list(&self) -> bool {
        self.case.config.spec().candidates > 0 && self.run.activity.list_overflows == 0
    }

    /// What was lost, if the retrieval keeps its list.
    pub(super) fn lost_before_list(&self, lost: u64) -> usize {
        if self.keeps_list() { usize::try_from(lost).unwrap_or(usize::MAX) } else { 0 }
    }

    /// Lists filled anew after a spike (K5) in whose time another spike enters the queue and waits.
    pub(super) fn refreshes_before_spikes(&self) -> usize {
        let (mut fills, mut entered, mut waited) = (false, None, 0);
        for (cycle, event) in &self.events {
            match event {
                TraceEvent::Refresh => (fills, entered) = (true, None),
                TraceEvent::SpikeEnters { .. } if fills => entered = entered.or(Some(*cycle)),
                TraceEvent::SpikeTaken { .. } => {
                    // One that meets no job is taken in the cycle in which it enters (D11).
                    waited += usize::from(entered.take().is_some_and(|entered| entered < *cycle));
                    fills = false;
                }
                _ => {}
            }
        }
        waited
    }

    /// Spikes to a list that name the value that the neuron has there already: the spike before was lost.
    pub(super) fn spikes_without_change(&self) -> usize {
        if self.case.config.spec().candidates == 0 {
            return 0;
        }
        let (mut told, mut queue) = (self.case.cue.clone(), VecDeque::new());
        let mut flips = Vec::new();
        let mut unchanged = 0;
        for (cycle, event) in &self.events {
            match event {
                TraceEvent::Flip { neuron, up } => flips.push((*cycle, *neuron, *up)),
                // A spike is on its way for a cycle (C2).
                TraceEvent::SpikeEnters { neuron, .. } => {
                    queue.extend(
                        flips.iter().rev().find(|flip| flip.0 < *cycle && flip.1 == *neuron).copied(),
                    );
                }
                TraceEvent::SpikeTaken { .. } => {
                    let Some((_, neuron, up)) = queue.pop_front() else { continue };
                    if told.get(neuron.get()) == up {
                        unchanged += 1;
                    } else {
                        told.flip(neuron.get());
                    }
                }
                _ => {}
            }
        }
        unchanged
    }
}
