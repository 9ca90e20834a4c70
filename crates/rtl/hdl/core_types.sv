// The numbers of run-time settings; what they mean is docs/timing.md.
package core_types;
  // verilator lint_off UNUSEDPARAM
  // Dataflow: which work is done to update the neurons.
  localparam logic [1:0] SYNCHRONOUS = 2'd0;
  localparam logic [1:0] SWEEP = 2'd1;
  localparam logic [1:0] DELTA = 2'd2;

  // Order of visits (S7, S8).
  localparam logic [1:0] SEQUENTIAL = 2'd0;
  localparam logic [1:0] RANDOM = 2'd1;
  localparam logic [1:0] MOST_VIOLATED = 2'd2;

  // Outcome, as in binary traces. A dead field is told apart from convergence by the host.
  localparam logic [1:0] CONVERGED = 2'd0;
  localparam logic [1:0] TWO_CYCLE = 2'd1;
  localparam logic [1:0] STEP_LIMIT = 2'd2;

  // Memory at the load port.
  localparam logic [1:0] LOAD_PATTERNS = 2'd0;
  localparam logic [1:0] LOAD_WEIGHTS = 2'd1;
  localparam logic [1:0] LOAD_TABLE = 2'd2;
  localparam logic [1:0] LOAD_ROWS = 2'd3;

  // Bits of an activity counter.
  localparam int COUNT_BITS = 40;
  // verilator lint_on UNUSEDPARAM
endpackage
