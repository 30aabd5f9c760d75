// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ceilings of this machine's roofline (Williams, Waterman and Patterson 2009), measured.

#ifndef TFC_TOOLS_BENCH_MACHINE_H
#define TFC_TOOLS_BENCH_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tfc::bench {

/// What is multiplied and added: floating-point numbers, or bytes with sums of 32 bits.
enum class Arithmetic { f32, f64, bytes };

/// What so many threads of this machine reach at once with its best instruction set. Each call
/// measures anew. Threads or memory that are not to be had are exceptions:
/// std::system_error, std::bad_alloc.
class Machine {
public:
  /// `bytes`: the most that will be read; beyond 1 GiB it is so much.
  Machine(int64_t threads, double bytes);

  /// Operations a second, multiply and add counted apart, of a run of `seconds`, at most a second:
  /// what is reached for milliseconds is not kept up where a machine is shared, or gets warm.
  double operations(Arithmetic arithmetic, double seconds = 0) const;

  /// Bytes a second, read again and again from a memory of so many, of which each thread has a
  /// share: what fits into caches comes from there, as it would with the weights of a model.
  double readBandwidth(double bytes) const;

  /// What its processor is called.
  static std::string name();

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };

  double run(const std::function<double(size_t thread)> &work) const;
  double best(const std::function<double(size_t thread)> &work) const;

  size_t shareBytes; ///< of memory, for each thread
  std::vector<std::unique_ptr<void, Free>> memory;
};

} // namespace tfc::bench

#endif
