// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SentencePiece.h"
#include "CharMap.h"

#include "compiler/Import/File.h"
#include "compiler/Import/Json.h"
#include "runtime/Tokenizer/Unicode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"

#include <fmt/format.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr uint64_t mostModelBytes = 1 << 30;

/// A field of a protocol buffer's message: a number, or bytes.
struct Field {
  uint64_t number = 0, value = 0;
  StringRef bytes;
};

/// The fields of a message, one after the other.
class Message {
public:
  Message(StringRef bytes, const char *file) : rest(bytes), file(file) {}

  bool isEnd() const { return rest.empty(); }
  /// Bytes of the file before what is still to be read.
  size_t place() const { return static_cast<size_t>(rest.data() - file); }

  /// False where the bytes are no field.
  bool next(Field &field) {
    uint64_t key, length;
    if (!varint(key))
      return false;
    field = {key >> 3, 0, {}};
    switch (key & 7) {
    case 0:
      return varint(field.value);
    case 1:
      return take(8, field);
    case 2:
      return varint(length) && take(length, field);
    case 5:
      return take(4, field);
    default:
      return false;
    }
  }

private:
  bool varint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest.front());
      rest = rest.drop_front();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  }

  bool take(uint64_t length, Field &field) {
    if (length > rest.size())
      return false;
    field.bytes = rest.take_front(length);
    rest = rest.drop_front(length);
    return true;
  }

  StringRef rest;
  const char *file;
};

class Reader {
public:
  Reader(StringRef file, std::string path) : file(file), path(std::move(path)) {}

  Expected<SentencePieceModel> run() {
    Error error = fields(file, [&](const Field &field) -> Error {
      switch (field.number) {
      case 1:
        return readPiece(field.bytes);
      case 2:
        return fields(field.bytes, [&](const Field &trainer) { return readTrainer(trainer); });
      case 3:
        return fields(field.bytes, [&](const Field &normal) { return readNormalizer(normal); });
      default:
        return Error::success();
      }
    });
    if (error)
      return error;
    if (model.pieces.empty())
      return inputError("{}: expected a SentencePiece model, found no pieces", path);
    return std::move(model);
  }

private:
  Error fields(StringRef bytes, llvm::function_ref<Error(const Field &)> read) {
    Message message(bytes, file.data());
    for (Field field; !message.isEnd();) {
      const size_t place = message.place();
      if (!message.next(field))
        return inputError("{}: byte {}: expected a field of a SentencePiece model", path, place);
      if (Error error = read(field))
        return error;
    }
    return Error::success();
  }

  Error readPiece(StringRef bytes) {
    SentencePiece piece;
    Error error = fields(bytes, [&](const Field &field) -> Error {
      if (field.number == 1)
        piece.text = field.bytes.str();
      else if (field.number == 2 && field.bytes.size() == sizeof piece.score)
        piece.score = llvm::bit_cast<float>(llvm::support::endian::read32le(field.bytes.data()));
      else if (field.number == 3)
        piece.type = static_cast<PieceType>(field.value);
      return Error::success();
    });
    if (error)
      return error;
    const auto number = model.pieces.size();
    size_t bad;
    validPrefix(piece.text.data(), piece.text.size(), &bad);
    if (piece.text.empty() || bad)
      return inputError("{}: piece {}: expected a text in UTF-8", path, number);
    if (!std::isfinite(piece.score))
      return inputError("{}: piece {}: expected a score, found {}", path, number, piece.score);
    model.pieces.push_back(std::move(piece));
    return Error::success();
  }

  Error readTrainer(const Field &field) {
    if (field.number == 3)
      model.modelType = field.value;
    else if (field.number == 24)
      model.spaceAsSuffix = field.value;
    else if (field.number == 35)
      model.byteFallback = field.value;
    return Error::success();
  }

  Error readNormalizer(const Field &field) {
    if (field.number == 2)
      model.map = field.bytes.str();
    else if (field.number == 3)
      model.addsPrefix = field.value;
    else if (field.number == 4)
      model.removesSpaces = field.value;
    else if (field.number == 5)
      model.escapesSpaces = field.value;
    return Error::success();
  }

