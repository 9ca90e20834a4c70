// The weight that a code of weight memory stands for (docs/formats.md), as the multiplier takes it. The one place of the
// design that knows how weights are coded.
module weight_value #(
    parameter int WEIGHT_BITS   = 8,  // of a weight, its sign included
    parameter int WEIGHT_CODING = 0,  // 0: two's complement; 1: sign above magnitude; 2: code c is the odd 2c + 1 - 2^b
    parameter int SIGN_SHARING  = 0,  // the code is a magnitude, one bit narrower; of odd integers that is 2c + 1
    parameter int CODE_BITS     = 8,  // stored; 1 where nothing is
    parameter int VALUE_BITS    = 8   // of the weight in two's complement
) (
    input  logic [ CODE_BITS-1:0] code,
    input  logic                  up,    // the sign of the weight, where the patterns hold it
    output logic [VALUE_BITS-1:0] value
);
  localparam int ODD = 2;
  localparam int SIGN_AND_MAGNITUDE = 1;

  generate
    if (WEIGHT_BITS == 1) begin : sign_alone
      // 1 for +1, 0 for -1, in every coding.
      logic positive, unused;
      assign positive = (SIGN_SHARING != 0) ? up : code[0];
      assign unused   = &{1'b0, up, code};
      assign value    = {{(VALUE_BITS - 1) {~positive}}, 1'b1};
    end else if (SIGN_SHARING != 0) begin : magnitude_and_pattern
      logic [VALUE_BITS-1:0] magnitude;
      assign magnitude = (WEIGHT_CODING == ODD) ? VALUE_BITS'({code, 1'b1}) : VALUE_BITS'(code);
      assign value     = up ? magnitude : -magnitude;
    end else if (WEIGHT_CODING == SIGN_AND_MAGNITUDE) begin : sign_and_magnitude
      logic [VALUE_BITS-1:0] magnitude;
      logic unused;
      assign unused    = &{1'b0, up};
      assign magnitude = VALUE_BITS'(code[WEIGHT_BITS-2:0]);
      assign value     = code[WEIGHT_BITS-1] ? -magnitude : magnitude;
    end else if (WEIGHT_CODING == ODD) begin : odd
      logic unused;
      assign unused = &{1'b0, up};
      assign value  = {~code[WEIGHT_BITS-1], code[WEIGHT_BITS-2:0], 1'b1};
    end else begin : twos_complement
      logic unused;
      assign unused = &{1'b0, up};
      assign value  = code;
    end
  endgenerate
endmodule
