// The next violated neuron in the order of a sweep, however far it is (S10): the first from `position` on, or else the first
// of all.
module find_violated #(
    parameter int MAX_N       = 16,
    parameter int NEURON_BITS = $clog2(MAX_N + 1)
) (
    input  logic [      MAX_N-1:0] violated,
    input  logic [NEURON_BITS-1:0] position,
    output logic                   found,
    output logic                   wraps,    // it lies before the position
    output logic [NEURON_BITS-1:0] neuron
);
  logic [MAX_N-1:0] ahead, candidates, first;

  assign ahead      = violated & ({MAX_N{1'b1}} << position);
  assign found      = violated != '0;
  assign wraps      = ahead == '0;
  assign candidates = wraps ? violated : ahead;
  assign first      = candidates & (~candidates + 1'b1);

  always_comb begin
    neuron = '0;
    for (int i = 0; i < MAX_N; i++) if (first[i]) neuron = neuron | NEURON_BITS'(i);
  end
endmodule
