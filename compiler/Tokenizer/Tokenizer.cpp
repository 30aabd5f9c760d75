// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Tokenizer.h"
#include "Description.h"

#include "compiler/Import/File.h"

#include "llvm/Support/FileSystem.h"

namespace tfc {

using namespace tokenizer;

/// Vocabularies of a million tokens take some 100 MB.
constexpr uint64_t mostJsonBytes = uint64_t(1) << 30;

/// Folders without tokenizer.json, by a file of theirs.
struct OldFolder {
  const char *file;
  llvm::Error (*read)(llvm::StringRef folder, Description &description);
};
constexpr OldFolder oldFolders[] = {{"vocab.txt", readVocabularyFolder},
                                    {"merges.txt", readMergesFolder},
                                    {"source.spm", readMarianFolder},
                                    {"spiece.model", readSentencePieceFolder},
                                    {"sentencepiece.bpe.model", readSentencePieceFolder},
                                    {"tokenizer.model", readSentencePieceFolder}};

llvm::Expected<std::vector<char>> compileTokenizer(llvm::StringRef path, int64_t vocabularySize) {
  Description description(vocabularySize);
  bool isFolder = llvm::sys::fs::is_directory(path);
  if (isFolder && !existsInside(path, "tokenizer.json")) {
    for (const OldFolder &folder : oldFolders) {
      if (!existsInside(path, folder.file))
        continue;
      if (llvm::Error error = folder.read(path, description))
        return error;
      return layOut(description, pathInside(path, folder.file));
    }
    return std::vector<char>();
  }
  std::string file = isFolder ? pathInside(path, "tokenizer.json") : path.str();
  llvm::Expected<std::string> text =
      isFolder ? readInside(path, "tokenizer.json", mostJsonBytes) : readFile(path, mostJsonBytes);
  if (!text)
    return text.takeError();
  if (llvm::Error error = readTokenizerJson(*text, file, description))
    return error;
  return layOut(description, file);
}

} // namespace tfc
