// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The typed functions of a library: one table from which its exported symbols and its header are
// made.

#ifndef TFC_COMPILER_LINK_API_H
#define TFC_COMPILER_LINK_API_H

#include "compiler/Link/Library.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace tfc {

/// How a value is passed; all that code generation has to know about a C type.
enum class ApiType { nothing, pointer, word, size };

/// A function `<model>_<name>` that passes its arguments on to the runtime. In the C texts `$`
/// stands for the model's prefix and `@` for the same in capitals.
struct ApiFunction {
  llvm::StringLiteral name;
  llvm::StringLiteral result;
  llvm::StringLiteral parameters;              ///< a C parameter list without function pointers
  llvm::StringLiteral runtime;                 ///< the tfc_* function that does the work
  bool opens;                                  ///< that function takes the tfc_library first
  bool (*offered)(const LibraryDescription &); ///< whether a library has it
  llvm::StringLiteral comment;

  ApiType resultType() const;
  llvm::SmallVector<ApiType> parameterTypes() const;
};

/// The functions that `library` offers, in the order of its header.
llvm::SmallVector<ApiFunction> apiFunctions(const LibraryDescription &library);

/// Their symbols, which are all that a library defines for others.
std::vector<std::string> exportedSymbols(const LibraryDescription &library);

/// A linker's version script that exports these and nothing else.
std::string versionScript(const LibraryDescription &library);

/// The text of the header: C11 and C++17, and nothing but itself is needed to use the library.
std::string headerText(const LibraryDescription &library);

/// The prefix for a library of that path: its stem without `lib`, made a C and C++ identifier that
/// is neither reserved nor the beginning of other people's names ("2-fast.so" gives
/// "model_2_fast").
std::string identifierFor(llvm::StringRef path);

} // namespace tfc

#endif
