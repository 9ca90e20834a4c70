// The two lane registers of every slice (D4): counter words between their read and their release, oldest first.
//
// A span is one word of every slice; slices run in lockstep, so a span is one entry (D15). A span that arrives can be used
// in the same cycle (D5), and is stored only if it is not released in it (D8).
module lane_registers #(
    parameter int SPAN         = 4,  // lanes of a span
    parameter int NEURON_BITS  = 4,
    parameter int PATTERN_BITS = 5,
    parameter int STAGES       = 0   // between slices and kernel table (P2)
) (
    input  logic                        clk,
    input  logic                        reset,

    input  logic                        arrives,
    input  logic [SPAN*NEURON_BITS-1:0] arriving_distances,
    input  logic [            SPAN-1:0] arriving_agrees,
    input  logic [            SPAN-1:0] arriving_pending,
    input  logic                        arriving_last,     // it holds the last word of a sum
    input  logic [    PATTERN_BITS-1:0] arriving_base,     // pattern of its first lane
    input  logic [     NEURON_BITS-1:0] arriving_group,    // group of neurons that its sum is for

    output logic                        front_valid,
    output logic                        front_at_table,    // it has come through the stages
    output logic [SPAN*NEURON_BITS-1:0] front_distances,
    output logic [            SPAN-1:0] front_agrees,
    output logic [            SPAN-1:0] front_pending,     // lanes still to be looked up
    output logic                        front_last,        // the packet that ends the sum is still to be sent
    output logic [    PATTERN_BITS-1:0] front_base,
    output logic [     NEURON_BITS-1:0] front_group,

    input  logic [            SPAN-1:0] taken,             // lanes looked up in this cycle
    input  logic                        taken_last,        // with them the sum ends
    output logic [                 1:0] released           // spans released in this cycle
);
  localparam int WORD_BITS = SPAN * NEURON_BITS + SPAN + PATTERN_BITS + NEURON_BITS;
  localparam int AGE_BITS = (STAGES > 0) ? STAGES : 1;

  // Entry 0 is the older one.
  logic                 valid_0, valid_1;
  logic [WORD_BITS-1:0] word_0, word_1;
  logic [     SPAN-1:0] pending_0, pending_1;
  logic                 last_0, last_1;
  logic [ AGE_BITS-1:0] age_0, age_1;  // a bit for each cycle since the arrival

  // The entries with what arrives behind them.
  logic [WORD_BITS-1:0] arriving_word, front_word, second_word;
  logic                 second_valid, second_last;
  logic [     SPAN-1:0] second_pending;
  logic [ AGE_BITS-1:0] front_age, second_age;

  assign arriving_word  = {arriving_distances, arriving_agrees, arriving_base, arriving_group};
  assign front_valid    = valid_0 || arrives;
  assign front_word     = valid_0 ? word_0 : arriving_word;
  assign front_pending  = valid_0 ? pending_0 : arriving_pending;
  assign front_last     = valid_0 ? last_0 : arriving_last;
  assign front_age      = valid_0 ? age_0 : '0;
  assign second_valid   = valid_0 && (valid_1 || arrives);
  assign second_word    = valid_1 ? word_1 : arriving_word;
  assign second_pending = valid_1 ? pending_1 : arriving_pending;
  assign second_last    = valid_1 ? last_1 : arriving_last;
  assign second_age     = valid_1 ? age_1 : '0;

  assign {front_distances, front_agrees, front_base, front_group} = front_word;
  assign front_at_table = (STAGES == 0) || front_age[AGE_BITS-1];

  // D4, D8: a word is released with its last packet, and one without any as soon as no older word is held.
  logic [SPAN-1:0] left;
  logic            left_last, front_done, second_done;

  assign left        = front_pending & ~taken;
  assign left_last   = front_last && !taken_last;
  assign front_done  = front_valid && left == '0 && !left_last;
  assign second_done = front_done && second_valid && second_pending == '0 && !second_last;
  assign released    = 2'(front_done) + 2'(second_done);

  always_ff @(posedge clk) begin
    if (front_valid) begin
      word_0    <= front_done ? second_word : front_word;
      pending_0 <= front_done ? second_pending : left;
      last_0    <= front_done ? second_last : left_last;
      age_0     <= AGE_BITS'({front_done ? second_age : front_age, 1'b1});
    end
    if (second_valid) begin
      word_1    <= second_word;
      pending_1 <= second_pending;
      last_1    <= second_last;
      age_1     <= AGE_BITS'({second_age, 1'b1});
    end
    if (reset) begin
      valid_0 <= 1'b0;
      valid_1 <= 1'b0;
    end else begin
      valid_0 <= front_done ? second_valid && !second_done : front_valid;
      valid_1 <= second_valid && !front_done;
    end
  end
endmodule
