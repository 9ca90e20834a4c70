// Runs retrievals on the Verilated core, and writes down what every cycle did.
//
// usage: lockstep CASES RESULTS
//
// CASES is a list of 64-bit little-endian words, as `crates/rtl/src/case.rs` writes them: the geometry, then commands.
//   1 count (memory bank row data)*count           the words of an image, through the load port
//   2 settings cue                                 a retrieval, from reset
//   0                                              the end
// RESULTS holds for each retrieval: whether it ended, outcome, end-of-trace records (25 bytes each, as in docs/timing.md),
// state, field registers, distances (all ones where the core keeps none) and counts. `crates/rtl/src/outcome.rs` reads it.
//
// An event is made of enables, addresses and registers of its own cycle. Three things are known later only, and are entered
// where they belong: the words of a look-up in an update (D12), the cycles that a packet occupies the lanes (M2), and the
// neurons that flip, which are what the state register differs by after the clock edge.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <type_traits>
#include <vector>

#include "Vlockstep.h"
#include "verilated.h"

namespace {

using Word = std::uint64_t;

[[noreturn]] void fail(const char *what, const char *of) {
  std::fprintf(stderr, "lockstep: %s: %s\n", what, of);
  std::exit(2);
}

// ----- wide signals ---------------------------------------------------------------------------------------------------

// Bits `low` to `low + width - 1` of a signal, which Verilator keeps in a number or in an array of 32-bit words.
template <typename Signal>
Word bits(const Signal &signal, unsigned low, unsigned width) {
  Word value = 0;
  if constexpr (std::is_integral_v<Signal>) {
    value = static_cast<Word>(signal) >> low;
  } else {
    for (unsigned got = 0; got < width;) {
      const unsigned at = low + got;
      value |= static_cast<Word>(signal[at / 32] >> (at % 32)) << got;
      got += 32 - at % 32;
    }
  }
  return width < 64 ? value & ((Word{1} << width) - 1) : value;
}

template <typename Signal>
std::int64_t signed_bits(const Signal &signal, unsigned low, unsigned width) {
  const Word value = bits(signal, low, width) << (64 - width);
  return static_cast<std::int64_t>(value) >> (64 - width);
}

// ----- files ----------------------------------------------------------------------------------------------------------

std::vector<Word> read_words(const char *path) {
  std::FILE *file = std::fopen(path, "rb");
  if (!file) fail("cannot read", path);
  std::fseek(file, 0, SEEK_END);
  std::vector<Word> words(static_cast<std::size_t>(std::ftell(file)) / sizeof(Word));
  std::rewind(file);
  const std::size_t read = std::fread(words.data(), sizeof(Word), words.size(), file);
  std::fclose(file);
  if (read != words.size()) fail("cannot read", path);
  return words;
}

// One event; what its numbers mean is the table of docs/timing.md.
struct Record {
  Word cycle;
  std::uint8_t code;
  std::uint32_t a, b;
  std::int64_t c;
};

enum Code : std::uint8_t {
  Cue = 0, Step = 1, ReadPattern = 2, ReadCounters = 3, WriteCounters = 4, PortConflict = 5, LookUp = 6,
  StallActivationQueue = 7, EnterActivationQueue = 8, Take = 9, Field = 10, Skip = 11, Flip = 12, StallSpikeQueue = 13,
  EnterSpikeQueue = 14, TakeSpike = 15, End = 17, Insert = 18, UpdateList = 20, Refresh = 21, ListOverflow = 22,
};

struct Geometry {
  unsigned lanes, slices, mac_lanes, neuron_bits, pattern_bits, span_bits, accumulator_bits, places, names, candidates, counts;
};

struct Settings {
  Word n, p, dataflow, order, random_start, step_limit, zero_skip, nearest_relative, window, weight_rows, candidate_margin,
      cycle_limit;
};

class Bench {
 public:
  Bench(const Geometry &geometry, std::FILE *results) : g(geometry), out(results) {
    top.clk = 0;
    top.reset = 1;
    top.load = 0;
    top.cue = 0;
    edge();
  }

  void load(Word memory, Word bank, Word row, Word data) {
    top.load = 1;
    top.load_memory = memory;
    top.load_bank = bank;
    top.load_row = row;
    top.load_data = data;
    edge();
    top.load = 0;
  }

  void run(const Settings &settings, const Word *cue) {
    start(settings);
    const Word host_words = (s.n + 63) / 64;
    std::vector<Word> state;
    while (!top.over && cycle < s.cycle_limit) {
      top.cue = cycle < host_words;
      top.cue_data = top.cue ? cue[cycle] : 0;
      top.eval();
      if (top.result) state.push_back(top.result_data);
      observe();
      edge();
      if (flipped) observe_flips();
      ++cycle;
    }
    finish(state, host_words);
  }

