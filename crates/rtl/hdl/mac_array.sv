// The MAC array: B lanes that multiply kernel words by weights and sum the products.
//
// `synchronous`: a kernel word meets the B neurons of a group, one accumulator per lane. `delta`: it meets all groups in
// turn, and the sums are the field registers. `sweep`: up to B kernel words meet one neuron, in the accumulator of lane 0
// through an adder tree.
//
// A packet occupies the lanes for the cycles of M2. What it asks of the weight memory arrives R cycles later; products take
// M - 1 cycles more and are added in the last of the M (M4), so a sum stands in its register when the report is heard.
module mac_array #(
    parameter int LANES            = 4,
    parameter int MAC_LANES        = 2,
    parameter int WEIGHT_BANKS     = 2,
    parameter int MAX_N            = 16,
    parameter int MAX_P            = 32,
    parameter int WEIGHT_BITS      = 8,
    parameter int KERNEL_BITS      = 8,
    parameter int ACCUMULATOR_BITS = 24,
    parameter int SRAM_LATENCY     = 1,
    parameter int MAC_LATENCY      = 1,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int BITMAP           = 0,  // violated neurons are marked as fields change (S10)
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1),
    parameter int PLACES           = (LANES < MAC_LANES) ? LANES : MAC_LANES,
    parameter int NAMES            = 1,  // patterns that a packet names
    parameter int BANK_ROWS        = MAX_P * ((MAX_N + WEIGHT_BANKS - 1) / WEIGHT_BANKS),
    parameter int ROW_BITS         = (BANK_ROWS > 1) ? $clog2(BANK_ROWS) : 1,
    parameter int BANK_BITS        = (WEIGHT_BANKS > 1) ? $clog2(WEIGHT_BANKS) : 1,
    parameter int COUNTS           = 10
) (
    input  logic                                     clk,
    input  logic                                     reset,

    // settings
    input  logic [                  NEURON_BITS-1:0] n,
    input  logic [                 PATTERN_BITS-1:0] p,
    input  logic [                              1:0] dataflow,
    input  logic                                     zero_skip,
    // verilator lint_off UNUSEDSIGNAL
    input  logic [                  NEURON_BITS-1:0] weight_rows,  // rows of a pattern in a bank, ceil(N / banks)
    // verilator lint_on UNUSEDSIGNAL

    input  logic                                     load,
    input  logic [                    BANK_BITS-1:0] load_bank,
    input  logic [                     ROW_BITS-1:0] load_row,
    input  logic [                  WEIGHT_BITS-1:0] load_data,

    // distance unit
    input  logic                                     packet,
    input  logic [                       PLACES-1:0] packet_places,
    input  logic [       PLACES*(KERNEL_BITS+1)-1:0] packet_words,
    input  logic                                     packet_last,
    input  logic                                     packet_clear,     // of the field registers, before its products (K5)
    input  logic [           NAMES*PATTERN_BITS-1:0] packet_patterns,  // of its first place, or of every place
    input  logic [                  NEURON_BITS-1:0] packet_target,  // group or neuron
    output logic                                     packet_credit,

    // sequencer
    output logic                                     sum_ready,
    output logic [                  NEURON_BITS-1:0] sum_target,
    output logic [   MAC_LANES*ACCUMULATOR_BITS-1:0] sums,
    input  logic [                  NEURON_BITS-1:0] field_neuron,   // S4: one field register is read per cycle
    output logic [             ACCUMULATOR_BITS-1:0] field,
    input  logic [                        MAX_N-1:0] state,
    output logic [                        MAX_N-1:0] violated,       // fields against their neurons

    output logic [COUNTS*core_types::COUNT_BITS-1:0] counts
);
  localparam int WORD_BITS = KERNEL_BITS + 1;
  localparam int GROUPS = (MAX_N + MAC_LANES - 1) / MAC_LANES;
  localparam int BANK_CYCLES = (MAC_LANES + WEIGHT_BANKS - 1) / WEIGHT_BANKS;  // for one weight of every lane
  localparam int ENTRY_BITS = PLACES + PLACES * WORD_BITS + 2 + NAMES * PATTERN_BITS + NEURON_BITS;
  localparam int TURN_BITS = $clog2(BANK_CYCLES + 1);
  localparam int SUM_BITS = $clog2(MAX_P + MAX_N + 1);
  localparam int PRODUCT_BITS = ((WEIGHT_BITS > 1) ? WEIGHT_BITS : 2) + WORD_BITS;

  logic per_group, per_neuron, keeps_fields;
  assign per_group    = dataflow == core_types::SYNCHRONOUS;
  assign per_neuron   = dataflow == core_types::SWEEP;
  assign keeps_fields = dataflow == core_types::DELTA;

  // ----- activation queue (M1, M3) -----

  logic                  waits, takes, occupied;
  logic [ENTRY_BITS-1:0] front, held, at_hand;

  fifo #(.WIDTH(ENTRY_BITS), .DEPTH(ACTIVATION_QUEUE)) activation_queue (
      .clk, .reset,
      .push(packet), .push_data({packet_places, packet_words, packet_last, packet_clear, packet_patterns, packet_target}),
      .pop(takes), .front_valid(waits), .front_data(front)
  );

  assign takes   = waits && !occupied;
  assign at_hand = occupied ? held : front;

  logic [          PLACES-1:0] places;
  logic [PLACES*WORD_BITS-1:0] words;
  logic                        last, clear;
  logic [NAMES*PATTERN_BITS-1:0] patterns;
  logic [     NEURON_BITS-1:0] target;
  assign {places, words, last, clear, patterns, target} = at_hand;

  // The pattern of a place: its own, or the one so many after the first place's.
  function automatic logic [PATTERN_BITS-1:0] pattern_of(input logic [NAMES*PATTERN_BITS-1:0] named, input int place);
    pattern_of = (NAMES > 1) ? named[(place%NAMES)*PATTERN_BITS+:PATTERN_BITS]
                             : named[PATTERN_BITS-1:0] + PATTERN_BITS'(place);
  endfunction

  // ----- occupation (M2): which lanes have their weight read in this cycle -----

  logic                    works;        // a packet occupies the lanes in this cycle
  logic                    empty, last_cycle, last_turn, last_group;
  logic [     TURN_BITS-1:0] turn;         // of the banks, within a group
  logic [   NEURON_BITS-1:0] group_at_hand, next_group, group;
  logic [   NEURON_BITS-1:0] group_base;   // first neuron of the group
  logic [        PLACES-1:0] to_read, left;  // places of `sweep` whose weight is still to be read
  logic [     MAC_LANES-1:0] reads;        // lanes

  assign works      = takes || occupied;
  assign empty      = places == '0;
  assign group      = per_group ? target : occupied ? group_at_hand : '0;
  assign group_base = NEURON_BITS'(group * NEURON_BITS'(MAC_LANES));
  assign last_turn  = turn == TURN_BITS'(BANK_CYCLES - 1);
  assign last_group = !keeps_fields || (NEURON_BITS + 1)'(group_base) + (NEURON_BITS + 1)'(MAC_LANES) >= {1'b0, n};
  assign next_group = last_turn ? group + 1'b1 : group;
  assign to_read    = occupied ? left : places;
  assign last_cycle = empty || (per_neuron ? (to_read & ~reads[PLACES-1:0]) == '0 : last_turn && last_group);

  always_comb begin
    reads = '0;
    if (works && !empty) begin
      if (per_neuron) begin
        // A bank gives one word per cycle: of the places that lie in the same bank the first that is left.
        for (int place = 0; place < PLACES; place++) begin
          reads[place] = to_read[place];
          for (int earlier = 0; earlier < PLACES; earlier++)
            if (earlier < place && same_bank(banks_named, earlier, place) && to_read[earlier]) reads[place] = 1'b0;
        end
      end else begin
        for (int lane = 0; lane < MAC_LANES; lane++)
          reads[lane] = turn == TURN_BITS'(lane / WEIGHT_BANKS)
              && (NEURON_BITS + 1)'(group_base) + (NEURON_BITS + 1)'(lane) < {1'b0, n};
      end
    end
  end

  always_ff @(posedge clk) begin
    if (takes) held <= front;
    if (works) begin
      left          <= to_read & ~reads[PLACES-1:0];
      group_at_hand <= next_group;
    end
    if (reset) begin
      occupied      <= 1'b0;
      turn          <= '0;
      packet_credit <= 1'b0;
    end else begin
      occupied      <= works && !last_cycle;
      packet_credit <= takes;
      if (works) turn <= (last_turn || last_cycle) ? '0 : turn + 1'b1;
    end
  end

  // ----- weight memory: the weight of pattern mu and neuron i is row mu * weight_rows + i / banks of bank (mu + i) mod banks,
  //       so a lane's bank is the first lane's, plus the lane; where every place names its pattern it has a bank of its own -----

  localparam int BANKED = (NAMES > 1) ? MAC_LANES : 1;
  logic [BANKED*BANK_BITS-1:0] banks_named, banks_named_arrived;
  logic [MAC_LANES*ROW_BITS-1:0] lane_row;
  logic [WEIGHT_BANKS-1:0] bank_reads;
  logic [WEIGHT_BANKS*ROW_BITS-1:0] bank_row;
  logic [WEIGHT_BANKS*WEIGHT_BITS-1:0] bank_word;

  function automatic logic [BANK_BITS-1:0] bank_of(input logic [BANK_BITS-1:0] first, input int lane);
    logic [BANK_BITS:0] sum;
    sum = {1'b0, first} + (BANK_BITS + 1)'(lane % WEIGHT_BANKS);
    bank_of = BANK_BITS'((sum >= (BANK_BITS + 1)'(WEIGHT_BANKS)) ? sum - (BANK_BITS + 1)'(WEIGHT_BANKS) : sum);
  endfunction

  function automatic logic [BANK_BITS-1:0] bank_of_lane(input logic [BANKED*BANK_BITS-1:0] named, input int lane);
    bank_of_lane = (NAMES > 1) ? named[(lane%BANKED)*BANK_BITS+:BANK_BITS] : bank_of(named[BANK_BITS-1:0], lane);
  endfunction

  function automatic logic same_bank(input logic [BANKED*BANK_BITS-1:0] named, input int place, input int other);
    same_bank = (NAMES > 1) ? bank_of_lane(named, place) == bank_of_lane(named, other)
                            : place % WEIGHT_BANKS == other % WEIGHT_BANKS;
  endfunction

  logic [NEURON_BITS-1:0] first_neuron;
  assign first_neuron  = per_neuron ? target : group_base;

  always_comb begin
    logic [BANK_BITS-1:0] bank_of_first;
    bank_of_first = BANK_BITS'((SUM_BITS'(pattern_of(patterns, 0)) + SUM_BITS'(first_neuron)) % SUM_BITS'(WEIGHT_BANKS));
    for (int lane = 0; lane < BANKED; lane++)
      banks_named[lane*BANK_BITS+:BANK_BITS] = (per_neuron && lane < PLACES)
          ? BANK_BITS'((SUM_BITS'(pattern_of(patterns, lane)) + SUM_BITS'(first_neuron)) % SUM_BITS'(WEIGHT_BANKS))
          : bank_of(bank_of_first, lane);
  end

  always_comb begin
    // verilator lint_off UNUSEDSIGNAL
    logic [NEURON_BITS:0] neuron, neuron_row;
    // verilator lint_on UNUSEDSIGNAL
    lane_row   = '0;
    bank_reads = '0;
    bank_row   = '0;
    neuron     = '0;
    neuron_row = '0;
    if (works && !empty) begin
      for (int lane = 0; lane < MAC_LANES; lane++) begin
        neuron = (NEURON_BITS + 1)'(first_neuron) + (per_neuron ? '0 : (NEURON_BITS + 1)'(lane));
        neuron_row = neuron / (NEURON_BITS + 1)'(WEIGHT_BANKS);
        lane_row[lane*ROW_BITS+:ROW_BITS] = ROW_BITS'(neuron_row)
            + ROW_BITS'(pattern_of(patterns, per_neuron ? lane : 0)) * ROW_BITS'(weight_rows);
        for (int bank = 0; bank < WEIGHT_BANKS; bank++) begin
          if (reads[lane] && bank_of_lane(banks_named, lane) == BANK_BITS'(bank)) begin
            bank_reads[bank] = 1'b1;
            bank_row[bank*ROW_BITS+:ROW_BITS] = lane_row[lane*ROW_BITS+:ROW_BITS];
          end
        end
      end
    end
  end

  generate
    for (genvar bank = 0; bank < WEIGHT_BANKS; bank++) begin : banks
      logic loads;
      assign loads = load && load_bank == BANK_BITS'(bank);
      sram_1rw #(.WIDTH(WEIGHT_BITS), .DEPTH(BANK_ROWS), .LATENCY(SRAM_LATENCY)) weight_memory (
          .clk,
          .enable(bank_reads[bank] || loads),
          .write(loads),
          .address(loads ? load_row : bank_row[bank*ROW_BITS+:ROW_BITS]),
          .write_data(load_data),
          .read_data(bank_word[bank*WEIGHT_BITS+:WEIGHT_BITS])
      );
    end
  endgenerate

  // ----- arrival: R cycles after the read -----

  logic                        arrives, arrives_first, arrives_empty, arrives_clear, starts_sum;
  logic [       MAC_LANES-1:0] lane_arrives;
  logic [PLACES*WORD_BITS-1:0] arriving_words;
  logic [     NEURON_BITS-1:0] arriving_group;

  always_ff @(posedge clk) begin
    if (reset) starts_sum <= 1'b1;
    else if (works && (last_cycle || per_neuron)) starts_sum <= last && last_cycle;
  end

  delay #(.WIDTH(1), .STAGES(SRAM_LATENCY)) read_delay (.clk, .reset, .in(works), .out(arrives));
  delay #(.WIDTH(3 + MAC_LANES + PLACES * WORD_BITS + NEURON_BITS + BANKED * BANK_BITS), .STAGES(SRAM_LATENCY)) operand_delay (
      .clk, .reset,
      .in({starts_sum, empty, takes && clear, reads, words, group, banks_named}),
      .out({arrives_first, arrives_empty, arrives_clear, lane_arrives, arriving_words, arriving_group, banks_named_arrived})
  );

  // ----- products -----

  logic [MAC_LANES*PRODUCT_BITS-1:0] products;

  always_comb begin
    logic [WEIGHT_BITS-1:0] weight;
    logic [PRODUCT_BITS-1:0] weight_value, kernel_value;  // sign-extended
    logic [WORD_BITS-1:0] word;
    products     = '0;
    weight       = '0;
    weight_value = '0;
    kernel_value = '0;
    word         = '0;
    if (arrives && !arrives_empty) begin
      for (int lane = 0; lane < MAC_LANES; lane++) begin
        for (int bank = 0; bank < WEIGHT_BANKS; bank++)
          if (bank_of_lane(banks_named_arrived, lane) == BANK_BITS'(bank))
            weight = bank_word[bank*WEIGHT_BITS+:WEIGHT_BITS];
        word = (per_neuron && lane < PLACES)
            ? arriving_words[(lane%PLACES)*WORD_BITS+:WORD_BITS] : arriving_words[WORD_BITS-1:0];
        // A weight of one bit is a sign: 1 for +1, 0 for -1.
        weight_value = (WEIGHT_BITS == 1) ? {{(PRODUCT_BITS - 1) {~weight[0]}}, 1'b1}
                                          : {{(PRODUCT_BITS - WEIGHT_BITS) {weight[WEIGHT_BITS-1]}}, weight};
        kernel_value = {{(PRODUCT_BITS - WORD_BITS) {word[WORD_BITS-1]}}, word};
        if (lane_arrives[lane]) products[lane*PRODUCT_BITS+:PRODUCT_BITS] = weight_value * kernel_value;
      end
    end
  end

  // ----- the last of the M cycles: sums -----

  logic                              adds, adds_first, adds_empty, adds_clear;
  logic [             MAC_LANES-1:0] lane_adds;
  logic [           NEURON_BITS-1:0] adding_group;
  logic [MAC_LANES*PRODUCT_BITS-1:0] addends;

  delay #(.WIDTH(1), .STAGES(MAC_LATENCY - 1)) product_valid (.clk, .reset, .in(arrives), .out(adds));
  delay #(.WIDTH(3 + MAC_LANES + NEURON_BITS + MAC_LANES * PRODUCT_BITS), .STAGES(MAC_LATENCY - 1)) product_delay (
      .clk, .reset,
      .in({arrives_first, arrives_empty, arrives_clear, lane_arrives, arriving_group, products}),
      .out({adds_first, adds_empty, adds_clear, lane_adds, adding_group, addends})
  );

  // The products of one neuron come through the adder tree, whose stages are the same M - 1 cycles (P4).
  logic [ACCUMULATOR_BITS-1:0] products_of_neuron;
  adder_tree #(
      .COUNT(MAC_LANES), .IN_WIDTH(PRODUCT_BITS), .OUT_WIDTH(ACCUMULATOR_BITS), .STAGES(MAC_LATENCY - 1)
  ) adder_tree (
      .clk, .addends(per_neuron ? products : '0), .sum(products_of_neuron)
  );

  // The field registers lie group by group, so that a group's sums are one slice of them.
  localparam int GROUP_BITS = MAC_LANES * ACCUMULATOR_BITS;
  localparam int SIGN_BITS = (ACCUMULATOR_BITS > PRODUCT_BITS) ? ACCUMULATOR_BITS - PRODUCT_BITS : 1;
  logic [GROUPS*GROUP_BITS-1:0] fields;
  logic [       GROUP_BITS-1:0] old_sums, new_sums;

  function automatic logic [ACCUMULATOR_BITS-1:0] extend(input logic [PRODUCT_BITS-1:0] product);
    extend = ACCUMULATOR_BITS'({{SIGN_BITS{product[PRODUCT_BITS-1]}}, product});
  endfunction

  always_comb begin
    old_sums = '0;
    new_sums = '0;
    if (adds) begin
      old_sums = !keeps_fields ? sums : adds_clear ? '0 : fields[adding_group*GROUP_BITS+:GROUP_BITS];
      new_sums = old_sums;
      if (per_neuron) begin
        // A sum begins with its first products (C5).
        new_sums[ACCUMULATOR_BITS-1:0] = (adds_first ? '0 : old_sums[ACCUMULATOR_BITS-1:0]) + products_of_neuron;
      end else begin
        for (int lane = 0; lane < MAC_LANES; lane++) begin
          if (lane_adds[lane])
            new_sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] =
                ((adds_first && per_group) ? '0 : old_sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS])
                + extend(addends[lane*PRODUCT_BITS+:PRODUCT_BITS]);
          else if (adds_first && adds_empty && per_group)
            new_sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] = '0;
        end
      end
    end
  end

  always_ff @(posedge clk) begin
    if (reset || (adds && adds_clear)) fields <= '0;
    if (!reset && adds && keeps_fields && lane_adds != '0) fields[adding_group*GROUP_BITS+:GROUP_BITS] <= new_sums;
    if (adds && !keeps_fields) sums <= new_sums;
  end

  assign field = fields[field_neuron*ACCUMULATOR_BITS+:ACCUMULATOR_BITS];

  // A field is against its neuron if it is not zero and has the other sign. Whether it is zero is found out when it changes.
  generate
    if (BITMAP != 0) begin : bitmap
      logic [GROUPS*MAC_LANES-1:0] not_zero;
      always_ff @(posedge clk) begin
        if (reset || (adds && adds_clear)) not_zero <= '0;
        if (!reset && adds && keeps_fields)
          for (int lane = 0; lane < MAC_LANES; lane++)
            if (lane_adds[lane])
              not_zero[adding_group*MAC_LANES+lane] <= new_sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] != '0;
      end
      always_comb
        for (int i = 0; i < MAX_N; i++)
          violated[i] = not_zero[i] && fields[i*ACCUMULATOR_BITS+ACCUMULATOR_BITS-1] == state[i];
    end else begin : no_bitmap
      logic unused;
      assign unused = &{1'b0, state};
      assign violated = '0;
    end
  endgenerate

  // M4: complete R + M cycles after the last packet of the sum has occupied the lanes for the last time.
  delay #(.WIDTH(1 + NEURON_BITS), .STAGES(SRAM_LATENCY + MAC_LATENCY)) report_delay (
      .clk, .reset, .in({works && last_cycle && last, target}), .out({sum_ready, sum_target})
  );

  // ----- activity -----

  localparam int COUNT_BITS = core_types::COUNT_BITS;
  logic [COUNT_BITS-1:0] mac_busy_cycles, bank_conflict_cycles, weight_bits_read, field_bits_read, field_bits_written;
  logic [COUNT_BITS-1:0] macs, activations_taken, activation_words, activation_bits, violation_checks;
  logic [COUNT_BITS-1:0] lanes_reading, banks_reading, lanes_adding, fields_cleared, words_taken, index_bits, word_bits;
  logic [PATTERN_BITS-1:0] last_pattern;

  assign last_pattern = p - 1'b1;

  always_comb begin
    lanes_reading = '0;
    banks_reading = '0;
    lanes_adding  = '0;
    fields_cleared = (takes && clear) ? COUNT_BITS'(n) : '0;
    words_taken   = '0;
    index_bits    = COUNT_BITS'(1);
    for (int lane = 0; lane < MAC_LANES; lane++) begin
      lanes_reading = lanes_reading + COUNT_BITS'(reads[lane]);
      lanes_adding  = lanes_adding + COUNT_BITS'(adds && lane_adds[lane]);
    end
    for (int bank = 0; bank < WEIGHT_BANKS; bank++) banks_reading = banks_reading + COUNT_BITS'(bank_reads[bank]);
    for (int place = 0; place < PLACES; place++) words_taken = words_taken + COUNT_BITS'(takes && places[place]);
    // The pattern's index goes with a word where patterns are left out, and a sign where the word is a difference.
    for (int b = 0; b < PATTERN_BITS; b++) if (last_pattern[b]) index_bits = COUNT_BITS'(b) + 1'b1;
    word_bits = COUNT_BITS'(KERNEL_BITS) + COUNT_BITS'(keeps_fields)
        + ((keeps_fields || zero_skip) ? index_bits : '0);
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      mac_busy_cycles      <= '0;
      bank_conflict_cycles <= '0;
      weight_bits_read     <= '0;
      field_bits_read      <= '0;
      field_bits_written   <= '0;
      macs                 <= '0;
      activations_taken    <= '0;
      activation_words     <= '0;
      activation_bits      <= '0;
      violation_checks     <= '0;
    end else begin
      if (works && !empty) mac_busy_cycles <= mac_busy_cycles + 1'b1;
      if (works && !empty && (per_neuron ? occupied : turn != '0)) bank_conflict_cycles <= bank_conflict_cycles + 1'b1;
      weight_bits_read <= weight_bits_read + banks_reading * COUNT_BITS'(WEIGHT_BITS);
      macs             <= macs + lanes_reading;
      if (keeps_fields) begin
        if (BITMAP != 0) violation_checks <= violation_checks + lanes_adding;
        field_bits_read    <= field_bits_read + lanes_adding * COUNT_BITS'(ACCUMULATOR_BITS);
        field_bits_written <= field_bits_written + (lanes_adding + fields_cleared) * COUNT_BITS'(ACCUMULATOR_BITS);
      end
      if (takes) activations_taken <= activations_taken + 1'b1;
      activation_words <= activation_words + words_taken;
      activation_bits  <= activation_bits + words_taken * word_bits;
    end
  end

  assign counts = {
    mac_busy_cycles, bank_conflict_cycles, weight_bits_read, field_bits_read, field_bits_written, macs, activations_taken,
    activation_words, activation_bits, violation_checks
  };
endmodule
