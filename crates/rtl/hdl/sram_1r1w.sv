// A memory with two ports: a read and a write per cycle, never of the same word.
//
// The word that is read stands at `read_data` LATENCY cycles after its address (D2); see `sram_1rw`.
module sram_1r1w #(
    parameter int WIDTH        = 8,
    parameter int DEPTH        = 16,
    parameter int LATENCY      = 1,
    parameter int ADDRESS_BITS = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic                    clk,
    input  logic                    read,
    input  logic [ADDRESS_BITS-1:0] read_address,
    output logic [       WIDTH-1:0] read_data,
    input  logic                    write,
    input  logic [ADDRESS_BITS-1:0] write_address,
    input  logic [       WIDTH-1:0] write_data
);
  logic [WIDTH-1:0] words [0:DEPTH-1];
  logic [WIDTH-1:0] read_word;

  always_ff @(posedge clk) begin
    if (write) words[write_address] <= write_data;
    if (read) read_word <= words[read_address];
  end

  delay #(.WIDTH(WIDTH), .STAGES(LATENCY - 1)) access_time (
      .clk, .reset(1'b0), .in(read_word), .out(read_data)
  );
endmodule
