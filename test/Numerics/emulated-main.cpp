// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The other end of ExecuteEmulated.cpp: opens a library and runs the batches that come on the
// standard input.
//
//     tfc-numerics-ARCHITECTURE LIBRARY VARIANT THREADS MAX_TOKENS

#include "Execution.h"

#include <cstdlib>

using namespace tfc::test;

int main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  auto execution =
      executeHere({argv[1], argv[2], unsigned(std::atoi(argv[3])), std::atoll(argv[4])});
  putArray(stdout, execution->error);
  fflush(stdout);
  size_t rowCount;
  while (execution->error.empty() && get(stdin, rowCount)) {
    Rows rows(rowCount);
    for (auto &row : rows)
      if (!getArray(stdin, row))
        return 1;
    Outputs outputs = execution->run(rows);
    putArray(stdout, execution->error);
    put(stdout, outputs.size());
    for (const auto &output : outputs)
      for (const auto &row : output)
        putArray(stdout, row);
    fflush(stdout);
  }
}
