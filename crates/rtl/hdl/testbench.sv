// One retrieval, checked: the core is loaded, started from its cue, and compared with what the simulator expects, every
// event in its cycle, and at the end outcome, state, field registers, distances and counters.
//
// It ends with a line that begins with PASS, or with the first difference, a line that begins with FAIL, and an exit code
// that is not 0. What it expects stands in files beside it; README.md says how they are laid out.
`timescale 1ns / 1ps

// verilator lint_off WIDTH
// verilator lint_off STMTDLY
// verilator lint_off BLKSEQ
// verilator lint_off UNUSEDSIGNAL
module testbench;
  `include "case.svh"

  logic clk = 1'b0;
  always #5 clk = !clk;

  logic                 reset = 1'b1;
  logic                 load = 1'b0;
  logic [          1:0] load_memory = '0;
  logic [         15:0] load_bank = '0;
  logic [         31:0] load_row = '0;
  logic [WORD_BITS-1:0] load_data = '0;
  logic                 cue = 1'b0;
  logic [         63:0] cue_data = '0;
  logic                 result, over;
  logic [         63:0] result_data;
  logic [          1:0] outcome;
  logic [          5:0] count_select = '0;
  logic [         63:0] count;
  logic [         31:0] shown_neuron = '0;
  logic [         31:0] shown_pattern = '0;
  logic [         63:0] shown_field, shown_distance;

  observer #(
      `include "parameters.svh"
  ) observed (
      .clk(clk), .reset(reset),
      `include "settings.svh"
      .load(load), .load_memory(load_memory), .load_bank(load_bank), .load_row(load_row), .load_data(load_data),
      .cue(cue), .cue_data(cue_data), .result(result), .result_data(result_data), .over(over), .outcome(outcome),
      .count_select(count_select), .count(count[core_types::COUNT_BITS-1:0]),
      .shown_neuron(shown_neuron), .shown_field(shown_field),
      .shown_pattern(shown_pattern), .shown_distance(shown_distance)
  );
  assign count[63:core_types::COUNT_BITS] = '0;

  // ----- expected events, a line each: cycle, code, three numbers, and the event in words -----

  // Codes that need more than to be equal: what the last three tell belongs to an earlier event.
  localparam int LOOK_UP = 6;
  localparam int TAKE = 9;
  localparam int ROW_SIGNS = 24;
  localparam int SIGN_WORDS = 253;
  localparam int KNOWN = 254;
  localparam int OCCUPIED = 255;

  localparam int MOST = 4096;  // events of one cycle
  localparam int UNDER_WAY = 65536;

  int          events_file;
  logic        next_valid;
  logic [63:0] next_cycle, next_c;
  logic [31:0] next_code, next_a, next_b;
  reg [8*96-1:0] next_words;

  int          expected;  // events of this cycle
  logic [31:0] expected_code  [0:MOST-1];
  logic [31:0] expected_a     [0:MOST-1];
  logic [31:0] expected_b     [0:MOST-1];
  logic [63:0] expected_c     [0:MOST-1];
  reg [8*96-1:0] expected_words [0:MOST-1];
  logic        matched        [0:MOST-1];

  logic [31:0] known_later [0:UNDER_WAY-1];  // words of look-ups under way
  int          known_first = 0, known_end = 0;
  logic [31:0] occupied_later = '0;
  logic [31:0] signs_a [0:UNDER_WAY-1];  // signs that are read for packets, told when the packets leave the lanes
  logic [31:0] signs_b [0:UNDER_WAY-1];
  logic [63:0] signs_c [0:UNDER_WAY-1];
  int          signs_first = 0, signs_end = 0;
  logic [63:0] compared = '0;
  logic        failed = 1'b0;

  task read_event;
    int read;
    read = $fscanf(events_file, "%d %d %d %d %d", next_cycle, next_code, next_a, next_b, next_c);
    next_valid = read == 5;
    next_words = '0;
    if (next_valid) read = $fgets(next_words, events_file);
  endtask

  task fail_event(input int i);
    if (!failed)
      $display("FAIL: cycle %0d: found an event that is not expected: code %0d, a %0d, b %0d, c %0d",
               observed.cycle, observed.event_code[i], observed.event_a[i], observed.event_b[i],
               $signed(observed.event_c[i]));
    failed = 1'b1;
  endtask

  task compare_event(input int i);
    logic found;
    found = 1'b0;
    if (observed.event_code[i] == KNOWN) begin
      if (known_first != known_end) begin
        if (known_later[known_first] != observed.event_a[i] && !failed) begin
          $display("FAIL: cycle %0d: the oldest look-up under way sends %0d words, expected %0d", observed.cycle,
                   observed.event_a[i], known_later[known_first]);
          failed = 1'b1;
        end
        known_first = (known_first + 1) % UNDER_WAY;
      end else fail_event(i);
    end else if (observed.event_code[i] == SIGN_WORDS) begin
      if (signs_first == signs_end || signs_a[signs_first] != observed.event_a[i]
          || signs_b[signs_first] != observed.event_b[i] || signs_c[signs_first] != observed.event_c[i]) fail_event(i);
      else signs_first = (signs_first + 1) % UNDER_WAY;
      compared = compared + 1;
    end else if (observed.event_code[i] == OCCUPIED) begin
      if (occupied_later != observed.event_a[i] && !failed) begin
        $display("FAIL: cycle %0d: the packet has occupied the lanes for %0d cycles, expected %0d", observed.cycle,
                 observed.event_a[i], occupied_later);
        failed = 1'b1;
      end
    end else begin
      for (int j = 0; j < expected; j++) begin
        if (!found && !matched[j] && expected_code[j] == observed.event_code[i]
            && (expected_a[j] == observed.event_a[i] || expected_code[j] == LOOK_UP)
            && (expected_b[j] == observed.event_b[i]
                || (expected_code[j] == TAKE && expected_b[j] % 2 == observed.event_b[i]))
            && expected_c[j] == observed.event_c[i]) begin
          found      = 1'b1;
          matched[j] = 1'b1;
          compared   = compared + 1;
          if (expected_code[j] == LOOK_UP) begin
            known_later[known_end] = expected_a[j];
            known_end = (known_end + 1) % UNDER_WAY;
          end
          if (expected_code[j] == TAKE) occupied_later = expected_b[j] / 2;
        end
      end
      if (!found) fail_event(i);
    end
  endtask

  // The events of a cycle are complete after its falling edge.
  always @(negedge clk) begin
    #1;
    if (started && !failed) begin
      expected = 0;
      while (next_valid && next_cycle == observed.cycle) begin
        if (next_code == ROW_SIGNS) begin
          signs_a[signs_end] = next_a;
          signs_b[signs_end] = next_b;
          signs_c[signs_end] = next_c;
          signs_end = (signs_end + 1) % UNDER_WAY;
        end else begin
          expected_code[expected]  = next_code;
          expected_a[expected]     = next_a;
          expected_b[expected]     = next_b;
          expected_c[expected]     = next_c;
          expected_words[expected] = next_words;
          matched[expected]        = 1'b0;
          expected = expected + 1;
        end
        read_event;
      end
      for (int i = 0; i < observed.events; i++) compare_event(i);
      for (int j = 0; j < expected; j++)
        if (!matched[j] && !failed_missing) begin
          $display("FAIL: cycle %0d: expected and not found:%0s", observed.cycle, expected_words[j]);
          failed         = 1'b1;
          failed_missing = 1'b1;
        end
    end
  end
  logic started = 1'b0;
  logic failed_missing = 1'b0;

  // ----- loading, a word per cycle -----

  logic [WORD_BITS-1:0] words [0:MOST_ROWS-1];

  task load_words(input int memory, input int bank, input int rows);
    for (int row = 0; row < rows; row++) begin
      @(negedge clk);
      load        = 1'b1;
      load_memory = memory;
      load_bank   = bank;
      load_row    = row;
      load_data   = words[row];
    end
    @(negedge clk);
    load = 1'b0;
  endtask

  // ----- the retrieval -----

  logic [63:0] cue_words [0:HOST_WORDS-1];
  logic [63:0] state [0:HOST_WORDS-1];
  int          states = 0;

  always @(posedge clk)
    if (started && result) begin
      if (states < HOST_WORDS) state[states] = result_data;
      states = states + 1;
    end

  initial begin
