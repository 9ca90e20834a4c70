// COUNT words, turned around: each goes BY places up or, with UP = 0, down, and those beyond an end come in at the other.
//
// One stage for each bit of `by`, which is below COUNT.
module rotate #(
    parameter int COUNT   = 4,
    parameter int WIDTH   = 8,
    parameter bit UP      = 1'b1,
    parameter int BY_BITS = (COUNT > 1) ? $clog2(COUNT) : 1
) (
    input  logic [COUNT*WIDTH-1:0] words,
    input  logic [    BY_BITS-1:0] by,
    output logic [COUNT*WIDTH-1:0] turned
);
  generate
    if (COUNT == 1) begin : one_word
      logic unused;
      assign unused = &{1'b0, by};
      assign turned = words;
    end else begin : stages
      always_comb begin
        turned = words;
        for (int s = 0; s < BY_BITS; s++)
          if (by[s])
            turned = UP ? (turned << (WIDTH << s)) | (turned >> ((COUNT - (1 << s)) * WIDTH))
                        : (turned >> (WIDTH << s)) | (turned << ((COUNT - (1 << s)) * WIDTH));
      end
    end
  endgenerate
endmodule
