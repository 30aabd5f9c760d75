// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/PackedWeights.h"

#include "compiler/Quantize/Rounding.h"
#include "compiler/Support/Error.h"
#include "dialects/Kernel/Kernel.h"

#include <cmath>

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {

namespace {

llvm::Error fillTo(WeightSink &sink, uint64_t place) {
  if (place < sink.size())
    return llvm::createStringError("weights overlap at byte %llu",
                                   static_cast<unsigned long long>(place));
  std::vector<char> zeros(place - sink.size());
  return sink.write(zeros);
}

/// Reads the matrix [out, in] that tensors make one after another, from its first row on. They are
/// stored like it, or all as [in, out].
template <typename T> class MatrixReader {
public:
  MatrixReader(ArrayRef<const Tensor *> sources, int64_t in, bool transposed)
      : in(in), sources(sources), transposed(transposed) {}

  /// The next rows, as many as there is room for; zeros behind the last one.
  llvm::Error read(MutableArrayRef<T> rows);

  const int64_t in;

private:
  llvm::Error readFrom(const Tensor &tensor, MutableArrayRef<T> rows);

  ArrayRef<const Tensor *> sources; ///< those that are not read to the end
  const bool transposed;
  int64_t row = 0; ///< of the first source
  std::vector<T> strip;
};

template <typename T> llvm::Error MatrixReader<T>::read(MutableArrayRef<T> rows) {
  while (!rows.empty() && !sources.empty()) {
    int64_t out = sources.front()->elements() / in;
    int64_t count = std::min<int64_t>(rows.size() / in, out - row);
    if (llvm::Error error = readFrom(*sources.front(), rows.take_front(count * in)))
      return error;
    rows = rows.drop_front(count * in);
    row += count;
    if (row == out) {
      sources = sources.drop_front();
      row = 0;
    }
  }
  llvm::fill(rows, T(0));
  return llvm::Error::success();
}

template <typename T>
llvm::Error MatrixReader<T>::readFrom(const Tensor &tensor, MutableArrayRef<T> rows) {
  if (!transposed)
    return readElements(tensor, row * in, rows);
  const int64_t out = tensor.elements() / in;
  strip.resize(rows.size() / in);
  for (int64_t k = 0; k < in; ++k) {
    if (llvm::Error error = readElements(tensor, k * out + row, strip))
      return error;
    for (size_t column = 0; column < strip.size(); ++column)
      rows[column * in + k] = strip[column];
  }
  return llvm::Error::success();
}

template <typename T> ArrayRef<char> bytesOf(ArrayRef<T> numbers) {
  return ArrayRef(reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(T));
}

/// Writes a weight that is computed with as T.
template <typename T> class Packer {
public:
  Packer(const Checkpoint &checkpoint, WeightSink &sink, kn::WeightOp weight)
      : checkpoint(checkpoint), sink(sink), weight(weight),
        type(cast<MemRefType>(weight.getType())) {}

  llvm::Error pack();

private:
  llvm::Error write(ArrayRef<T> numbers);
  llvm::Error writeCodes(ArrayRef<int8_t> codes);
  llvm::Error packQuantized(MatrixReader<T> matrix);
  llvm::Error packPlain(ArrayRef<const Tensor *> sources);
  llvm::Error packTransposed(ArrayRef<const Tensor *> sources, int64_t out, int64_t in);
  llvm::Error packPanels(MatrixReader<T> matrix, int64_t panels, int64_t in);
  llvm::Error packSinusoids(int64_t positions, int64_t hidden);
  llvm::Error packRotary(int64_t positions, ArrayRef<double> frequencies, double factor);
  llvm::Error packDistances(const Tensor &buckets, int64_t heads, int64_t reach);

  const Checkpoint &checkpoint;
  WeightSink &sink;
  kn::WeightOp weight;
  const MemRefType type;
  std::vector<T> rows, panel;
};

/// The words of a panel of codes.
static std::vector<uint32_t> wordsOf(ArrayRef<int8_t> codes, Type element) {
  const int64_t steps = codes.size() / kn::panelWidth, perWord = kn::wordSteps(element);
  std::vector<uint32_t> words(llvm::divideCeil(steps, perWord) * kn::panelWidth);
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t column = 0; column < kn::panelWidth; ++column)
      words[step / perWord * kn::panelWidth + column] |=
          uint32_t(codes[step * kn::panelWidth + column] + kn::codeOfZero(element))
          << kn::wordBit(step % perWord);
  return words;
}

/// Writes numbers as what they are stored as.
template <typename T> llvm::Error Packer<T>::write(ArrayRef<T> numbers) {
  Type element = type.getElementType();
  if (element.getIntOrFloatBitWidth() == 8 * sizeof(T))
    return sink.write(bytesOf(numbers));
  if (element.isF32()) { // scales, which are rounded to it
    std::vector<float> single(numbers.begin(), numbers.end());
    return sink.write(bytesOf(ArrayRef(single)));
  }
  std::vector<uint16_t> halves(numbers.size());
  for (auto [number, half] : llvm::zip_equal(numbers, halves)) {
    half = element.isBF16() ? toBF16(number) : toF16(number);
    const int infinity = element.isBF16() ? 0x7F80 : 0x7C00;
    if ((half & 0x7FFF) == infinity && std::isfinite(number))
      return inputError("the weights {}: {} is beyond the numbers of {}", weight.getSymName().str(),
                        number, element.isBF16() ? "bf16" : "f16");
  }
  return sink.write(bytesOf(ArrayRef(halves)));
}

/// In panels, codes are words; elsewhere two of i4 are a byte.
template <typename T> llvm::Error Packer<T>::writeCodes(ArrayRef<int8_t> codes) {
  if (weight.getLayout() == kn::Layout::panels)
    return sink.write(bytesOf(ArrayRef(wordsOf(codes, type.getElementType()))));
  if (type.getElementType().isInteger(8))
    return sink.write(bytesOf(codes));
  std::vector<uint8_t> pairs(llvm::divideCeil(codes.size(), 2));
  for (auto [number, code] : llvm::enumerate(codes))
    pairs[number / 2] |= (code & 15) << (number % 2 * 4);
  return sink.write(bytesOf(ArrayRef(pairs)));
}

/// Codes of the rows of a matrix, or the scales of their groups, a panel's rows after another.
template <typename T> llvm::Error Packer<T>::packQuantized(MatrixReader<T> matrix) {
  const bool panels = weight.getLayout() == kn::Layout::panels,
             scales = isa<FloatType>(type.getElementType());
  const unsigned bits = weight.getCodes()->getIntOrFloatBitWidth();
  const int64_t in = matrix.in, group = *weight.getGroup(), groups = llvm::divideCeil(in, group),
                out = type.getDimSize(0) * (panels ? kn::panelWidth : 1);
  std::vector<double> numbers;
  std::vector<int8_t> codes;
  for (int64_t row = 0; row < out; row += kn::panelWidth) {
    const int64_t count = std::min(kn::panelWidth, out - row);
    rows.resize(count * in);
    if (llvm::Error error = matrix.read(rows))
      return error;
    codes.resize(count * in);
    panel.resize(count * groups);
    for (int64_t r = 0; r < count; ++r)
      for (int64_t g = 0; g < groups; ++g) {
        const int64_t first = r * in + g * group, size = std::min(group, in - g * group);
        numbers.assign(rows.begin() + first, rows.begin() + first + size);
        double scale = quantizeGroup(numbers, bits, weight.getSearch(), *weight.getScales(),
                                     MutableArrayRef(codes).slice(first, size));
        if (!std::isfinite(scale))
          return inputError("the weights {}: expected finite numbers to make {} bits of, found "
                            "others in row {}",
                            weight.getSymName().str(), bits, row + r);
        panel[panels ? g * kn::panelWidth + r : r * groups + g] = T(scale);
      }
    if (panels && !scales) {
      std::vector<int8_t> plain(codes);
      for (int64_t k = 0; k < in; ++k)
        for (int64_t column = 0; column < kn::panelWidth; ++column)
          codes[k * kn::panelWidth + column] = plain[column * in + k];
    }
    if (llvm::Error error = scales ? write(panel) : writeCodes(codes))
      return error;
  }
  return llvm::Error::success();
}

template <typename T> llvm::Error Packer<T>::packPlain(ArrayRef<const Tensor *> sources) {
  constexpr int64_t piece = 1 << 16;
  for (const Tensor *tensor : sources)
    for (int64_t first = 0; first < tensor->elements(); first += piece) {
      rows.resize(std::min(piece, tensor->elements() - first));
      if (llvm::Error error = readElements(*tensor, first, rows))
        return error;
      if (llvm::Error error = write(rows))
        return error;
    }
  return llvm::Error::success();
}

/// [in, out] → [out, in].
template <typename T>
llvm::Error Packer<T>::packTransposed(ArrayRef<const Tensor *> sources, int64_t out, int64_t in) {
  MatrixReader<T> matrix(sources, in, /*transposed=*/true);
  for (int64_t row = 0; row < out; row += kn::panelWidth) {
    rows.resize(std::min(kn::panelWidth, out - row) * in);
    if (llvm::Error error = matrix.read(rows))
      return error;
    if (llvm::Error error = write(rows))
      return error;
  }
  return llvm::Error::success();
}

/// Row o of the matrix [out, in] becomes column o % 32 of panel o / 32.
template <typename T>
llvm::Error Packer<T>::packPanels(MatrixReader<T> matrix, int64_t panels, int64_t in) {
  panel.resize(in * kn::panelWidth);
  rows.resize(in * kn::panelWidth);
  for (int64_t number = 0; number < panels; ++number) {
    if (llvm::Error error = matrix.read(rows))
      return error;
    // Transposed in squares that stay in the first-level cache.
    constexpr int64_t square = 16;
    for (int64_t k0 = 0; k0 < in; k0 += square)
      for (int64_t column = 0; column < kn::panelWidth; ++column)
        for (int64_t k = k0; k < std::min(k0 + square, in); ++k)
          panel[k * kn::panelWidth + column] = rows[column * in + k];
    if (llvm::Error error = write(panel))
      return error;
  }
  return llvm::Error::success();
}

template <typename T> llvm::Error Packer<T>::packSinusoids(int64_t positions, int64_t hidden) {
  const bool halves = weight.getLayout() != kn::Layout::sinusoids,
             closed = weight.getLayout() == kn::Layout::closed_sinusoid_halves;
  const double last = double(hidden / 2) - (closed ? 1 : 0);
  std::vector<T> row(hidden);
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t pair = 0; pair < hidden / 2; ++pair) {
      double angle = position / std::pow(10000.0, pair / last);
      row[halves ? pair : 2 * pair] = std::sin(angle);
      row[halves ? pair + hidden / 2 : 2 * pair + 1] = std::cos(angle);
    }
    if (llvm::Error error = write(row))
      return error;
  }
  return llvm::Error::success();
}