`ifdef DUMP
    $dumpfile("testbench.vcd");
    $dumpvars(0, observed);
`endif
    events_file = $fopen("events.txt", "r");
    results_file = $fopen("results.txt", "r");
    if (events_file == 0 || results_file == 0) $fatal(1, "events.txt and results.txt have to be in this folder");
    read_event;
    $readmemh("cue.hex", cue_words);
    `include "memories.svh"

    // The reset ends in the cycle in which the first word of the cue comes in, which is cycle 0.
    @(negedge clk);
    reset = 1'b1;
    @(negedge clk);
    reset = 1'b0;
    #2 started = 1'b1;
    for (int i = 0; i < HOST_WORDS; i++) begin
      cue      = 1'b1;
      cue_data = cue_words[i];
      @(negedge clk);
    end
    cue = 1'b0;
    while (!over && !failed && observed.cycle < CYCLE_LIMIT) @(negedge clk);
    #2;
    if (!failed && !over) begin
      $display("FAIL: not over after %0d cycles", CYCLE_LIMIT);
      failed = 1'b1;
    end
    if (!failed && (known_first != known_end || signs_first != signs_end)) begin
      $display("FAIL: over in cycle %0d, and look-ups or signs of packets are still to be told of", observed.cycle);
      failed = 1'b1;
    end
    if (!failed && next_valid) begin
      $display("FAIL: over in cycle %0d, and expected still:%0s", observed.cycle, next_words);
      failed = 1'b1;
    end
    if (!failed) compare_results;
    if (failed) $fatal(1, "the core differs from what was expected");
    $display("PASS: %0d events, %0d results, %0d cycles", compared, results, observed.cycle + 1);
    $finish;
  end

  // ----- results, a line each: kind, index, value, and what it is in words -----

  localparam int OUTCOME = 0;
  localparam int STATE = 1;
  localparam int FIELD = 2;
  localparam int DISTANCE = 3;
  localparam int COUNTER = 4;  // the index is a mask of the counts that make it up

  int            results_file, results = 0, kind, read_words;
  logic [  63:0] index, value, found_value;
  reg [8*96-1:0] name;

  task compare_results;
    read_words = $fscanf(results_file, "%d %h %h", kind, index, value);
    while (read_words == 3 && !failed) begin
      name = '0;
      read_words = $fgets(name, results_file);
      found_value = '0;
      case (kind)
        OUTCOME:  found_value = outcome;
        STATE:    found_value = state[index];
        FIELD: begin
          shown_neuron = index;
          #1 found_value = shown_field;
        end
        DISTANCE: begin
          shown_pattern = index;
          #1 found_value = shown_distance;
          if (&found_value) found_value = value;  // kept nowhere
        end
        default:
        for (int i = 0; i < 64; i++)
          if (index[i]) begin
            count_select = i;
            #1 found_value = found_value + count;
          end
      endcase
      results = results + 1;
      if (found_value != value) begin
        $display("FAIL: found %0h, expected %0h:%0s", found_value, value, name);
        failed = 1'b1;
      end
      read_words = $fscanf(results_file, "%d %h %h", kind, index, value);
    end
  endtask
endmodule
