// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Paths.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace path = llvm::sys::path;
namespace fs = llvm::sys::fs;

std::string tfc::absolutePath(llvm::StringRef name) {
  llvm::SmallString<256> full(name);
  fs::make_absolute(full);
  path::remove_dots(full);
  return full.str().str();
}

std::string tfc::besideFile(llvm::StringRef file, llvm::StringRef name) {
  if (path::is_absolute(name))
    return name.str();
  llvm::SmallString<256> full(path::parent_path(file));
  path::append(full, name);
  return full.str().str();
}

std::string tfc::relativePath(llvm::StringRef folder, llvm::StringRef name) {
  // Links in the way would give `..` another meaning. A link at the end is the file's own business.
  llvm::SmallString<256> from, to;
  if (fs::real_path(folder, from) || fs::real_path(path::parent_path(name), to))
    return name.str();
  path::append(to, path::filename(name));
  auto a = path::begin(from), aEnd = path::end(from), b = path::begin(to), bEnd = path::end(to);
  while (a != aEnd && b != bEnd && *a == *b)
    ++a, ++b;
  llvm::SmallString<256> result;
  for (; a != aEnd; ++a)
    path::append(result, "..");
  for (; b != bEnd; ++b)
    path::append(result, *b);
  return result.empty() ? "." : result.str().str();
}
