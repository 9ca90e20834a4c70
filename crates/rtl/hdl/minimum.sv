// The smallest of COUNT numbers, by a balanced tree within a cycle.
module minimum #(
    parameter int COUNT = 4,
    parameter int WIDTH = 8
) (
    input  logic [COUNT*WIDTH-1:0] values,
    output logic [      WIDTH-1:0] least
);
  localparam int LEAVES = 1 << $clog2(COUNT);

  always_comb begin
    // Node 1 is the root; the leaves begin at LEAVES.
    logic [2*LEAVES*WIDTH-1:0] nodes;
    nodes = '1;
    nodes[LEAVES*WIDTH+:COUNT*WIDTH] = values;
    for (int node = LEAVES - 1; node >= 1; node--) begin
      nodes[node*WIDTH+:WIDTH] =
          (nodes[2*node*WIDTH+:WIDTH] < nodes[(2*node+1)*WIDTH+:WIDTH])
          ? nodes[2*node*WIDTH+:WIDTH] : nodes[(2*node+1)*WIDTH+:WIDTH];
    end
    least = nodes[WIDTH+:WIDTH];
  end
endmodule
