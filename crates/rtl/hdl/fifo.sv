// A queue whose front can be taken in the cycle in which it enters (D11, M1).
//
// The sender keeps count of the free entries (credits), or looks whether the queue is full, so a push never meets one.
module fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2
) (
    input  logic                  clk,
    input  logic                  reset,
    input  logic                  push,
    input  logic [     WIDTH-1:0] push_data,
    input  logic                  pop,
    output logic                  full,         // at the beginning of the cycle
    output logic                  front_valid,
    output logic [     WIDTH-1:0] front_data
);
  localparam int INDEX_BITS = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam int DEPTH_BITS = $clog2(DEPTH + 1);

  logic [     WIDTH-1:0] entries [0:DEPTH-1];
  logic [INDEX_BITS-1:0] head, tail;
  logic [DEPTH_BITS-1:0] count;
  logic [DEPTH_BITS-1:0] depth;  // entries, the one that enters in this cycle included
  logic                  stores, leaves;

  function automatic logic [INDEX_BITS-1:0] after(input logic [INDEX_BITS-1:0] index);
    after = (index == INDEX_BITS'(DEPTH - 1)) ? '0 : index + 1'b1;
  endfunction

  assign depth       = count + DEPTH_BITS'(push);
  assign full        = count == DEPTH_BITS'(DEPTH);
  assign front_valid = count != '0 || push;
  assign front_data  = (count == '0) ? push_data : entries[head];
  // What enters an empty queue and is taken at once is never stored.
  assign stores      = push && !(pop && count == '0);
  assign leaves      = pop && count != '0;

  always_ff @(posedge clk) begin
    if (stores) entries[tail] <= push_data;
    if (reset) begin
      head  <= '0;
      tail  <= '0;
      count <= '0;
    end else begin
      if (stores) tail <= after(tail);
      if (leaves) head <= after(head);
      count <= depth - DEPTH_BITS'(pop);
    end
  end

`ifdef PROVE
  // A push never meets a full queue: the sender has a credit for every entry.
  always_comb
    if (!reset) begin
      assert (count <= DEPTH_BITS'(DEPTH));
      assert (!push || count != DEPTH_BITS'(DEPTH));
      assert (!pop || front_valid);
    end
`endif
`ifdef REACH_FULL
  always_comb if (!reset) assert (count != DEPTH_BITS'(DEPTH));
`endif
endmodule
