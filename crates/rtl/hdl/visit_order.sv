// Which neuron a sweep visits next: a counter, or the shift register of the random order (S7).
//
// The register has the smallest width m with 2^m - 1 >= N, and runs through all values from 1 to 2^m - 1. Value v names
// neuron v - 1; a value above N names none and costs its cycle. After a whole period it moves once more, so that the next
// begins one value later.
module visit_order #(
    parameter int MAX_N       = 16,
    parameter int NEURON_BITS = $clog2(MAX_N + 1)
) (
    input  logic                   clk,
    input  logic                   reset,
    input  logic [NEURON_BITS-1:0] n,
    input  logic                   random,
    input  logic [NEURON_BITS-1:0] random_start,  // first value of the register
    input  logic [NEURON_BITS-1:0] visited,       // neurons of the sweep visited before
    input  logic                   step,
    output logic                   named,
    output logic [NEURON_BITS-1:0] neuron
);
  logic [NEURON_BITS-1:0] value, period, left, after, after_next;
  logic                   begun, ends_period;

  // Taps of maximal-length registers (the table of Xilinx application note XAPP 052, 1996), by the register's width.
  function automatic logic [19:0] taps(input int width);
    case (width)
      1: taps = 20'h00001;
      2: taps = 20'h00003;
      3: taps = 20'h00006;
      4: taps = 20'h0000C;
      5: taps = 20'h00014;
      6: taps = 20'h00030;
      7: taps = 20'h00060;
      8: taps = 20'h000B8;
      9: taps = 20'h00110;
      10: taps = 20'h00240;
      11: taps = 20'h00500;
      12: taps = 20'h00829;
      13: taps = 20'h0100D;
      14: taps = 20'h02015;
      15: taps = 20'h06000;
      16: taps = 20'h0D008;
      17: taps = 20'h12000;
      18: taps = 20'h20400;
      19: taps = 20'h40023;
      default: taps = 20'h90000;
    endcase
  endfunction

  logic [NEURON_BITS-1:0] tapped;  // of the width that N needs
  always_comb begin
    tapped = '0;
    period = '0;
    for (int bit_of_n = 0; bit_of_n < NEURON_BITS; bit_of_n++) begin
      if (n[bit_of_n]) begin
        tapped = NEURON_BITS'(taps(bit_of_n + 1));
        period = ~({NEURON_BITS{1'b1}} << (bit_of_n + 1));
      end
    end
  end

  logic [NEURON_BITS-1:0] value_now, left_now;
  assign value_now   = begun ? value : random_start;
  assign left_now    = begun ? left : period;
  assign after       = {value_now[NEURON_BITS-2:0], ^(value_now & tapped)} & period;
  assign after_next  = {after[NEURON_BITS-2:0], ^(after & tapped)} & period;
  assign ends_period = left_now == NEURON_BITS'(1);

  assign named       = !random || value_now <= n;
  assign neuron      = random ? value_now - 1'b1 : visited;

  always_ff @(posedge clk) begin
    if (reset) begun <= 1'b0;
    else if (step) begun <= 1'b1;
    if (step) begin
      value <= ends_period ? after_next : after;
      left  <= ends_period ? period : left_now - 1'b1;
    end
  end
endmodule