template <typename T>
llvm::Error Packer<T>::packRotary(int64_t positions, ArrayRef<double> frequencies, double factor) {
  const size_t pairs = frequencies.size();
  std::vector<T> row(2 * pairs);
  for (int64_t position = 0; position < positions; ++position) {
    for (size_t pair = 0; pair < pairs; ++pair) {
      double angle = position * frequencies[pair];
      row[pair] = factor * std::cos(angle);
      row[pairs + pair] = factor * std::sin(angle);
    }
    if (llvm::Error error = write(row))
      return error;
  }
  return llvm::Error::success();
}

/// The bucket of a distance from a query to a key, in single precision as transformers computes it.
static int64_t bucketOf(int64_t distance, int64_t buckets, int64_t max, bool bidirectional) {
  int64_t first = 0;
  if (bidirectional) {
    buckets /= 2;
    first = distance > 0 ? buckets : 0;
  } else {
    distance = std::min<int64_t>(distance, 0);
  }
  distance = std::abs(distance);
  const int64_t exact = buckets / 2;
  if (distance < exact)
    return first + distance;
  const float share = std::log(float(distance) / float(exact)) /
                      float(std::log(double(max) / double(exact))) * float(buckets - exact);
  return first + std::min(exact + int64_t(share), buckets - 1);
}

