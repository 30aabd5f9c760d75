// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A finished model on disk: a shared library, an archive or an object, and the header beside it.

#ifndef TFC_COMPILER_LINK_LIBRARY_H
#define TFC_COMPILER_LINK_LIBRARY_H

#include "compiler/Link/WeightSink.h"
#include "compiler/Target/Registry.h"

#include "tfc/abi.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tfc {

/// tfc_value.
struct ValueDescription {
  std::string name;
  tfc_type type = TFC_TYPE_F32;
  tfc_area area = TFC_AREA_TOKEN;
  bool optional = false, scalar = false, sourceKeys = false;
  int64_t offset = 0, width = 1, limit = 0;
  std::optional<int64_t> largest = std::nullopt;
  std::string formula = {}; ///< or empty
};

/// tfc_entry.
struct EntryDescription {
  std::string name;
  std::vector<ValueDescription> inputs, outputs;
  std::array<int64_t, TFC_AREAS> areaBytes = {};
  tfc_entry_kind kind = TFC_ENTRY_ROWS;
};

/// tfc_variant.
struct VariantDescription {
  std::string name;
  uint32_t level = 1;
  llvm::SmallVector<char, 0> object;
  std::vector<std::string> functions; ///< for each entry: its tfc_function in `object`
  int64_t scratchBytes = 0, scratchBytesPerToken = 0;
  uint32_t needs = 0;
};

/// A field of tfc_generation: ids, a number of i64 or one of f64.
using GenerationField = std::variant<std::vector<int32_t>, int64_t, double>;

/// tfc_library and what it points to.
struct LibraryDescription {
  std::string name; ///< prefix of all symbols, as identifierFor() makes it
  std::string task;
  std::vector<std::string> labels;
  std::vector<EntryDescription> entries;
  std::vector<VariantDescription> variants; ///< of one architecture, best first
  uint64_t weightsBytes = 0;
  std::vector<char> tokenizer; ///< the tables' bytes; empty: none
  std::vector<char> chat;      ///< the tables of the chat template; empty: there is none
  int64_t maxSequence = 0, maxBatch = 0;
  int64_t pageBytes = 0;                   ///< of the cache; 0: there is none
  std::vector<tfc_page_piece> pagePieces;  ///< without the end
  uint64_t sourcePiece = 0;                ///< the first of those for sources
  std::vector<GenerationField> generation; ///< all fields; empty where there is no cache
  std::string about; ///< how it was made, as aboutModel() says it; empty: nothing is said

  /// The runtime to link in. Empty: the one inside the compiler.
  llvm::ArrayRef<char> runtime;
};

/// The architecture of a library's variants.
const Architecture &architectureOf(const LibraryDescription &library);

/// Not supported (exit 3) where tfc was built without what libraries for `architecture` are linked
/// with.
llvm::Error checkLinkable(const Architecture &architecture, llvm::StringRef path);

/// Writes the weights, weightsBytes in all, to the sink. An error is passed on as it is.
using WeightWriter = llvm::function_ref<llvm::Error(WeightSink &)>;

/// Writes the model to `path` and its header beside it, the suffix replaced by `.h`: an archive
/// where the path ends in `.a`, an object for `.o`, and a shared library otherwise. Both files
/// appear when both are complete; after an error neither has changed. The weights pass through:
/// memory does not grow with them.
llvm::Error writeLibrary(const LibraryDescription &library, WeightWriter writeWeights,
                         llvm::StringRef path);

} // namespace tfc

#endif
