// The distance unit: it holds the Hamming distance to every pattern, and turns distances into kernel words.
//
// It does one job at a time: a first pass (COUNT), a stream of kernel words (STREAM), or a spike (UPDATE, in `delta` with a
// nearest-relative table after a LOOK for the new smallest distance, D13). The cursor that reads stands at the first span
// between jobs, so a job reads in the very cycle in which it begins. With a candidate list, first passes fill it, and streams
// and spikes are served from it, until it does not suffice and is given up (K1 to K6).
//
// A span is one block of patterns per slice (D15): SPAN = SLICES x LANES patterns that follow each other.
module distance_unit

#(
    parameter int LANES            = 4,
    parameter int SLICES           = 1,
    parameter int MAC_LANES        = 2,
    parameter int MAX_N            = 16,
    parameter int MAX_P            = 32,
    parameter int KERNEL_BITS      = 8,
    parameter int SRAM_LATENCY     = 1,
    parameter int TABLE_LATENCY    = 1,
    parameter int COUNTER_PORTS    = 1,
    parameter int TABLE_PORTS      = 2,
    parameter int SPIKE_QUEUE      = 2,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int CANDIDATES       = 0,
    parameter int DROPS            = 0,  // queues lose what finds them full (D6, S5)
    parameter int PIPELINED        = 0,  // a stream can be commanded before a spike is served (S13)
    parameter int EARLY_STOP       = 0,  // the smallest distance is always known (S12)
    parameter int ELIMINATION      = 0,  // first passes of a list have two parts (E1 to E3)
    parameter int BY_ROW           = 0,  // patterns lie by row (D17)
    parameter int SIGN_SHARING     = 0,  // a stream of `sweep` reads the signs of its neuron's weights (D18)
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1),
    parameter int PLACES           = (LANES < MAC_LANES) ? LANES : MAC_LANES,
    parameter int NAMES            = 1,  // patterns that a packet names
    parameter int SPANS            = (MAX_P + LANES * SLICES - 1) / (LANES * SLICES),
    parameter int PATTERN_ROWS     = SPANS * ((BY_ROW != 0) ? LANES * ((MAX_N + LANES - 1) / LANES) : MAX_N),
    parameter int ROW_BITS         = (PATTERN_ROWS > 1) ? $clog2(PATTERN_ROWS) : 1,
    parameter int SLICE_BITS       = (SLICES > 1) ? $clog2(SLICES) : 1,
    parameter int COUNTS           = 19
) (
    input  logic                              clk,
    input  logic                              reset,

    // settings
    input  logic [           NEURON_BITS-1:0] n,
    input  logic [          PATTERN_BITS-1:0] p,
    input  logic [                       1:0] dataflow,
    input  logic                              zero_skip,
    input  logic                              nearest_relative,
    input  logic [             NEURON_BITS:0] window,
    // verilator lint_off UNUSEDSIGNAL
    input  logic [             NEURON_BITS:0] candidate_margin,
    input  logic [           NEURON_BITS-1:0] row_words,     // words of a pattern by row
    input  logic [           NEURON_BITS-1:0] probe,         // columns of the first part; 0 if there is one part only
    // verilator lint_on UNUSEDSIGNAL

    // load port: rows of the patterns, words of the kernel table
    input  logic                              load_patterns,
    input  logic                              load_table,
    input  logic [            SLICE_BITS-1:0] load_slice,
    input  logic [              ROW_BITS-1:0] load_row,
    input  logic [                 LANES-1:0] load_pattern_word,
    input  logic [           KERNEL_BITS-1:0] load_kernel_word,

    // sequencer
    input  logic [                 MAX_N-1:0] state,
    input  logic                              first_pass,
    input  logic                              stream,
    input  logic [           NEURON_BITS-1:0] stream_neuron,
    input  logic                              spike,
    input  logic [           NEURON_BITS-1:0] spike_neuron,
    input  logic                              spike_up,
    output logic                              distances_ready,
    output logic                              spike_credit,
    output logic                              spike_done,
    output logic                              spike_lost,
    output logic                              nearest_is_zero,

    // MAC array
    output logic                              packet,
    output logic [                PLACES-1:0] packet_places,
    output logic [PLACES*(KERNEL_BITS+1)-1:0] packet_words,
    output logic                              packet_last,
    output logic                              packet_clear,
    output logic [    NAMES*PATTERN_BITS-1:0] packet_patterns,
    output logic [           NEURON_BITS-1:0] packet_target,
    input  logic                              packet_credit,

    output logic [     COUNTS*core_types::COUNT_BITS-1:0] counts
);
  localparam int SPAN = LANES * SLICES;
  localparam int INDEX_BITS = (MAX_N > 1) ? $clog2(MAX_N) : 1;
  localparam int STAGES = ($clog2(SLICES) + 1) / 2;  // Z of P2
  localparam int SETTLE_BITS = $clog2(STAGES + 2);
  localparam int SPAN_BITS = (SPANS > 1) ? $clog2(SPANS) : 1;
  localparam int SUM_BITS = $clog2(MAX_P + SPAN + 1);
  localparam int LANE_BITS = $clog2(SPAN + 1);
  localparam int BLOCK_LANE_BITS = (LANES > 1) ? $clog2(LANES) : 1;
  localparam int SLOTS = (PLACES > 2) ? PLACES : 2;
  localparam int ENTRIES_BITS = $clog2(CANDIDATES + 2);

  // ----- jobs (D11): a command or a spike begins one in the cycle in which it arrives -----

  localparam logic [2:0] IDLE = 3'd0;
  localparam logic [2:0] COUNT = 3'd1;
  localparam logic [2:0] STREAM = 3'd2;
  localparam logic [2:0] LOOK = 3'd3;
  localparam logic [2:0] UPDATE = 3'd4;

  logic [2:0] job, job_now, job_next;
  logic       finished, job_ends;  // the last word is through; what is known of it as well (P2)
  logic       spike_waits, take_spike, stream_waits;
  logic       keeps_fields;

  // With a candidate list: it is in use; a spike has left it inexact, and the job is part of what that takes (K5).
  logic listed, list_exact, refreshes, overflows, serves_spike, reloads;

  assign keeps_fields = dataflow == core_types::DELTA;
  assign take_spike   = job == IDLE && (job_now == LOOK || job_now == UPDATE);

  always_comb begin
    job_now = job;
    if (job == IDLE) begin
      if (first_pass) job_now = COUNT;
      // A spike enters before the stream after it is commanded (S13), and is taken then.
      else if (stream || stream_waits) job_now = STREAM;
      else if (spike_waits) job_now = (keeps_fields && nearest_relative && !listed) ? LOOK : UPDATE;
    end
  end

  // A look-ahead is followed by the pass that writes (D13), an inexact list by a first pass (K2, K5), and that, after a spike,
  // by a stream that loads the fields anew (K5).
  assign overflows = listed && job_ends && job_now == COUNT && !list_exact;

  always_comb begin
    job_next = IDLE;
    if (job_now == LOOK) job_next = UPDATE;
    if (refreshes || overflows) job_next = COUNT;
    else if (job_now == COUNT && serves_spike && keeps_fields) job_next = STREAM;
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      job          <= IDLE;
      serves_spike <= 1'b0;
      reloads      <= 1'b0;
    end else begin
      job          <= job_ends ? job_next : job_now;
      serves_spike <= refreshes || (serves_spike && !(job_ends && job_next == IDLE));
      reloads      <= job_ends && job_next == STREAM;
    end
  end

  // ----- spike queue -----

  logic [NEURON_BITS-1:0] queued_neuron, taken_neuron, moving_neuron;
  logic                   queued_up, taken_up, moving_up, spikes_full, loses_spike;

  fifo #(.WIDTH(NEURON_BITS + 1), .DEPTH(SPIKE_QUEUE)) spike_queue (
      .clk, .reset, .push(spike && !loses_spike), .push_data({spike_neuron, spike_up}), .pop(take_spike),
      .full(spikes_full), .front_valid(spike_waits), .front_data({queued_neuron, queued_up})
  );

  // S5: without credits a spike that finds the queue full is lost. The report comes all the same.
  assign loses_spike = DROPS != 0 && spike && spikes_full;

  assign moving_neuron = take_spike ? queued_neuron : taken_neuron;
  assign moving_up     = take_spike ? queued_up : taken_up;

  always_ff @(posedge clk) begin
    if (take_spike) begin
      taken_neuron <= queued_neuron;
      taken_up     <= queued_up;
    end
  end

  logic [NEURON_BITS-1:0] target_neuron, target_now;  // of a stream of `sweep`
  // S13: a stream that is commanded before the spikes in front of it are served waits for them.
  generate
    if (PIPELINED != 0) begin : stream_queue
      always_ff @(posedge clk) begin
        if (reset) stream_waits <= 1'b0;
        else stream_waits <= (stream || stream_waits) && !(job == IDLE && job_now == STREAM);
      end
    end else begin : no_stream_queue
      assign stream_waits = 1'b0;
    end
  endgenerate

  assign target_now = stream ? stream_neuron : target_neuron;
  always_ff @(posedge clk) if (stream) target_neuron <= stream_neuron;

  // ----- cursor: what is read next -----

  logic [   SPAN_BITS-1:0] span;
  logic [PATTERN_BITS-1:0] base;
  logic [    ROW_BITS-1:0] row;
  logic [ NEURON_BITS-1:0] column, group;
  logic [             1:0] held;  // lane registers between read and release
  logic last_column, last_span, last_group, all_read;
  logic [   SPAN_BITS-1:0] cursor_span;
  logic [PATTERN_BITS-1:0] cursor_base;
  logic [    ROW_BITS-1:0] cursor_row;
  logic [ NEURON_BITS-1:0] cursor_column;
  logic [BLOCK_LANE_BITS-1:0] cursor_lane;  // by row
  logic cursor_last_column, cursor_last_span, cursor_all_read;
  logic in_parts, pauses, first_row, reads_partial;  // a first pass in two parts (E1 to E3)
  logic wants_row, counts_row, wants_word, reads_word, conflict, reads_row, reads_signs;
  logic list_no_row, list_no_last_row, list_nearest_is_zero;
  logic counter_write;

  // D1: a row per cycle. D4, D13: a word per cycle, while one of the two lane registers is free; a look-ahead takes none.
  // D10: with one port a write goes first.
  assign wants_row  = job_now == COUNT && !all_read && !pauses;
  assign counts_row = wants_row && !list_no_row && !(list_no_last_row && last_column);
  assign wants_word = !listed && (job_now == LOOK || ((job_now == STREAM || job_now == UPDATE) && held != 2'd2)) && !all_read;
  assign conflict   = wants_word && COUNTER_PORTS == 1 && counter_write;
  assign reads_word = wants_word && !conflict;
  assign reads_signs = SIGN_SHARING != 0 && reads_word && job_now == STREAM && dataflow == core_types::SWEEP;
  assign reads_partial = counts_row && first_row;
  assign reads_row   = counts_row || (reads_word && job_now != STREAM) || reads_signs;

  span_cursor #(
      .SPAN(SPAN), .LANES(LANES), .BY_ROW(BY_ROW), .MAC_LANES(MAC_LANES), .MAX_P(MAX_P), .NEURON_BITS(NEURON_BITS),
      .PATTERN_BITS(PATTERN_BITS),
      .SPAN_BITS(SPAN_BITS), .ROW_BITS(ROW_BITS)
  ) span_cursor (
      .clk, .reset, .n, .p, .row_words, .reads_row(counts_row && !in_parts), .reads_word,
      .by_group(job_now == STREAM && dataflow == core_types::SYNCHRONOUS), .job_ends,
      .span(cursor_span), .base(cursor_base), .row(cursor_row), .column(cursor_column), .lane(cursor_lane), .group,
      .last_column(cursor_last_column), .last_span(cursor_last_span), .last_group, .all_read(cursor_all_read)
  );

  // ----- memories, one bank of each per slice -----

  logic [     ROW_BITS-1:0] pattern_address;
  logic [  NEURON_BITS-1:0] row_neuron, list_neuron;
  logic                     list_signs;
  logic [       SLICES-1:0] list_reads;          // slices with a row that the list asks for
  logic [SLICES*SPAN_BITS-1:0] list_spans;
  logic [       SLICES-1:0] slice_read, slice_arrives;  // slices with a block in the span
  logic [       SLICES-1:0] row_read;            // and with the pattern of the row, if patterns lie by row
  logic [         SPAN-1:0] pattern_word;
  logic [SPAN*NEURON_BITS-1:0] counter_word, written_word;
  logic [    SPAN_BITS-1:0] arriving_span;

  // The rows that a list asks for: of the spike's neuron, or for the signs of a stream of `sweep` (K6).
  assign list_signs      = SIGN_SHARING != 0 && job_now == STREAM;
  assign list_neuron     = list_signs ? target_now : moving_neuron;
  assign row_neuron      = counts_row ? column : reads_signs ? target_now : moving_neuron;
  assign pattern_address = (BY_ROW != 0) ? row : row + ROW_BITS'(row_neuron);

  generate
    for (genvar s = 0; s < SLICES; s++) begin : slices
      assign slice_read[s]    = SUM_BITS'(base) + SUM_BITS'(s * LANES) < SUM_BITS'(p);
      assign row_read[s]      = (BY_ROW != 0) ? SUM_BITS'(base) + SUM_BITS'(s * LANES) + SUM_BITS'(cursor_lane) < SUM_BITS'(p)
                                              : slice_read[s];
      assign slice_arrives[s] = SUM_BITS'(arriving_base) + SUM_BITS'(s * LANES) < SUM_BITS'(p);

      logic [ROW_BITS-1:0] list_row;
      assign list_row = ROW_BITS'(list_spans[s*SPAN_BITS+:SPAN_BITS]) * ROW_BITS'(n) + ROW_BITS'(list_neuron);

      sram_1rw #(.WIDTH(LANES), .DEPTH(PATTERN_ROWS), .LATENCY(SRAM_LATENCY)) pattern_memory (
          .clk,
          .enable((reads_row && row_read[s]) || list_reads[s] || (load_patterns && load_slice == SLICE_BITS'(s))),
          .write(load_patterns),
          .address(load_patterns ? load_row : list_reads[s] ? list_row : pattern_address),
          .write_data(load_pattern_word),
          .read_data(pattern_word[s*LANES+:LANES])
      );

      if (COUNTER_PORTS == 1) begin : one_port
        sram_1rw #(.WIDTH(LANES * NEURON_BITS), .DEPTH(SPANS), .LATENCY(SRAM_LATENCY)) counter_memory (
            .clk,
            .enable(((reads_word || reads_partial) && slice_read[s]) || (counter_write && slice_arrives[s])),
            .write(counter_write),
            .address(counter_write ? arriving_span : span),
            .write_data(written_word[s*LANES*NEURON_BITS+:LANES*NEURON_BITS]),
            .read_data(counter_word[s*LANES*NEURON_BITS+:LANES*NEURON_BITS])
        );
      end else begin : two_ports
        sram_1r1w #(.WIDTH(LANES * NEURON_BITS), .DEPTH(SPANS), .LATENCY(SRAM_LATENCY)) counter_memory (
            .clk,
            .read((reads_word || reads_partial) && slice_read[s]),
            .read_address(span),
            .read_data(counter_word[s*LANES*NEURON_BITS+:LANES*NEURON_BITS]),
            .write(counter_write && slice_arrives[s]),
            .write_address(arriving_span),
            .write_data(written_word[s*LANES*NEURON_BITS+:LANES*NEURON_BITS])
        );
      end
    end
  endgenerate

  // ----- arrival: R cycles after the read (D2) -----

  logic                    row_arrives, word_arrives;
  logic [ NEURON_BITS-1:0] arriving_column, arriving_target;
  logic                    arriving_last_column, arriving_last_span, arriving_last;
  logic [PATTERN_BITS-1:0] arriving_base;
  logic [            SPAN-1:0] lane_arrives;  // lanes that hold a pattern
  logic [   LANE_BITS-1:0] lanes_arriving;

  delay #(.WIDTH(2), .STAGES(SRAM_LATENCY)) read_delay (
      .clk, .reset, .in({counts_row, reads_word}), .out({row_arrives, word_arrives})
  );
  delay #(.WIDTH(2 * NEURON_BITS + 3 + PATTERN_BITS + SPAN_BITS), .STAGES(SRAM_LATENCY)) place_delay (
      .clk, .reset,
      .in({column, (dataflow == core_types::SWEEP) ? target_now : group, last_column, last_span, last_span && last_group, base, span}),
      .out({arriving_column, arriving_target, arriving_last_column, arriving_last_span, arriving_last, arriving_base,
            arriving_span})
  );

  always_comb begin
    lane_arrives = '0;
    if (row_arrives || word_arrives)
      for (int lane = 0; lane < SPAN; lane++)
        lane_arrives[lane] = SUM_BITS'(arriving_base) + SUM_BITS'(lane) < SUM_BITS'(p);
  end

  assign lanes_arriving = (SUM_BITS'(arriving_base) + SUM_BITS'(SPAN) <= SUM_BITS'(p))
      ? LANE_BITS'(SPAN) : LANE_BITS'(SUM_BITS'(p) - SUM_BITS'(arriving_base));

  // ----- lanes: counted in a first pass (D3), moved by one for a spike (D9), compared with the window (D8, D12) -----
  // In the pass that writes, `smallest` is already that of the new distances (D13).

  logic [SPAN*NEURON_BITS-1:0] counts_before, counted_by_column, counted, moved;
  logic                        resumes, ignored, puts_aside, compares_partial;
  logic [            SPAN-1:0] agrees, pending;
  logic [     NEURON_BITS-1:0] smallest, smallest_before, origin, origin_before;
  logic                        needs_smallest;
  logic                        count_complete;
  logic [           MAX_N-1:0] seen_state;  // what a first pass compares with

  assign count_complete = row_arrives && arriving_last_column && !ignored;
  assign counter_write  = (count_complete && !listed) || puts_aside || (word_arrives && job == UPDATE);
  assign written_word   = row_arrives ? counted : moved;
  assign needs_smallest  = nearest_relative || EARLY_STOP != 0;
  assign nearest_is_zero = EARLY_STOP != 0 && (listed ? list_nearest_is_zero : smallest == '0);
  assign origin         = nearest_relative ? smallest : '0;
  assign origin_before  = nearest_relative ? smallest_before : '0;

  // A counter has the bits of N. Where spikes are lost it can pass its ends, and begins again (S5).
  logic [NEURON_BITS-1:0] last_distance;
  for (genvar b = 0; b < NEURON_BITS; b++) begin : ends_of_counters
    assign last_distance[b] = DROPS == 0 || (n >> b) != '0;
  end

  distance_lanes #(.SPAN(SPAN), .NEURON_BITS(NEURON_BITS)) distance_lanes (
      .clk, .row_arrives, .first_column(arriving_column == '0), .resumes, .column_up(seen_state[INDEX_BITS'(arriving_column)]),
      .word_arrives, .is_stream(job == STREAM), .moving_up, .pattern_word, .counter_word, .lane_used(lane_arrives), .last_distance,
      .filters(zero_skip || keeps_fields), .keeps_fields, .origin, .origin_before, .window,
      .counts(counts_before), .counted(counted_by_column), .agrees, .distances(moved), .pending
  );

  logic [LANE_BITS-1:0] bits_compared;  // in this cycle, of a row that arrives

  generate
    if (BY_ROW == 0) begin : by_column
      logic unused;
      assign unused        = &{1'b0, row_words, cursor_lane};
      assign counted       = counted_by_column;
      assign bits_compared = lanes_arriving;
    end else begin : by_row
      logic [BLOCK_LANE_BITS-1:0] arriving_lane;
      logic [          LANES-1:0] bits_used;
      logic                       unused;
      assign unused = &{1'b0, counted_by_column};

      delay #(.WIDTH(BLOCK_LANE_BITS), .STAGES(SRAM_LATENCY)) lane_delay (.clk, .reset, .in(cursor_lane), .out(arriving_lane));

      row_distances #(.LANES(LANES), .SLICES(SLICES), .MAX_N(MAX_N), .NEURON_BITS(NEURON_BITS)) row_distances (
          .clk, .n, .state(seen_state), .row_arrives, .lane(arriving_lane), .word(arriving_column), .pattern_word, .counted,
          .bits_used
      );

      always_comb begin
        bits_compared = '0;
        for (int s = 0; s < SLICES; s++)
          if (SUM_BITS'(arriving_base) + SUM_BITS'(s * LANES) + SUM_BITS'(arriving_lane) < SUM_BITS'(p))
            for (int b = 0; b < LANES; b++) bits_compared = bits_compared + LANE_BITS'(bits_used[b]);
      end
    end
  endgenerate

  smallest_distance #(.LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS)) smallest_distance (
      .clk, .reset,
      .compares(needs_smallest && ((count_complete && !listed) || (word_arrives && (job == LOOK || job == UPDATE)))),
      .distances(written_word), .lane_used(lane_arrives),
      .job_ends(needs_smallest && job_ends && job != STREAM && !listed),
      .smallest, .smallest_before
  );

  // ----- elimination: the cursor of a first pass in two parts, and what becomes of its spans -----

  localparam int LIMIT_BITS = NEURON_BITS + 3;
  // verilator lint_off UNUSEDSIGNAL
  logic                   gives_up, rules_out;
  logic [  SPAN_BITS-1:0] given_up;
  logic [NEURON_BITS-1:0] ruled_out_distance;
  logic [ LIMIT_BITS-1:0] list_limit;
  // verilator lint_on UNUSEDSIGNAL

  generate
    if (ELIMINATION == 0) begin : one_part
      logic unused;
      assign unused             = &{1'b0, probe, counts_before};
      assign in_parts           = 1'b0;
      assign span               = cursor_span;
      assign base               = cursor_base;
      assign row                = cursor_row;
      assign column             = cursor_column;
      assign last_column        = cursor_last_column;
      assign last_span          = cursor_last_span;
      assign all_read           = cursor_all_read;
      assign first_row          = 1'b0;
      assign pauses             = 1'b0;
      assign resumes            = 1'b0;
      assign ignored            = 1'b0;
      assign puts_aside         = 1'b0;
      assign compares_partial   = 1'b0;
      assign gives_up           = 1'b0;
      assign given_up           = '0;
      assign rules_out          = 1'b0;
      assign ruled_out_distance = '0;
    end else begin : two_parts
      logic [   SPAN_BITS-1:0] part_span;
      logic [PATTERN_BITS-1:0] part_base;
      logic [    ROW_BITS-1:0] part_row, arriving_row;
      logic [ NEURON_BITS-1:0] part_column;
      logic                    part_last_row, part_last_span, part_all_read, part_pauses, part_first_row;

      assign in_parts    = listed && probe != '0 && job_now == COUNT;
      assign span        = in_parts ? part_span : cursor_span;
      assign base        = in_parts ? part_base : cursor_base;
      assign row         = in_parts ? part_row : cursor_row;
      assign column      = in_parts ? part_column : cursor_column;
      assign last_column = in_parts ? part_last_row : cursor_last_column;
      assign last_span   = in_parts ? part_last_span : cursor_last_span;
      assign all_read    = in_parts ? part_all_read : cursor_all_read;
      assign pauses      = in_parts && part_pauses;
      assign first_row   = in_parts && part_first_row;

      delay #(.WIDTH(ROW_BITS), .STAGES(SRAM_LATENCY)) row_delay (.clk, .reset, .in(row), .out(arriving_row));

      elimination #(
          .LANES(LANES), .SLICES(SLICES), .MAX_P(MAX_P), .NEURON_BITS(NEURON_BITS), .PATTERN_BITS(PATTERN_BITS),
          .SPAN_BITS(SPAN_BITS), .ROW_BITS(ROW_BITS), .LIMIT_BITS(LIMIT_BITS), .SRAM_LATENCY(SRAM_LATENCY)
      ) elimination (
          .clk, .reset, .n, .p, .probe, .reads_row(counts_row && in_parts), .ends(job_ends),
          .span(part_span), .base(part_base), .row(part_row), .column(part_column), .first_row(part_first_row),
          .last_row(part_last_row), .last_span(part_last_span), .pauses(part_pauses), .all_read(part_all_read),
          .row_arrives(row_arrives && in_parts), .arriving_span, .arriving_base, .arriving_row,
          .arriving_last_row(arriving_last_column), .arriving_last_span, .counts(counts_before), .counted,
          .lane_used(lane_arrives), .limit(list_limit),
          .resumes, .ignored, .puts_aside, .compares(compares_partial),
          .gives_up, .given_up, .left_out(rules_out), .left_out_distance(ruled_out_distance)
      );
    end
  endgenerate

  // ----- candidate list, and the state as the spikes taken so far have left it (K5) -----

  logic                         list_ends, list_waits, list_last, list_busy, list_takes, list_moved, list_marks;
  logic [           PLACES-1:0] list_places, list_agrees;
  logic [            SLOTS-1:0] list_needs, list_in_window;
  logic [SLOTS*NEURON_BITS-1:0] list_indices;
  logic [NAMES*PATTERN_BITS-1:0] list_patterns;
  logic [      NEURON_BITS-1:0] list_group;
  logic [      ENTRIES_BITS-1:0] list_entries;

  generate
    if (CANDIDATES == 0) begin : no_list
      assign listed           = 1'b0;
      assign list_limit       = '0;
      assign seen_state       = state;
      assign list_exact       = 1'b0;
      assign refreshes        = 1'b0;
      assign list_no_row      = 1'b0;
      assign list_nearest_is_zero = 1'b0;
      assign list_no_last_row = 1'b0;
      assign list_reads       = '0;
      assign list_spans       = '0;
      assign list_ends        = 1'b0;
      assign list_waits       = 1'b0;
      assign list_last        = 1'b0;
      assign list_busy        = 1'b0;
      assign list_takes       = 1'b0;
      assign list_moved       = 1'b0;
      assign list_marks       = 1'b0;
      assign list_places      = '0;
      assign list_agrees      = '0;
      assign list_needs       = '0;
      assign list_in_window   = '0;
      assign list_indices     = '0;
      assign list_patterns    = '0;
      assign list_group       = '0;
      assign list_entries     = '0;
    end else begin : with_list
      localparam int WAY_BITS = $clog2(SRAM_LATENCY + 1);
      logic [  MAX_N-1:0] copy;
      logic               compares_copy, pass_ends, list_finished;
      logic [WAY_BITS-1:0] rows_under_way;
      logic [CANDIDATES-1:0] valid;

      // A pass that the sequencer commands after the list was given up compares with the state register itself.
      assign seen_state = compares_copy ? copy : state;

      always_ff @(posedge clk) begin
        if (reset) listed <= 1'b1;
        else if (overflows) listed <= 1'b0;
        if (job == IDLE && first_pass) compares_copy <= listed;
        if (first_pass && listed) copy <= state;
        else if (take_spike && listed) copy[INDEX_BITS'(queued_neuron)] <= queued_up;
        if (reset) rows_under_way <= '0;
        else rows_under_way <= rows_under_way + WAY_BITS'(counts_row) - WAY_BITS'(row_arrives);
      end

      assign list_marks = listed && ((job == IDLE && job_now == STREAM) || reloads);
      assign list_ends  = pass_ends || list_finished || refreshes;

      candidates #(
          .CANDIDATES(CANDIDATES), .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .SPANS(SPANS),
          .NEURON_BITS(NEURON_BITS), .PATTERN_BITS(PATTERN_BITS), .SPAN_BITS(SPAN_BITS), .PLACES(PLACES),
          .SRAM_LATENCY(SRAM_LATENCY), .SIGN_SHARING(SIGN_SHARING)
      ) candidates (
          .clk, .reset, .n, .by_chunk(dataflow == core_types::SWEEP), .by_group(dataflow == core_types::SYNCHRONOUS),
          .nearest_relative, .window, .margin(candidate_margin), .last_distance,
          .clears((job == IDLE && job_now == COUNT) || (job_ends && job_next == COUNT)),
          .counts(listed && job_now == COUNT),
          .reads_last_row(listed && counts_row && last_column),
          .counting(wants_row || rows_under_way != '0 || pauses || gives_up),
          .marks(list_marks), .moves(listed && take_spike), .moving_up, .keeps_fields, .is_update(job_now == UPDATE),
          .completes(listed && count_complete), .counted, .lane_used(lane_arrives), .completed_span(arriving_span),
          .gives_up, .rules_out, .ruled_out_distance, .limit(list_limit),
          .no_row(list_no_row), .no_last_row(list_no_last_row), .pass_ends,
          .reads(list_reads), .read_spans(list_spans), .pattern_word,
          .looks_up(listed && looks_up), .waits(list_waits), .places(list_places), .signs(list_agrees), .needs(list_needs),
          .indices(list_indices), .in_window(list_in_window), .patterns(list_patterns), .last(list_last),
          .group(list_group), .finished(list_finished), .refreshes, .exact(list_exact),
          .nearest_is_zero(list_nearest_is_zero),
          .busy(list_busy), .takes(list_takes), .moved(list_moved), .valid
      );

      always_comb begin
        list_entries = '0;
        for (int c = 0; c < CANDIDATES; c++) list_entries = list_entries + ENTRIES_BITS'(valid[c]);
      end
    end
  endgenerate

  // ----- lane registers, and the next packet -----

  logic                        front_valid, front_at_table, front_last;
  logic [SPAN*NEURON_BITS-1:0] front_distances;
  logic [            SPAN-1:0] front_agrees, front_pending, selected, taken;
  logic [    PATTERN_BITS-1:0] front_base;
  logic [     NEURON_BITS-1:0] front_target;
  logic [                 1:0] released;
  logic                        selected_last, looks_up, stalls;

  lane_registers #(
      .SPAN(SPAN), .NEURON_BITS(NEURON_BITS), .PATTERN_BITS(PATTERN_BITS), .STAGES(STAGES)
  ) lane_registers (
      .clk, .reset,
      .arrives(word_arrives && job != LOOK),
      .arriving_distances(moved),
      .arriving_agrees((SIGN_SHARING != 0 && job == STREAM) ? pattern_word : agrees),
      .arriving_pending(pending),
      .arriving_last(arriving_last_span && (job == STREAM || keeps_fields)),
      .arriving_base(arriving_base),
      .arriving_group(arriving_target),
      .front_valid, .front_at_table, .front_distances, .front_agrees, .front_pending, .front_last, .front_base,
      .front_group(front_target),
      .taken(taken),
      .taken_last(looks_up && selected_last),
      .released
  );

  always_ff @(posedge clk) begin
    if (reset) held <= 2'd0;
    else held <= held + 2'(reads_word && job_now != LOOK) - released;
  end

  logic [        LANE_BITS-1:0] first_lane, block_end;
  logic [           PLACES-1:0] span_places, span_agrees, places;
  logic [            SLOTS-1:0] span_needs, span_in_window, served;
  logic [SLOTS*NEURON_BITS-1:0] span_indices;
  logic                         last;

  packet_select #(
      .LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS), .PLACES(PLACES)
  ) packet_select (
      .pending(front_valid ? front_pending : '0),
      .distances(front_distances),
      .agrees(front_agrees),
      .by_chunk(dataflow == core_types::SWEEP),
      .is_update(job == UPDATE),
      .origin, .origin_before, .last_distance, .window,
      .taken(selected), .first_lane, .block_end, .places(span_places), .place_agrees(span_agrees), .needs(span_needs), .indices(span_indices),
      .in_window(span_in_window)
  );

  // The patterns of the packet: where it names one for each place, they are those that follow the first.
  logic [NAMES*PATTERN_BITS-1:0] span_patterns;
  always_comb
    for (int place = 0; place < NAMES; place++)
      span_patterns[place*PATTERN_BITS+:PATTERN_BITS] = front_base + PATTERN_BITS'(first_lane) + PATTERN_BITS'(place);

  // The sum ends with the last packet of its last word, or with an empty one (D8).
  assign taken         = looks_up ? selected : '0;
  assign selected_last = front_last && (front_pending & ~selected) == '0
      && (front_pending == '0 || SUM_BITS'(front_base) + SUM_BITS'(block_end) >= SUM_BITS'(p));

  assign places = listed ? list_places : span_places;
  assign last   = listed ? list_last : selected_last;

  // Fields that are loaded anew are cleared by the first packet (K5).
  logic to_clear, clears_fields;
  assign clears_fields = reloads || to_clear;
  always_ff @(posedge clk) begin
    if (reset) to_clear <= 1'b0;
    else to_clear <= clears_fields && !looks_up;
  end

  kernel_lookup #(
      .PLACES(PLACES), .SLOTS(SLOTS), .NEURON_BITS(NEURON_BITS), .PATTERN_BITS(PATTERN_BITS), .NAMES(NAMES),
      .KERNEL_BITS(KERNEL_BITS), .TABLE_LATENCY(TABLE_LATENCY), .TABLE_PORTS(TABLE_PORTS), .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .DROPS(DROPS), .ENTRIES(MAX_N + 1)
  ) kernel_lookup (
      .clk, .reset,
      .load(load_table), .load_row(NEURON_BITS'(load_row)), .load_data(load_kernel_word),
      .waits(listed ? list_waits : front_valid && front_at_table && (front_pending != '0 || front_last)),
      .is_update(job_now == UPDATE),
      .needs(listed ? list_needs : span_needs),
      .indices(listed ? list_indices : span_indices),
      .in_window(listed ? list_in_window : span_in_window),
      .places,
      .signs((SIGN_SHARING != 0 && dataflow == core_types::SWEEP) ? (listed ? list_agrees : span_agrees) : '0),
      .last,
      .clear(clears_fields),
      .patterns(listed ? list_patterns : span_patterns),
      .target(!listed ? front_target : dataflow == core_types::SWEEP ? target_now : list_group),
      .looks_up, .stalls, .served,
      .packet, .packet_places, .packet_words, .packet_last, .packet_clear, .packet_patterns, .packet_target,
      .credit(packet_credit)
  );

  // ----- the end of a job -----
  // A first pass and a look-ahead end with the last arrival, a stream and an update with the last release (D3, D13, D14).
  // What the slices share is known STAGES cycles later (P2).

  logic [SETTLE_BITS-1:0] settling;
  logic                   drained;

  assign drained = all_read && held != 2'd0 && held == released;

  always_comb begin
    case (job)
      COUNT:   finished = count_complete && arriving_last_span && !listed;
      LOOK:    finished = word_arrives && arriving_last;
      STREAM:  finished = drained;
      UPDATE:  finished = drained;
      default: finished = 1'b0;
    endcase
  end

  assign job_ends = listed ? list_ends : (STAGES == 0 || job == STREAM) ? finished : settling == SETTLE_BITS'(1);

  always_ff @(posedge clk) begin
    if (reset) settling <= '0;
    else if (finished && job != STREAM) settling <= SETTLE_BITS'(STAGES);
    else if (settling != '0) settling <= settling - 1'b1;

    // Messages to the sequencer take a cycle (C2).
    distances_ready <= !reset && job_ends && job_next == IDLE && job_now == COUNT && !serves_spike;
    spike_done      <= !reset && job_ends && job_next == IDLE && (job_now == UPDATE || serves_spike);
    spike_credit    <= !reset && take_spike;
    spike_lost      <= !reset && loses_spike;
  end

  // ----- activity: what moved in this cycle -----

  localparam int COUNT_BITS = core_types::COUNT_BITS;
  logic [COUNT_BITS-1:0] distance_busy_cycles, activation_stall_cycles, port_conflict_cycles, pattern_bits_read;
  logic [COUNT_BITS-1:0] counter_bits_read, counter_bits_written, table_bits_read, bit_comparisons, distance_updates;
  logic [COUNT_BITS-1:0] distance_comparisons, kernel_lookups, spikes_taken, activations_sent;
  logic [COUNT_BITS-1:0] candidate_bits_read, candidate_bits_written, list_refreshes, list_overflows, copy_bits_written;
  logic [COUNT_BITS-1:0] spikes_dropped;
  logic [COUNT_BITS-1:0] lookups_now, rows_now, words_read_now, words_written_now;
  logic [           1:0] comparisons_per_lane;
  logic [COUNT_BITS-1:0] counter_bits;  // of a distance counter that can change, for the neurons in use
  logic [COUNT_BITS-1:0] index_bits;    // of a pattern's index, for the patterns in use
  logic [COUNT_BITS-1:0] list_words;    // looked up in this cycle for a stream from the list
  logic [PATTERN_BITS-1:0] last_pattern;

  assign last_pattern = p - 1'b1;

  always_comb begin
    lookups_now       = '0;
    rows_now          = '0;
    words_read_now    = '0;
    words_written_now = '0;
    counter_bits      = '0;
    for (int s = 0; s < SLOTS; s++) lookups_now = lookups_now + COUNT_BITS'(served[s]);
    for (int s = 0; s < SLICES; s++) begin
      rows_now          = rows_now + COUNT_BITS'((reads_row && row_read[s]) || list_reads[s]);
      words_read_now    = words_read_now + COUNT_BITS'((reads_word || reads_partial) && slice_read[s]);
      words_written_now = words_written_now + COUNT_BITS'(counter_write && slice_arrives[s]);
    end
    for (int b = 0; b < NEURON_BITS; b++) if (n[b]) counter_bits = COUNT_BITS'(b) + 1'b1;
    index_bits = COUNT_BITS'(1);
    for (int b = 0; b < PATTERN_BITS; b++) if (last_pattern[b]) index_bits = COUNT_BITS'(b) + 1'b1;
    list_words = '0;
    for (int place = 0; place < PLACES; place++)
      list_words = list_words + COUNT_BITS'(listed && looks_up && job_now == STREAM && places[place]);

    // Distances compared with each other, and with the window: in a stream once, in an update of `delta` old and new.
    comparisons_per_lane = 2'd0;
    if (count_complete) comparisons_per_lane = 2'(needs_smallest || listed);
    if (puts_aside || compares_partial) comparisons_per_lane = 2'd1;
    if (word_arrives)
      case (job)
        LOOK:    comparisons_per_lane = 2'd1;
        UPDATE:  comparisons_per_lane = keeps_fields ? 2'd2 + 2'(needs_smallest && !nearest_relative) : 2'(needs_smallest);
        default: comparisons_per_lane = 2'(zero_skip || keeps_fields);
      endcase
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      distance_busy_cycles    <= '0;
      activation_stall_cycles <= '0;
      port_conflict_cycles    <= '0;
      pattern_bits_read       <= '0;
      counter_bits_read       <= '0;
      counter_bits_written    <= '0;
      table_bits_read         <= '0;
      bit_comparisons         <= '0;
      distance_updates        <= '0;
      distance_comparisons    <= '0;
      kernel_lookups          <= '0;
      spikes_taken            <= '0;
      activations_sent        <= '0;
      candidate_bits_read     <= '0;
      candidate_bits_written  <= '0;
      list_refreshes          <= '0;
      list_overflows          <= '0;
      copy_bits_written       <= '0;
      spikes_dropped          <= '0;
    end else begin
      if (wants_row || row_arrives || wants_word || (word_arrives && job == UPDATE) || looks_up || settling != '0
          || gives_up || (listed && list_busy))
        distance_busy_cycles <= distance_busy_cycles + 1'b1;
      if (stalls) activation_stall_cycles <= activation_stall_cycles + 1'b1;
      if (conflict) port_conflict_cycles <= port_conflict_cycles + 1'b1;
      pattern_bits_read    <= pattern_bits_read + rows_now * COUNT_BITS'(LANES);
      counter_bits_read    <= counter_bits_read + words_read_now * COUNT_BITS'(LANES) * counter_bits;
      counter_bits_written <= counter_bits_written + words_written_now * COUNT_BITS'(LANES) * counter_bits;
      table_bits_read      <= table_bits_read + lookups_now * COUNT_BITS'(KERNEL_BITS);
      kernel_lookups       <= kernel_lookups + lookups_now;
      if (row_arrives && !ignored) bit_comparisons <= bit_comparisons + COUNT_BITS'(bits_compared);
      if (word_arrives && job == UPDATE) distance_updates <= distance_updates + COUNT_BITS'(lanes_arriving);
      if (list_moved) distance_updates <= distance_updates + COUNT_BITS'(list_entries);
      // A list is compared with the window for a stream, and with the smallest distance as well after a spike.
      distance_comparisons <= distance_comparisons + COUNT_BITS'(comparisons_per_lane) * COUNT_BITS'(lanes_arriving)
          + (list_marks ? COUNT_BITS'(list_entries) : '0) + (list_moved ? COUNT_BITS'(2) * COUNT_BITS'(list_entries) : '0);
      candidate_bits_read <= candidate_bits_read + list_words * (index_bits + counter_bits)
          + ((list_marks || list_moved) ? COUNT_BITS'(list_entries) * counter_bits : '0);
      candidate_bits_written <= candidate_bits_written + (list_takes ? index_bits + counter_bits : '0)
          + (list_moved ? COUNT_BITS'(list_entries) * counter_bits : '0);
      if (refreshes) list_refreshes <= list_refreshes + 1'b1;
      if (overflows) list_overflows <= list_overflows + 1'b1;
      copy_bits_written <= copy_bits_written + ((listed && first_pass) ? COUNT_BITS'(n) : '0)
          + COUNT_BITS'(listed && take_spike);
      if (take_spike) spikes_taken <= spikes_taken + 1'b1;
      if (loses_spike) spikes_dropped <= spikes_dropped + 1'b1;
      if (packet) activations_sent <= activations_sent + 1'b1;
    end
  end

  assign counts = {
    distance_busy_cycles, activation_stall_cycles, port_conflict_cycles, pattern_bits_read, counter_bits_read,
    counter_bits_written, table_bits_read, bit_comparisons, distance_updates, distance_comparisons, kernel_lookups,
    spikes_taken, activations_sent, candidate_bits_read, candidate_bits_written, list_refreshes, list_overflows,
    copy_bits_written,
    spikes_dropped
  };

`ifdef PROVE
  // One port serves a read or a write, two never the same word; spans are held in two registers. A command finds the unit
  // without a job, or waits in a register that is free, and rows are never read for two things at once.
  always_comb
    if (!reset) begin
      assert (!((reads_word || reads_partial) && counter_write) || (COUNTER_PORTS == 2 && span != arriving_span));
      assert (held <= 2'd2);
      assert (!(row_arrives && word_arrives));
      assert (!first_pass || (job == IDLE && !stream && !stream_waits));
      assert (!stream || (PIPELINED != 0 ? !stream_waits : job == IDLE));
      for (int s = 0; s < SLICES; s++) assert (!(reads_row && row_read[s] && list_reads[s]));
    end
`endif
`ifdef REACH_REFRESH
  always_comb if (!reset) assert (!refreshes);
`endif
`ifdef REACH_OVERFLOW
  always_comb if (!reset) assert (!overflows);
`endif
`ifdef REACH_LOST_SPIKE
  always_comb if (!reset) assert (!loses_spike);
`endif
`ifdef REACH_STREAM_WAITS
  always_comb if (!reset) assert (!stream_waits);
`endif
`ifdef REACH_SECOND_WORD
  always_comb if (!reset) assert (!(row_arrives && arriving_column != '0));
`endif
`ifdef REACH_CONFLICT
  always_comb if (!reset) assert (!conflict);
`endif
`ifdef REACH_BOTH_PORTS
  always_comb if (!reset) assert (!(reads_word && counter_write));
`endif
`ifdef REACH_HELD
  always_comb if (!reset) assert (held != 2'd2);
`endif
endmodule
