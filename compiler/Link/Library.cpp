// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Library.h"

#include "compiler/Link/Api.h"
#include "compiler/Link/Description.h"
#include "compiler/Link/Embedded.h"
#include "compiler/Link/Image.h"
#include "compiler/Link/Linker.h"
#include "compiler/Link/OutputFile.h"
#include "compiler/Link/Relocatable.h"
#include "compiler/Support/Error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Path.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tfc {
namespace {

/// Gathers small pieces, hashes and writes them. What is written ends at multiples of huge pages in
/// the file: ext4 and XFS keep so much at a time in one, and map it as one.
class FileSink : public WeightSink {
public:
  /// Writes from byte `begin` of the file on.
  FileSink(OutputFile &file, uint64_t begin) : file(file), begin(begin) {
    file.seek(begin);
    XXH3_64bits_reset(&state);
    buffer.reserve(capacity);
  }

  llvm::Error write(llvm::ArrayRef<char> bytes) override {
    while (!bytes.empty()) {
      const uint64_t room = capacity - (begin + total) % capacity;
      llvm::ArrayRef<char> part = bytes.take_front(std::min<uint64_t>(room, bytes.size()));
      buffer.append(part.begin(), part.end());
      total += part.size();
      bytes = bytes.drop_front(part.size());
      if (part.size() == room)
        if (llvm::Error error = flush())
          return error;
    }
    return llvm::Error::success();
  }
  uint64_t size() const override { return total; }

  llvm::Error flush() {
    XXH3_64bits_update(&state, buffer.data(), buffer.size());
    llvm::Error error = file.write(buffer);
    buffer.clear();
    return error;
  }
  uint64_t hash() const { return XXH3_64bits_digest(&state); }

private:
  static constexpr size_t capacity = 4 * hugePage;

  OutputFile &file;
  const uint64_t begin;
  XXH3_state_t state;
  llvm::SmallVector<char, 0> buffer;
  uint64_t total = 0;
};

/// An error for users that does not know which file was being written.
llvm::Error aboutFile(llvm::Error error, llvm::StringRef path) {
  return llvm::handleErrors(std::move(error), [&](const ExitError &error) -> llvm::Error {
    return llvm::make_error<ExitError>(
        error.code(), fmt::format("cannot write '{}': {}", path.str(), error.message()));
  });
}

/// What the path's suffix asks for.
enum class Form { library, archive, object };

Form formOf(llvm::StringRef path) {
  const llvm::StringRef suffix = llvm::sys::path::extension(path);
  return suffix == ".a" ? Form::archive : suffix == ".o" ? Form::object : Form::library;
}

llvm::Expected<llvm::SmallVector<char, 0>> linkImage(const LibraryDescription &library, Form form) {
  auto description = emitDescription(library);
  if (!description)
    return description.takeError();
  LinkJob job;
  job.objects.push_back({"description of the model", *description});
  for (const VariantDescription &variant : library.variants)
    job.objects.push_back({"code for " + variant.name, variant.object});
  const Architecture &architecture = architectureOf(library);
  job.objects.push_back(
      {"runtime", library.runtime.empty() ? runtimeObject(architecture) : library.runtime});
  if (form != Form::library) {
    const std::vector<std::string> functions = exportedSymbols(library);
    auto object = linkRelocatable(job.objects, functions);
    return object ? localizeSymbols(*object, functions) : object.takeError();
  }
  for (const SystemLibrary &system : systemLibraries(architecture))
    job.libraries.push_back({system.name.str(), system.bytes});
  job.versionScript = versionScript(library);
  return linkSharedLibrary(job);
}

/// Writes the weights at `begin`, behind the image, and returns their hash.
llvm::Expected<uint64_t> streamWeights(uint64_t begin, uint64_t bytes, WeightWriter writeWeights,
                                       OutputFile &file) {
  FileSink sink(file, begin);
  if (llvm::Error error = writeWeights(sink))
    return error;
  if (llvm::Error error = sink.flush())
    return error;
  if (sink.size() != bytes)
    return llvm::createStringError("expected " + llvm::Twine(bytes) + " bytes of weights, found " +
                                   llvm::Twine(sink.size()));
  return sink.hash();
}

llvm::Error writeImage(llvm::MutableArrayRef<char> image, uint64_t weightsBytes,
                       WeightWriter writeWeights, OutputFile &file) {
  auto library = findLibrary(image);
  if (!library)
    return library.takeError();
  uint64_t weightsAt = image.size();
  if (weightsBytes) {
    auto offset = placeWeights(image, weightsBytes);
    if (!offset)
      return offset.takeError();
    weightsAt = *offset;
    if (llvm::Error error = file.reserve(weightsAt + weightsBytes))
      return error;
  }
  // The image comes last, since it holds the hash of the weights.
  auto hash = streamWeights(weightsAt, weightsBytes, writeWeights, file);
  if (!hash)
    return hash.takeError();
  llvm::support::endian::write64le(library->data() + offsetof(tfc_library, weights_hash), *hash);
  if (llvm::Error error = setBuildId(image))
    return error;
  return file.writeAt(0, image);
}

/// The same for an object, by itself or as the only member of an archive.
llvm::Error writeObject(llvm::MutableArrayRef<char> image, const LibraryDescription &library,
                        bool archived, WeightWriter writeWeights, OutputFile &file) {
  auto root = findObjectLibrary(image, library.name);
  if (!root)
    return root.takeError();
  uint64_t weightsAt = image.size();
  if (library.weightsBytes) {
    auto offset = placeObjectWeights(image, library.weightsBytes);
    if (!offset)
      return offset.takeError();
    weightsAt = *offset;
  }
  const uint64_t size = weightsAt + library.weightsBytes;
  llvm::SmallVector<char, 0> head;
  if (archived) {
    auto made = archiveHead(image, size, library.name + ".o");
    if (!made)
      return aboutFile(made.takeError(), file.path());
    head = std::move(*made);
  }
  const bool padded = archived && size % 2; // members end at even places
  if (llvm::Error error = file.reserve(head.size() + size + padded))
    return error;
  auto hash = streamWeights(head.size() + weightsAt, library.weightsBytes, writeWeights, file);
  if (!hash)
    return hash.takeError();
  if (padded)
    if (llvm::Error error = file.write({"\n", 1}))
      return error;
  llvm::support::endian::write64le(root->data() + offsetof(tfc_library, weights_hash), *hash);
  if (llvm::Error error = file.writeAt(0, head))
    return error;
  return file.writeAt(head.size(), image);
}

} // namespace

