// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Trace.h"

#include "SafeFile.h"

#include <fmt/format.h>
#include <unistd.h>

namespace tfc::run {

Failure Trace::write(const std::string &path) const {
  auto microseconds = [](Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
  };
  std::string text = "{\"traceEvents\": [";
  for (size_t i = 0; i < events.size(); ++i)
    text += fmt::format("{}\n{{\"name\": \"{}\", \"ph\": \"X\", \"ts\": {:.3f}, \"dur\": {:.3f}, "
                        "\"pid\": {}, \"tid\": 1}}",
                        i ? "," : "", events[i].name, microseconds(events[i].begin - start),
                        microseconds(events[i].end - events[i].begin), getpid());
  text += "\n]}\n";
  SafeFile file(path);
  Failure failure = file.open();
  if (!failure)
    failure = file.write(text.data(), text.size());
  return failure ? failure : file.commit();
}

} // namespace tfc::run
