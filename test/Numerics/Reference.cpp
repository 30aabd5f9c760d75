// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long because it is the meaning of every op, once more.

#include "Reference.h"

#include "compiler/Plan/PlannedWeights.h"
#include "compiler/Quantize/Rounding.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

using namespace mlir;
namespace xf = tfc::transformer;

namespace tfc::test {

namespace {

int64_t product(llvm::ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

template <typename T> class Interpreter {
public:
  Interpreter(const Weights &weights, int64_t length) : weights(weights), length(length) {}

  std::vector<Array<T>> run(func::FuncOp function, std::vector<Array<T>> arguments) {
    std::vector<Array<T>> results;
    for (auto [argument, value] : llvm::zip_equal(function.getArguments(), arguments))
      values[argument] = value;
    for (Operation &op : function.getBody().front()) {
      if (auto call = dyn_cast<func::CallOp>(op)) {
        std::vector<Array<T>> operands;
        for (Value operand : call.getOperands())
          operands.push_back(values.at(operand));
        auto callee =
            SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
        auto given = Interpreter(weights, length).run(callee, operands);
        for (auto [result, value] : llvm::zip_equal(call.getResults(), given))
          values[result] = value;
      } else if (auto end = dyn_cast<func::ReturnOp>(op)) {
        for (Value value : end.getOperands())
          results.push_back(values.at(value));
      } else {
        evaluate(op);
      }
    }
    return results;
  }

private:
  using Vector = std::vector<T>;

  const Array<T> &of(Value value) const { return values.at(value); }
  Array<T> empty(Value value) const {
    Array<T> array;
    for (int64_t size : cast<RankedTensorType>(value.getType()).getShape())
      array.shape.push_back(ShapedType::isDynamic(size) ? length : size);
    array.data.resize(product(array.shape));
    return array;
  }

  void evaluate(Operation &op);
  static T activate(xf::ActivationKind kind, T x);
  static Vector linear(const Vector &input, const Vector &weight, const Vector *bias, int64_t out);
  static Vector softmax(const Vector &scores);
  static T logSumExp(const Vector &scores);
  void attention(xf::AttentionOp op);
  void matmul(xf::MatmulOp op);
  void pool(xf::PoolOp op);
  void concat(xf::ConcatOp op);
  void quantize(xf::QuantizeOp op);

  /// Applies `function` to each vector of the last dimension.
  void overVectors(Value from, Value to, llvm::function_ref<Vector(const Vector &)> function) {
    const Array<T> &input = of(from);
    Array<T> output = empty(to);
    int64_t size = input.shape.back();
    output.data.clear();
    for (size_t at = 0; at < input.data.size(); at += size) {
      Vector result = function(Vector(input.data.begin() + at, input.data.begin() + at + size));
      output.data.insert(output.data.end(), result.begin(), result.end());
    }
    values[to] = output;
  }
  void norm(Value input, Value residual, Value gamma, Value beta, double eps, Value result);
  /// Makes each element of `to` from its index.
  void byIndex(Value to, llvm::function_ref<T(llvm::ArrayRef<int64_t>)> element) {
    Array<T> output = empty(to);
    std::vector<int64_t> index(output.shape.size());
    for (T &place : output.data) {
      place = element(index);
      for (size_t dim = index.size(); dim-- > 0 && ++index[dim] == output.shape[dim];)
        index[dim] = 0;
    }
    values[to] = output;
  }
  static int64_t flat(const Array<T> &array, llvm::ArrayRef<int64_t> index) {
    int64_t at = 0;
    for (auto [size, i] : llvm::zip_equal(array.shape, index))
      at = at * size + i;
    return at;
  }

  const Weights &weights;
  int64_t length;
  struct Values {
    std::map<void *, Array<T>> arrays;
    Array<T> &operator[](Value value) { return arrays[value.getAsOpaquePointer()]; }
    const Array<T> &at(Value value) const { return arrays.at(value.getAsOpaquePointer()); }
  } values;
};

template <typename T> T Interpreter<T>::activate(xf::ActivationKind kind, T x) {
  switch (kind) {
  case xf::ActivationKind::relu:
    return x < 0 ? T(0) : x; // NaN stays
  case xf::ActivationKind::gelu:
    return x * T(0.5) * std::erfc(-x * T(std::numbers::sqrt2 / 2));
  case xf::ActivationKind::gelu_tanh:
    return x * T(0.5) *
           (T(1) + std::tanh(T(std::sqrt(2 / std::numbers::pi)) * (x + T(0.044715) * x * x * x)));
  case xf::ActivationKind::silu:
    return x / (T(1) + std::exp(-x));
  case xf::ActivationKind::tanh:
    return std::tanh(x);
  }
  llvm_unreachable("all activations are above");
}

template <typename T>
auto Interpreter<T>::linear(const Vector &input, const Vector &weight, const Vector *bias,
                            int64_t out) -> Vector {
  Vector result(out);
  for (int64_t o = 0; o < out; ++o) {
    T sum = 0;
    for (size_t i = 0; i < input.size(); ++i)
      sum += input[i] * weight[o * input.size() + i];
    result[o] = bias ? sum + (*bias)[o] : sum;
  }
  return result;
}

template <typename T> auto Interpreter<T>::softmax(const Vector &scores) -> Vector {
  T top = *std::max_element(scores.begin(), scores.end()), sum = 0;
  Vector result(scores.size());
  if (top == -std::numeric_limits<T>::infinity())
    return result; // zeros
  for (size_t i = 0; i < scores.size(); ++i)
    sum += result[i] = std::exp(scores[i] - top);
  for (T &value : result)
    value /= sum;
  return result;
}

template <typename T> T Interpreter<T>::logSumExp(const Vector &scores) {
  T top = *std::max_element(scores.begin(), scores.end()), sum = 0;
  if (std::isinf(top))
    return top;
  for (T score : scores)
    sum += std::exp(score - top);
  return top + std::log(sum);
}

template <typename T>
void Interpreter<T>::norm(Value input, Value residual, Value gamma, Value beta, double eps,
                          Value result) {
  Array<T> x = of(input);
  if (residual)
    for (size_t i = 0; i < x.data.size(); ++i)
      x.data[i] += of(residual).data[i];
  values[result] = x;
  overVectors(result, result, [&](const Vector &vector) {
    T mean = std::accumulate(vector.begin(), vector.end(), T(0)) / vector.size(), variance = 0;
    for (T value : vector)
      variance += (value - mean) * (value - mean);
    T deviation = std::sqrt(variance / vector.size() + T(eps));
    Vector out(vector.size());
    for (size_t i = 0; i < vector.size(); ++i)
      out[i] = (vector[i] - mean) / deviation * of(gamma).data[i] + of(beta).data[i];
    return out;
  });
}

template <typename T> void Interpreter<T>::attention(xf::AttentionOp op) {
  const Array<T> &q = of(op.getQuery()), &k = of(op.getKey()), &v = of(op.getValue());
  int64_t heads = op.getHeads(), dim = op.getHeadDim(), valueDim = op.getValueDim();
  int64_t keyHeads = op.getKeyHeads(), sharing = heads / keyHeads;
  int64_t queries = q.shape[0], keys = k.shape[0];
  T scale = op.getScale().convertToDouble();
  Array<T> result = empty(op.getResult()), probabilities{{}, Vector(heads * queries * keys)},
           given = probabilities, sums{{}, Vector(heads * queries)};
  for (int64_t head = 0; head < heads; ++head)
    for (int64_t i = 0; i < queries; ++i) {
      Vector scores(keys);
      for (int64_t j = 0; j < keys; ++j) {
        for (int64_t d = 0; d < dim; ++d)
          scores[j] += q.data[(i * heads + head) * dim + d] *
                       k.data[(j * keyHeads + head / sharing) * dim + d];
        scores[j] *= scale;
        if (auto cap = op.getSoftcap())
          scores[j] = T(cap->convertToDouble()) * std::tanh(scores[j] / T(cap->convertToDouble()));
        if (auto slopes = op.getSlopes())
          scores[j] -= T((*slopes)[head]) * T(i - j);
        if (Value table = op.getDistances()) {
          const int64_t reach = of(table).shape[1] / 2;
          scores[j] +=
              of(table)
                  .data[head * (2 * reach + 1) + reach + std::clamp<int64_t>(j - i, -reach, reach)];
        }
        if (op.getCausal() && (j > i || (op.getWindow() && i - j >= int64_t(*op.getWindow()))))
          scores[j] = -std::numeric_limits<T>::infinity();
      }
      Vector shares = softmax(scores);
      for (int64_t j = 0; j < keys; ++j)
        for (int64_t d = 0; d < valueDim; ++d)
          result.data[(i * heads + head) * valueDim + d] +=
              shares[j] * v.data[(j * keyHeads + head / sharing) * valueDim + d];
      std::copy(shares.begin(), shares.end(),
                probabilities.data.begin() + (head * queries + i) * keys);
      std::copy(scores.begin(), scores.end(), given.data.begin() + (head * queries + i) * keys);
      sums.data[head * queries + i] = logSumExp(scores);
    }
  values[op.getResult()] = result;
  auto keep = [&](Value value, Array<T> &array) {
    if (!value)
      return;
    array.shape = empty(value).shape;
    values[value] = array;
  };
  keep(op.getProbabilities(), probabilities);
  keep(op.getScores(), given);
  keep(op.getLogSumExp(), sums);
}

template <typename T> void Interpreter<T>::matmul(xf::MatmulOp op) {
  const Array<T> &left = of(op.getLhs()), &right = of(op.getRhs());
  byIndex(op.getResult(), [&](llvm::ArrayRef<int64_t> index) {
    std::vector<int64_t> a(index), b(index);
    T sum = 0;
    for (int64_t k = 0; k < left.shape.back(); ++k) {
      a.back() = b[b.size() - 2] = k;
      sum += left.data[flat(left, a)] * right.data[flat(right, b)];
    }
    return sum;
  });
}

template <typename T> void Interpreter<T>::pool(xf::PoolOp op) {
  const Array<T> &input = of(op.getInput());
  int64_t tokens = input.shape[0], width = input.shape[1];
  byIndex(op.getResult(), [&](llvm::ArrayRef<int64_t> index) {
    if (op.getKind() == xf::PoolKind::last)
      return input.data[(tokens - 1) * width + index[0]];
    T result = input.data[index[0]];
    for (int64_t token = 1; token < tokens && op.getKind() != xf::PoolKind::first; ++token) {
      T next = input.data[token * width + index[0]];
      result = op.getKind() == xf::PoolKind::max ? std::max(result, next) : result + next;
    }
    if (op.getKind() == xf::PoolKind::mean)
      result /= tokens;
    if (op.getKind() == xf::PoolKind::mean_sqrt)
      result /= std::sqrt(T(tokens));
    return result;
  });
}

template <typename T> void Interpreter<T>::concat(xf::ConcatOp op) {
  byIndex(op.getResult(), [&](llvm::ArrayRef<int64_t> index) {
    std::vector<int64_t> source(index);
    for (Value value : op.getInputs()) {
      const Array<T> &input = of(value);
      if (source[op.getDim()] < input.shape[op.getDim()])
        return input.data[flat(input, source)];
      source[op.getDim()] -= input.shape[op.getDim()];
    }
    llvm_unreachable("an index lies in one of the inputs");
  });
}

/// What is computed, in the arithmetic of the model's type: equal numbers have equal codes.
template <typename T, typename Own>
static void quantizeComputed(const Array<T> &input, int64_t group, Array<T> &codes,
                             Array<T> &scales) {
  const int64_t in = input.shape.back();
  const Own least = sizeof(Own) == 8 ? Own(0x1p-1000) : Own(0x1p-119);
  size_t number = 0;
  for (size_t row = 0; row < input.data.size(); row += in)
    for (int64_t first = 0; first < in; first += group, ++number) {
      Own largest = 0;
      const int64_t end = std::min(in, first + group);
      for (int64_t i = first; i < end; ++i)
        largest = std::max(largest, std::abs(Own(input.data[row + i])));
      scales.data[number] = largest / Own(127);
      const Own inverse = largest < least ? Own(0) : Own(127) / largest;
      for (int64_t i = first; i < end; ++i)
        codes.data[row + i] = std::nearbyint(Own(Own(input.data[row + i]) * inverse));
    }
}

/// The codes of weights are the compiler's own: what is made of them is what is tested.
template <typename T> void Interpreter<T>::quantize(xf::QuantizeOp op) {
  const Array<T> &input = of(op.getInput());
  if (!isWeight(op.getCodes())) {
    Array<T> codes = input, scales = empty(op.getScales());
    auto made = op.getInput().getType().getElementType().isF64() ? quantizeComputed<T, double>
                                                                 : quantizeComputed<T, float>;
    made(input, *op.getGroup(), codes, scales);
    values[op.getCodes()] = codes;
    values[op.getScales()] = scales;
    return;
  }
  Array<T> codes = input;
  Type type = getElementTypeOrSelf(op.getCodes());
  if (!op.getScales()) {
    for (T &code : codes.data)
      code = roundTo(type, code);
    values[op.getCodes()] = codes;
    return;
  }
  Array<T> scales = empty(op.getScales());
  const int64_t in = input.shape[1], groups = scales.shape[1], group = *op.getGroup();
  for (int64_t row = 0; row < input.shape[0]; ++row)
    for (int64_t number = 0; number < groups; ++number) {
      const int64_t first = row * in + number * group, size = std::min(group, in - number * group);
      std::vector<double> numbers(input.data.begin() + first, input.data.begin() + first + size);
      std::vector<int8_t> made(size);
      scales.data[row * groups + number] =
          quantizeGroup(numbers, type.getIntOrFloatBitWidth(), op.getSearch(),
                        getElementTypeOrSelf(op.getScales()), made);
      std::copy(made.begin(), made.end(), codes.data.begin() + first);
    }
  values[op.getCodes()] = codes;
  values[op.getScales()] = scales;
}

template <typename T> void Interpreter<T>::evaluate(Operation &op) {
  auto optional = [&](Value value) { return value ? &of(value).data : nullptr; };
  auto binary = [&](auto binaryOp, auto combine) {
    Array<T> left = of(binaryOp.getLhs());
    const Array<T> &right = of(binaryOp.getRhs());
    for (size_t i = 0; i < left.data.size(); ++i)
      left.data[i] = combine(left.data[i], right.data[i % right.data.size()]);
    values[binaryOp.getResult()] = left;
  };
  llvm::TypeSwitch<Operation &>(op)
      .template Case<xf::WeightOp>([&](auto weight) {
        Array<T> array = empty(weight.getResult());
        const std::vector<float> &data = weights.at(weight.getName().str());
        std::copy(data.begin(), data.end(), array.data.begin());
        values[weight.getResult()] = array;
      })
      .template Case<xf::SinusoidsOp>([&](auto table) {
        int64_t hidden = table.getType().getDimSize(1);
        byIndex(table.getResult(), [&](llvm::ArrayRef<int64_t> index) -> T {
          int64_t pair = table.getHalves() ? index[1] % (hidden / 2) : index[1] / 2;
          bool sine = table.getHalves() ? index[1] < hidden / 2 : index[1] % 2 == 0;
          double last = double(hidden / 2) - (table.getClosed() ? 1 : 0);
          double angle = index[0] / std::pow(10000.0, pair / last);
          return sine ? std::sin(angle) : std::cos(angle);
        });
      })
      .template Case<xf::RotaryTableOp>([&](auto table) {
        llvm::ArrayRef<double> frequencies = table.getFrequencies();
        byIndex(table.getResult(), [&](llvm::ArrayRef<int64_t> index) -> T {
          int64_t pair = index[1] % frequencies.size();
          double angle = index[0] * frequencies[pair], factor = table.getFactor().convertToDouble();
          return factor * (index[1] == pair ? std::cos(angle) : std::sin(angle));
        });
      })
      .template Case<xf::RotaryOp>([&](auto rotary) {
        const Array<T> &input = of(rotary.getInput()), &table = of(rotary.getTable());
        int64_t turned = table.shape[1], half = turned / 2;
        int64_t width = input.shape[1], dim = width / int64_t(rotary.getHeads());
        byIndex(rotary.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          int64_t column = index[1] % dim, at = index[0] * width + index[1];
          if (column >= turned)
            return input.data[at];
          const T *angle = &table.data[index[0] * turned + column % half];
          T other = column < half ? -input.data[at + half] : input.data[at - half];
          return input.data[at] * angle[0] + other * angle[half];
        });
      })
      .template Case<xf::EmbeddingOp>([&](auto embedding) {
        const Array<T> &ids = of(embedding.getIds()), &table = of(embedding.getTable());
        byIndex(embedding.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          return table.data[int64_t(ids.data[index[0]]) * table.shape[1] + index[1]];
        });
      })
      .template Case<xf::PositionsOp>([&](auto positions) {
        const Array<T> &table = of(positions.getTable());
        byIndex(positions.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          return table.data[(index[0] + positions.getFirst()) * table.shape[1] + index[1]];
        });
      })
      .template Case<xf::LinearOp>([&](auto layer) {
        overVectors(layer.getInput(), layer.getResult(), [&](const Vector &x) {
          const Array<T> &weight = of(layer.getWeight());
          return linear(x, weight.data, optional(layer.getBias()), weight.shape[0]);
        });
      })
      .template Case<xf::FeedForwardOp>([&](auto ffn) {
        overVectors(ffn.getInput(), ffn.getResult(), [&](const Vector &x) {
          const Array<T> &up = of(ffn.getUpWeight()), &down = of(ffn.getDownWeight());
          Vector inner = linear(x, up.data, optional(ffn.getUpBias()), up.shape[0]);
          Vector gate = inner;
          if (Value weight = ffn.getGateWeight())
            gate = linear(x, of(weight).data, optional(ffn.getGateBias()), gate.size());
          for (auto [value, gated] : llvm::zip_equal(inner, gate))
            value = activate(ffn.getActivation(), gated) * (ffn.getGateWeight() ? value : T(1));
          return linear(inner, down.data, optional(ffn.getDownBias()), down.shape[0]);
        });
      })
      .template Case<xf::RmsNormOp>([&](auto norm) {
        overVectors(norm.getInput(), norm.getResult(), [&](const Vector &x) {
          T squares = 0;
          for (T value : x)
            squares += value * value;
          T root = std::sqrt(squares / x.size() + T(norm.getEps().convertToDouble()));
          Vector result(x);
          for (size_t i = 0; i < x.size(); ++i)
            result[i] =
                x[i] / root * (of(norm.getGamma()).data[i] + T(norm.getOffset().convertToDouble()));
          return result;
        });
      })
      .template Case<xf::LayerNormOp>([&](auto ln) {
        norm(ln.getInput(), Value(), ln.getGamma(), ln.getBeta(), ln.getEps().convertToDouble(),
             ln.getResult());
      })
      .template Case<xf::AddNormOp>([&](auto an) {
        norm(an.getInput(), an.getResidual(), an.getGamma(), an.getBeta(),
             an.getEps().convertToDouble(), an.getResult());
      })
      .template Case<xf::NormalizeOp>([&](auto normalize) {
        overVectors(normalize.getInput(), normalize.getResult(), [&](const Vector &x) {
          T squares = 0;
          for (T value : x)
            squares += value * value;
          Vector result(x);
          for (T &value : result)
            value /= std::max(std::sqrt(squares), T(normalize.getEps().convertToDouble()));
          return result;
        });
      })
      .template Case<xf::SoftmaxOp>(
          [&](auto s) { overVectors(s.getInput(), s.getResult(), softmax); })
      .template Case<xf::LogSumExpOp>([&](auto l) {
        overVectors(l.getInput(), l.getResult(),
                    [](const Vector &x) { return Vector{logSumExp(x)}; });
      })
      .template Case<xf::AttentionOp>([&](auto a) { attention(a); })
      .template Case<xf::MatmulOp>([&](auto m) { matmul(m); })
      .template Case<xf::CausalMaskOp>([&](auto mask) {
        const Array<T> &scores = of(mask.getInput());
        byIndex(mask.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          int64_t back = index[index.size() - 2] - index.back();
          bool seen = back >= 0 && (!mask.getWindow() || back < int64_t(*mask.getWindow()));
          return seen ? scores.data[flat(scores, index)] : -std::numeric_limits<T>::infinity();
        });
      })
      .template Case<xf::DistanceBiasOp>([&](auto bias) {
        const Array<T> &scores = of(bias.getInput()), &table = of(bias.getTable());
        byIndex(bias.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          const int64_t reach = table.shape[1] / 2;
          return scores.data[flat(scores, index)] +
                 table.data[index[0] * (2 * reach + 1) + reach +
                            std::clamp<int64_t>(index[2] - index[1], -reach, reach)];
        });
      })
      .template Case<xf::DistanceTableOp>([&](auto op) {
        const Array<T> &buckets = of(op.getBuckets());
        const int64_t heads = buckets.shape[1], reach = op.getReach(),
                      side = buckets.shape[0] / (op.getBidirectional() ? 2 : 1), exact = side / 2;
        byIndex(op.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          int64_t distance = index[1] - reach, bucket = 0;
          if (op.getBidirectional() && distance > 0)
            bucket = side;
          else if (distance > 0)
            distance = 0;
          const double far = std::abs(distance);
          bucket += far < exact
                        ? int64_t(far)
                        : std::min(side - 1, exact + int64_t(std::log(far / exact) /
                                                             std::log(double(op.getMax()) / exact) *
                                                             (side - exact)));
          return buckets.data[bucket * heads + index[0]];
        });
      })
      .template Case<xf::LinearBiasOp>([&](auto bias) {
        const Array<T> &scores = of(bias.getInput());
        byIndex(bias.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          return scores.data[flat(scores, index)] -
                 T(bias.getSlopes()[index[0]]) * T(index[1] - index[2]);
        });
      })
      .template Case<xf::RepeatOp>([&](auto r) {
        const Array<T> &input = of(r.getInput());
        byIndex(r.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          std::vector<int64_t> source(index);
          source[r.getDim()] /= int64_t(r.getTimes());
          return input.data[flat(input, source)];
        });
      })
      .template Case<xf::PoolOp>([&](auto p) { pool(p); })
      .template Case<xf::ConcatOp>([&](auto c) { concat(c); })
      .template Case<xf::QuantizeOp>([&](auto q) { quantize(q); })
      .template Case<xf::DequantizeOp>([&](auto d) {
        Array<T> array = of(d.getCodes());
        if (d.getScales()) {
          const Array<T> &scales = of(d.getScales());
          for (size_t i = 0; i < array.data.size(); ++i)
            array.data[i] *= scales.data[i / array.shape.back() * scales.shape.back() +
                                         i % array.shape.back() / *d.getGroup()];
        }
        values[d.getResult()] = array;
      })
      .template Case<xf::AddOp>([&](auto a) { binary(a, std::plus<T>()); })
      .template Case<xf::MulOp>([&](auto m) { binary(m, std::multiplies<T>()); })
      .template Case<xf::ScaleOp>([&](auto s) {
        Array<T> array = of(s.getInput());
        for (T &value : array.data)
          value *= T(s.getFactor().convertToDouble());
        values[s.getResult()] = array;
      })
      .template Case<xf::ActivationOp>([&](auto a) {
        Array<T> array = of(a.getInput());
        for (T &value : array.data)
          value = activate(a.getKind(), value);
        values[a.getResult()] = array;
      })
      .template Case<xf::ReshapeOp>([&](auto r) {
        Array<T> array = empty(r.getResult());
        array.data = of(r.getInput()).data;
        values[r.getResult()] = array;
      })
      .template Case<xf::TransposeOp>([&](auto t) {
        const Array<T> &input = of(t.getInput());
        byIndex(t.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          std::vector<int64_t> source(index.size());
          for (auto [dim, from] : llvm::enumerate(t.getPermutation()))
            source[from] = index[dim];
          return input.data[flat(input, source)];
        });
      })
      .template Case<xf::SliceOp>([&](auto s) {
        const Array<T> &input = of(s.getInput());
        byIndex(s.getResult(), [&](llvm::ArrayRef<int64_t> index) {
          std::vector<int64_t> source(index);
          source[s.getDim()] += s.getOffset();
          return input.data[flat(input, source)];
        });
      })
      .Default([](Operation &other) {
        llvm::report_fatal_error("no meaning in test/Numerics/Reference.cpp: add a case for " +
                                 other.getName().getStringRef());
      });
}

} // namespace

template <typename T>
std::vector<Array<T>> interpret(func::FuncOp function, const Weights &weights,
                                const std::vector<int32_t> &ids) {
  Array<T> input{{int64_t(ids.size())}, std::vector<T>(ids.begin(), ids.end())};
  return Interpreter<T>(weights, ids.size())
      .run(function, std::vector<Array<T>>(function.getNumArguments(), input));
}

template std::vector<Array<long double>> interpret(func::FuncOp, const Weights &,
                                                   const std::vector<int32_t> &);
template std::vector<Array<double>> interpret(func::FuncOp, const Weights &,
                                              const std::vector<int32_t> &);
template std::vector<Array<float>> interpret(func::FuncOp, const Weights &,
                                             const std::vector<int32_t> &);

} // namespace tfc::test
