// Compares a field with the state of its neuron, and says whether a neuron flips.
//
// A field against the state is a violation; a field of zero, a tie, keeps the state. In a search the most violated neuron
// flips, the first of equals, at the end (S8).
module threshold #(
    parameter int ACCUMULATOR_BITS = 24
) (
    input  logic                        compares,
    input  logic [ACCUMULATOR_BITS-1:0] field,
    input  logic                        up,               // the neuron is +1
    input  logic                        searches,
    input  logic                        search_ends,      // with this comparison
    input  logic                        worst_valid,      // a neuron of this search was violated before
    input  logic [ACCUMULATOR_BITS-1:0] worst_violation,
    output logic [ACCUMULATOR_BITS-1:0] violation,
    output logic                        worse,            // more violated than those before
    output logic                        flips
);
  logic violated;
  assign violation = up ? -field : field;
  assign violated  = compares && $signed(violation) > 0;
  assign worse     = violated && (!worst_valid || $signed(violation) > $signed(worst_violation));
  assign flips     = searches ? search_ends && (worse || worst_valid) : violated;
endmodule
