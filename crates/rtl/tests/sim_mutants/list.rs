//! The mutants of the simulator: an expression, and what stands there instead.

/// A change of the simulator.
pub(super) struct Mutant {
    /// The rule that it breaks.
    pub(super) rule: &'static str,
    /// Below `crates/sim/src`.
    pub(super) file: &'static str,
    /// An expression that stands in the file once, and what stands there instead.
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// The family whose cases have to see it.
    pub(super) family: &'static str,
}

/// One for each rule whose place in the simulator is a single expression.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        rule: "C2",
        file: "unit/sequencer/control.rs",
        from: "ctx.queue.send(UnitId::Distance, 1, Message::FirstPass)",
        to: "ctx.queue.send(UnitId::Distance, 2, Message::FirstPass)",
        family: "tiny",
    },
    Mutant {
        rule: "C4",
        file: "stages.rs",
        from: "image.n().div_ceil(HOST_BITS)",
        to: "image.n().div_ceil(HOST_BITS / 8)",
        family: "tiny",
    },
    Mutant {
        rule: "C5",
        file: "unit/distance/count.rs",
        from: "rows * lanes(ctx.image)",
        to: "rows * lanes(ctx.image).min(u64::from(ctx.image.p() % 4))",
        family: "tiny",
    },
    Mutant {
        rule: "P2",
        file: "stages.rs",
        from: "tree_stages(config.distance_slices)",
        to: "0",
        family: "uneven",
    },
    Mutant {
        rule: "D1",
        file: "unit/distance/first_pass.rs",
        from: "(0..image.blocks().div_ceil(slices)).map(|span| (span, end(span))).collect()",
        to: "(0..image.blocks().div_ceil(slices)).rev().map(|span| (span, end(span))).collect()",
        family: "tiny",
    },
    Mutant {
        rule: "D2",
        file: "unit/distance/first_pass.rs",
        from: "Cycles::new(ctx.config.sram_latency.into())",
        to: "Cycles::new(u64::from(ctx.config.sram_latency) + 1)",
        family: "tiny",
    },
    Mutant {
        rule: "D3",
        file: "unit/distance/first_pass.rs",
        from: "self.d_min.min(self.counters.block(block).minimum(first_lanes(lanes)))",
        to: "self.counters.block(block).minimum(first_lanes(lanes))",
        family: "tiny",
    },
    Mutant {
        rule: "D4",
        file: "unit/distance/dense.rs",
        from: "self.spans < LANE_REGISTERS",
        to: "self.spans < 1",
        family: "tiny",
    },
    Mutant {
        rule: "D5",
        file: "unit/distance/dense.rs",
        from: "chunk_of(front.pending, width)",
        to: "chunk_of(front.pending, 1)",
        family: "tiny",
    },
    Mutant {
        rule: "D6",
        file: "unit/distance/sender.rs",
        from: "self.credits == 0",
        to: "self.credits <= 1",
        family: "tiny",
    },
    Mutant {
        rule: "D7",
        file: "unit/distance/sender.rs",
        from: "busy - 1 + u64::from(ctx.config.table_latency)",
        to: "busy + u64::from(ctx.config.table_latency)",
        family: "tiny",
    },
    Mutant {
        rule: "D8",
        file: "unit/distance/dense.rs",
        from: "!ctx.config.zero_skip && !unit.needs.keeps_fields",
        to: "!unit.needs.keeps_fields",
        family: "tiny",
    },
    Mutant {
        rule: "D9",
        file: "unit/distance/counters.rs",
        from: "if spike.up { row } else { !row }",
        to: "if spike.up { !row } else { row }",
        family: "tiny",
    },
    Mutant {
        rule: "D10",
        file: "unit/distance/dense.rs",
        from: "!wrote || ctx.config.counter_ports == 2",
        to: "!wrote || ctx.config.counter_ports > 0",
        family: "tiny",
    },
    Mutant {
        rule: "D11",
        file: "unit/distance.rs",
        from: r"if self.job.is_none() {
            ctx.queue.wake(UnitId::Distance, ctx.now);
        }",
        to: r"if self.job.is_none() {
            ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
        }",
        family: "tiny",
    },
    Mutant { rule: "D12", file: "unit/distance/dense.rs", from: "word != 0", to: "true", family: "tiny" },
    Mutant {
        rule: "D13",
        file: "unit/distance.rs",
        from: "looks_ahead(self.needs, ctx.image)",
        to: "false",
        family: "tiny",
    },
    Mutant {
        rule: "D14",
        file: "unit/distance.rs",
        from: "ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeDone { nearest, lost: false })",
        to: "ctx.queue.send(UnitId::Sequencer, 2, Message::SpikeDone { nearest, lost: false })",
        family: "tiny",
    },
    Mutant {
        rule: "D15",
        file: "unit/distance/dense.rs",
        from: "register.ends_span",
        to: "register.pending < u64::MAX",
        family: "uneven",
    },
    Mutant {
        rule: "D16",
        file: "unit/distance/sender.rs",
        from: "if lookups <= ports { 1 } else { lookups.div_ceil(ports) }",
        to: "1",
        family: "uneven",
    },
    Mutant {
        rule: "M1",
        file: "unit/mac.rs",
        from: "self.free_at.max(ctx.now)",
        to: "self.free_at.max(ctx.now + Cycles::ONE)",
        family: "tiny",
    },
    Mutant {
        rule: "M2",
        file: "unit/mac.rs",
        from: "u64::from(self.bank_load.iter().copied().max().unwrap_or(1))",
        to: "1",
        family: "uneven",
    },
    Mutant {
        rule: "M3",
        file: "unit/mac.rs",
        from: "ctx.queue.send(UnitId::Distance, 1, Message::ActivationCredit)",
        to: "ctx.queue.send(UnitId::Distance, 2, Message::ActivationCredit)",
        family: "tiny",
    },
    Mutant {
        rule: "M4",
        file: "unit/mac.rs",
        from: "u64::from(ctx.config.sram_latency) + u64::from(ctx.config.mac_latency)",
        to: "u64::from(ctx.config.sram_latency + ctx.config.mac_latency) + 1",
        family: "tiny",
    },
    Mutant {
        rule: "S1",
        file: "unit/sequencer/visits.rs",
        from: "(violation > 0).then_some(neuron)",
        to: "(violation >= 0).then_some(neuron)",
        family: "tiny",
    },
    Mutant {
        rule: "S2",
        file: "unit/sequencer/synchronous.rs",
        from: "control.violation(neuron, field, ctx) > 0",
        to: "control.violation(neuron, field, ctx) >= 0",
        family: "single",
    },
    Mutant {
        rule: "S3",
        file: "unit/sequencer/sweep.rs",
        from: r"self.visits.compare(neuron, field, control, ctx);
        if control.stage == SequencerStage::Routine {
            self.visit(control, ctx);
        }",
        to: r"self.visits.compare(neuron, field, control, ctx);
        if control.stage == SequencerStage::Routine {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }",
        family: "tiny",
    },
    Mutant {
        rule: "S4",
        file: "unit/sequencer/delta.rs",
        from: r"if control.stage == SequencerStage::Routine {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }",
        to: r"if control.stage == SequencerStage::Routine {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::new(2));
        }",
        family: "tiny",
    },
    Mutant {
        rule: "S5",
        file: "unit/sequencer/control.rs",
        from: "ctx.queue.send(UnitId::Distance, 1, Message::Spike(spike))",
        to: "ctx.queue.send(UnitId::Distance, 2, Message::Spike(spike))",
        family: "tiny",
    },
    Mutant {
        rule: "S6",
        file: "unit/sequencer/control.rs",
        from: "self.outstanding > 0 || self.fields_pending > 0 || !self.offered.is_empty()",
        to: "self.outstanding > 0 || !self.offered.is_empty()",
        family: "tiny",
    },
    Mutant {
        rule: "S7",
        file: "unit/sequencer/sweep.rs",
        from: r"ctx.trace(TraceEvent::Skip);
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE)",
        to: r"ctx.trace(TraceEvent::Skip);
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::new(2))",
        family: "tiny",
    },
    Mutant {
        rule: "S8",
        file: "unit/sequencer/visits.rs",
        from: "violation > most",
        to: "violation >= most",
        family: "single",
    },
    Mutant {
        rule: "S9",
        file: "unit/sequencer/synchronous.rs",
        from: "!control.may_begin_step()",
        to: "false",
        family: "tiny",
    },
    Mutant {
        rule: "S10",
        file: "unit/sequencer/delta.rs",
        from: "(0..position).any(|i| violated(&i))",
        to: "false",
        family: "bitmap",
    },
    Mutant {
        rule: "S5",
        file: "unit/distance.rs",
        from: "self.seen.get(neuron) != spike.up",
        to: "true",
        family: "losing",
    },
    Mutant {
        rule: "S13",
        file: "unit/distance.rs",
        from: "pass.step(&self.seen, &mut self.list, ctx)",
        to: "pass.step(&ctx.state.clone(), &mut self.list, ctx)",
        family: "hurried",
    },
    Mutant {
        rule: "S12",
        file: "unit/distance.rs",
        from: "self.list.as_ref().map_or(self.counters.d_min, CandidateList::d_min)",
        to: "self.counters.d_min",
        family: "known",
    },
    Mutant { rule: "P3", file: "stages.rs", from: "tree_stages(config.candidates)", to: "0", family: "near" },
    Mutant {
        rule: "K1",
        file: "unit/distance/first_pass.rs",
        from: "lane.distance >= list.limit()",
        to: "lane.distance > list.limit()",
        family: "listed",
    },
    Mutant {
        rule: "K2",
        file: "unit/distance/candidates.rs",
        from: "least >= self.window.end(self.d_min)",
        to: "least > self.window.end(self.d_min)",
        family: "listed",
    },
    Mutant {
        rule: "K3",
        file: "unit/distance/listed.rs",
        from: "((c.distance - origin) as usize) < window",
        to: "((c.distance - origin) as usize) <= window",
        family: "listed",
    },
    Mutant {
        rule: "K4",
        file: "unit/distance/listed.rs",
        from: "(row >> (pattern % lanes) & 1 == 1) == spike.up",
        to: "(row >> (pattern % lanes) & 1 == 1) != spike.up",
        family: "listed",
    },
    Mutant {
        rule: "K5",
        file: "unit/distance.rs",
        from: "self.new_stream(KernelStream::AllFields, true, After::SpikeDone, ctx.image)",
        to: "self.new_stream(KernelStream::AllFields, false, After::SpikeDone, ctx.image)",
        family: "near",
    },
    Mutant {
        rule: "E1",
        file: "unit/distance/first_pass.rs",
        from: "read.column + 1 == columns",
        to: "read.column == columns",
        family: "partial",
    },
    Mutant {
        rule: "E2",
        file: "unit/distance/first_pass.rs",
        from: "self.put_aside_at + SECOND_PART_AFTER",
        to: "self.put_aside_at + Cycles::ONE",
        family: "partial",
    },
    Mutant {
        rule: "E3",
        file: "unit/distance/first_pass.rs",
        from: "ctx.now + VERDICT_AFTER",
        to: "ctx.now + Cycles::new(2)",
        family: "partial",
    },
    Mutant {
        rule: "D17",
        file: "unit/distance/first_pass.rs",
        from: "image.lanes(block) * image.row_words()",
        to: "image.geometry().distance_lanes() * image.row_words()",
        family: "rows",
    },
    Mutant {
        rule: "D18",
        file: "unit/distance/rows.rs",
        from: "shares && needs.signs == SignPath::Column",
        to: "shares && needs.signs == SignPath::Column && neuron.get() > 0",
        family: "shared",
    },
    Mutant {
        rule: "M5",
        file: "unit/mac.rs",
        from: "self.signs.read(pattern, self.operands.sign_words(group))",
        to: "SignRegister::default().read(pattern, self.operands.sign_words(group))",
        family: "unsigned",
    },
    Mutant {
        rule: "M6",
        file: "unit/mac.rs",
        from: "self.queue.len() >= depth as usize || !self.ends.is_empty()",
        to: "self.queue.len() >= depth as usize",
        family: "drops",
    },
    Mutant {
        rule: "S11",
        file: "unit/sequencer/delta.rs",
        from: "Cycles::new(latency.into())",
        to: "Cycles::new(u64::from(latency) + 1)",
        family: "tree",
    },
    Mutant {
        rule: "S12",
        file: "unit/sequencer/control.rs",
        from: "self.certified && self.nearest == 0 && !self.lost",
        to: "self.certified && self.nearest <= 1 && !self.lost",
        family: "stops",
    },
    Mutant {
        rule: "S13",
        file: "unit/sequencer/delta.rs",
        from: "self.visits.compare_all(&self.searched, control, ctx)",
        to: "self.visits.compare_all(&ctx.fields.clone(), control, ctx)",
        family: "rushed",
    },
    Mutant {
        rule: "K6",
        file: "unit/distance/listed.rs",
        from: "self.signs.as_mut().and_then(|rows| rows.step(ctx))",
        to: "None",
        family: "signed",
    },
];
