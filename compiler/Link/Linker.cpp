// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLD takes its inputs from paths and gives its output to a path. The inputs are memfds under their
// /proc/self/fd names. The output is a pipe: for a regular file, a memfd among them, LLD makes a
// temporary file in the same folder (/proc has no place for one), maps it and dies of SIGBUS where
// a disk is full; what is not a regular file it builds in its own memory and writes once.

#include "compiler/Link/Linker.h"

#include "compiler/Support/Error.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

LLD_HAS_DRIVER(elf)

namespace tfc {
namespace {

llvm::Error systemError(const char *what) {
  return environmentError("{}: {}", what, std::strerror(errno));
}

/// An open file, closed with its owner.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  Descriptor(Descriptor &&other) : number(other.number) { other.number = -1; }
  Descriptor &operator=(Descriptor &&other) {
    std::swap(number, other.number);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number >= 0)
      ::close(number);
    number = -1;
  }
  int get() const { return number; }
  std::string path() const { return fmt::format("/proc/self/fd/{}", number); }

private:
  int number;
};

llvm::Expected<Descriptor> makeMemoryFile(llvm::StringRef name, llvm::ArrayRef<char> bytes) {
  Descriptor file(::memfd_create(name.str().c_str(), MFD_CLOEXEC));
  if (file.get() < 0)
    return systemError("a file in memory");
  while (!bytes.empty()) {
    ssize_t done = ::write(file.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return systemError("a file in memory");
    bytes = bytes.drop_front(static_cast<size_t>(done));
  }
  return file;
}

/// Reads until the last writer has closed its end. Returns errno.
int readAll(int descriptor, llvm::SmallVector<char, 0> &bytes) {
  constexpr size_t step = 1 << 20;
  for (size_t size = 0;;) {
    bytes.resize_for_overwrite(size + step);
    ssize_t got = ::read(descriptor, bytes.data() + size, step);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    size += static_cast<size_t>(got);
    if (got == 0) {
      bytes.truncate(size);
      return 0;
    }
  }
}

/// What is asked for whatever is linked.
constexpr const char *commonOptions[] = {"--gc-sections", "-znoexecstack", "--fatal-warnings",
                                         "--threads=1"};

/// The options of every shared library. See `ld.lld --help`; what is not plain:
/// - apply-dynamic-relocs: pointers hold their link-time values, for readers of the file;
/// - build-id: room for one, which is known when the weights are.
constexpr const char *sharedOptions[] = {
    "-shared",        "--no-undefined",         "--as-needed",
    "--eh-frame-hdr", "--hash-style=gnu",       "-zrelro",
    "-znow",          "--apply-dynamic-relocs", "--build-id=0x00000000000000000000000000000000",
};

/// The weights come last, in a segment of their own, and push nothing apart.
constexpr llvm::StringLiteral sharedScript = "SECTIONS { .tfc.weights : { *(.tfc.weights) } } "
                                             "INSERT AFTER .bss;";

/// The options of every object. force-group-allocation: groups of sections become plain ones; a
/// linker would keep one group of a name, and with it the local symbols of one object only.
constexpr const char *relocatableOptions[] = {"-r", "--force-group-allocation"};

/// LLD's messages with our names in place of the descriptors' paths.
std::string readable(std::string text, llvm::ArrayRef<std::pair<std::string, std::string>> names) {
  for (const auto &[path, name] : names)
    for (size_t at = 0; (at = text.find(path, at)) != std::string::npos; at += name.size())
      text.replace(at, path.size(), name);
  return llvm::StringRef(text).trim().str();
}

/// Whether LLD could not open or write one of its files. They are ours, and in memory: the system
/// had no more of it, or no more descriptors.
bool isSystemRefusal(llvm::StringRef messages) {
  return messages.contains("open /proc/self/fd/") ||
         messages.contains("open output file /proc/self/fd/") ||
         messages.contains("failed to write output '/proc/self/fd/");
}

/// The command line of one run of LLD, and the files it names.
class Command {
public:
  explicit Command(llvm::ArrayRef<const char *> options) {
    for (const char *option : commonOptions)
      arguments.push_back(option);
    for (const char *option : options)
      arguments.push_back(option);
  }

  void add(const std::string &argument) { arguments.push_back(argument); }
  llvm::Error addFile(const char *option, const LinkInput &input);
  llvm::Error addFiles(llvm::ArrayRef<LinkInput> inputs) {
    for (const LinkInput &input : inputs)
      if (llvm::Error error = addFile("", input))
        return error;
    return llvm::Error::success();
  }
  llvm::Expected<llvm::SmallVector<char, 0>> run();

private:
  std::vector<Descriptor> files;
  std::vector<std::string> arguments = {"ld.lld"};
  llvm::SmallVector<std::pair<std::string, std::string>> names;
};

llvm::Error Command::addFile(const char *option, const LinkInput &input) {
  auto file = makeMemoryFile(input.name, input.bytes);
  if (!file)
    return file.takeError();
  arguments.push_back(option + file->path());
  names.emplace_back(file->path(), input.name);
  files.push_back(std::move(*file));
  return llvm::Error::success();
}

llvm::Expected<llvm::SmallVector<char, 0>> Command::run() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return systemError("a pipe");
  Descriptor from(ends[0]), to(ends[1]);
  arguments.push_back("-o");
  arguments.push_back(to.path());
  names.emplace_back(to.path(), "the linked image");

  // Longer paths first: /proc/self/fd/1 is the beginning of /proc/self/fd/12.
  llvm::sort(names, [](auto &a, auto &b) { return a.first.size() > b.first.size(); });
  std::vector<const char *> words;
  for (const std::string &argument : arguments)
    words.push_back(argument.c_str());

  static std::mutex oneAtATime; // LLD keeps its state in globals
  const std::lock_guard<std::mutex> lock(oneAtATime);
  llvm::SmallVector<char, 0> image;
  int readError = 0;
  std::thread reader;
  try {
    reader = std::thread([&] { readError = readAll(from.get(), image); });
  } catch (const std::system_error &error) {
    return environmentError("linking needs a second thread: {}", error.code().message());
  }
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::Result result = lld::lldMain(words, stream, stream, {{lld::Gnu, &lld::elf::link}});
  to.close();
  reader.join();
  if (result.retCode != 0 || !result.canRunAgain) {
    const std::string text = readable(messages, names);
    if (isSystemRefusal(messages))
      return environmentError("linking failed: {}", text);
    return llvm::createStringError("linking failed: " + text);
  }
  if (readError != 0 || image.empty())
    return llvm::createStringError("linking failed: the linker's output was lost");
  return image;
}

} // namespace

llvm::Expected<llvm::SmallVector<char, 0>> linkSharedLibrary(const LinkJob &job) {
  Command command(sharedOptions);
  if (llvm::Error error =
          command.addFile("--version-script=", {"version script", job.versionScript}))
    return error;
  if (llvm::Error error = command.addFile("--script=", {"linker script", sharedScript}))
    return error;
  for (llvm::ArrayRef<LinkInput> inputs : {job.objects, job.libraries})
    if (llvm::Error error = command.addFiles(inputs))
      return error;
  return command.run();
}

llvm::Expected<llvm::SmallVector<char, 0>> linkRelocatable(llvm::ArrayRef<LinkInput> objects,
                                                           llvm::ArrayRef<std::string> roots) {
  Command command(relocatableOptions);
  for (const std::string &root : roots)
    command.add("--undefined=" + root);
  if (llvm::Error error = command.addFiles(objects))
    return error;
  return command.run();
}

} // namespace tfc
