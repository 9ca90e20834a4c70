// Runs retrievals on the Verilated core as fast as it goes: nothing is observed, and nothing is read or written on the way.
// The core is the plain one, so the settings of its levers are read and go nowhere.
//
// usage: speed CASES
//
// CASES is what `lockstep` reads (`crates/rtl/src/case.rs`), with one image. For every line `first count times` on standard
// input the retrievals from number `first` on, `count` of them, are run `times` times; the answer is a line with the CPU
// nanoseconds that took and the cycles of one time.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "Vspeed.h"
#include "files.hpp"
#include "verilated.h"

const char *const program = "speed";

namespace {

Word cpu_nanoseconds() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<Word>(now.tv_sec) * 1'000'000'000 + static_cast<Word>(now.tv_nsec);
}

struct Retrieval {
  Word n, p, dataflow, order, random_start, step_limit, zero_skip, nearest_relative, window, weight_rows, candidate_margin,
      probe, row_words, certified, cycle_limit;
  const Word *cue;
};

class Bench {
 public:
  Bench() {
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

  // Returns the cycles from the first word of the cue to the last of the result.
  Word run(const Retrieval &r) {
    top.n = r.n;
    top.p = r.p;
    top.dataflow = r.dataflow;
    top.order = r.order;
    top.random_start = r.random_start;
    top.step_limit = r.step_limit;
    top.zero_skip = r.zero_skip;
    top.nearest_relative = r.nearest_relative;
    top.window = r.window;
    top.weight_rows = r.weight_rows;
    top.reset = 1;
    edge();
    top.reset = 0;
    Word cycle = 0;
    top.cue = 1;
    for (const Word host_words = (r.n + 63) / 64; cycle < host_words; ++cycle) {
      top.cue_data = r.cue[cycle];
      edge();
    }
    top.cue = 0;
    for (; !top.over && cycle < r.cycle_limit; ++cycle) edge();
    return cycle - 1;  // of the register at the inputs
  }

 private:
  Vspeed top;

  void edge() {
    top.clk = 1;
    top.eval();
    top.clk = 0;
    top.eval();
  }
};

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) fail("usage", "speed CASES");
  const std::vector<Word> words = read_words(argv[1]);
  const Word *at = words.data() + 1;  // the number of counts, which nobody reads here
  const auto next = [&at] { return *at++; };
  Bench bench;
  std::vector<Retrieval> retrievals;
  for (Word command = next(); command != 0; command = next()) {
    if (command == 1) {
      for (Word left = next(); left > 0; --left) {
        const Word memory = next(), bank = next(), row = next(), data = next();
        bench.load(memory, bank, row, data);
      }
    } else if (command != 2) {
      fail("not a command", argv[1]);
    } else {
      Retrieval r{};
      for (Word *setting : {&r.n, &r.p, &r.dataflow, &r.order, &r.random_start, &r.step_limit, &r.zero_skip,
                            &r.nearest_relative, &r.window, &r.weight_rows, &r.candidate_margin, &r.probe,
                            &r.row_words, &r.certified, &r.cycle_limit})
        *setting = next();
      r.cue = at;
      at += (r.n + 63) / 64;
      retrievals.push_back(r);
    }
  }
  Word first = 0, count = 0, times = 0;
  while (std::scanf("%" SCNu64 " %" SCNu64 " %" SCNu64, &first, &count, &times) == 3) {
    if (first + count > retrievals.size()) fail("no such retrieval", argv[1]);
    const Word before = cpu_nanoseconds();
    Word cycles = 0;
    for (Word time = 0; time < times; ++time) {
      cycles = 0;
      for (Word i = first; i < first + count; ++i) cycles += bench.run(retrievals[i]);
    }
    std::printf("%" PRIu64 " %" PRIu64 "\n", cpu_nanoseconds() - before, cycles);
    std::fflush(stdout);
  }
  return 0;
}
