// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the tables of a tokenizer into a file, for libraries that tests put together by hand.

#include "compiler/Tokenizer/Tokenizer.h"

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  auto tables = tfc::compileTokenizer(argv[1], 0);
  if (!tables) {
    std::fprintf(stderr, "%s\n", llvm::toString(tables.takeError()).c_str());
    return 1;
  }
  std::FILE *file = std::fopen(argv[2], "wb");
  return file && std::fwrite(tables->data(), 1, tables->size(), file) == tables->size() &&
                 std::fclose(file) == 0
             ? 0
             : 1;
}