  StringRef file;
  std::string path;
  SentencePieceModel model;
};

} // namespace

Expected<SentencePieceModel> readSentencePiece(StringRef folder, StringRef name) {
  Expected<std::string> file = readInside(folder, name, mostModelBytes);
  if (!file)
    return file.takeError();
  return Reader(*file, pathInside(folder, name)).run();
}

/// What a character is that stands for a space.
constexpr StringRef spaceMark = "\u2581";

static void addTrim(uint32_t ends, StringRef text, Description &description) {
  description.normalizers.push_back(normalizerTrim | (ends | description.addStepTexts(text) << 2)
                                                         << 8);
}

/// The map, then spaces: only single ones between words, and one before them. Where spaces are
/// kept, one stands even before what the map makes nothing of.
static Error describeNormalizer(const SentencePieceModel &model, StringRef path,
                                Description &description) {
  const uint32_t prefix = normalizerPrefix | description.addStepTexts(spaceMark) << 10;
  if (model.addsPrefix && !model.removesSpaces)
    description.normalizers.push_back(prefix);
  if (!model.map.empty()) {
    auto map = readPrecompiledMap(
        model.map, [&](const std::string &what) { return inputError("{}: {}", path.str(), what); },
        [&](const std::string &what) { return unsupportedError("{}: {}", path.str(), what); });
    if (!map)
      return map.takeError();
    for (const auto &[key, text] : *map)
      if (StringRef(text).contains("  ") ||
          (StringRef(key).starts_with(spaceMark) && (key != spaceMark || text != " ")))
        return unsupportedError("{}: a map to several spaces, or of {} to anything but a space, is "
                                "not supported",
                                path.str(), json::quoted(spaceMark));
    addMap(std::move(*map), 0, description);
  }
  if (model.removesSpaces) {
    description.normalizers.push_back(normalizerRuns | description.addStepTexts({"  ", " "}) << 8);
    addTrim(trimsLeft, " ", description);
  }
  if (model.addsPrefix && model.removesSpaces)
    description.normalizers.push_back(prefix);
  description.normalizers.push_back(normalizerReplace | description.addStepTexts({" ", spaceMark})
                                                            << 8);
  if (model.removesSpaces)
    addTrim(trimsRight, spaceMark, description);
  return Error::success();
}

using IdOf = llvm::function_ref<int64_t(StringRef)>;

static Error describeUnigram(const SentencePieceModel &model, StringRef, IdOf idOf,
                             Description &description) {
  description.model = modelUnigram;
  description.unigramOptions =
      unigramSingle | (model.byteFallback ? uint32_t(unigramByteFallback) : 0u);
  float least = std::numeric_limits<float>::max();
  for (const SentencePiece &piece : model.pieces) {
    if (piece.type != PieceType::normal)
      continue;
    least = std::min(least, piece.score);
    description.pieces.push_back({piece.text, piece.score, idOf(piece.text)});
  }
  description.unknownScore = least - static_cast<float>(unknownPenalty);
  return Error::success();
}

namespace {

/// BPE: two neighbours become one where their text is a piece, first those of the largest score.
/// That is a merge for each way to cut a piece into two.
class BpeDescriber {
public:
  BpeDescriber(const SentencePieceModel &model, StringRef path, Description &description)
      : model(model), path(path), description(description) {}

