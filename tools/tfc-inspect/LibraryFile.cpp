// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-inspect/LibraryFile.h"

#include "runtime/Loader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tfc::inspect {

// Arrays and texts may overlap in a file that means harm; a model's own description has less.
constexpr uint64_t mostClaimed = 64 << 20;
constexpr uint64_t longestText = 64 << 10;

LibraryFile::LibraryFile(const std::string &path) : path(path), file(path.c_str()) {
  Message message;
  uint16_t anyMachine;
  if (tfc_status status = findLibrary(path.c_str(), &modelAddress, &anyMachine, message)) {
    first = {run::exitCodeOf(status), message.c_str()};
    return;
  }
  // All of this has just been read. What cannot be read again is zero: a file without segments.
  struct stat status = {};
  Elf64_Ehdr header = {};
  (void)fstat(file.descriptor, &status);
  file.read(&header, sizeof header, 0);
  bytes = static_cast<uint64_t>(status.st_size);
  programHeaders.resize(header.e_phnum);
  file.read(programHeaders.data(), programHeaders.size() * sizeof(Elf64_Phdr), header.e_phoff);
}

void LibraryFile::damaged(const std::string &finding) {
  if (!first)
    first = {run::exitInput, fmt::format("{}: the compiled model is damaged: {}", path, finding)};
}

const Elf64_Phdr *LibraryFile::segmentOf(uint64_t address) const {
  for (const Elf64_Phdr &segment : programHeaders)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return &segment;
  return nullptr;
}

bool LibraryFile::contains(uint64_t address, uint64_t size, const std::string &what) {
  const Elf64_Phdr *segment = segmentOf(address);
  if (!segment || size > segment->p_filesz - (address - segment->p_vaddr))
    damaged(fmt::format("{}, {} bytes at address {:#x}, lies outside of the file's segments", what,
                        size, address));
  return !first;
}

bool LibraryFile::claim(uint64_t address, uint64_t size, const std::string &what) {
  if (first || !size)
    return false;
  if (!address)
    damaged(fmt::format("{} is missing", what));
  if (!contains(address, size, what))
    return false;
  const uint64_t cost = size + programHeaders.size(); // of the bytes, and of the search for them
  if (cost > mostClaimed - claimed)
    damaged(fmt::format("{}: expected a description of at most {} bytes, found more", what,
                        mostClaimed));
  else
    claimed += cost;
  return !first;
}

bool LibraryFile::read(uint64_t address, void *to, uint64_t size, const std::string &what) {
  const Elf64_Phdr &segment = *segmentOf(address);
  if (!file.read(to, size, segment.p_offset + (address - segment.p_vaddr)))
    damaged(fmt::format("{} cannot be read", what));
  return !first;
}

std::string LibraryFile::text(uint64_t address, const std::string &what) {
  std::string text;
  while (claim(address + text.size(), 1, what)) {
    uint64_t at = address + text.size();
    const Elf64_Phdr *segment = segmentOf(at);
    char chunk[256];
    uint64_t size = std::min<uint64_t>(sizeof chunk, segment->p_filesz - (at - segment->p_vaddr));
    if (!claim(at, size, what) || !read(at, chunk, size, what))
      break;
    const void *end = std::memchr(chunk, 0, size);
    text.append(chunk, end ? static_cast<const char *>(end) - chunk : size);
    if (end)
      return text;
    if (text.size() > longestText)
      damaged(fmt::format("{}: expected a text of at most {} bytes, found a longer one", what,
                          longestText));
  }
  return {};
}

std::optional<std::string> LibraryFile::note(uint32_t type) const {
  for (const Elf64_Phdr &segment : programHeaders) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > largestNotes)
      continue;
    std::string notes(segment.p_filesz, 0); // and no note where they cannot be read
    uint32_t size;
    file.read(notes.data(), notes.size(), segment.p_offset);
    if (const char *found = findNote(notes.data(), notes.size(), segment.p_align, type, &size))
      return std::string(found + noteHeaderBytes, size);
  }
  return std::nullopt;
}

uint64_t LibraryFile::hash(uint64_t address, uint64_t size, const std::string &what) {
  if (first || !contains(address, size, what))
    return 0;
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  std::vector<char> chunk(1 << 20);
  while (size) {
    uint64_t part = std::min<uint64_t>(size, chunk.size());
    if (!read(address, chunk.data(), part, what))
      return 0;
    XXH3_64bits_update(&state, chunk.data(), part);
    address += part;
    size -= part;
  }
  return XXH3_64bits_digest(&state);
}

} // namespace tfc::inspect
