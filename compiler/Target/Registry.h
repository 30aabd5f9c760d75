// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instruction sets and GPUs there is code for. A new one is a row here and its rows in the
// kernel table.

#ifndef TFC_COMPILER_TARGET_REGISTRY_H
#define TFC_COMPILER_TARGET_REGISTRY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace tfc {

/// A kind of processor. All code of a library is for one.
struct Architecture {
  llvm::StringLiteral name;
  llvm::StringLiteral triple;
  void (*initializeBackend)(); ///< makes LLVM's code generator known
  /// Flags of the weights' section, as the assembler spells them: "l", large, where the
  /// architecture has large sections.
  llvm::StringLiteral weightsFlags;
};

/// One instruction set, as LLVM and the loader of the library know it.
struct Variant {
  llvm::StringRef name; ///< what `--cpu=`, TFC_CPU and tfc_variant.name call it
  const Architecture &architecture;
  uint32_t level;             ///< tfc_variant.level: what runtime/Cpu.cpp has to find
  llvm::StringRef cpu;        ///< LLVM's `target-cpu`
  llvm::StringRef features;   ///< LLVM's `target-features`, beyond what the cpu implies
  unsigned preferVectorWidth; ///< bits; the CPU models of LLVM would stop at 256
  llvm::ArrayRef<llvm::StringRef> required; ///< features to look for where it shall run (`native`)
};

/// All architectures.
llvm::ArrayRef<Architecture> architectures();

/// The architecture of this machine, or the first where that is not among them.
const Architecture &hostArchitecture();

/// All variants; those of one architecture stand together, best first.
llvm::ArrayRef<Variant> variants();

/// The last variant of an architecture: it runs on all of its machines.
const Variant &baseline(const Architecture &architecture);

/// The variant of that name, or null.
const Variant *findVariant(llvm::StringRef name);

/// The best variant this machine can run.
const Variant &nativeVariant();

/// The variants that `--cpu=option` asks for, best first: `all` (of this machine's architecture),
/// `native`, a name, or several of these with commas between. A usage error names what it does not
/// know and what there is, or the architectures that it found together.
llvm::Expected<llvm::SmallVector<const Variant *>> resolveVariants(llvm::StringRef option);

/// The variants of these names, best first; unknown names are passed over. Those of several
/// architectures are a usage error: --cpu has to choose.
llvm::Expected<llvm::SmallVector<const Variant *>>
variantsAmong(llvm::ArrayRef<llvm::StringRef> names);

/// The GPUs; those of one architecture stand together, best first. Code of its last one runs on all
/// that are newer, which a driver translates.
llvm::ArrayRef<Variant> devices();

/// The GPU that `--target=option` names: an architecture and a name, `cuda:sm_80`, or with the
/// architecture alone its last one. Null for `cpu`.
/// Fails for what is not known or has no code yet, and says what there is.
llvm::Expected<const Variant *> resolveTarget(llvm::StringRef option);

} // namespace tfc

#endif
