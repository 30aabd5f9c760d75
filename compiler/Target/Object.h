// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an LLVM module to machine code for one instruction set.
//
// The same module gives the same bytes on every machine: nothing is asked of the host. What a
// floating-point value is must not depend on where its instruction lands, so nothing here may fuse,
// reassociate or approximate arithmetic; an emitter that wants a fused multiply-add says llvm.fma.

#ifndef TFC_COMPILER_TARGET_OBJECT_H
#define TFC_COMPILER_TARGET_OBJECT_H

#include "compiler/Target/Registry.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace tfc {

/// Makes `module` fit to be linked beside the same module for other variants: each function of
/// `entries` gets a hidden symbol of its own, returned in the same order; all other definitions
/// become internal. An entry that the module does not define is an internal error. Before
/// optimize(), which then drops what no entry reaches.
llvm::Expected<std::vector<std::string>>
isolateEntries(llvm::Module &module, const Variant &variant, llvm::ArrayRef<std::string> entries);

/// Prepares `module` for `variant` (triple, data layout, attributes of every function) and runs
/// LLVM's optimiser.
llvm::Error optimize(llvm::Module &module, const Variant &variant);

/// The bytes of a relocatable, position-independent ELF object. The module is used up: compile a
/// clone for another use.
llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module, const Variant &variant);

/// The same as assembly text.
llvm::Expected<llvm::SmallVector<char, 0>> emitAssembly(llvm::Module &module,
                                                        const Variant &variant);

} // namespace tfc

#endif
