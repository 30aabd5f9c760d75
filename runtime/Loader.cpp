// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Loader.h"

#include "runtime/File.h"
#include "runtime/Memory.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

namespace tfc {
namespace {

#if defined(__aarch64__)
constexpr Elf64_Half thisMachine = EM_AARCH64;
#elif defined(__x86_64__)
constexpr Elf64_Half thisMachine = EM_X86_64;
#else
#error "which ELF machine are libraries for this one?"
#endif

/// tfc's first note, as abi.h describes it.
struct Note {
  uint32_t nameBytes, descriptionBytes, type;
  char name[4];
  uint32_t abiVersion, zero;
  int64_t distance;
};
static_assert(sizeof(Note) == 32, "as the compiler writes it");

/// The note that leads to the model, or null.
const char *findModelNote(const char *notes, size_t size, size_t alignment) {
  uint32_t bytes;
  const char *note = findNote(notes, size, alignment, noteLibrary, &bytes);
  return note && bytes >= sizeof(Note) - noteHeaderBytes ? note : nullptr;
}

} // namespace

const char *findNote(const char *notes, size_t size, size_t alignment, uint32_t type,
                     uint32_t *bytes) {
  alignment = alignment == 8 ? 8 : 4;
  while (size >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    memcpy(&header, notes, sizeof header);
    auto aligned = [&](uint64_t place) { return (place + alignment - 1) / alignment * alignment; };
    uint64_t end = aligned(sizeof header + uint64_t{header.n_namesz}) + header.n_descsz;
    if (end > size)
      return nullptr;
    if (header.n_type == type && header.n_namesz == 4 &&
        memcmp(notes + sizeof header, "tfc", 4) == 0) {
      *bytes = header.n_descsz;
      return notes;
    }
    end = aligned(end);
    if (end > size)
      return nullptr;
    notes += end;
    size -= end;
  }
  return nullptr;
}

tfc_status findLibrary(const char *path, uint64_t *address, uint16_t *machine, Message &message) {
  File file(path);
  struct stat status;
  if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0)
    return message.fail(TFC_IO, "%s: %s", path, errorText(errno));
  if (!S_ISREG(status.st_mode))
    return message.fail(TFC_INVALID_ARGUMENT,
                        "%s: expected a compiled model (a shared library), found %s", path,
                        S_ISDIR(status.st_mode) ? "a folder" : "a special file");
  auto fileBytes = static_cast<uint64_t>(status.st_size);
  Elf64_Ehdr header;
  if (!file.read(&header, sizeof header, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return message.fail(
        TFC_INVALID_ARGUMENT,
        "%s: expected a compiled model (a shared library), found a file of %llu bytes that is none",
        path, static_cast<unsigned long long>(fileBytes));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    return message.fail(TFC_UNSUPPORTED,
                        "%s: is for another kind of machine: expected an ELF file of 64 bits, the "
                        "least significant byte first",
                        path);
  if (header.e_type != ET_DYN || header.e_phentsize != sizeof(Elf64_Phdr))
    return message.fail(TFC_INVALID_ARGUMENT, "%s: is an ELF file, but not a shared library", path);

  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!file.read(&segment, sizeof segment, header.e_phoff + uint64_t{i} * sizeof segment))
      return message.fail(TFC_INVALID_ARGUMENT, "%s: is cut short: program header %u is missing",
                          path, i);
    uint64_t end;
    if (__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end) || end > fileBytes)
      return message.fail(TFC_INVALID_ARGUMENT,
                          "%s: is cut short: segment %u ends at byte %llu of %llu", path, i,
                          static_cast<unsigned long long>(segment.p_offset + segment.p_filesz),
                          static_cast<unsigned long long>(fileBytes));
  }
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!file.read(&segment, sizeof segment, header.e_phoff + uint64_t{i} * sizeof segment) ||
        segment.p_type != PT_NOTE || segment.p_filesz > largestNotes)
      continue;
    Buffer<char> notes;
    if (!notes.reserve(segment.p_filesz))
      return message.fail(TFC_OUT_OF_MEMORY, "out of memory while reading %s", path);
    if (!file.read(notes.data(), segment.p_filesz, segment.p_offset))
      continue;
    const char *found = findModelNote(notes.data(), segment.p_filesz, segment.p_align);
    if (!found)
      continue;
    Note note;
    memcpy(&note, found, sizeof note);
    if (note.abiVersion != TFC_ABI_VERSION)
      return message.fail(
          TFC_UNSUPPORTED,
          "%s: was compiled for version %u of the runtime's interface, this runtime has version %u",
          path, note.abiVersion, TFC_ABI_VERSION);
    *machine = header.e_machine;
    *address = segment.p_vaddr + static_cast<uint64_t>(found - notes.data()) +
               static_cast<uint64_t>(note.distance);
    return TFC_OK;
  }
  return message.fail(TFC_INVALID_ARGUMENT,
                      "%s: is a shared library, but tfc did not compile it (it has no tfc note)",
                      path);
}

namespace {

struct Search {
  uintptr_t base;
  const char *note;
};

/// Finds the note in the image of the library that is loaded at search.base.
int searchImage(dl_phdr_info *image, size_t, void *argument) {
  auto *search = static_cast<Search *>(argument);
  if (image->dlpi_addr != search->base)
    return 0;
  for (unsigned i = 0; i < image->dlpi_phnum && !search->note; ++i) {
    const ElfW(Phdr) &segment = image->dlpi_phdr[i];
    if (segment.p_type == PT_NOTE)
      search->note =
          findModelNote(reinterpret_cast<const char *>(image->dlpi_addr + segment.p_vaddr),
                        segment.p_memsz, segment.p_align);
  }
  return search->note != nullptr;
}

} // namespace

tfc_status loadLibrary(const char *path, void **handle, const tfc_library **library,
                       Message &message) {
  uint64_t address;
  uint16_t machine;
  if (tfc_status status = findLibrary(path, &address, &machine, message))
    return status;
  if (machine != thisMachine)
    return message.fail(TFC_UNSUPPORTED, "%s: is for another machine: ELF machine %u, expected %u",
                        path, unsigned{machine}, unsigned{thisMachine});
  // Without a slash dlopen would look for the name in the system's folders.
  Buffer<char> full;
  size_t length = strlen(path);
  if (!full.reserve(length + 3))
    return message.fail(TFC_OUT_OF_MEMORY, "out of memory while opening %s", path);
  memcpy(full.data(), "./", 2);
  memcpy(full.data() + 2, path, length + 1);
  *handle = dlopen(strchr(path, '/') ? path : full.data(), RTLD_NOW | RTLD_LOCAL);
  if (!*handle)
    return message.fail(TFC_UNAVAILABLE, "%s: cannot be loaded: %s", path, dlerror());
  link_map *map = nullptr;
  Search search{0, nullptr};
  if (dlinfo(*handle, RTLD_DI_LINKMAP, &map) == 0) {
    search.base = map->l_addr;
    dl_iterate_phdr(searchImage, &search);
  }
  if (!search.note) {
    dlclose(*handle);
    *handle = nullptr;
    return message.fail(TFC_INVALID_ARGUMENT, "%s: its tfc note is not part of its image", path);
  }
  Note note;
  memcpy(&note, search.note, sizeof note);
  *library = reinterpret_cast<const tfc_library *>(search.note + note.distance);
  return TFC_OK;
}

} // namespace tfc
