// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the time went, in the format of Chrome's trace viewer.

#ifndef TFC_TOOLS_RUN_TRACE_H
#define TFC_TOOLS_RUN_TRACE_H

#include "Failure.h"

#include <chrono>
#include <string>
#include <vector>

namespace tfc::run {

class Trace {
  using Clock = std::chrono::steady_clock;

public:
  /// One phase, from construction to destruction.
  class Span {
  public:
    Span(Trace &trace, const char *name) : trace(trace), name(name), begin(Clock::now()) {}
    Span(const Span &) = delete;
    ~Span() { trace.events.push_back({name, begin, Clock::now()}); }

  private:
    Trace &trace;
    const char *name;
    Clock::time_point begin;
  };

  Failure write(const std::string &path) const;

private:
  struct Event {
    const char *name;
    Clock::time_point begin, end;
  };
  Clock::time_point start = Clock::now();
  std::vector<Event> events;
};

} // namespace tfc::run

#endif
