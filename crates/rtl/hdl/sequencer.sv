// The sequencer: it holds the state, chooses the next neuron, compares its field with it, flips it, and ends the retrieval.
//
// A retrieval goes through CUE (the cue comes in, C4), COUNTING (a first pass is under way), then, over and over, VISIT (a
// step of the order is made), SUMMING (a field is on its way) and SETTLING (the updates of a flip, or the first loading of
// the field registers, are under way, S6), to RESULT (the state goes out, C4) and OVER.
module sequencer #(
    parameter int MAC_LANES        = 2,
    parameter int MAX_N            = 16,
    parameter int ACCUMULATOR_BITS = 24,
    parameter int SPIKE_QUEUE      = 2,
    parameter int BITMAP           = 0,  // violated neurons are found in one cycle (S10)
    parameter int INCREMENTAL      = 0,  // `synchronous` offers its flips as spikes (S2)
    parameter int TREE_LATENCY     = 0,  // cycles of a comparator tree over all fields; 0 for none (S11)
    parameter int EARLY_STOP       = 0,  // a stored pattern ends the retrieval (S12)
    parameter int DROPS            = 0,  // no credit is needed: a spike that finds its queue full is lost
    parameter int PIPELINED        = 0,  // neurons are compared while updates are under way (S13)
    parameter int UPDATES          = 1,  // that can be under way
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int COUNTS           = 12
) (
    input  logic                                     clk,
    input  logic                                     reset,

    // settings
    input  logic [                  NEURON_BITS-1:0] n,
    input  logic [                              1:0] dataflow,
    input  logic [                              1:0] order,
    input  logic [                  NEURON_BITS-1:0] random_start,
    input  logic [                             31:0] step_limit,  // steps, sweeps or searches that may begin
    input  logic                                     certified,   // every stored pattern is a fixed point (S12)

    // host port (C4)
    input  logic                                     cue,
    input  logic [                             63:0] cue_data,
    output logic                                     result,
    output logic [                             63:0] result_data,
    output logic                                     over,
    output logic [                              1:0] outcome,

    // distance unit
    output logic [                        MAX_N-1:0] state,
    output logic                                     first_pass,
    output logic                                     stream,
    output logic [                  NEURON_BITS-1:0] stream_neuron,
    output logic                                     spike,
    output logic [                  NEURON_BITS-1:0] spike_neuron,
    output logic                                     spike_up,
    input  logic                                     distances_ready,
    input  logic                                     spike_credit,
    input  logic                                     spike_done,
    input  logic                                     spike_lost,
    input  logic                                     nearest_is_zero,

    // MAC array
    input  logic                                     sum_ready,
    input  logic [                  NEURON_BITS-1:0] sum_target,
    input  logic [   MAC_LANES*ACCUMULATOR_BITS-1:0] sums,
    output logic [                  NEURON_BITS-1:0] field_neuron,
    input  logic [             ACCUMULATOR_BITS-1:0] field,
    input  logic [                        MAX_N-1:0] violated,
    output logic                                     search_starts,   // S11: all fields are compared at once
    input  logic                                     search_ready,
    input  logic                                     search_found,
    input  logic [                  NEURON_BITS-1:0] search_neuron,

    output logic [COUNTS*core_types::COUNT_BITS-1:0] counts
);
  localparam int GROUPS = (MAX_N + MAC_LANES - 1) / MAC_LANES;
  localparam int PADDED_N = GROUPS * MAC_LANES;
  localparam int HOST_WORDS = (MAX_N + 63) / 64;
  localparam int WORD_BITS = (HOST_WORDS > 1) ? $clog2(HOST_WORDS) : 1;
  localparam int INDEX_BITS = (MAX_N > 1) ? $clog2(MAX_N) : 1;
  localparam int CREDIT_BITS = $clog2(SPIKE_QUEUE + 1);

  localparam logic [2:0] CUE = 3'd0;
  localparam logic [2:0] COUNTING = 3'd1;
  localparam logic [2:0] VISIT = 3'd2;
  localparam logic [2:0] SUMMING = 3'd3;
  localparam logic [2:0] SETTLING = 3'd4;
  localparam logic [2:0] RESULT = 3'd5;
  localparam logic [2:0] OVER = 3'd6;
  localparam logic [2:0] FINISHING = 3'd7;

  logic synchronous, sweep, delta, searches, by_bitmap, by_tree;
  assign synchronous = dataflow == core_types::SYNCHRONOUS;
  assign sweep       = dataflow == core_types::SWEEP;
  assign delta       = dataflow == core_types::DELTA;
  assign searches    = order == core_types::MOST_VIOLATED && !synchronous;
  assign by_bitmap   = BITMAP != 0 && delta && order == core_types::SEQUENTIAL;
  assign by_tree     = TREE_LATENCY != 0 && delta && order == core_types::MOST_VIOLATED;

  logic [2:0] stage;

  // ----- host port: 64 bits of the cue per cycle, the last of them in the cycle in which the retrieval begins -----

  logic [WORD_BITS-1:0] host_word;
  logic                 last_word, begins, last_result;

  assign last_word   = 32'(host_word) * 64 + 64 >= 32'(n);
  assign begins      = cue && stage == CUE && last_word;
  assign last_result = stage == RESULT && last_word;
  assign result      = stage == RESULT;
  assign over        = stage == OVER;
  assign result_data = 64'((HOST_WORDS * 64)'(state) >> (32'(host_word) * 64));

  // ----- what is under way (S5, S6): a spike at a time, and the sum that it causes -----

  localparam int UPDATE_BITS = $clog2(UPDATES + 1);
  logic [UPDATE_BITS-1:0] spikes_open, spikes_open_now, fields_open, fields_open_now;
  logic                   spike_offered, offers, stalls;
  logic [CREDIT_BITS-1:0] credits, credits_now;
  logic                   resumes, settled, loading, lost, lost_now;

  assign spikes_open_now = spikes_open - UPDATE_BITS'(spike_done) - UPDATE_BITS'(spike_lost);
  assign fields_open_now = fields_open - UPDATE_BITS'(delta && sum_ready) - UPDATE_BITS'(delta && spike_lost);
  assign settled         = !spike_offered && spikes_open_now == '0 && fields_open_now == '0;
  // S13: a pipelined sequencer goes on in the cycle after the offer, once the field registers are loaded.
  assign resumes         = stage == SETTLING && (settled || (PIPELINED != 0 && !synchronous && !loading && !spike_offered));
  assign lost_now        = DROPS != 0 && (lost || spike_lost);
  assign credits_now     = credits + CREDIT_BITS'(spike_credit);

  // ----- the end of a sweep that was compared or settled: the next begins, or the retrieval is over (S9) -----

  logic [NEURON_BITS-1:0] visited, visited_there, visited_after;
  logic                   flipped, flipped_there;  // in the sweep at hand
  logic                   may_begin;
  logic [           31:0] steps_left;
  logic                   compares_sum, stays, sweep_ends, ends_there, begins_there, repeats_there, waits_there;
  logic                   unsettled, unsettled_there;  // updates were under way when the sweep at hand began

  assign may_begin     = steps_left != '0;
  assign compares_sum  = stage == SUMMING && sweep && sum_ready;
  assign stays         = compares_sum && !sum_flips;
  assign sweep_ends    = (stays || (resumes && !synchronous && !by_bitmap)) && visited == n;
  // A sweep without a flip proves nothing if updates were under way when it began: it is repeated (S13). At the limit the
  // retrieval ends when no update is under way (S9).
  assign repeats_there = sweep_ends && !(flipped || resumes) && unsettled;
  assign waits_there   = sweep_ends && (flipped || resumes) && !may_begin && !settled;
  assign begins_there  = sweep_ends && (flipped || resumes) && may_begin;
  assign ends_there    = sweep_ends && !repeats_there && !waits_there && !begins_there;
  assign unsettled_there = sweep_ends ? PIPELINED != 0 && !settled : unsettled;
  assign visited_there = sweep_ends ? '0 : visited;
  assign flipped_there = sweep_ends ? 1'b0 : flipped;

  // ----- the visit: a step of the order, in the cycle of the comparison or report before it (S3, S4, S7) -----

  logic                   looks, visits, named;
  logic [NEURON_BITS-1:0] neuron, visited_neuron;
  logic                   order_named;
  logic [NEURON_BITS-1:0] order_neuron;

  assign looks = !synchronous
      && (stage == VISIT || (stage == COUNTING && distances_ready && sweep) || ((stays || resumes) && !ends_there && !waits_there));
  assign visits = looks && !ends_home;
  assign visited_after = by_tree ? (visits ? n : visited_there)
      : (by_bitmap && visits && named) ? neuron + 1'b1 : visited_there + NEURON_BITS'(visits && named);

  // A stored pattern that is known to be a fixed point ends the retrieval, once no update is under way (S12).
  logic home, ends_home;
  logic step_settles;  // the updates of all flips of a step are done
  assign home      = EARLY_STOP != 0 && certified && nearest_is_zero && settled && !lost_now;
  assign ends_home = home && (looks || step_settles || (stage == COUNTING && distances_ready));

  visit_order #(.MAX_N(MAX_N)) visit_order (
      .clk, .reset, .n, .random(order == core_types::RANDOM), .random_start, .visited(visited_there), .step(visits),
      .named(order_named), .neuron(order_neuron)
  );

  // The bitmap passes over neurons that are not violated; where none is, the retrieval is over (S10).
  logic                   found, wraps, bitmap_begins, bitmap_over, bitmap_waits;
  logic [NEURON_BITS-1:0] found_neuron;
  generate
    if (BITMAP != 0) begin : bitmap
      find_violated #(.MAX_N(MAX_N)) find_violated (
          .violated, .position(visited), .found, .wraps, .neuron(found_neuron)
      );
    end else begin : no_bitmap
      logic unused;
      assign unused = &{1'b0, violated};
      assign {found, wraps, found_neuron} = '0;
    end
  endgenerate

  assign bitmap_begins = by_bitmap && visits && found && wraps && may_begin;
  assign bitmap_over   = by_bitmap && visits && !named && settled;
  assign bitmap_waits  = by_bitmap && visits && found && !named && !settled;
  assign named         = by_bitmap ? found && (!wraps || may_begin) : order_named;
  assign neuron        = by_bitmap ? found_neuron : order_neuron;

  // ----- threshold: a field against its neuron's state, from a sum (`sweep`) or from a field register (`delta`) -----

  logic                        compares, compares_register, flips, sum_flips, register_flips;
  logic                        sum_worse, register_worse, worst_valid;
  logic [ACCUMULATOR_BITS-1:0] sum_violation, register_violation, worst_violation;
  logic [     NEURON_BITS-1:0] worst_neuron, compared_neuron, flip_neuron;

  // The comparator tree makes a search of one visit, and has its answer TREE_LATENCY cycles later (S11).
  logic search_flips, search_over, search_again;
  assign search_starts = by_tree && visits;
  assign search_flips  = by_tree && search_ready && search_found;
  assign search_over   = by_tree && search_ready && !search_found && !unsettled;
  assign search_again  = by_tree && search_ready && !search_found && unsettled;

  assign compares_register = delta && visits && named && !by_tree;
  assign compares          = compares_sum || compares_register;
  assign compared_neuron   = delta ? neuron : visited_neuron;
  assign field_neuron      = neuron;

  threshold #(.ACCUMULATOR_BITS(ACCUMULATOR_BITS)) of_sum (
      .compares(compares_sum), .field(sums[ACCUMULATOR_BITS-1:0]), .up(state[INDEX_BITS'(visited_neuron)]), .searches,
      .search_ends(compares_sum && visited == n), .worst_valid, .worst_violation,
      .violation(sum_violation), .worse(sum_worse), .flips(sum_flips)
  );
  threshold #(.ACCUMULATOR_BITS(ACCUMULATOR_BITS)) of_register (
      .compares(compares_register), .field, .up(state[INDEX_BITS'(neuron)]), .searches,
      .search_ends(compares_register && visited_after == n), .worst_valid(worst_valid && !begins_there), .worst_violation,
      .violation(register_violation), .worse(register_worse), .flips(register_flips)
  );

  assign flips       = sum_flips || search_flips || (by_bitmap ? compares_register : register_flips);
  assign flip_neuron = by_tree ? search_neuron : (searches && !(sum_worse || register_worse)) ? worst_neuron : compared_neuron;

  always_ff @(posedge clk) begin
    if (reset) worst_valid <= 1'b0;
    else worst_valid <= sum_worse || register_worse || (worst_valid && !begins_there);
    if (sum_worse || register_worse) begin
      worst_violation <= delta ? register_violation : sum_violation;
      worst_neuron    <= compared_neuron;
    end
  end

  // In `delta` a comparison may end a sweep in the cycle in which the last one's end was settled.
  logic delta_ends, delta_over, delta_begins, delta_repeats, delta_waits;
  assign delta_ends   = compares_register && !by_bitmap && !register_flips && visited_after == n;
  assign delta_begins  = delta_ends && flipped_there && may_begin;
  assign delta_repeats = delta_ends && !flipped_there && unsettled_there;
  assign delta_waits   = delta_ends && flipped_there && !may_begin && !settled;
  assign delta_over    = delta_ends && !delta_begins && !delta_repeats && !delta_waits;

  // ----- `synchronous`: a group compared at once, all flips in the cycle of the last (S1, S2) -----

  logic                compares_group, last_group, commits, unchanged, two_cycle;
  logic [PADDED_N-1:0] decided, decided_now;
  logic [   MAX_N-1:0] previous, flip_mask;
  logic                previous_valid;
  logic [MAC_LANES-1:0] lane_used;

  assign compares_group = synchronous && stage == SUMMING && sum_ready;
  assign last_group     = 32'(sum_target) * MAC_LANES + MAC_LANES >= 32'(n);
  assign commits        = compares_group && last_group;
  assign flip_mask      = commits ? MAX_N'(decided_now) : '0;
  assign unchanged      = flip_mask == '0;
  assign two_cycle      = previous_valid && previous == (state ^ flip_mask);

  always_comb begin
    logic signed [ACCUMULATOR_BITS-1:0] lane_field;
    logic [MAC_LANES-1:0] against, group_state;
    decided_now = decided;
    lane_used   = '0;
    lane_field  = '0;
    against     = '0;
    group_state = '0;
    if (compares_group) begin
      group_state = MAC_LANES'(PADDED_N'(state) >> (32'(sum_target) * MAC_LANES));
      for (int lane = 0; lane < MAC_LANES; lane++) begin
        lane_field      = sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS];
        lane_used[lane] = 32'(sum_target) * MAC_LANES + 32'(lane) < 32'(n);
        against[lane]   = lane_used[lane] && (group_state[lane] ? lane_field < 0 : lane_field > 0);
      end
      decided_now = decided | (PADDED_N'(against) << (32'(sum_target) * MAC_LANES));
    end
  end

  // ----- steps, commands and the end -----

  logic begins_step, counts_anew, streams, ends, waits_for_end, finishes;

  assign ends        = ends_there || delta_over || bitmap_over || search_over || ends_home || finishes
      || (commits && (unchanged || two_cycle || !may_begin));
  assign counts_anew = begins || (commits && !ends && INCREMENTAL == 0);
  assign begins_step = counts_anew || begins_there || delta_begins || bitmap_begins || step_settled;
  assign streams     = (stage == COUNTING && distances_ready && !sweep && !ends_home) || (sweep && visits && named) || step_settled;
  assign offers      = (flips || spike_offered || flip_waits) && (credits_now != '0 || DROPS != 0);
  assign stalls      = (flips || spike_offered || flip_waits) && credits_now == '0 && DROPS == 0;

  // With incremental distances a step of `synchronous` offers its flips as spikes; the next begins when their updates are
  // done (S2).
  logic                   flip_waits, flip_up, step_settled;
  logic [NEURON_BITS-1:0] waiting_flip;

  generate
    if (INCREMENTAL == 0) begin : counted_anew
      assign flip_waits   = 1'b0;
      assign flip_up      = 1'b0;
      assign step_settles = 1'b0;
      assign waiting_flip = '0;
    end else begin : incremental
      logic flips_done;
      flip_offers #(.MAX_N(MAX_N)) flip_offers (
          .clk, .reset, .begins(commits && !ends), .flips(flip_mask), .state, .offered(synchronous && offers),
          .spike_done(synchronous && spike_done), .spike_lost(synchronous && spike_lost), .waits(flip_waits),
          .neuron(waiting_flip), .up(flip_up), .done(flips_done)
      );
      assign step_settles = synchronous && stage == SETTLING && flips_done;
    end
  endgenerate

  assign step_settled = step_settles && !ends_home;

  // S9: the last sweep is over, and updates are under way.
  assign waits_for_end = PIPELINED != 0 && (waits_there || delta_waits || bitmap_waits);
  assign finishes      = PIPELINED != 0 && stage == FINISHING && settled;

  // The first of these that holds names the outcome (S9).
  logic [1:0] outcome_now;
  always_comb begin
    if (home) outcome_now = core_types::CONVERGED;
    else if (synchronous) outcome_now = unchanged ? core_types::CONVERGED
        : two_cycle ? core_types::TWO_CYCLE : core_types::STEP_LIMIT;
    else if (finishes) outcome_now = core_types::STEP_LIMIT;
    else if (bitmap_over) outcome_now = found ? core_types::STEP_LIMIT : core_types::CONVERGED;
    else if (ends_there) outcome_now = (flipped || resumes) ? core_types::STEP_LIMIT : core_types::CONVERGED;
    else outcome_now = flipped_there ? core_types::STEP_LIMIT : core_types::CONVERGED;
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      stage     <= CUE;
      host_word <= '0;
    end else begin
      if (cue || result) host_word <= last_word ? '0 : host_word + 1'b1;
      if (begins) stage <= COUNTING;
      else if (ends) stage <= RESULT;
      else if (last_result) stage <= OVER;
      else if (waits_for_end) stage <= FINISHING;
      else if (flips || (commits && INCREMENTAL != 0) || (stage == COUNTING && distances_ready && delta)) stage <= SETTLING;
      else if (counts_anew) stage <= COUNTING;
      else if ((stage == COUNTING && distances_ready && synchronous) || step_settled) stage <= SUMMING;
      else if (search_again) stage <= VISIT;
      else if (visits) stage <= ((sweep && named) || by_tree) ? SUMMING : VISIT;
    end
    if (ends) outcome <= outcome_now;
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      steps_left <= step_limit;
      visited    <= '0;
      flipped    <= 1'b0;
      unsettled  <= 1'b0;
    end else begin
      if (begins_step) steps_left <= steps_left - 1'b1;
      visited <= (delta_ends || search_again) ? '0 : visited_after;
      flipped <= (flipped_there || flips) && !delta_begins;
      unsettled <= PIPELINED != 0 && ((delta_begins || delta_repeats || search_again) ? !settled : unsettled_there);
    end
    if (visits) visited_neuron <= neuron;
  end

  // The state register, and what `synchronous` keeps beside it.
  always_ff @(posedge clk) begin
    if (cue && stage == CUE) begin
      for (int i = 0; i < MAX_N; i++) if (32'(host_word) == i / 64) state[i] <= cue_data[i%64];
    end else if (commits) begin
      state <= state ^ flip_mask;
    end else if (flips) begin
      state[INDEX_BITS'(flip_neuron)] <= ~state[INDEX_BITS'(flip_neuron)];
    end

    if (reset) begin
      decided        <= '0;
      previous_valid <= 1'b0;
    end else begin
      if (compares_group) decided <= last_group ? '0 : decided_now;
      if (commits && !unchanged) previous_valid <= 1'b1;
    end
    if (commits && !unchanged) previous <= state;
  end

  // Messages take a cycle (C2).
  always_ff @(posedge clk) begin
    if (reset) begin
      first_pass    <= 1'b0;
      stream        <= 1'b0;
      spike         <= 1'b0;
      spike_offered <= 1'b0;
      spikes_open   <= '0;
      fields_open   <= '0;
      loading       <= 1'b0;
      lost          <= 1'b0;
      credits       <= CREDIT_BITS'(SPIKE_QUEUE);
    end else begin
      first_pass    <= counts_anew;
      stream        <= streams;
      spike         <= offers;
      spike_offered <= (flips || spike_offered) && !offers;
      spikes_open   <= spikes_open_now + UPDATE_BITS'(offers);
      fields_open   <= fields_open_now + UPDATE_BITS'(delta && (flips || streams));
      loading       <= PIPELINED != 0 && ((delta && streams) || (loading && !resumes));
      lost          <= lost_now;
      credits       <= credits_now - CREDIT_BITS'(offers);
    end
    if (streams) stream_neuron <= neuron;
    if (flips) begin
      spike_neuron <= flip_neuron;
      spike_up     <= !state[INDEX_BITS'(flip_neuron)];
    end else if (flip_waits) begin
      spike_neuron <= waiting_flip;
      spike_up     <= flip_up;
    end
  end

  // ----- activity -----

  localparam int COUNT_BITS = core_types::COUNT_BITS;
  logic [COUNT_BITS-1:0] cycles, threshold_busy_cycles, spike_stall_cycles, field_bits_read, state_bits_written, host_bits;
  logic [COUNT_BITS-1:0] state_comparisons, evaluations, flip_count, steps, spikes_sent, field_comparisons;
  logic [COUNT_BITS-1:0] flips_now, lanes_compared, host_bits_now;
  logic                  runs;  // from the first bits of the cue to the last of the result

  assign runs          = cue || !(stage == CUE || stage == OVER);
  assign host_bits_now = !(cue || result) ? '0
      : last_word ? COUNT_BITS'(n) - COUNT_BITS'(host_word) * COUNT_BITS'(64) : COUNT_BITS'(64);

  always_comb begin
    flips_now      = COUNT_BITS'(flips);
    lanes_compared = '0;
    if (commits) for (int i = 0; i < MAX_N; i++) flips_now = flips_now + COUNT_BITS'(flip_mask[i]);
    for (int lane = 0; lane < MAC_LANES; lane++) lanes_compared = lanes_compared + COUNT_BITS'(lane_used[lane]);
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      cycles                <= '0;
      threshold_busy_cycles <= '0;
      spike_stall_cycles    <= '0;
      field_bits_read       <= '0;
      state_bits_written    <= '0;
      host_bits             <= '0;
      state_comparisons     <= '0;
      evaluations           <= '0;
      flip_count            <= '0;
      steps                 <= '0;
      spikes_sent           <= '0;
      field_comparisons     <= '0;
    end else begin
      if (runs) cycles <= cycles + 1'b1;
      if (compares || compares_group || (by_tree && search_ready)) threshold_busy_cycles <= threshold_busy_cycles + 1'b1;
      if (stalls) spike_stall_cycles <= spike_stall_cycles + 1'b1;
      if (delta && compares && !by_bitmap) field_bits_read <= field_bits_read + COUNT_BITS'(ACCUMULATOR_BITS);
      if (by_tree && search_ready) field_bits_read <= field_bits_read + COUNT_BITS'(n) * COUNT_BITS'(ACCUMULATOR_BITS);
      // The cue; every flip; in `synchronous` what is decided, and the state before a step.
      state_bits_written <= state_bits_written + (cue ? host_bits_now : '0) + flips_now + lanes_compared
          + ((commits && !unchanged) ? COUNT_BITS'(n) : '0);
      host_bits          <= host_bits + host_bits_now;
      if (commits && !unchanged) state_comparisons <= state_comparisons + COUNT_BITS'(n);
      evaluations <= evaluations + COUNT_BITS'(compares) + lanes_compared
          + ((by_tree && search_ready) ? COUNT_BITS'(n) : '0);
      flip_count  <= flip_count + flips_now;
      if (begins_step) steps <= steps + 1'b1;
      if (offers) spikes_sent <= spikes_sent + 1'b1;
      if (by_tree && search_ready) field_comparisons <= field_comparisons + COUNT_BITS'(n) - 1'b1;
    end
  end

  assign counts = {
    cycles, threshold_busy_cycles, spike_stall_cycles, field_bits_read, state_bits_written, host_bits, state_comparisons,
    evaluations, flip_count, steps, spikes_sent, field_comparisons
  };

`ifdef PROVE
  // Credits are never more than the entries of the spike queue; what is under way is counted, and nothing comes back twice.
  always_comb
    if (!reset) begin
      assert (DROPS != 0 || 32'(credits_now) <= SPIKE_QUEUE);
      assert (32'(spike_done) + 32'(spike_lost) <= 32'(spikes_open));
      assert (!delta || 32'(sum_ready) + 32'(spike_lost) <= 32'(fields_open));
      assert (32'(spikes_open_now) + 32'(offers) <= UPDATES);
      assert (32'(fields_open_now) + 32'(delta && (flips || streams)) <= UPDATES);
    end
`endif
`ifdef REACH_HOME
  always_comb if (!reset) assert (!ends_home);
`endif
`ifdef REACH_FLIP
  always_comb if (!reset) assert (!(flips || (commits && !unchanged)));
`endif
endmodule
