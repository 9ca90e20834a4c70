// A memory with one port: a read or a write per cycle.
//
// The word that is read stands at `read_data` LATENCY cycles after its address (D2). The pins are those of a compiled
// macro, which may replace `words` and its register; the other LATENCY - 1 registers stand for its access time.
module sram_1rw #(
    parameter int WIDTH        = 8,
    parameter int DEPTH        = 16,
    parameter int LATENCY      = 1,
    parameter int ADDRESS_BITS = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic                    clk,
    input  logic                    enable,
    input  logic                    write,
    input  logic [ADDRESS_BITS-1:0] address,
    input  logic [       WIDTH-1:0] write_data,
    output logic [       WIDTH-1:0] read_data
);
  logic [WIDTH-1:0] words [0:DEPTH-1];
  logic [WIDTH-1:0] read_word;

  always_ff @(posedge clk) begin
    if (enable && write) words[address] <= write_data;
    if (enable && !write) read_word <= words[address];
  end

  delay #(.WIDTH(WIDTH), .STAGES(LATENCY - 1)) access_time (
      .clk, .reset(1'b0), .in(read_word), .out(read_data)
  );
endmodule
