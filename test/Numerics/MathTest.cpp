// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How near the activations come to the truth, in both types, over all of f32: in a kernel of their
// own, and in a product's epilogue.

#include "Model.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr int64_t vocabulary = 4096, width = 64;

/// Every exponent and sign, evenly in the bits of f32, so about 470 values between two powers of
/// two; what is special first.
std::vector<float> sweep() {
  std::vector<float> values{0.0f,    -0.0f,    inf,    -inf,    std::nanf(""), 1,      -1,
                            3.4e38f, -3.4e38f, 1e30f,  -1e30f,  1e-40f,        88.72f, -88.72f,
                            89,      -89,      87.33f, -87.34f, 0.625f,        0.63f,  4,
                            -4,      10,       -10,    100,     -100};
  const int64_t count = vocabulary * width - values.size();
  for (int64_t i = 0; i < count; ++i)
    values.push_back(std::bit_cast<float>(uint32_t(i * 0xff800000ll / count)));
  for (float &value :
       values) // the bits between the infinities and the negative numbers are NaNs: enough of one
    if (std::isnan(value))
      value = std::nanf("");
  return values;
}

using Exact = long double;

Exact truth(xf::ActivationKind kind, Exact x) {
  switch (kind) {
  case xf::ActivationKind::relu:
    return x < 0 ? 0 : x;
  case xf::ActivationKind::gelu:
    return x * 0.5 * std::erfc(-x * M_SQRT1_2);
  case xf::ActivationKind::gelu_tanh:
    // 1 + tanh(y) = 2 / (1 + exp(−2y)), without cancellation.
    return x / (1 + std::exp(-2 * M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x)));
  case xf::ActivationKind::silu:
    return x / (1 + std::exp(-x));
  case xf::ActivationKind::tanh:
    return std::tanh(x);
  }
  return 0;
}

/// The unit an error is counted in: a last place of the result where the function keeps its
/// relative accuracy. Not so gelu, whose formula takes 1 − 1 for large negative numbers: there it
/// is a last place of the argument. Where gelu_tanh is small, so many as the exponent of its
/// exponential is large, for whose last place they are.
Exact unit(ElementType element, xf::ActivationKind kind, Exact x, Exact result) {
  bool wide = element == ElementType::f64;
  Exact size = std::max(std::abs(result), wide ? Exact(0x1p-1022) : Exact(0x1p-126));
  if (kind == xf::ActivationKind::gelu)
    size = std::max(size, std::abs(x));
  if (kind == xf::ActivationKind::silu || kind == xf::ActivationKind::gelu_tanh)
    size =
        std::max(size, wide ? Exact(0x1p-960) : Exact(0x1p-96)); // exp(-x) is infinite soon after
  if (kind == xf::ActivationKind::gelu_tanh)
    size *= std::max(Exact(1), 1.6 * std::abs(x + 0.044715 * x * x * x));
  return std::ldexp(Exact(1), std::ilogb(size) - (wide ? 52 : 23));
}

struct Bound {
  xf::ActivationKind kind;
  double lastPlaces;
};
constexpr Bound bounds[] = {{xf::ActivationKind::relu, 0},
                            {xf::ActivationKind::gelu, 2},
                            {xf::ActivationKind::gelu_tanh, 4},
                            {xf::ActivationKind::silu, 2},
                            {xf::ActivationKind::tanh, 3}};

class Math : public testing::TestWithParam<std::tuple<ElementType, bool>> {};

TEST_P(Math, ActivationsAreAccurateEverywhere) {
  auto [element, inEpilogue] = GetParam();
  std::vector<float> values = sweep();
  Model model(1, vocabulary, 512, element);
  Value table = model.weight({vocabulary, width}, values), x = model.lookUp(table);
  for (const Bound &bound : bounds) {
    Value input = x;
    if (inEpilogue) { // x · 1, for each number by itself
      Value column = model.add<xf::ReshapeOp>(model.type({dynamic, width, 1}), x);
      input = model.add<xf::LinearOp>(column, model.weight({1, 1}, std::vector<float>{1}), Value());
    }
    model.output(model.add<xf::ActivationOp>(bound.kind, input));
  }
  Rows rows(vocabulary / 512);
  for (int64_t id = 0; id < vocabulary; ++id)
    rows[id / 512].push_back(id);
  Compiled library(model);
  ASSERT_EQ(library.error, "");
  if (inEpilogue)
    ASSERT_EQ(library.plan.find("math.erf"), library.plan.rfind("math.erf"))
        << "expected within the product";
  for (const std::string &variant : library.variants) {
    Outputs found = Runner(library.path, variant).run(rows);
    for (size_t i = 0; i < std::size(bounds); ++i) {
      const Bound &bound = bounds[i];
      std::string name = variant + ", " + xf::stringifyActivationKind(bound.kind).str();
      Exact worst = 0;
      double worstAt = 0, worstFound = 0;
      for (int64_t id = 0; id < vocabulary * width; ++id) {
        double x = values[id], y = found[i][id / width / 512][id % (512 * width)];
        Exact expected = truth(bound.kind, x);
        if (std::isnan(x) || std::isnan(expected)) {
          // −∞ · 0 in the formulas of gelu and silu: NaN or its limit, 0, but no other number.
          EXPECT_TRUE(std::isnan(y) || (!std::isnan(x) && y == 0))
              << name << "(" << x << ") is " << y;
          continue;
        }
        if (std::isinf(expected)) {
          EXPECT_EQ(y, expected) << name << "(" << x << ")";
          continue;
        }
        Exact error = std::abs(y - expected) / unit(element, bound.kind, x, expected);
        if (!(error <= worst))
          worst = std::isnan(error) ? inf : error, worstAt = x, worstFound = y;
      }
      RecordProperty(name, std::to_string(worst));
      EXPECT_LE(worst, bound.lastPlaces) << name << "(" << worstAt << ") is " << worstFound
                                         << ", expected " << truth(bound.kind, worstAt);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Kernels, Math,
                         testing::Combine(testing::Values(ElementType::f32, ElementType::f64),
                                          testing::Bool()),
                         [](const auto &info) {
                           return fmt::format("{}_{}", std::get<1>(info.param) ? "Epilogue" : "Map",
                                              nameOf(std::get<0>(info.param)));
                         });

} // namespace
