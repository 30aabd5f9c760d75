// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/Registry.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

namespace tfc {

static constexpr llvm::StringLiteral linux64 = "x86_64-unknown-linux-gnu";

static constexpr llvm::StringRef level3[] = {"avx2", "bmi",   "bmi2", "f16c",
                                             "fma",  "lzcnt", "movbe"};
static constexpr llvm::StringRef level4[] = {"avx2",     "bmi",      "bmi2",     "f16c",
                                             "fma",      "lzcnt",    "movbe",    "avx512f",
                                             "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

// clang-format off
static constexpr Variant rows[] = {
  // name         level  triple   cpu          features  width  required
  {"x86-64-v4",   4,     linux64, "x86-64-v4", "",       512,   level4},
  {"x86-64-v3",   3,     linux64, "x86-64-v3", "",       256,   level3},
  {"x86-64",      1,     linux64, "x86-64",    "",       128,   {}},
};
// clang-format on

llvm::ArrayRef<Variant> variants() { return rows; }

const Variant *findVariant(llvm::StringRef name) {
  const Variant *row = llvm::find_if(rows, [&](const Variant &v) { return v.name == name; });
  return row == std::end(rows) ? nullptr : row;
}

const Variant &nativeVariant() {
  // LLVM asks cpuid and the operating system: registers that it does not save do not count.
  const llvm::StringMap<bool> has = llvm::sys::getHostCPUFeatures();
  for (const Variant &variant : rows)
    if (llvm::all_of(variant.required,
                     [&](llvm::StringRef feature) { return has.lookup(feature); }))
      return variant;
  llvm_unreachable("the last row requires nothing");
}

llvm::Expected<llvm::SmallVector<const Variant *>> resolveVariants(llvm::StringRef option) {
  llvm::SmallVector<llvm::StringRef> words;
  option.split(words, ',');
  bool wanted[std::size(rows)] = {};
  for (llvm::StringRef word : words) {
    if (word == "all") {
      llvm::fill(wanted, true);
      continue;
    }
    const Variant *variant = word == "native" ? &nativeVariant() : findVariant(word);
    if (!variant) {
      llvm::SmallVector<llvm::StringRef> names(
          llvm::map_range(rows, [](const Variant &v) { return v.name; }));
      return llvm::make_error<ExitError>(ExitCode::usage,
                                         fmt::format("--cpu: expected native, all, {}; found '{}'",
                                                     llvm::join(names, ", "), word.str()));
    }
    wanted[variant - rows] = true;
  }
  llvm::SmallVector<const Variant *> result;
  for (auto [row, take] : llvm::zip(rows, wanted))
    if (take)
      result.push_back(&row);
  return result;
}

} // namespace tfc
