// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a compiled model is run: in this process, in one for another architecture under an emulator,
// or as a GPU would. Neither LLVM nor GoogleTest is seen here.

#ifndef TFC_TEST_NUMERICS_EXECUTION_H
#define TFC_TEST_NUMERICS_EXECUTION_H

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace tfc::test {

/// Ids of each row of a batch.
using Rows = std::vector<std::vector<int32_t>>;

/// The outputs of one run in the model's order: for each output, for each row, its numbers, f32 or
/// f64.
using Outputs = std::vector<std::vector<std::vector<double>>>;

/// As a number of threads: the second of three, of which the others never come.
constexpr unsigned lonely = 3000;

/// What is to be run, and how.
struct Settings {
  std::string path, variant;
  unsigned threads;
  int64_t maxTokens;
};

/// A library, opened for one instruction set, with a session. Before each run the session's memory
/// is filled with NaNs: whatever reads what it has not written is seen.
class Execution {
public:
  virtual ~Execution() = default;
  /// Nothing after an error.
  virtual Outputs run(const Rows &rows) = 0;
  std::string error; ///< of opening, or of the last run
};

std::unique_ptr<Execution> executeHere(const Settings &settings);

/// The emulator that $TFC_TEST_EMULATOR names runs emulated-main.cpp.
std::unique_ptr<Execution> executeEmulated(const Settings &settings);

/// Runs the code of a GPU, from the text of a plan and without a GPU: launches and kernels are
/// compiled for this machine. `threads` is the number of blocks of a launch, one after another;
/// each thread of a block is a fiber. Shared memory is filled with NaNs before each block.
std::unique_ptr<Execution> executeDevice(const Settings &settings);

// What the two processes say to each other: numbers, and arrays behind their sizes. False at the
// end of the pipe.
template <typename T> bool put(FILE *to, const T &number) {
  return fwrite(&number, sizeof number, 1, to) == 1;
}
template <typename T> bool get(FILE *from, T &number) {
  return fread(&number, sizeof number, 1, from) == 1;
}
template <typename Array> bool putArray(FILE *to, const Array &array) {
  return put(to, array.size()) &&
         fwrite(array.data(), sizeof *array.data(), array.size(), to) == array.size();
}
template <typename Array> bool getArray(FILE *from, Array &array) {
  size_t size;
  if (!get(from, size))
    return false;
  array.resize(size);
  return fread(array.data(), sizeof *array.data(), size, from) == size;
}

} // namespace tfc::test

#endif
