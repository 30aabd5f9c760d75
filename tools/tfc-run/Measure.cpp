// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Measure.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tfc::run {
namespace {

Failure environment(const std::string &what, int error) {
  return {exitEnvironment, fmt::format("{}: {}", what, std::strerror(error))};
}

/// A folder that is there as long as this object. Signals that would end the process wait until
/// then.
class WorkFolder {
public:
  WorkFolder() {
    sigemptyset(&held);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD})
      sigaddset(&held, signal);
    sigprocmask(SIG_BLOCK, &held, &before);
    std::signal(SIGCHLD, SIG_DFL); // where it is ignored nobody would be told
  }
  WorkFolder(const WorkFolder &) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path.empty())
      std::filesystem::remove_all(path, ignored);
    sigprocmask(SIG_SETMASK, &before, nullptr); // a signal that waits ends the process here
  }

  Failure make() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "tfc-check-XXXXXX").string();
    if (error)
      return {exitEnvironment, "TMPDIR: " + error.message()};
    if (!mkdtemp(name.data()))
      return environment(name, errno);
    path = name;
    return {};
  }
  std::string file(const char *name) const { return path + "/" + name; }

  /// Runs a program and gives its wait status. A signal to this process goes to the program too.
  Failure run(const std::vector<std::string> &words, const std::string &note, int &status);

private:
  std::string path;
  sigset_t held, before;
};

Failure WorkFolder::run(const std::vector<std::string> &words, const std::string &note,
                        int &status) {
  std::vector<char *> arguments;
  for (const std::string &word : words)
    arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &before);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child;
  int error =
      posix_spawn(&child, words[0].c_str(), nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error)
    return environment(words[0], error);
  const timespec patience{1, 0};
  int signal = sigtimedwait(&held, nullptr, &patience);
  if (signal < 0 && errno == EAGAIN)
    std::fprintf(stderr, "%s\n", note.c_str());
  while (signal <= 0 || signal == SIGCHLD) {
    if (waitpid(child, &status, WNOHANG))
      return {};
    signal = sigwaitinfo(&held, nullptr);
  }
  kill(child, signal);
  raise(signal); // waits, and ends this process when the folder is gone
  waitpid(child, &status, 0);
  return {};
}

} // namespace

Failure openMeasure(const std::string &input, const std::string &cpu, ModelHandle &model) {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    return {exitEnvironment, "/proc/self/exe: " + error.message()};
  WorkFolder folder;
  if (Failure failure = folder.make())
    return failure;
  const std::string library = folder.file("measure.so");
  const std::vector<std::string> words{
      self.replace_filename("tfc").string(), input, "--dtype=f64", "--cpu=" + cpu, "-o", library};
  int status = 0;
  if (Failure failure = folder.run(words, fmt::format("compiling {} in f64", input), status))
    return failure;
  if (!WIFEXITED(status) || WEXITSTATUS(status))
    return {WIFEXITED(status) ? WEXITSTATUS(status) : exitEnvironment,
            fmt::format("--check {}: tfc could not compile it in f64", input)};
  return openModel(library, model);
}

} // namespace tfc::run
