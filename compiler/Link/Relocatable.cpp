// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Relocatable.h"

#include "compiler/Link/Image.h"
#include "compiler/Support/Error.h"

#include "tfc/abi.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/ObjCopy/CommonConfig.h"
#include "llvm/ObjCopy/ELF/ELFConfig.h"
#include "llvm/ObjCopy/ELF/ELFObjcopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace tfc {
namespace {

using Elf = llvm::object::ELF64LE;

llvm::StringRef textOf(llvm::ArrayRef<char> bytes) { return {bytes.data(), bytes.size()}; }

/// An object that is being read, and its sections.
struct Sections {
  llvm::object::ELFFile<Elf> file;
  Elf::ShdrRange headers;
};

llvm::Expected<Sections> sectionsOf(llvm::ArrayRef<char> object) {
  auto file = llvm::object::ELFFile<Elf>::create(textOf(object));
  if (!file)
    return file.takeError();
  auto headers = file->sections();
  if (!headers)
    return headers.takeError();
  return Sections{std::move(*file), *headers};
}

/// Calls `visit` with each symbol and its name, until that returns true.
llvm::Error findSymbol(const Sections &sections,
                       llvm::function_ref<bool(const Elf::Sym &, llvm::StringRef)> visit) {
  for (const Elf::Shdr &section : sections.headers) {
    if (section.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = sections.file.symbols(&section);
    auto names = sections.file.getStringTableForSymtab(section);
    if (!symbols || !names)
      return llvm::joinErrors(symbols.takeError(), names.takeError());
    for (const Elf::Sym &symbol : *symbols)
      if (visit(symbol, names->data() + symbol.st_name))
        return llvm::Error::success();
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<llvm::SmallVector<char, 0>> localizeSymbols(llvm::ArrayRef<char> object,
                                                           llvm::ArrayRef<std::string> functions) {
  auto sections = sectionsOf(object);
  if (!sections)
    return sections.takeError();
  std::string missing;
  if (llvm::Error error = findSymbol(*sections, [&](const Elf::Sym &symbol, llvm::StringRef name) {
        if (symbol.st_shndx == llvm::ELF::SHN_UNDEF &&
            symbol.getVisibility() == llvm::ELF::STV_HIDDEN)
          missing = name.str();
        return !missing.empty();
      }))
    return error;
  if (!missing.empty())
    return llvm::createStringError("linking failed: undefined hidden symbol: " + missing);

  namespace objcopy = llvm::objcopy;
  objcopy::CommonConfig config;
  for (const std::string &function : functions)
    if (llvm::Error error = config.SymbolsToKeepGlobal.addMatcher(objcopy::NameOrPattern::create(
            function, objcopy::MatchStyle::Literal, [](llvm::Error error) { return error; })))
      return error;
  config.SectionsToRename[weightsSection] = {weightsSection, objectWeightsSection, std::nullopt};
  auto file = llvm::object::ObjectFile::createELFObjectFile({textOf(object), "model"});
  if (!file)
    return file.takeError();
  llvm::SmallVector<char, 0> result;
  llvm::raw_svector_ostream stream(result);
  if (llvm::Error error = objcopy::elf::executeObjcopyOnBinary(
          config, objcopy::ELFConfig(), *llvm::cast<llvm::object::ELFObjectFileBase>(file->get()),
          stream))
    return error;
  return result;
}

llvm::Expected<uint64_t> placeObjectWeights(llvm::MutableArrayRef<char> object, uint64_t bytes) {
  auto sections = sectionsOf(object);
  if (!sections)
    return sections.takeError();
  for (const Elf::Shdr &found : sections->headers) {
    auto name = sections->file.getSectionName(found);
    if (!name)
      return name.takeError();
    if (*name != objectWeightsSection)
      continue;
    auto &section = const_cast<Elf::Shdr &>(found); // it lies in `object`
    section.sh_type = llvm::ELF::SHT_PROGBITS;
    section.sh_offset = llvm::alignTo(object.size(), section.sh_addralign);
    section.sh_size = bytes;
    return uint64_t(section.sh_offset);
  }
  return llvm::createStringError("the linked object has no section " + objectWeightsSection);
}

llvm::Expected<llvm::MutableArrayRef<char>> findObjectLibrary(llvm::MutableArrayRef<char> object,
                                                              llvm::StringRef name) {
  auto sections = sectionsOf(object);
  if (!sections)
    return sections.takeError();
  const std::string wanted = (name + ".library").str();
  uint64_t index = 0, value = 0;
  if (llvm::Error error = findSymbol(*sections, [&](const Elf::Sym &symbol, llvm::StringRef found) {
        if (found != wanted)
          return false;
        index = symbol.st_shndx;
        value = symbol.st_value;
        return true;
      }))
    return error;
  auto section = sections->file.getSection(index);
  if (!section)
    return section.takeError();
  if (index == 0 || value + sizeof(tfc_library) > (*section)->sh_size)
    return llvm::createStringError("the linked object has no " + wanted);
  return object.slice((*section)->sh_offset + value, sizeof(tfc_library));
}

llvm::Expected<llvm::SmallVector<char, 0>> archiveHead(llvm::ArrayRef<char> object, uint64_t bytes,
                                                       llvm::StringRef member) {
  if (bytes > largestMember)
    return unsupportedError("an archive (.a) has room for {} bytes, the model has {}; an object "
                            "(.o) and a library (.so) have room for more",
                            largestMember, bytes);
  const std::string name = member.str();
  auto archive = llvm::writeArchiveToBuffer(
      llvm::NewArchiveMember(llvm::MemoryBufferRef(textOf(object), name)),
      llvm::SymtabWritingMode::NormalSymtab, llvm::object::Archive::K_GNU, /*Deterministic=*/true,
      /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  const llvm::StringRef text = (*archive)->getBuffer();
  const uint64_t size = text.size() - llvm::alignTo(object.size(), 2);
  llvm::SmallVector<char, 0> head(text.begin(), text.begin() + size);
  // The size stands in the member's header, in decimal digits and spaces, with two bytes behind.
  constexpr size_t digits = 10;
  const std::string number = fmt::format("{:<{}}", bytes, digits);
  std::memcpy(head.end() - 2 - digits, number.data(), digits);
  return head;
}

} // namespace tfc