 private:
  Vlockstep top;
  Geometry g;
  Settings s{};
  std::FILE *out;

  Word cycle = 0, steps = 0;
  bool flipped = false, was_stalled = false, spike_was_stalled = false;
  std::vector<Word> state_before;
  std::vector<Record> records;
  std::deque<std::size_t> looked_up;  // records of look-ups whose packet is under way
  std::size_t taken = 0;              // record of the packet in the lanes
  Word occupied_since = 0;

  void edge() {
    top.eval();
    top.clk = 1;
    top.eval();
    top.clk = 0;
  }

  void start(const Settings &settings) {
    s = settings;
    top.n = s.n;
    top.p = s.p;
    top.dataflow = s.dataflow;
    top.order = s.order;
    top.random_start = s.random_start;
    top.step_limit = s.step_limit;
    top.zero_skip = s.zero_skip;
    top.nearest_relative = s.nearest_relative;
    top.window = s.window;
    top.weight_rows = s.weight_rows;
    top.candidate_margin = s.candidate_margin;
    top.reset = 1;
    top.cue = 0;
    edge();
    top.reset = 0;
    top.eval();
    cycle = steps = 0;
    flipped = was_stalled = spike_was_stalled = false;
    records.clear();
    looked_up.clear();
  }

  void event(Code code, Word a = 0, Word b = 0, std::int64_t c = 0) {
    records.push_back({cycle, code, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), c});
  }

  void observe() {
    observe_sequencer();
    observe_distance_unit();
    observe_mac_array();
  }

  void observe_sequencer() {
    if (top.begins) event(Cue, s.n);
    if (top.begins_step) event(Step, 0, 0, static_cast<std::int64_t>(++steps));
    if (top.compares)
      event(Field, top.compared_neuron, 0, signed_bits(top.compared_field, 0, g.accumulator_bits));
    if (top.compares_group) {
      for (unsigned lane = 0; lane < g.mac_lanes; ++lane) {
        const Word neuron = Word{top.compared_group} * g.mac_lanes + lane;
        if (neuron < s.n) event(Field, neuron, 0, signed_bits(top.sums, lane * g.accumulator_bits, g.accumulator_bits));
      }
    }
    if (top.skips) event(Skip);
    if (top.spike_stalls && !spike_was_stalled) event(StallSpikeQueue);
    spike_was_stalled = top.spike_stalls;
    if (top.ends) event(End, top.outcome_now);
    flipped = top.flips;
    if (flipped) {
      state_before.clear();
      for (Word i = 0; i < s.n; ++i) state_before.push_back(bits(top.state, static_cast<unsigned>(i), 1));
    }
  }

  void observe_flips() {
    for (Word i = 0; i < s.n; ++i) {
      const Word up = bits(top.state, static_cast<unsigned>(i), 1);
      if (up != state_before[i]) event(Flip, i, up);
    }
  }

  void observe_distance_unit() {
    for (unsigned slice = 0; slice < g.slices; ++slice) {
      const Word read = Word{top.span_read} * g.slices + slice, written = Word{top.span_written} * g.slices + slice;
      if (bits(top.slice_read, slice, 1)) {
        if (top.reads_row) event(ReadPattern, read, top.neuron_read);
        if (top.reads_word) event(ReadCounters, read);
      }
      if (top.counter_write && bits(top.slice_written, slice, 1)) event(WriteCounters, written);
    }
    observe_list();
    if (top.conflict) event(PortConflict);
    if (top.look_up_known && !looked_up.empty()) {
      records[looked_up.front()].a = static_cast<std::uint32_t>(count_places(top.known_places));
      looked_up.pop_front();
    }
    if (top.looks_up) {
      std::int64_t first = -1;
      for (unsigned place = g.places; place-- > 0;)
        if (bits(top.look_up_places, place, 1)) first = static_cast<std::int64_t>(look_up_pattern(place));
      looked_up.push_back(records.size());
      event(LookUp, 0, top.look_up_last, first);
    }
    if (top.activation_stalls && !was_stalled) event(StallActivationQueue);
    was_stalled = top.activation_stalls;
    if (top.spike) event(EnterSpikeQueue, top.spike_neuron, top.spike_depth);
    if (top.take_spike) event(TakeSpike, top.taken_neuron);
  }

  void observe_list() {
    for (unsigned slice = 0; slice < g.slices; ++slice)
      if (bits(top.list_reads, slice, 1))
        event(ReadPattern, bits(top.list_spans, slice * g.span_bits, g.span_bits) * g.slices + slice, top.neuron_read);
    Word entries = 0;
    for (unsigned entry = 0; entry < g.candidates; ++entry) entries += bits(top.list_valid, entry, 1);
    if (top.list_takes) event(Insert, entries);
    if (top.list_moved) event(UpdateList, entries, entries == 0 ? UINT32_MAX : Word{top.list_nearest});
    if (top.list_refreshes) event(Refresh);
    if (top.list_overflows) event(ListOverflow);
  }

