// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// File names inside models: absolute while tfc works, relative where they are written down.

#ifndef TFC_COMPILER_IMPORT_PATHS_H
#define TFC_COMPILER_IMPORT_PATHS_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace tfc {

/// `path` from the root, without `.` steps; `..` stays, since a folder before it may be a link.
std::string absolutePath(llvm::StringRef path);

/// `name` as it is meant in the file at `path`: relative to that file's folder.
std::string besideFile(llvm::StringRef path, llvm::StringRef name);

/// The absolute `path` as seen from `folder`; as it is where one of them does not exist.
std::string relativePath(llvm::StringRef folder, llvm::StringRef path);

} // namespace tfc

#endif
