// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frequencies as transformers 5.23 computes them, all of it in float64.

#include "compiler/Import/Rotary.h"

#include "test/Import/Helpers.h"

namespace {

using namespace tfc;
using namespace tfc::test;

void expectNear(double found, double expected) { EXPECT_NEAR(found, expected, 4e-16 * expected); }

/// Reads a config.json of heads of `headDim` columns and `positions` positions.
void expectRotary(const std::string &text, int64_t headDim, int64_t positions,
                  llvm::ArrayRef<double> frequencies, double factor = 1) {
  Config config = take(Config::parse(text, "config.json"));
  Rotary rotary = take(readRotary(config, headDim, positions));
  ASSERT_EQ(rotary.frequencies.size(), frequencies.size());
  for (size_t pair = 0; pair < frequencies.size(); ++pair)
    expectNear(rotary.frequencies[pair], frequencies[pair]);
  expectNear(rotary.factor, factor);
  EXPECT_EQ(shown(config.refuseUnknown()), "no error");
}

TEST(Rotary, OfAnyAge) {
  const double expected[] = {1.0, 0.1, 0.01, 0.001};
  expectRotary("{}", 8, 64, expected);
  expectRotary(R"({"rope_theta": 10000.0, "rope_scaling": null})", 8, 64, expected);
  expectRotary(R"({"rope_parameters": {"rope_type": "default", "rope_theta": 10000}})", 8, 64,
               expected);
  expectRotary(R"({"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 1.0}})", 8,
               64, expected);
}

TEST(Rotary, SharesOfAHeadThatCannotBe) {
  auto refusal = [](const std::string &text, int64_t headDim) {
    Config config = take(Config::parse(text, "config.json"));
    return shown(readRotary(config, headDim, 64, true, 0.25).takeError());
  };
  const std::string share = "a share of the head's columns, above 0 and up to 1";
  for (const char *text : {"0.01", "-1", "1e300"})
    EXPECT_THAT(refusal(std::string(R"({"partial_rotary_factor": )") + text + "}", 8),
                ::testing::HasSubstr(share));
  EXPECT_THAT(refusal("{}", 1), ::testing::HasSubstr("an even number of them in a head, found 0"));
}

TEST(Rotary, Linear) {
  const double expected[] = {0.25, 0.025, 0.0025, 0.00025};
  expectRotary(R"({"rope_scaling": {"type": "linear", "factor": 4.0}})", 8, 64, expected);
  expectRotary(R"({"rope_scaling": {"rope_type": "linear", "type": "linear", "factor": 4.0,
                                    "original_max_position_embeddings": 16}})",
               8, 64, expected);
}

// No row is longer than what the model was trained for.
TEST(Rotary, Dynamic) {
  expectRotary(R"({"rope_theta": 500.0, "rope_scaling": {"type": "dynamic", "factor": 4.0}})", 8,
               64, {1.0, 0.21147425268811282, 0.044721359549995794, 0.009457416090031758});
}

TEST(Rotary, Llama3) {
  expectRotary(R"({"rope_parameters": {"rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0,
                   "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 32}})",
               8, 64, {1.0, 0.09583998588296268, 0.0125, 0.003952847075210474});
}

TEST(Rotary, Yarn) {
  const double expected[] = {1.0,    0.2569350598886808,    0.0625,  0.01383496476323666,
                             0.0025, 0.0007905694150420947, 0.00025, 7.905694150420948e-05};
  expectRotary(R"({"rope_scaling": {"type": "yarn", "factor": 4.0,
                                    "original_max_position_embeddings": 512}})",
               16, 2048, expected, 1.138629436111989);
  expectRotary(R"({"rope_scaling": {"type": "yarn", "factor": 4.0},
                   "original_max_position_embeddings": 512})",
               16, 2048, expected, 1.138629436111989);
  expectRotary(R"({"rope_scaling": {"type": "yarn", "factor": 4.0, "attention_factor": 1.5}})", 16,
               512, expected, 1.5);
  expectRotary(R"({"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "truncate": false,
                   "original_max_position_embeddings": 512, "beta_fast": 8, "beta_slow": 2,
                   "mscale": 0.7, "mscale_all_dim": 0.3}})",
               16, 2048,
               {1.0, 0.31622776601683794, 0.1, 0.012241315901815122, 0.0025, 0.0007905694150420947,
                0.00025, 7.905694150420948e-05},
               1.0532376815143234);
}

} // namespace
