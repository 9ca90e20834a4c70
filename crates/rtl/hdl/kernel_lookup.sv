// The way from the lane registers to the activation queue: credits (D6), the kernel table and its ports (D16), and the
// T cycles from a look-up to its packet (D7).
module kernel_lookup #(
    parameter int PLACES           = 2,  // words of a packet
    parameter int SLOTS            = 2,  // look-ups of a packet
    parameter int NEURON_BITS      = 4,
    parameter int PATTERN_BITS     = 5,
    parameter int NAMES            = 1,  // patterns that a packet names
    parameter int KERNEL_BITS      = 8,
    parameter int TABLE_LATENCY    = 1,
    parameter int TABLE_PORTS      = 2,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int DROPS            = 0,  // no credit is needed: what finds the queue full is lost
    parameter int ENTRIES          = 17
) (
    input  logic                              clk,
    input  logic                              reset,

    input  logic                              load,
    input  logic [           NEURON_BITS-1:0] load_row,
    input  logic [           KERNEL_BITS-1:0] load_data,

    // A packet that waits: it is looked up if `looks_up`.
    input  logic                              waits,
    input  logic                              is_update,
    input  logic [                 SLOTS-1:0] needs,
    input  logic [     SLOTS*NEURON_BITS-1:0] indices,
    input  logic [                 SLOTS-1:0] in_window,
    input  logic [                PLACES-1:0] places,
    input  logic [                PLACES-1:0] signs,        // that go with the words of a stream (D18)
    input  logic                              last,
    input  logic                              clear,        // of the field registers, before the packet
    input  logic [    NAMES*PATTERN_BITS-1:0] patterns,
    input  logic [           NEURON_BITS-1:0] target,
    output logic                              looks_up,
    output logic                              stalls,       // for want of a credit
    output logic [                 SLOTS-1:0] served,       // look-ups of this cycle

    // The packet, T cycles after its last look-up. One that turns out to change nothing gives its credit back instead.
    output logic                              packet,
    output logic [                PLACES-1:0] packet_places,
    output logic [PLACES*(KERNEL_BITS+1)-1:0] packet_words,
    output logic                              packet_last,
    output logic                              packet_clear,
    output logic [    NAMES*PATTERN_BITS-1:0] packet_patterns,
    output logic [           NEURON_BITS-1:0] packet_target,
    input  logic                              credit        // an entry of the activation queue is free again
);
  localparam int PORTS = (TABLE_PORTS < SLOTS) ? TABLE_PORTS : SLOTS;
  localparam int WORD_BITS = KERNEL_BITS + 1;  // a difference of two kernel words has a sign
  localparam int CREDIT_BITS = $clog2(ACTIVATION_QUEUE + 1);
  localparam int HEAD_BITS = 1 + 2 * PLACES + 2 + NAMES * PATTERN_BITS + NEURON_BITS;

  // ----- credits (D6): one that arrives can be used in the same cycle (C3) -----

  logic [CREDIT_BITS-1:0] credits, credits_now;
  logic                   ports_free, unchanged;

  assign credits_now = credits + CREDIT_BITS'(credit) + CREDIT_BITS'(unchanged);
  assign looks_up    = waits && ports_free && (credits_now != '0 || DROPS != 0);
  assign stalls      = waits && ports_free && credits_now == '0 && DROPS == 0;

  always_ff @(posedge clk) begin
    if (reset) credits <= CREDIT_BITS'(ACTIVATION_QUEUE);
    else credits <= credits_now - CREDIT_BITS'(looks_up);
  end

  // ----- ports (D16): the first look-ups that wait, as many as there are ports -----

  logic [            SLOTS-1:0] left, wanted, rest;  // look-ups of the packet at hand still to be made
  logic [SLOTS*NEURON_BITS-1:0] held_indices, wanted_indices;
  logic [            SLOTS-1:0] held_window, wanted_window;
  logic [        HEAD_BITS-1:0] head, held_head, wanted_head;
  logic [      PORTS*SLOTS-1:0] slot_of_port;
  logic [PORTS*NEURON_BITS-1:0] address;
  logic                         completes;

  assign ports_free     = left == '0;
  assign head           = {is_update, places, signs, last, clear, patterns, target};
  assign wanted         = ports_free ? (looks_up ? needs : '0) : left;
  assign wanted_indices = ports_free ? indices : held_indices;
  assign wanted_window  = ports_free ? in_window : held_window;
  assign wanted_head    = ports_free ? head : held_head;
  assign completes      = (looks_up || !ports_free) && rest == '0;
  assign served         = wanted & ~rest;

  // Whether a port can be the one of a slot: its own, or as many slots are before it as ports.
  function automatic bit may_serve(input int port, input int slot);
    may_serve = (PORTS == SLOTS) ? slot == port : slot >= port;
  endfunction

  always_comb begin
    rest         = wanted;
    slot_of_port = '0;
    address      = '0;
    for (int port = 0; port < PORTS; port++) begin
      logic [SLOTS-1:0] slot;
      // With a port for every slot each has its own; otherwise a port takes the first that is left.
      slot = (PORTS == SLOTS) ? wanted & (SLOTS'(1) << port) : rest & (~rest + 1'b1);
      rest = rest & ~slot;
      slot_of_port[port*SLOTS+:SLOTS] = slot & wanted_window;
      for (int s = 0; s < SLOTS; s++)
        if (may_serve(port, s) && slot[s])
          address[port*NEURON_BITS+:NEURON_BITS] = wanted_indices[s*NEURON_BITS+:NEURON_BITS];
    end
  end

  always_ff @(posedge clk) begin
    if (reset) left <= '0;
    else left <= rest;
    if (ports_free) begin
      held_indices <= indices;
      held_window  <= in_window;
      held_head    <= head;
    end
  end

  // ----- the table: words arrive in the next cycle, those of earlier cycles are kept until the packet is complete -----

  logic [     KERNEL_BITS-1:0] table_words [0:ENTRIES-1];
  logic [PORTS*KERNEL_BITS-1:0] port_word;
  logic [     PORTS*SLOTS-1:0] slot_of_word;
  logic [SLOTS*KERNEL_BITS-1:0] kept, found;
  logic                        complete;
  logic [       HEAD_BITS-1:0] found_head;

  always_ff @(posedge clk) begin
    if (load) table_words[load_row] <= load_data;
    for (int port = 0; port < PORTS; port++)
      if (slot_of_port[port*SLOTS+:SLOTS] != '0)
        port_word[port*KERNEL_BITS+:KERNEL_BITS] <= table_words[address[port*NEURON_BITS+:NEURON_BITS]];
    slot_of_word <= slot_of_port;
    found_head   <= wanted_head;
    if (reset) begin
      complete <= 1'b0;
      kept     <= '0;
    end else begin
      complete <= completes;
      kept     <= complete ? '0 : found;
    end
  end

  always_comb begin
    found = kept;
    for (int port = 0; port < PORTS; port++)
      for (int s = 0; s < SLOTS; s++)
        if (may_serve(port, s) && slot_of_word[port*SLOTS+s])
          found[s*KERNEL_BITS+:KERNEL_BITS] = port_word[port*KERNEL_BITS+:KERNEL_BITS];
  end

  // ----- the packet -----

  logic                        found_update, found_last, found_clear, found_any;
  logic [          PLACES-1:0] found_places, found_signs, sent_places;
  logic [NAMES*PATTERN_BITS-1:0] found_patterns;
  logic [     NEURON_BITS-1:0] found_target;
  logic [PLACES*WORD_BITS-1:0] sent_words;
  logic [       WORD_BITS-1:0] change;

  assign {found_update, found_places, found_signs, found_last, found_clear, found_patterns, found_target} = found_head;
  assign change = {1'b0, found[KERNEL_BITS+:KERNEL_BITS]} - {1'b0, found[0+:KERNEL_BITS]};

  always_comb begin
    sent_words  = '0;
    sent_places = '0;
    if (complete && found_update) begin
      sent_words[WORD_BITS-1:0] = change;
      sent_places[0]            = found_places[0] && change != '0;
    end else if (complete) begin
      sent_places = found_places;
      for (int place = 0; place < PLACES; place++)
        sent_words[place*WORD_BITS+:WORD_BITS] = {found_signs[place], found[place*KERNEL_BITS+:KERNEL_BITS]};
    end
  end

  assign found_any = sent_places != '0 || found_last;

  delay #(.WIDTH(2), .STAGES(TABLE_LATENCY - 1)) valid_delay (
      .clk, .reset, .in({complete && found_any, complete && !found_any}), .out({packet, unchanged})
  );
  delay #(.WIDTH(PLACES + PLACES * WORD_BITS + 2 + NAMES * PATTERN_BITS + NEURON_BITS), .STAGES(TABLE_LATENCY - 1)) packet_delay (
      .clk, .reset,
      .in({sent_places, sent_words, found_last, found_clear, found_patterns, found_target}),
      .out({packet_places, packet_words, packet_last, packet_clear, packet_patterns, packet_target})
  );

`ifdef PROVE
  // Credits are never more than the entries of the queue, and look-ups of a cycle never more than the ports.
  always_comb begin
    logic [SLOTS:0] served_now;
    served_now = '0;
    for (int s = 0; s < SLOTS; s++) served_now = served_now + (SLOTS + 1)'(served[s]);
    if (!reset) begin
      assert (DROPS != 0 || 32'(credits) + 32'(credit) + 32'(unchanged) <= ACTIVATION_QUEUE);
      assert (32'(served_now) <= PORTS);
    end
  end
`endif
`ifdef REACH_STALL
  always_comb if (!reset) assert (!stalls);
`endif
`ifdef REACH_PORTS
  always_comb if (!reset) assert (ports_free);
`endif
endmodule
