// The next packet of the oldest span (D5): which lanes it takes, and what has to be looked up for it.
//
// `synchronous` and `delta` take the first pending lane; `sweep` takes the pending lanes of the first chunk that has any, so
// that a lane has its place in the packet. In an update of `delta` the old and the new word are looked up together (D12).
module packet_select #(
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int NEURON_BITS = 4,
    parameter int PLACES      = 2,  // words of a packet
    parameter int SPAN        = LANES * SLICES,
    parameter int SLOTS       = (PLACES > 2) ? PLACES : 2,
    parameter int LANE_BITS   = $clog2(SPAN + 1)
) (
    input  logic [            SPAN-1:0] pending,
    input  logic [SPAN*NEURON_BITS-1:0] distances,
    input  logic [            SPAN-1:0] agrees,         // the pattern agrees with the neuron that has flipped, or its sign
    input  logic                        by_chunk,       // `sweep`
    input  logic                        is_update,      // old and new word
    input  logic [     NEURON_BITS-1:0] origin,         // distance that index 0 stands for
    input  logic [     NEURON_BITS-1:0] origin_before,  // the same before the spike
    input  logic [     NEURON_BITS-1:0] last_distance,  // after which a counter begins again
    input  logic [       NEURON_BITS:0] window,         // entries of the table

    output logic [            SPAN-1:0] taken,
    output logic [       LANE_BITS-1:0] first_lane,     // of the packet's first place
    output logic [       LANE_BITS-1:0] block_end,      // lanes of the span up to the end of its block
    output logic [          PLACES-1:0] places,         // places with a word
    output logic [          PLACES-1:0] place_agrees,
    output logic [           SLOTS-1:0] needs,          // look-ups to be made
    output logic [SLOTS*NEURON_BITS-1:0] indices,
    output logic [           SLOTS-1:0] in_window          // the index is inside the kernel window
);
  localparam int CHUNKS = (LANES + PLACES - 1) / PLACES;  // of a block

  logic [SPAN-1:0] first;  // the first pending lane alone
  assign first = pending & (~pending + 1'b1);

  // The lanes of the packet, each at its place: the chunk that holds the first pending lane, or that lane alone.
  logic [PLACES*NEURON_BITS-1:0] picked;

  always_comb begin
    logic here;  // the first pending lane lies in this chunk
    here          = 1'b0;
    taken         = '0;
    first_lane    = '0;
    block_end     = '0;
    places        = '0;
    picked        = '0;
    place_agrees  = '0;
    if (pending != '0) begin
      for (int slice = 0; slice < SLICES; slice++) begin
        for (int chunk = 0; chunk < CHUNKS; chunk++) begin
          here = 1'b0;
          for (int place = 0; place < PLACES; place++)
            if (chunk * PLACES + place < LANES)
              here = here | first[slice*LANES+chunk*PLACES+place];
          if (here) block_end = LANE_BITS'((slice + 1) * LANES);
          for (int place = 0; place < PLACES; place++) begin
            if (chunk * PLACES + place < LANES) begin
              if (by_chunk && here) begin
                taken[slice*LANES+chunk*PLACES+place] = pending[slice*LANES+chunk*PLACES+place];
                places[place] = pending[slice*LANES+chunk*PLACES+place];
                place_agrees[place] = agrees[slice*LANES+chunk*PLACES+place];
                picked[place*NEURON_BITS+:NEURON_BITS] =
                    distances[(slice*LANES+chunk*PLACES+place)*NEURON_BITS+:NEURON_BITS];
                if (place == 0) first_lane = LANE_BITS'(slice * LANES + chunk * PLACES);
              end
              if (!by_chunk && first[slice*LANES+chunk*PLACES+place]) begin
                taken[slice*LANES+chunk*PLACES+place] = 1'b1;
                places[0] = 1'b1;
                picked[NEURON_BITS-1:0] =
                    distances[(slice*LANES+chunk*PLACES+place)*NEURON_BITS+:NEURON_BITS];
                place_agrees[0] = agrees[slice*LANES+chunk*PLACES+place];
                first_lane = LANE_BITS'(slice * LANES + chunk * PLACES + place);
              end
            end
          end
        end
      end
    end
  end

  // Slot p is for place p; in an update slot 0 is for the old word and slot 1 for the new one. An index outside the window
  // is zero without a look-up (D12); a stream looks up whatever it takes (D8).
  logic [NEURON_BITS-1:0] distance_before;
  assign distance_before = last_distance
      & (place_agrees[0] ? picked[NEURON_BITS-1:0] + 1'b1 : picked[NEURON_BITS-1:0] - 1'b1);

  always_comb begin
    indices = '0;
    needs   = '0;
    if (is_update) begin
      indices[0+:NEURON_BITS]           = distance_before - origin_before;
      indices[NEURON_BITS+:NEURON_BITS] = picked[NEURON_BITS-1:0] - origin;
    end else begin
      for (int place = 0; place < PLACES; place++)
        indices[place*NEURON_BITS+:NEURON_BITS] = picked[place*NEURON_BITS+:NEURON_BITS] - origin;
    end
    for (int slot = 0; slot < SLOTS; slot++)
      in_window[slot] = {1'b0, indices[slot*NEURON_BITS+:NEURON_BITS]} < window;
    if (is_update) needs[1:0] = in_window[1:0] & {2{places[0]}};
    else needs[PLACES-1:0] = places;
  end
endmodule