const Architecture &architectureOf(const LibraryDescription &library) {
  return findVariant(library.variants.front().name)->architecture;
}

llvm::Error checkLinkable(const Architecture &architecture, llvm::StringRef path) {
  if (!runtimeObject(architecture).empty())
    return llvm::Error::success();
  return unsupportedError("cannot write '{}': this tfc was built without the runtime for {}, which "
                          "takes headers of libc and libstdc++ for it; supported: "
                          "--emit=plan, codegen, llvm, asm, obj",
                          path.str(), architecture.name.str());
}

llvm::Error writeLibrary(const LibraryDescription &library, WeightWriter writeWeights,
                         llvm::StringRef path) {
  // Both files are opened before the work begins: what cannot be written is known at once.
  llvm::SmallString<128> headerPath(path);
  llvm::sys::path::replace_extension(headerPath, "h");
  if (headerPath == path)
    return llvm::make_error<ExitError>(
        ExitCode::usage, fmt::format("'{}' is the name of the library's header", path.str()));
  const Form form = formOf(path);
  auto file = OutputFile::create(path, form == Form::library ? OutputFile::Mode::executable
                                                             : OutputFile::Mode::data);
  if (!file)
    return file.takeError();
  if (!file->isRegular())
    return environmentError("cannot write '{}': a library can only be written to a regular file",
                            path.str());
  auto header = OutputFile::create(headerPath);
  if (!header)
    return header.takeError();

  auto image = linkImage(library, form);
  if (!image)
    return aboutFile(image.takeError(), path);
  if (llvm::Error error =
          form == Form::library
              ? writeImage(*image, library.weightsBytes, writeWeights, *file)
              : writeObject(*image, library, form == Form::archive, writeWeights, *file))
    return error;
  if (llvm::Error error = header->write(headerText(library)))
    return error;
  if (llvm::Error error = file->sync())
    return error;
  if (llvm::Error error = header->commit())
    return error;
  return file->commit();
}

} // namespace tfc
