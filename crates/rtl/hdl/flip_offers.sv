// The flips of a step, offered as spikes one after the other (S2 with incremental distances, S5): the first in the cycle in
// which they happen, in the order of the neurons.
module flip_offers #(
    parameter int MAX_N       = 16,
    parameter int NEURON_BITS = $clog2(MAX_N + 1)
) (
    input  logic                   clk,
    input  logic                   reset,
    input  logic                   begins,      // the flips happen in this cycle
    input  logic [      MAX_N-1:0] flips,
    input  logic [      MAX_N-1:0] state,       // before them
    input  logic                   offered,     // the flip at hand
    input  logic                   spike_done,  // the updates of a spike
    input  logic                   spike_lost,  // a spike that has none (S5)
    output logic                   waits,       // a flip is to be offered
    output logic [NEURON_BITS-1:0] neuron,
    output logic                   up,
    output logic                   done         // every flip is offered, and all updates are done
);
  logic [      MAX_N-1:0] left, wanted, first;
  logic [NEURON_BITS-1:0] open, open_now;  // spikes whose updates are not done

  assign wanted   = begins ? flips : left;
  assign first    = wanted & (~wanted + 1'b1);
  assign waits    = wanted != '0;
  assign open_now = open - NEURON_BITS'(spike_done) - NEURON_BITS'(spike_lost);
  assign done     = left == '0 && open_now == '0;

  always_comb begin
    neuron = '0;
    up     = 1'b0;
    for (int i = 0; i < MAX_N; i++) begin
      if (first[i]) begin
        neuron = NEURON_BITS'(i);
        up     = state[i] ^ begins;
      end
    end
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      left <= '0;
      open <= '0;
    end else begin
      left <= offered ? wanted & ~first : wanted;
      open <= open_now + NEURON_BITS'(offered);
    end
  end
endmodule
