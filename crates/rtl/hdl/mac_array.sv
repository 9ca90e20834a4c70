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
    parameter int CANDIDATES       = 0,
    parameter int BITMAP           = 0,  // violated neurons are marked as fields change (S10)
    parameter int TREE_LATENCY     = 0,  // cycles of a comparator tree over all fields; 0 for none (S11)
    parameter int DROPS            = 0,  // what finds the activation queue full is lost (M6)
    parameter int SIGN_SHARING     = 0,  // weight words are magnitudes, and the patterns hold the signs (M5, D18)
    parameter int WEIGHT_WORD      = 1,  // weights of consecutive neurons in a word of a bank
    parameter int WEIGHT_CODING    = 0,  // how a code stands for a weight (weight_value.sv)
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1),
    parameter int PLACES           = (LANES < MAC_LANES) ? LANES : MAC_LANES,
    parameter int NAMES            = 1,  // patterns that a packet names
    parameter int STORED_BITS      = WEIGHT_BITS - ((SIGN_SHARING != 0) ? 1 : 0),  // of a weight; none without a memory
    parameter int SLOT_BITS        = (STORED_BITS > 0) ? STORED_BITS : 1,
    parameter int BANK_WORD_BITS   = WEIGHT_WORD * SLOT_BITS,
    parameter int BANK_ROWS        = MAX_P * (((MAX_N + WEIGHT_WORD - 1) / WEIGHT_WORD + WEIGHT_BANKS - 1) / WEIGHT_BANKS),
    parameter int ROW_BITS         = (BANK_ROWS > 1) ? $clog2(BANK_ROWS) : 1,
    parameter int BANK_BITS        = (WEIGHT_BANKS > 1) ? $clog2(WEIGHT_BANKS) : 1,
    parameter int SIGN_ROWS        = MAX_P * ((MAX_N + LANES - 1) / LANES),
    parameter int SIGN_ROW_BITS    = (SIGN_ROWS > 1) ? $clog2(SIGN_ROWS) : 1,
    parameter int COUNTS           = 14
) (
    input  logic                                     clk,
    input  logic                                     reset,

    // settings
    input  logic [                  NEURON_BITS-1:0] n,
    input  logic [                 PATTERN_BITS-1:0] p,
    input  logic [                              1:0] dataflow,
    input  logic                                     zero_skip,
    // verilator lint_off UNUSEDSIGNAL
    input  logic [                  NEURON_BITS-1:0] weight_rows,  // rows of a pattern in a bank, ceil(N / word / banks)
    input  logic [                  NEURON_BITS-1:0] row_words,    // words of a pattern by row, ceil(N / LANES)
    // verilator lint_on UNUSEDSIGNAL

    input  logic                                     load,
    input  logic [                    BANK_BITS-1:0] load_bank,
    input  logic [                     ROW_BITS-1:0] load_row,
    input  logic [               BANK_WORD_BITS-1:0] load_data,
    input  logic                                     load_signs,
    input  logic [                SIGN_ROW_BITS-1:0] load_sign_row,
    input  logic [                        LANES-1:0] load_sign_word,

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
    input  logic                                     search_starts,  // for the most violated neuron
    output logic                                     search_ready,
    output logic                                     search_found,
    output logic [                  NEURON_BITS-1:0] search_neuron,

    output logic [COUNTS*core_types::COUNT_BITS-1:0] counts
);
  localparam int WORD_BITS = KERNEL_BITS + 1;
  localparam int GROUPS = (MAX_N + MAC_LANES - 1) / MAC_LANES;
  localparam int HAS_WEIGHTS = (STORED_BITS > 0) ? 1 : 0;
  // For one weight of every lane; without a weight memory no lane waits for another.
  localparam int TURN_NEURONS = (HAS_WEIGHTS != 0) ? WEIGHT_WORD * WEIGHT_BANKS : MAC_LANES;
  localparam int BANK_CYCLES = (MAC_LANES + TURN_NEURONS - 1) / TURN_NEURONS;
  localparam int SIGN_CYCLES = (SIGN_SHARING != 0) ? (MAC_LANES + LANES - 2) / LANES + 1 : 1;  // at most
  localparam int TURNS = (BANK_CYCLES > SIGN_CYCLES) ? BANK_CYCLES : SIGN_CYCLES;
  localparam int ENTRY_BITS = PLACES + PLACES * WORD_BITS + 2 + NAMES * PATTERN_BITS + NEURON_BITS;
  localparam int TURN_BITS = $clog2(TURNS + 1);
  localparam int SUM_BITS = $clog2(MAX_P + MAX_N + 1);
  localparam int WORD_SLOT = (WEIGHT_WORD > 1) ? $clog2(WEIGHT_WORD) : 1;
  // Odd weights have one bit more than is stored of them.
  localparam int VALUE_BITS = (WEIGHT_BITS == 1) ? 2 : WEIGHT_BITS + ((WEIGHT_CODING == 2) ? 1 : 0);
  localparam int PRODUCT_BITS = VALUE_BITS + WORD_BITS;

  logic per_group, per_neuron, keeps_fields;
  assign per_group    = dataflow == core_types::SYNCHRONOUS;
  assign per_neuron   = dataflow == core_types::SWEEP;
  assign keeps_fields = dataflow == core_types::DELTA;

  // ----- activation queue (M1, M3) -----

  logic                  waits, takes, occupied;
  logic                  queue_full;
  logic [ENTRY_BITS-1:0] front, arriving, held, at_hand;

  fifo #(.WIDTH(ENTRY_BITS), .DEPTH(ACTIVATION_QUEUE)) activation_queue (
      .clk, .reset,
      .push(packet && !closed), .push_data({packet_places, packet_words, packet_last, packet_clear, packet_patterns, packet_target}),
      .pop(takes_entry), .full(queue_full), .front_valid(waits), .front_data(front)
  );

  // M6: without credits a packet that finds the queue full is lost. The end of its sum is not: it waits beside the queue
  // until that is empty, and what arrives before is lost as well, so the ends that wait are those of sums one after the other.
  logic                   closed, loses, takes_entry, takes_end;
  logic [NEURON_BITS-1:0] end_target;
  generate
    if (DROPS != 0) begin : ends_beside
      localparam int ENDS_BITS = $clog2(ACTIVATION_QUEUE * GROUPS * TURNS + GROUPS + 2);
      logic [ENDS_BITS-1:0] ends;
      logic                 loses_end;
      assign closed    = queue_full || ends != '0;
      assign loses     = packet && closed;
      assign loses_end = packet && closed && packet_last;
      assign takes_end = ends != '0 && !waits && !occupied;
      always_ff @(posedge clk) begin
        if (reset) ends <= '0;
        else ends <= ends + ENDS_BITS'(loses_end) - ENDS_BITS'(takes_end);
        if (loses_end && ends == '0) end_target <= packet_target;
        else if (takes_end) end_target <= end_target + 1'b1;
      end
`ifdef PROVE
      // Ends are counted without passing the largest number.
      always_comb if (!reset) assert (ends != '1 || !loses_end || takes_end);
`endif
`ifdef REACH_END_BESIDE
      always_comb if (!reset) assert (!takes_end);
`endif
    end else begin : no_ends_beside
      logic unused;
      assign unused     = &{1'b0, queue_full};
      assign closed     = 1'b0;
      assign loses      = 1'b0;
      assign takes_end  = 1'b0;
      assign end_target = '0;
    end
  endgenerate

  localparam int HEAD_BITS = PLACES + PLACES * WORD_BITS;
  localparam int PATTERNS_BITS = NAMES * PATTERN_BITS;
  assign takes_entry = waits && !occupied;
  assign takes       = takes_entry || takes_end;
  assign arriving    = takes_end ? {{HEAD_BITS{1'b0}}, 2'b10, {PATTERNS_BITS{1'b0}}, end_target} : front;
  assign at_hand     = occupied ? held : arriving;

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
  logic                    signs_read;   // those of the group, with this cycle (M5)
  logic [     TURN_BITS-1:0] turn;         // of the banks, within a group
  logic [   NEURON_BITS-1:0] group_at_hand, next_group, group;
  logic [   NEURON_BITS-1:0] group_base;   // first neuron of the group
  logic [        PLACES-1:0] to_read, left;  // places of `sweep` whose weight is still to be read
  logic [     MAC_LANES-1:0] reads;        // lanes

  assign works      = takes || occupied;
  assign empty      = places == '0;
  assign group      = per_group ? target : occupied ? group_at_hand : '0;
  assign group_base = NEURON_BITS'(group * NEURON_BITS'(MAC_LANES));
  assign last_turn  = turn + 1'b1 >= TURN_BITS'(BANK_CYCLES) && signs_read;
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
            if (HAS_WEIGHTS != 0 && earlier < place && same_bank(banks_named, earlier, place) && to_read[earlier])
              reads[place] = 1'b0;
        end
      end else begin
        for (int lane = 0; lane < MAC_LANES; lane++)
          reads[lane] = turn == TURN_BITS'(lane / TURN_NEURONS)
              && (NEURON_BITS + 1)'(group_base) + (NEURON_BITS + 1)'(lane) < {1'b0, n};
      end
    end
  end

  always_ff @(posedge clk) begin
    if (takes) held <= arriving;
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

  // ----- weight memory: weight i mod w of row mu * weight_rows + j / banks of bank (mu + j) mod banks, with j = i / w, is
  //       that of pattern mu and neuron i; so a lane's bank is the first lane's, plus the words (or patterns) between; where
  //       every place names its pattern it has a bank of its own -----

  localparam int BANKED = (NAMES > 1) ? MAC_LANES : 1;
  logic [BANKED*BANK_BITS-1:0] banks_named, banks_named_arrived;
  logic [MAC_LANES*ROW_BITS-1:0] lane_row;
  logic [WEIGHT_BANKS-1:0] bank_reads;
  logic [WEIGHT_BANKS*ROW_BITS-1:0] bank_row;
  logic [WEIGHT_BANKS*BANK_WORD_BITS-1:0] bank_word;

  function automatic logic [BANK_BITS-1:0] bank_of(input logic [BANK_BITS-1:0] first, input int after);
    logic [BANK_BITS:0] sum;
    sum = {1'b0, first} + (BANK_BITS + 1)'(after % WEIGHT_BANKS);
    bank_of = BANK_BITS'((sum >= (BANK_BITS + 1)'(WEIGHT_BANKS)) ? sum - (BANK_BITS + 1)'(WEIGHT_BANKS) : sum);
  endfunction

  function automatic logic [BANK_BITS-1:0] bank_of_lane(
      input logic [BANKED*BANK_BITS-1:0] named, input logic by_place, input int lane);
    bank_of_lane = (NAMES > 1) ? named[(lane%BANKED)*BANK_BITS+:BANK_BITS]
                               : bank_of(named[BANK_BITS-1:0], by_place ? lane : lane / WEIGHT_WORD);
  endfunction

  function automatic logic same_bank(input logic [BANKED*BANK_BITS-1:0] named, input int place, input int other);
    same_bank = (NAMES > 1) ? bank_of_lane(named, 1'b1, place) == bank_of_lane(named, 1'b1, other)
                            : place % WEIGHT_BANKS == other % WEIGHT_BANKS;
  endfunction

  logic [NEURON_BITS-1:0] first_neuron, first_word;
  assign first_neuron = per_neuron ? target : group_base;
  assign first_word   = NEURON_BITS'(32'(first_neuron) / 32'(WEIGHT_WORD));

  always_comb begin
    logic [BANK_BITS-1:0] bank_of_first;
    bank_of_first = BANK_BITS'((SUM_BITS'(pattern_of(patterns, 0)) + SUM_BITS'(first_word)) % SUM_BITS'(WEIGHT_BANKS));
    for (int lane = 0; lane < BANKED; lane++)
      banks_named[lane*BANK_BITS+:BANK_BITS] = (per_neuron && lane < PLACES)
          ? BANK_BITS'((SUM_BITS'(pattern_of(patterns, lane)) + SUM_BITS'(first_word)) % SUM_BITS'(WEIGHT_BANKS))
          : bank_of(bank_of_first, lane / WEIGHT_WORD);
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
        neuron_row = (NEURON_BITS + 1)'(32'(neuron) / 32'(WEIGHT_WORD * WEIGHT_BANKS));
        lane_row[lane*ROW_BITS+:ROW_BITS] = ROW_BITS'(neuron_row)
            + ROW_BITS'(pattern_of(patterns, per_neuron ? lane : 0)) * ROW_BITS'(weight_rows);
        for (int bank = 0; bank < WEIGHT_BANKS; bank++) begin
          if (reads[lane] && bank_of_lane(banks_named, per_neuron, lane) == BANK_BITS'(bank)) begin
            bank_reads[bank] = 1'b1;
            bank_row[bank*ROW_BITS+:ROW_BITS] = lane_row[lane*ROW_BITS+:ROW_BITS];
          end
        end
      end
    end
  end

  generate
    for (genvar bank = 0; bank < WEIGHT_BANKS; bank++) begin : banks
      if (HAS_WEIGHTS != 0) begin : memory
        logic loads;
        assign loads = load && load_bank == BANK_BITS'(bank);
        sram_1rw #(.WIDTH(BANK_WORD_BITS), .DEPTH(BANK_ROWS), .LATENCY(SRAM_LATENCY)) weight_memory (
            .clk,
            .enable(bank_reads[bank] || loads),
            .write(loads),
            .address(loads ? load_row : bank_row[bank*ROW_BITS+:ROW_BITS]),
            .write_data(load_data),
            .read_data(bank_word[bank*BANK_WORD_BITS+:BANK_WORD_BITS])
        );
      end else begin : no_memory
        logic unused;
        assign unused = &{1'b0, load, load_bank, load_row, load_data, bank_row};
        assign bank_word[bank*BANK_WORD_BITS+:BANK_WORD_BITS] = '1;  // a sign has the magnitude 1
      end
    end
  endgenerate

  // ----- signs by row: with them a lane multiplies when it has weight and sign -----

  logic                 reads_signs;
  logic [MAC_LANES-1:0] multiplies, lane_up;
  generate
    if (SIGN_SHARING != 0) begin : signs
      logic                 by_row, all_read;
      logic [MAC_LANES-1:0] lanes_ready;
      assign by_row     = works && !empty && !per_neuron;
      assign signs_read = all_read;
      assign multiplies = per_neuron ? reads : lanes_ready;
      sign_reader #(
          .LANES(LANES), .MAC_LANES(MAC_LANES), .TURN_NEURONS(TURN_NEURONS), .MAX_N(MAX_N), .MAX_P(MAX_P),
          .SRAM_LATENCY(SRAM_LATENCY), .TURN_BITS(TURN_BITS)
      ) sign_reader (
          .clk, .reset, .n, .row_words,
          .load(load_signs), .load_row(load_sign_row), .load_data(load_sign_word),
          .works(by_row), .pattern(pattern_of(patterns, 0)), .group_base, .turn,
          .reads(reads_signs), .all_read, .multiplies(lanes_ready), .lane_up
      );
    end else begin : no_signs
      logic unused;
      assign unused      = &{1'b0, row_words, load_signs, load_sign_row, load_sign_word};
      assign reads_signs = 1'b0;
      assign signs_read  = 1'b1;
      assign multiplies  = reads;
      assign lane_up     = '0;
    end
  endgenerate

  // ----- arrival: R cycles after the read -----

  logic                        arrives, arrives_first, arrives_empty, arrives_clear, starts_sum;
  logic [       MAC_LANES-1:0] lane_arrives, weight_arrives;
  logic [       WORD_SLOT-1:0] neuron_slot, neuron_slot_arrived;  // in its word, of the neuron of `sweep`
  logic [PLACES*WORD_BITS-1:0] arriving_words;
  logic [     NEURON_BITS-1:0] arriving_group;

  always_ff @(posedge clk) begin
    if (reset) starts_sum <= 1'b1;
    else if (works && (last_cycle || per_neuron)) starts_sum <= last && last_cycle;
  end

  delay #(.WIDTH(1), .STAGES(SRAM_LATENCY)) read_delay (.clk, .reset, .in(works), .out(arrives));
  assign neuron_slot = WORD_SLOT'(32'(target) % 32'(WEIGHT_WORD));
  delay #(
      .WIDTH(3 + 2 * MAC_LANES + PLACES * WORD_BITS + NEURON_BITS + BANKED * BANK_BITS + WORD_SLOT), .STAGES(SRAM_LATENCY)
  ) operand_delay (
      .clk, .reset,
      .in({starts_sum, empty, takes && clear, multiplies, reads, words, group, banks_named, neuron_slot}),
      .out({arrives_first, arrives_empty, arrives_clear, lane_arrives, weight_arrives, arriving_words, arriving_group,
            banks_named_arrived, neuron_slot_arrived})
  );

  // The weight of each lane, out of the word of its bank. One that comes before its sign is kept.
  logic [MAC_LANES*SLOT_BITS-1:0] bank_weights, weights;

  always_comb begin
    bank_weights = '0;
    for (int lane = 0; lane < MAC_LANES; lane++)
      for (int bank = 0; bank < WEIGHT_BANKS; bank++)
        for (int slot = 0; slot < WEIGHT_WORD; slot++)
          if (bank_of_lane(banks_named_arrived, per_neuron, lane) == BANK_BITS'(bank)
              && (per_neuron ? neuron_slot_arrived == WORD_SLOT'(slot) : slot == lane % WEIGHT_WORD))
            bank_weights[lane*SLOT_BITS+:SLOT_BITS] = bank_word[(bank*WEIGHT_WORD+slot)*SLOT_BITS+:SLOT_BITS];
  end

  generate
    if (SIGN_SHARING != 0 && HAS_WEIGHTS != 0) begin : kept_weights
      logic [MAC_LANES*SLOT_BITS-1:0] kept;
      always_comb
        for (int lane = 0; lane < MAC_LANES; lane++)
          weights[lane*SLOT_BITS+:SLOT_BITS] = weight_arrives[lane]
              ? bank_weights[lane*SLOT_BITS+:SLOT_BITS] : kept[lane*SLOT_BITS+:SLOT_BITS];
      always_ff @(posedge clk) kept <= weights;
    end else begin : no_kept_weights
      logic unused;
      assign unused  = &{1'b0, weight_arrives};
      assign weights = bank_weights;
    end
  endgenerate

  // ----- products -----

  logic [MAC_LANES*PRODUCT_BITS-1:0] products;
  logic [  MAC_LANES*VALUE_BITS-1:0] weight_values;
  logic [   MAC_LANES*WORD_BITS-1:0] lane_words;
  logic [             MAC_LANES-1:0] weight_up;  // the signs of the weights, where the patterns hold them

  always_comb
    for (int lane = 0; lane < MAC_LANES; lane++)
      lane_words[lane*WORD_BITS+:WORD_BITS] = (per_neuron && lane < PLACES)
          ? arriving_words[(lane%PLACES)*WORD_BITS+:WORD_BITS] : arriving_words[WORD_BITS-1:0];

  generate
    for (genvar lane = 0; lane < MAC_LANES; lane++) begin : values
      // `sweep`: the sign comes with the kernel word, in the bit that elsewhere is the sign of a difference (D18).
      assign weight_up[lane] = per_neuron ? lane_words[lane*WORD_BITS+WORD_BITS-1] : lane_up[lane];
      weight_value #(
          .WEIGHT_BITS(WEIGHT_BITS), .WEIGHT_CODING(WEIGHT_CODING), .SIGN_SHARING(SIGN_SHARING), .CODE_BITS(SLOT_BITS),
          .VALUE_BITS(VALUE_BITS)
      ) weight_value (
          .code(weights[lane*SLOT_BITS+:SLOT_BITS]), .up(weight_up[lane]),
          .value(weight_values[lane*VALUE_BITS+:VALUE_BITS])
      );
    end
  endgenerate

  always_comb begin
    logic [PRODUCT_BITS-1:0] weight, kernel_value;  // sign-extended
    logic [  WORD_BITS-1:0] word;
    products     = '0;
    weight       = '0;
    kernel_value = '0;
    word         = '0;
    if (arrives && !arrives_empty) begin
      for (int lane = 0; lane < MAC_LANES; lane++) begin
        word   = lane_words[lane*WORD_BITS+:WORD_BITS];
        weight = {{(PRODUCT_BITS - VALUE_BITS) {weight_values[lane*VALUE_BITS+VALUE_BITS-1]}},
                  weight_values[lane*VALUE_BITS+:VALUE_BITS]};
        kernel_value = (SIGN_SHARING != 0 && per_neuron)
            ? PRODUCT_BITS'(word[KERNEL_BITS-1:0]) : {{(PRODUCT_BITS - WORD_BITS) {word[WORD_BITS-1]}}, word};
        if (lane_arrives[lane]) products[lane*PRODUCT_BITS+:PRODUCT_BITS] = weight * kernel_value;
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
    if (!reset && adds && keeps_fields && lane_adds != '0)
      // A group at a time: each has an enable of its own, where an index would shift a word as wide as all of them.
      for (int g = 0; g < GROUPS; g++)
        if (adding_group == NEURON_BITS'(g)) fields[g*GROUP_BITS+:GROUP_BITS] <= new_sums;
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

    if (TREE_LATENCY != 0) begin : tree
      comparator_tree #(.MAX_N(MAX_N), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .STAGES(TREE_LATENCY)) comparator_tree (
          .clk, .reset, .starts(search_starts), .n, .state, .fields(fields[MAX_N*ACCUMULATOR_BITS-1:0]),
          .ready(search_ready), .found(search_found), .neuron(search_neuron)
      );
    end else begin : no_tree
      logic unused;
      assign unused = &{1'b0, search_starts};
      assign {search_ready, search_found, search_neuron} = '0;
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
  logic [COUNT_BITS-1:0] sign_wait_cycles, sign_bits_read, activations_dropped, sum_bits_written;
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
    word_bits = COUNT_BITS'(KERNEL_BITS) + COUNT_BITS'(keeps_fields || (SIGN_SHARING != 0 && per_neuron))
        + ((keeps_fields || zero_skip || CANDIDATES > 0) ? index_bits : '0);
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
      sign_wait_cycles     <= '0;
      sign_bits_read       <= '0;
      activations_dropped  <= '0;
      sum_bits_written     <= '0;
    end else begin
      if (works && !empty) mac_busy_cycles <= mac_busy_cycles + 1'b1;
      if (works && !empty && (per_neuron ? occupied : turn != '0 && turn < TURN_BITS'(BANK_CYCLES)))
        bank_conflict_cycles <= bank_conflict_cycles + 1'b1;
      if (SIGN_SHARING != 0 && works && !empty && !per_neuron && turn >= TURN_BITS'(BANK_CYCLES))
        sign_wait_cycles <= sign_wait_cycles + 1'b1;
      if (reads_signs) sign_bits_read <= sign_bits_read + COUNT_BITS'(LANES);
      if (HAS_WEIGHTS != 0) weight_bits_read <= weight_bits_read + banks_reading * COUNT_BITS'(BANK_WORD_BITS);
      macs             <= macs + lanes_reading;
      if (keeps_fields) begin
        if (BITMAP != 0 || TREE_LATENCY != 0) violation_checks <= violation_checks + lanes_adding;
        field_bits_read    <= field_bits_read + lanes_adding * COUNT_BITS'(ACCUMULATOR_BITS);
        field_bits_written <= field_bits_written + (lanes_adding + fields_cleared) * COUNT_BITS'(ACCUMULATOR_BITS);
      end
      // One sum for each product in `synchronous`, one for all of a cycle in `sweep`.
      if (per_group) sum_bits_written <= sum_bits_written + lanes_adding * COUNT_BITS'(ACCUMULATOR_BITS);
      if (per_neuron && lanes_adding != '0) sum_bits_written <= sum_bits_written + COUNT_BITS'(ACCUMULATOR_BITS);
      if (takes_entry) activations_taken <= activations_taken + 1'b1;
      if (loses) activations_dropped <= activations_dropped + 1'b1;
      activation_words <= activation_words + words_taken;
      activation_bits  <= activation_bits + words_taken * word_bits;
    end
  end

  assign counts = {
    mac_busy_cycles, bank_conflict_cycles, weight_bits_read, field_bits_read, field_bits_written, macs, activations_taken,
    activation_words, activation_bits, violation_checks, sign_wait_cycles, sign_bits_read,
    activations_dropped, sum_bits_written
  };

`ifdef PROVE
  // A bank of weight memory gives one word per cycle.
  always_comb begin
    logic [WEIGHT_BANKS-1:0] given;
    given = '0;
    for (int lane = 0; lane < MAC_LANES; lane++)
      for (int bank = 0; bank < WEIGHT_BANKS; bank++)
        if (!reset && reads[lane] && bank_of_lane(banks_named, lane) == BANK_BITS'(bank)) begin
          assert (!given[bank]);
          given[bank] = 1'b1;
        end
  end
`endif
`ifdef REACH_BANKS
  always_comb if (!reset) assert (!(works && !empty && per_neuron && occupied));
`endif
endmodule
