// Runs retrievals on the Verilated core, and writes down what every cycle did.
//
// usage: lockstep CASES RESULTS
//
// CASES is a list of 64-bit little-endian words, as `crates/rtl/src/case.rs` writes them: how many counts can be read, then commands.
//   1 count (memory bank row data...)*count        the words of an image, through the load port
//   2 settings cue                                 a retrieval, from reset
//   0                                              the end
// RESULTS holds for each retrieval: whether it ended, outcome, records of events (25 bytes each, as in docs/timing.md),
// state, field registers, distances (all ones where the core keeps none) and counts. `crates/rtl/src/results.rs` reads it.
//
// Events are those of `observer.sv`. Three things that it tells later are entered where they belong: the words of a look-up
// (D12), the cycles for which a packet occupies the lanes (M2), and the words of signs that are read for it (M5).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <type_traits>
#include <vector>

#include "Vobserver.h"
#include "Vobserver__Dpi.h"
#include "files.hpp"
#include "verilated.h"

const char *const program = "lockstep";

namespace {

// One event; what its numbers mean is the table of docs/timing.md.
struct Record {
  Word cycle;
  std::uint8_t code;
  std::uint32_t a, b;
  std::int64_t c;
};

// Codes of events that more is done with than written down; SIGN_WORDS, KNOWN and OCCUPIED are those of `observer.sv` alone.
enum Code : std::uint8_t { LookUp = 6, Take = 9, RowSigns = 24, SignWords = 253, Known = 254, Occupied = 255 };

struct Settings {
  Word n, p, dataflow, order, random_start, step_limit, zero_skip, nearest_relative, window, weight_rows, candidate_margin,
      probe, row_words, certified, cycle_limit;
};

// A signal of any width, which Verilator keeps in a number or in an array of 32-bit words.
template <typename Signal>
void set_bits(Signal &signal, const Word *words) {
  if constexpr (std::is_integral_v<Signal>) {
    signal = static_cast<Signal>(words[0]);
  } else {
    for (unsigned limb = 0; limb < sizeof(Signal) / 4; ++limb)
      signal[limb] = static_cast<std::uint32_t>(words[limb / 2] >> (limb % 2 * 32));
  }
}

class Bench {
 public:
  // Words of CASES that a word at the load port takes.
  static constexpr unsigned load_words = (sizeof(Vobserver::load_data) + sizeof(Word) - 1) / sizeof(Word);

  Bench(unsigned readable_counts, std::FILE *results) : counts(readable_counts), out(results) {
    top.clk = 0;
    top.reset = 1;
    top.load = 0;
    top.cue = 0;
    edge();
  }

  void load(Word memory, Word bank, Word row, const Word *data) {
    top.load = 1;
    top.load_memory = memory;
    top.load_bank = bank;
    top.load_row = row;
    set_bits(top.load_data, data);
    edge();
    top.load = 0;
  }

  void run(const Settings &settings, const Word *cue) {
    start(settings);
    const Word host_words = (s.n + 63) / 64;
    std::vector<Word> state;
    for (Word cycle = 0; !top.over && cycle < s.cycle_limit; ++cycle) {
      top.cue = cycle < host_words;
      top.cue_data = top.cue ? cue[cycle] : 0;
      top.eval();
      if (top.result) state.push_back(top.result_data);
      edge();
    }
    top.eval();
    finish(state, host_words);
  }

  void event(Word cycle, std::uint8_t code, std::uint32_t a, std::uint32_t b, std::int64_t c) {
    if (code == Known) {
      if (looked_up.empty()) return;
      records[looked_up.front()].a = a;
      looked_up.pop_front();
    } else if (code == SignWords) {
      if (taken < records.size()) records.push_back({records[taken].cycle, RowSigns, a, b, c});
    } else if (code == Occupied) {
      if (taken < records.size()) records[taken].b += 2 * a;
    } else {
      if (code == LookUp) looked_up.push_back(records.size());
      if (code == Take) taken = records.size();
      records.push_back({cycle, code, a, b, c});
    }
  }

 private:
  Vobserver top;
  unsigned counts;
  Settings s{};
  std::FILE *out;

  std::vector<Record> records;
  std::deque<std::size_t> looked_up;  // records of look-ups whose packet is under way
  std::size_t taken = 0;              // record of the packet in the lanes

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
    top.probe = s.probe;
    top.row_words = s.row_words;
    top.certified = s.certified;
    top.reset = 1;
    top.cue = 0;
    edge();
    top.reset = 0;
    top.eval();
    records.clear();
    looked_up.clear();
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
    for (Word i = 0; i < s.n; ++i) {
      top.shown_neuron = static_cast<std::uint32_t>(i);
      top.eval();
      put(static_cast<Word>(top.shown_field));
    }
    for (Word mu = 0; mu < s.p; ++mu) {
      top.shown_pattern = static_cast<std::uint32_t>(mu);
      top.eval();
      put(top.shown_distance);
    }
    for (unsigned count = 0; count < counts; ++count) {
      top.count_select = count;
      top.eval();
      put(top.count);
    }
  }
};

Bench *bench = nullptr;

}  // namespace

void observed_event(unsigned long long cycle, unsigned code, unsigned a, unsigned b, long long c) {
  bench->event(cycle, static_cast<std::uint8_t>(code), a, b, c);
}

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
  Bench built(static_cast<unsigned>(next()), results);
  bench = &built;
  for (Word command = next(); command != 0; command = next()) {
    if (command == 1) {
      for (Word left = next(); left > 0; --left) {
        const Word memory = next(), bank = next(), row = next();
        bench->load(memory, bank, row, at);
        at += Bench::load_words;
      }
    } else {
      Settings s{};
      for (Word *setting : {&s.n, &s.p, &s.dataflow, &s.order, &s.random_start, &s.step_limit, &s.zero_skip,
                            &s.nearest_relative, &s.window, &s.weight_rows, &s.candidate_margin, &s.probe, &s.row_words, &s.certified,
                            &s.cycle_limit})
        *setting = next();
      bench->run(s, at);
      at += (s.n + 63) / 64;
    }
  }
  if (std::fclose(results) != 0) fail("cannot write", argv[2]);
  return 0;
}
