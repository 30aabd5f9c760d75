// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/Registry.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

namespace tfc {

#define TFC_BACKEND(Name)                                                                          \
  [] {                                                                                             \
    LLVMInitialize##Name##TargetInfo();                                                            \
    LLVMInitialize##Name##Target();                                                                \
    LLVMInitialize##Name##TargetMC();                                                              \
    LLVMInitialize##Name##AsmPrinter();                                                            \
    LLVMInitialize##Name##AsmParser(); /* module-level assembly */                                 \
  }

/// No machine reads its assembly: ptxas does.
static void initializeNVPTX() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
}

// clang-format off
static constexpr Architecture architectureRows[] = {
  // name      triple                       backend               weights
  {"x86-64",  "x86_64-unknown-linux-gnu",  TFC_BACKEND(X86),     "al"},
  {"aarch64", "aarch64-unknown-linux-gnu", TFC_BACKEND(AArch64), "a"},
};
static constexpr const Architecture &x86 = architectureRows[0], &aarch64 = architectureRows[1];

static constexpr llvm::StringRef level3[] = {"avx2", "bmi",   "bmi2", "f16c",
                                             "fma",  "lzcnt", "movbe"};
static constexpr llvm::StringRef level4[] = {"avx2",     "bmi",      "bmi2",     "f16c",
                                             "fma",      "lzcnt",    "movbe",    "avx512f",
                                             "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

static constexpr llvm::StringRef level5[] = {"avx2",     "bmi",      "bmi2",     "f16c",     "fma",
                                             "lzcnt",    "movbe",    "avx512f",  "avx512bw", "avx512cd",
                                             "avx512dq", "avx512vl", "avx512vnni"};

static constexpr Variant rows[] = {
  // name            architecture  level  cpu          features       width  required
  {"x86-64-v4-vnni", x86,          5,     "x86-64-v4", "+avx512vnni", 512,   level5},
  {"x86-64-v4",  x86,          4,     "x86-64-v4", "",       512,   level4},
  {"x86-64-v3",  x86,          3,     "x86-64-v3", "",       256,   level3},
  {"x86-64",     x86,          1,     "x86-64",    "",       128,   {}},
  {"aarch64",    aarch64,      1,     "generic",   "",       128,   {}},
};

static constexpr Architecture cuda =
  {"cuda",    "nvptx64-nvidia-cuda",       initializeNVPTX,      ""};
static constexpr Variant deviceRows[] = {
  // name        architecture  level  cpu          features  width  required
  {"sm_90a",     cuda,         90,    "sm_90a",    "",       32,    {}},
  {"sm_80",      cuda,         80,    "sm_80",     "",       32,    {}},
};
// clang-format on

llvm::ArrayRef<Architecture> architectures() { return architectureRows; }

const Architecture &hostArchitecture() {
  const auto host = llvm::Triple(llvm::sys::getProcessTriple()).getArch();
  const Architecture *found = llvm::find_if(architectureRows, [&](const Architecture &a) {
    return llvm::Triple(a.triple).getArch() == host;
  });
  return found == std::end(architectureRows) ? architectureRows[0] : *found;
}

llvm::ArrayRef<Variant> variants() { return rows; }

const Variant &baseline(const Architecture &architecture) {
  for (const Variant &variant : llvm::reverse(rows))
    if (&variant.architecture == &architecture)
      return variant;
  llvm_unreachable("every architecture has a row");
}

const Variant *findVariant(llvm::StringRef name) {
  const Variant *row = llvm::find_if(rows, [&](const Variant &v) { return v.name == name; });
  return row == std::end(rows) ? nullptr : row;
}

const Variant &nativeVariant() {
  // LLVM asks the processor and the operating system: registers that it does not save do not count.
  const llvm::StringMap<bool> has = llvm::sys::getHostCPUFeatures();
  for (const Variant &variant : rows)
    if (&variant.architecture == &hostArchitecture() &&
        llvm::all_of(variant.required,
                     [&](llvm::StringRef feature) { return has.lookup(feature); }))
      return variant;
  llvm_unreachable("the last row of an architecture requires nothing");
}

/// The names of the variants that one word of `--cpu` asks for.
static llvm::Expected<llvm::SmallVector<llvm::StringRef>> namesOf(llvm::StringRef word) {
  llvm::SmallVector<llvm::StringRef> found, all;
  for (const Variant &variant : rows) {
    all.push_back(variant.name);
    if (word == variant.name || (word == "native" && &variant == &nativeVariant()) ||
        (word == "all" && &variant.architecture == &hostArchitecture()))
      found.push_back(variant.name);
  }
  if (!found.empty())
    return found;
  return llvm::make_error<ExitError>(ExitCode::usage,
                                     fmt::format("--cpu: expected native, all, {}; found '{}'",
                                                 llvm::join(all, ", "), word.str()));
}

llvm::Expected<llvm::SmallVector<const Variant *>>
variantsAmong(llvm::ArrayRef<llvm::StringRef> names) {
  llvm::SmallVector<const Variant *> result;
  for (const Variant &variant : rows)
    if (llvm::is_contained(names, variant.name))
      result.push_back(&variant);
  if (!result.empty() && &result.front()->architecture != &result.back()->architecture)
    return llvm::make_error<ExitError>(
        ExitCode::usage, fmt::format("--cpu: expected instruction sets of one architecture, as a "
                                     "library has; found {} and {}",
                                     result.front()->name.str(), result.back()->name.str()));
  return result;
}

llvm::Expected<llvm::SmallVector<const Variant *>> resolveVariants(llvm::StringRef option) {
  llvm::SmallVector<llvm::StringRef> words, names;
  option.split(words, ',');
  for (llvm::StringRef word : words) {
    auto found = namesOf(word);
    if (!found)
      return found.takeError();
    names.append(*found);
  }
  return variantsAmong(names);
}

llvm::ArrayRef<Variant> devices() { return deviceRows; }

llvm::Expected<const Variant *> resolveTarget(llvm::StringRef option) {
  if (option == "cpu")
    return nullptr;
  auto [kind, name] = option.split(':');
  llvm::SmallVector<llvm::StringRef> kinds{"cpu"}, names;
  const Variant *found = nullptr;
  for (const Variant &device : devices()) {
    if (device.architecture.name != kinds.back())
      kinds.push_back(device.architecture.name);
    if (device.architecture.name != kind)
      continue;
    names.push_back(device.name);
    if (device.name == name || option == kind)
      found = &device;
  }
  if (found)
    return found;
  if (names.empty())
    return llvm::make_error<ExitError>(ExitCode::usage,
                                       fmt::format("--target: expected one of {}; found '{}'",
                                                   llvm::join(kinds, ", "), option.str()));
  return unsupportedError("--target={} is not supported; supported: {}", option.str(),
                          llvm::join(names, ", "));
}

} // namespace tfc