  void observe_mac_array() {
    if (top.packet) event(EnterActivationQueue, top.activation_depth);
    if (top.takes) {
      const std::int64_t target = top.taken_target;
      taken = records.size();
      occupied_since = cycle;
      event(Take, count_places(top.taken_places), top.taken_last,
            s.dataflow == 0 ? target * 4 : s.dataflow == 1 ? target * 4 + 1 : 2);
    }
    if (top.last_cycle && taken < records.size())
      records[taken].b += static_cast<std::uint32_t>(2 * (cycle - occupied_since + 1));
  }

  // The pattern of a place: its own, or the one so many after the first place's.
  Word look_up_pattern(unsigned place) const {
    if (g.names > 1) return bits(top.look_up_patterns, place * g.pattern_bits, g.pattern_bits);
    return bits(top.look_up_patterns, 0, g.pattern_bits) + place;
  }

  template <typename Signal>
  Word count_places(const Signal &places) const {
    Word count = 0;
    for (unsigned place = 0; place < g.places; ++place) count += bits(places, place, 1);
    return count;
  }

  void put(Word word) { std::fwrite(&word, sizeof word, 1, out); }

  void finish(const std::vector<Word> &state, Word host_words) {
    put(top.over);
    put(top.outcome);
    put(records.size());
    for (const Record &record : records) {
      std::fwrite(&record.cycle, 8, 1, out);
      std::fwrite(&record.code, 1, 1, out);
      std::fwrite(&record.a, 4, 1, out);
      std::fwrite(&record.b, 4, 1, out);
      std::fwrite(&record.c, 8, 1, out);
    }
    for (Word i = 0; i < host_words; ++i) put(i < state.size() ? state[i] : 0);
    for (Word i = 0; i < s.n; ++i)
      put(static_cast<Word>(signed_bits(top.fields, static_cast<unsigned>(i) * g.accumulator_bits, g.accumulator_bits)));
    const unsigned span = g.lanes * g.slices;
    // A distance that is kept nowhere is told as such: the counters are stale while a list is in use.
    std::vector<Word> listed(s.p, ~Word{0});
    for (unsigned entry = 0; entry < g.candidates; ++entry)
      if (top.listed && bits(top.list_valid, entry, 1))
        listed.at(bits(top.list_patterns, entry * g.pattern_bits, g.pattern_bits)) =
            bits(top.list_distances, entry * g.neuron_bits, g.neuron_bits);
    for (Word mu = 0; mu < s.p; ++mu) {
      if (top.listed) {
        put(listed[mu]);
        continue;
      }
      if (mu % span == 0) {
        top.shown_span = static_cast<std::uint32_t>(mu / span);
        top.eval();
      }
      put(bits(top.shown_counters, static_cast<unsigned>(mu % span) * g.neuron_bits, g.neuron_bits));
    }
    for (unsigned count = 0; count < g.counts; ++count) {
      top.count_select = count;
      top.eval();
      put(top.count);
    }
  }
};

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) fail("usage", "lockstep CASES RESULTS");
  // Registers without a reset start at random, so that nothing can rely on them.
  Verilated::randReset(2);
  Verilated::randSeed(1);
  const std::vector<Word> words = read_words(argv[1]);
  std::FILE *results = std::fopen(argv[2], "wb");
  if (!results) fail("cannot write", argv[2]);

  const Word *at = words.data();
  const auto next = [&at] { return *at++; };
  Geometry g{};
  for (unsigned *size : {&g.lanes, &g.slices, &g.mac_lanes, &g.neuron_bits, &g.pattern_bits, &g.span_bits,
                         &g.accumulator_bits, &g.places, &g.names, &g.candidates, &g.counts})
    *size = static_cast<unsigned>(next());
  const Geometry geometry = g;
  Bench bench(geometry, results);
  for (Word command = next(); command != 0; command = next()) {
    if (command == 1) {
      for (Word left = next(); left > 0; --left) {
        const Word memory = next(), bank = next(), row = next(), data = next();
        bench.load(memory, bank, row, data);
      }
    } else {
      Settings s{};
      for (Word *setting : {&s.n, &s.p, &s.dataflow, &s.order, &s.random_start, &s.step_limit, &s.zero_skip,
                            &s.nearest_relative, &s.window, &s.weight_rows, &s.candidate_margin, &s.cycle_limit})
        *setting = next();
      bench.run(s, at);
      at += (s.n + 63) / 64;
    }
  }
  if (std::fclose(results) != 0) fail("cannot write", argv[2]);
  return 0;
}
