// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Image.h"

#include "tfc/abi.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

namespace tfc {
namespace {

using Elf = llvm::object::ELF64LE;

/// The tables of a linked image. LLD wrote them, so what is missing is a bug of ours and not bad
/// input.
class Tables {
public:
  static llvm::Expected<Tables> read(llvm::MutableArrayRef<char> image) {
    if (image.size() < sizeof(Elf::Ehdr) || std::memcmp(image.data(), llvm::ELF::ElfMagic, 4) != 0)
      return llvm::createStringError("the linked library is not an ELF file");
    return Tables(image);
  }

  /// `count` records of type T from byte `offset` of the file.
  template <typename T> llvm::MutableArrayRef<T> records(uint64_t offset, uint64_t count) const {
    assert(offset + count * sizeof(T) <= image.size());
    return {reinterpret_cast<T *>(image.data() + offset), static_cast<size_t>(count)};
  }
  llvm::MutableArrayRef<Elf::Shdr> sections() const {
    return records<Elf::Shdr>(header().e_shoff, header().e_shnum);
  }
  llvm::MutableArrayRef<Elf::Phdr> segments() const {
    return records<Elf::Phdr>(header().e_phoff, header().e_phnum);
  }

  llvm::Expected<Elf::Shdr *> section(llvm::StringRef name) const {
    const uint64_t names = sections()[header().e_shstrndx].sh_offset;
    for (Elf::Shdr &section : sections())
      if (image.data() + names + section.sh_name == name)
        return &section;
    return llvm::createStringError("the linked library has no section " + name);
  }

  /// The bytes from `address` to the end of the segment that holds it.
  llvm::Expected<llvm::MutableArrayRef<char>> at(uint64_t address) const {
    for (const Elf::Phdr &segment : segments()) {
      const uint64_t skip = address - segment.p_vaddr;
      if (segment.p_type == llvm::ELF::PT_LOAD && skip < segment.p_filesz)
        return image.slice(segment.p_offset + skip, segment.p_filesz - skip);
    }
    return llvm::createStringError("the linked library has no byte at address " +
                                   llvm::Twine::utohexstr(address));
  }

  const Elf::Ehdr &header() const { return *reinterpret_cast<const Elf::Ehdr *>(image.data()); }

private:
  explicit Tables(llvm::MutableArrayRef<char> image) : image(image) {}

  llvm::MutableArrayRef<char> image;
};

/// Adds `shift` to all that points into `section`, which moves by it: symbols and dynamic
/// relocations, and the words these apply to, which hold the same addresses.
llvm::Error movePointers(const Tables &tables, const Elf::Shdr &section, uint64_t shift) {
  const uint64_t begin = section.sh_addr, end = begin + section.sh_size;
  const uint64_t index = &section - tables.sections().data();
  const uint32_t relative = llvm::object::getELFRelativeRelocationType(tables.header().e_machine);
  for (const Elf::Shdr &table : tables.sections()) {
    if (table.sh_type == llvm::ELF::SHT_SYMTAB || table.sh_type == llvm::ELF::SHT_DYNSYM)
      for (Elf::Sym &symbol :
           tables.records<Elf::Sym>(table.sh_offset, table.sh_size / sizeof(Elf::Sym)))
        if (symbol.st_shndx == index)
          symbol.st_value += shift;
    if (table.sh_type != llvm::ELF::SHT_RELA)
      continue;
    for (Elf::Rela &relocation :
         tables.records<Elf::Rela>(table.sh_offset, table.sh_size / sizeof(Elf::Rela))) {
      const auto target = static_cast<uint64_t>(relocation.r_addend);
      if (relocation.getType(/*isMips64EL=*/false) != relative || target < begin || target >= end)
        continue;
      relocation.r_addend += static_cast<int64_t>(shift);
      auto word = tables.at(relocation.r_offset);
      if (!word)
        return word.takeError();
      llvm::support::endian::write64le(word->data(), target + shift);
    }
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<uint64_t> placeWeights(llvm::MutableArrayRef<char> image, uint64_t bytes) {
  auto tables = Tables::read(image);
  if (!tables)
    return tables.takeError();
  auto found = tables->section(weightsSection);
  if (!found)
    return found.takeError();
  Elf::Shdr &section = **found;
  Elf::Phdr *segment = llvm::find_if(tables->segments(), [&](const Elf::Phdr &segment) {
    return segment.p_type == llvm::ELF::PT_LOAD && segment.p_vaddr == section.sh_addr;
  });
  if (segment == tables->segments().end() || section.sh_size < reservedForWeights(bytes) ||
      segment->p_memsz != section.sh_size || segment->p_flags != llvm::ELF::PF_R)
    return llvm::createStringError(
        "the linker did not put the weights into a segment of their own");

  const uint64_t offset = llvm::alignTo(image.size(), weightsAlignment);
  const uint64_t address = llvm::alignTo(section.sh_addr, hugePage) + offset % hugePage;
  if (llvm::Error error = movePointers(*tables, section, address - section.sh_addr))
    return error;
  segment->p_offset = offset;
  segment->p_vaddr = address;
  segment->p_paddr = address;
  segment->p_filesz = bytes;
  segment->p_memsz = bytes;
  segment->p_align = hugePage;
  section.sh_type = llvm::ELF::SHT_PROGBITS;
  section.sh_offset = offset;
  section.sh_addr = address;
  section.sh_size = bytes;
  section.sh_addralign = weightsAlignment;
  return offset;
}

llvm::Expected<llvm::MutableArrayRef<char>> findLibrary(llvm::MutableArrayRef<char> image) {
  auto tables = Tables::read(image);
  if (!tables)
    return tables.takeError();
  auto section = tables->section(".note.tfc");
  if (!section)
    return section.takeError();
  constexpr uint64_t distanceAt = 24; // behind the note's header, its name and the version
  const uint64_t distance =
      llvm::support::endian::read64le(image.data() + (*section)->sh_offset + distanceAt);
  auto bytes = tables->at((*section)->sh_addr + distance);
  if (!bytes)
    return bytes.takeError();
  if (bytes->size() < sizeof(tfc_library))
    return llvm::createStringError("the linked library's description is cut short");
  return bytes->take_front(sizeof(tfc_library));
}

llvm::Error setBuildId(llvm::MutableArrayRef<char> image) {
  auto tables = Tables::read(image);
  if (!tables)
    return tables.takeError();
  auto section = tables->section(".note.gnu.build-id");
  if (!section)
    return section.takeError();
  constexpr uint64_t idAt = 16, idSize = 16;
  llvm::MutableArrayRef<char> id = image.slice((*section)->sh_offset + idAt, idSize);
  llvm::fill(id, 0);
  const llvm::XXH128_hash_t hash = llvm::xxh3_128bits(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(image.data()), image.size()));
  llvm::support::endian::write64be(id.data(), hash.high64);
  llvm::support::endian::write64be(id.data() + 8, hash.low64);
  return llvm::Error::success();
}

} // namespace tfc
