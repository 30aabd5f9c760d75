// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs tfc-run as a user types it.

#ifndef TFC_TEST_TOOLS_COMMAND_H
#define TFC_TEST_TOOLS_COMMAND_H

#include "Temporary.h"

#include <sys/wait.h>

namespace tfc::test {

struct Result {
  int code;
  std::string out, error;
};

/// Runs tfc-run with words for a shell and `input` on standard input.
inline Result tool(const TemporaryFolder &folder, const std::string &words,
                   const std::string &input = "") {
  std::string command = std::string(TFC_RUN) + " " + words + " <" + folder.write("stdin", input) +
                        " >" + folder.file("stdout") + " 2>" + folder.file("stderr");
  int status = system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("stdout"),
          folder.read("stderr")};
}

/// Runs tfc-run on one of the fake libraries.
inline Result fake(const TemporaryFolder &folder, const std::string &words,
                   const std::string &library = "fake", const std::string &input = "") {
  return tool(folder, std::string(TFC_FAKE_LIBRARIES) + "/" + library + ".so " + words, input);
}

} // namespace tfc::test

#endif
