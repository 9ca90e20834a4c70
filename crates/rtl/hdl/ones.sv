// How many of COUNT bits are ones, by a balanced tree within a cycle.
module ones #(
    parameter int COUNT = 4,
    parameter int WIDTH = 3
) (
    input  logic [COUNT-1:0] bits,
    output logic [WIDTH-1:0] number
);
  localparam int LEAVES = 1 << $clog2(COUNT);

  always_comb begin
    // Node 1 is the root; the leaves begin at LEAVES.
    logic [2*LEAVES*WIDTH-1:0] nodes;
    nodes = '0;
    for (int bit_of = 0; bit_of < COUNT; bit_of++) nodes[(LEAVES+bit_of)*WIDTH+:WIDTH] = WIDTH'(bits[bit_of]);
    for (int node = LEAVES - 1; node >= 1; node--)
      nodes[node*WIDTH+:WIDTH] = nodes[2*node*WIDTH+:WIDTH] + nodes[(2*node+1)*WIDTH+:WIDTH];
    number = nodes[WIDTH+:WIDTH];
  end
endmodule
