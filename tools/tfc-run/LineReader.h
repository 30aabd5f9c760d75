// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lines from a pipe, as many at a time as have arrived.

#ifndef TFC_TOOLS_RUN_LINEREADER_H
#define TFC_TOOLS_RUN_LINEREADER_H

#include "Failure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tfc::run {

class LineReader {
public:
  explicit LineReader(int descriptor) : descriptor(descriptor) {}

  /// Waits for input and appends the lines that are complete. A line ends at "\n" and nowhere else;
  /// the last one may lack it. With `json` each line is a JSON string. `more` becomes false at the
  /// end of the input.
  Failure read(std::vector<std::string> &lines, bool json, bool &more);

private:
  Failure take(std::string line, bool json, std::vector<std::string> &lines);

  int descriptor;
  std::string rest; // the start of a line whose end has not arrived
  int64_t number = 0;
};

} // namespace tfc::run

#endif
