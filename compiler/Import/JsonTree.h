// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tree behind json::Value: nodes of 16 bytes in an arena, members with a sorted index. For
// Json*.cpp only.

#ifndef TFC_COMPILER_IMPORT_JSONTREE_H
#define TFC_COMPILER_IMPORT_JSONTREE_H

#include "compiler/Import/Json.h"

#include "llvm/Support/Allocator.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>

namespace tfc::json {

struct Object;

struct Node {
  Kind kind = Kind::null;
  uint32_t size = 0; // bytes of a string, elements of an array, members of an object
  union {
    bool boolean;
    int64_t integer = 0;
    uint64_t unsignedInteger;
    double real;
    const char *string;
    const Node *elements;
    const Object *object;
  };
};
static_assert(sizeof(Node) == 16);

struct Member {
  llvm::StringRef key;
  Node value;
};

/// Orders members by hash, then by key: a lookup is a binary search that no choice of keys can slow
/// down.
struct IndexEntry {
  uint32_t hash;
  uint32_t member;
};

struct Object {
  const Member *members;
  const IndexEntry *index;
};

/// What a document owns.
struct Storage {
  std::string fileName;
  llvm::BumpPtrAllocator arena;
  Node root;

  template <typename T> T *allocate(size_t count) { return arena.Allocate<T>(count); }

  llvm::StringRef keep(llvm::StringRef text) {
    if (text.empty())
      return "";
    char *copy = allocate<char>(text.size());
    std::copy(text.begin(), text.end(), copy);
    return {copy, text.size()};
  }
};

inline uint32_t hashOf(llvm::StringRef key) {
  return static_cast<uint32_t>(llvm::xxh3_64bits(key));
}

/// The step of a path that leads to a member: `.key` for identifiers, `["odd key"]` for other
/// names.
std::string pathStep(llvm::StringRef key);

} // namespace tfc::json

#endif
