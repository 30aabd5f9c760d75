// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Execution.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tfc::test {
namespace {

class Emulated : public Execution {
public:
  explicit Emulated(const Settings &settings) {
    const std::string threads = std::to_string(settings.threads),
                      maxTokens = std::to_string(settings.maxTokens);
    int down[2], up[2];
    if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) {
      error = "no pipe";
      return;
    }
    child = fork();
    if (child == 0) {
      dup2(down[0], STDIN_FILENO);
      dup2(up[1], STDOUT_FILENO);
      execlp("sh", "sh", "-c", "exec $TFC_TEST_EMULATOR \"$@\"", "sh", settings.path.c_str(),
             settings.variant.c_str(), threads.c_str(), maxTokens.c_str(), nullptr);
      _exit(127);
    }
    close(down[0]);
    close(up[1]);
    to = fdopen(down[1], "w");
    from = fdopen(up[0], "r");
    if (!getArray(from, error))
      error = lost;
  }
  ~Emulated() override {
    if (to)
      fclose(to);
    if (from)
      fclose(from);
    if (child > 0)
      waitpid(child, nullptr, 0);
  }

  Outputs run(const Rows &rows) override {
    put(to, rows.size());
    for (const auto &row : rows)
      putArray(to, row);
    fflush(to);
    size_t count = 0;
    if (!getArray(from, error) || !get(from, count)) {
      error = lost;
      return {};
    }
    Outputs outputs(count);
    for (auto &output : outputs)
      for (auto &row : output.assign(rows.size(), {}), output)
        if (!getArray(from, row)) {
          error = lost;
          return {};
        }
    return outputs;
  }

private:
  static constexpr const char *lost = "the emulated process ended: is TFC_TEST_EMULATOR right?";
  pid_t child = 0;
  FILE *to = nullptr, *from = nullptr;
};

} // namespace

std::unique_ptr<Execution> executeEmulated(const Settings &settings) {
  return std::make_unique<Emulated>(settings);
}

} // namespace tfc::test