  Error run(IdOf idOf) {
    description.model = modelBpe;
    description.bpeOptions = bpeFuseUnknown | (model.byteFallback ? uint32_t(bpeByteFallback) : 0u);
    std::vector<std::pair<StringRef, float>> normal;
    for (const SentencePiece &piece : model.pieces) {
      if (piece.type == PieceType::unused)
        return unsupportedError("{}: the piece {} is not to be used, which is not supported in BPE",
                                path.str(), json::quoted(piece.text));
      if (piece.type == PieceType::normal) {
        numbers[piece.text] = static_cast<int64_t>(description.pieces.size());
        normal.emplace_back(piece.text, piece.score);
      } else if (!stands(piece)) {
        continue;
      }
      description.pieces.push_back({piece.text, piece.score, idOf(piece.text)});
    }
    llvm::sort(normal, [](auto &a, auto &b) { return a.second > b.second; });
    uint32_t rank = 0; // pieces of the same score have the same
    for (size_t i = 0; i < normal.size(); ++i) {
      rank += i && normal[i].second != normal[i - 1].second;
      if (Error error = addMerges(normal[i].first, rank))
        return error;
    }
    return Error::success();
  }

private:
  static size_t lengthOf(StringRef text) {
    const char *behind = text.data();
    readScalar(behind);
    return static_cast<size_t>(behind - text.data());
  }

  /// Whether a piece that nothing is merged into can stand in a text: a byte, or a character that
  /// is another kind of piece.
  bool stands(const SentencePiece &piece) const {
    return piece.type == PieceType::byte
               ? model.byteFallback
               : piece.type == PieceType::control && lengthOf(piece.text) == piece.text.size();
  }

  Error addMerges(StringRef piece, uint32_t rank) {
    for (size_t begin = 0, end; begin < piece.size(); begin = end) {
      end = begin + lengthOf(piece.drop_front(begin));
      if (!numbers.count(piece.slice(begin, end)))
        return unsupportedError("{}: the piece {} has the character {}, which is no piece itself",
                                path.str(), json::quoted(piece),
                                json::quoted(piece.slice(begin, end)));
      auto left = numbers.find(piece.take_front(end)), right = numbers.find(piece.drop_front(end));
      if (left != numbers.end() && right != numbers.end())
        description.merges.push_back({left->second, right->second, numbers[piece], rank});
    }
    return Error::success();
  }

  const SentencePieceModel &model;
  StringRef path;
  Description &description;
  llvm::StringMap<int64_t> numbers; // of the pieces that are merged
};

} // namespace

static Error describeBpe(const SentencePieceModel &model, StringRef path, IdOf idOf,
                         Description &description) {
  return BpeDescriber(model, path, description).run(idOf);
}

/// What is refused whatever the model's type.
static Error checkPieces(const SentencePieceModel &model, StringRef path) {
  llvm::StringSet<> seen;
  size_t normal = 0;
  for (const SentencePiece &piece : model.pieces) {
    if (!seen.insert(piece.text).second)
      return inputError("{}: the piece {} is given twice", path.str(), json::quoted(piece.text));
    if (piece.type == PieceType::userDefined)
      return unsupportedError("{}: the piece {} is defined by its user, which is not supported",
                              path.str(), json::quoted(piece.text));
    normal += piece.type == PieceType::normal;
  }
  if (!normal)
    return inputError("{}: expected a piece of type 1, found none among {}", path.str(),
                      model.pieces.size());
  for (int byte = 0; byte < 256 && model.byteFallback; ++byte)
    if (std::string piece = fmt::format("<0x{:02X}>", byte); !seen.contains(piece))
      return inputError("{}: expected a piece for every byte, found no {}", path.str(), piece);
  return Error::success();
}

Error describeSentencePiece(const SentencePieceModel &model, StringRef path, IdOf idOf,
                            Description &description) {
  if (model.modelType != 1 && model.modelType != 2)
    return unsupportedError(
        "{}: the SentencePiece model is of type {}, supported: 1 (Unigram) and 2 (BPE)", path.str(),
        model.modelType);
  if (model.spaceAsSuffix || !model.escapesSpaces)
    return unsupportedError("{}: spaces are supported only before words, as {}", path.str(),
                            json::quoted(spaceMark));
  if (Error error = checkPieces(model, path))
    return error;
  description.piecesAreVocabulary = false;
  auto describe = model.modelType == 1 ? describeUnigram : describeBpe;
  if (Error error = describe(model, path, idOf, description))
    return error;
  return describeNormalizer(model, path, description);
}

} // namespace tfc::tokenizer