template <typename T>
llvm::Error Packer<T>::packDistances(const Tensor &buckets, int64_t heads, int64_t reach) {
  rows.resize(buckets.elements());
  if (llvm::Error error = readElements(buckets, 0, rows))
    return error;
  std::vector<T> row(2 * reach + 1);
  for (int64_t head = 0; head < heads; ++head) {
    for (int64_t distance = -reach; distance <= reach; ++distance)
      row[distance + reach] =
          rows[bucketOf(distance, buckets.shape[0], *weight.getMax(), weight.getBidirectional()) *
                   heads +
               head];
    if (llvm::Error error = write(row))
      return error;
  }
  return llvm::Error::success();
}

template <typename T> llvm::Error Packer<T>::pack() {
  SmallVector<const Tensor *> sources;
  for (auto name : weight.getSources().getAsRange<StringAttr>()) {
    const Tensor *tensor = checkpoint.find(name.getValue());
    if (!tensor)
      return inputError("the weights hold no tensor {}", name.getValue().str());
    sources.push_back(tensor);
  }
  if (weight.getGroup()) {
    const int64_t in = sources.front()->shape[weight.getTransposed() ? 0 : 1];
    return packQuantized(MatrixReader<T>(sources, in, weight.getTransposed()));
  }
  switch (weight.getLayout()) {
  case kn::Layout::plain:
    return weight.getTransposed() ? packTransposed(sources, type.getDimSize(0), type.getDimSize(1))
                                  : packPlain(sources);
  case kn::Layout::panels: {
    MatrixReader<T> matrix(sources, type.getDimSize(1), weight.getTransposed());
    return packPanels(std::move(matrix), type.getDimSize(0), type.getDimSize(1));
  }
  case kn::Layout::sinusoids:
  case kn::Layout::sinusoid_halves:
  case kn::Layout::closed_sinusoid_halves:
    return packSinusoids(type.getDimSize(0), type.getDimSize(1));
  case kn::Layout::rotary:
    return packRotary(type.getDimSize(0), *weight.getFrequencies(),
                      weight.getFactor()->convertToDouble());
  case kn::Layout::distances:
    return packDistances(*sources.front(), type.getDimSize(0), type.getDimSize(1) / 2);
  }
  llvm_unreachable("all layouts are above");
}

} // namespace

llvm::Error writePackedWeights(transformer::ModelOp model, const Checkpoint &checkpoint,
                               uint64_t bytes, WeightSink &sink) {
  SmallVector<kn::WeightOp> weights(model.getOps<kn::WeightOp>());
  llvm::sort(weights, [](kn::WeightOp a, kn::WeightOp b) { return *a.getAt() < *b.getAt(); });
  for (kn::WeightOp weight : weights) {
    if (llvm::Error error = fillTo(sink, *weight.getAt()))
      return error;
    // What becomes fewer bits is read as exactly as it is stored.
    bool wide = weight.getGroup() || cast<MemRefType>(weight.getType()).getElementType().isF64();
    if (llvm::Error error = wide ? Packer<double>(checkpoint, sink, weight).pack()
                                 : Packer<float>(checkpoint, sink, weight).pack())
      return error;
  }
  return fillTo(sink, bytes);
}

} // namespace tfc
