// What the programs around the Verilated core share: the words of a case, and the end of a program that cannot go on.

#ifndef KLR_FILES_HPP
#define KLR_FILES_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

using Word = std::uint64_t;

// The name of the program, which each gives itself.
extern const char *const program;

[[noreturn]] inline void fail(const char *what, const char *of) {
  std::fprintf(stderr, "%s: %s: %s\n", program, what, of);
  std::exit(2);
}

// The 64-bit little-endian words of a file.
inline std::vector<Word> read_words(const char *path) {
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

#endif
