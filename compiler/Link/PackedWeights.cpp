// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/PackedWeights.h"

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
      : sources(sources), in(in), transposed(transposed) {}

  /// The next rows, as many as there is room for; zeros behind the last one.
  llvm::Error read(MutableArrayRef<T> rows);

private:
  llvm::Error readFrom(const Tensor &tensor, MutableArrayRef<T> rows);

  ArrayRef<const Tensor *> sources; ///< those that are not read to the end
  const int64_t in;
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

/// Writes weights of elements T.
template <typename T> class Packer {
public:
  Packer(const Checkpoint &checkpoint, WeightSink &sink) : checkpoint(checkpoint), sink(sink) {}

  llvm::Error pack(kn::WeightOp weight);

private:
  llvm::Error write(ArrayRef<T> numbers) {
    return sink.write(
        ArrayRef(reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(T)));
  }
  llvm::Error packPlain(ArrayRef<const Tensor *> sources);
  llvm::Error packTransposed(ArrayRef<const Tensor *> sources, int64_t out, int64_t in);
  llvm::Error packPanels(MatrixReader<T> matrix, int64_t panels, int64_t in);
  llvm::Error packSinusoids(int64_t positions, int64_t hidden, bool halves);
  llvm::Error packRotary(int64_t positions, ArrayRef<double> frequencies, double factor);

  const Checkpoint &checkpoint;
  WeightSink &sink;
  std::vector<T> rows, panel;
};

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

template <typename T>
llvm::Error Packer<T>::packSinusoids(int64_t positions, int64_t hidden, bool halves) {
  std::vector<T> row(hidden);
  for (int64_t position = 0; position < positions; ++position) {
    for (int64_t pair = 0; pair < hidden / 2; ++pair) {
      double angle = position / std::pow(10000.0, 2.0 * pair / hidden);
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

template <typename T> llvm::Error Packer<T>::pack(kn::WeightOp weight) {
  auto type = cast<MemRefType>(weight.getType());
  SmallVector<const Tensor *> sources;
  for (auto name : weight.getSources().getAsRange<StringAttr>()) {
    const Tensor *tensor = checkpoint.find(name.getValue());
    if (!tensor)
      return inputError("the weights hold no tensor {}", name.getValue().str());
    sources.push_back(tensor);
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
    return packSinusoids(type.getDimSize(0), type.getDimSize(1), false);
  case kn::Layout::sinusoid_halves:
    return packSinusoids(type.getDimSize(0), type.getDimSize(1), true);
  case kn::Layout::rotary:
    return packRotary(type.getDimSize(0), *weight.getFrequencies(),
                      weight.getFactor()->convertToDouble());
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
    bool wide = cast<MemRefType>(weight.getType()).getElementType().isF64();
    if (llvm::Error error = wide ? Packer<double>(checkpoint, sink).pack(weight)
                                 : Packer<float>(checkpoint, sink).pack(weight))
      return error;
  }
  return fillTo(sink, bytes);
}

} // namespace tfc
