// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Config.h"

#include "test/Import/Helpers.h"

namespace {

using namespace tfc;
using namespace tfc::test;

Config parse(const std::string &text) { return take(Config::parse(text, "config.json")); }

TEST(Config, ReadsSettings) {
  Config config = parse(
      R"({"hidden_size": 24, "eps": 1e-12, "scale": 2, "flag": false, "act": "gelu",
          "absent": null})");
  EXPECT_EQ(take(config.size("hidden_size")), 24);
  EXPECT_EQ(take(config.number("eps")), 1e-12);
  EXPECT_EQ(take(config.number("scale")), 2.0);
  EXPECT_FALSE(take(config.boolean("flag")));
  EXPECT_EQ(take(config.string("act")), "gelu");
  EXPECT_EQ(take(config.sizeOr("hidden_size", 7)), 24);
  EXPECT_EQ(take(config.sizeOr("absent", 7)), 7);
  EXPECT_EQ(take(config.numberOr("none", 0.5)), 0.5);
  EXPECT_TRUE(take(config.booleanOr("absent", true)));
  EXPECT_EQ(take(config.stringOr("none", "relu")), "relu");
  EXPECT_EQ(take(config.integerOr("none", -1, -1, 5)), -1);
}

TEST(Config, ChecksSizes) {
  Config config =
      parse(R"({"zero": 0, "negative": -5, "huge": 1099511627776, "beyond": 18446744073709551615,
                            "text": "24", "real": 24.0, "max": 2147483647})");
  std::string place = "1: config.json: $.";
  EXPECT_EQ(errorOf(config.size("zero")), place + "zero: expected a positive integer, found 0");
  EXPECT_EQ(errorOf(config.size("negative")),
            place + "negative: expected a positive integer, found -5");
  EXPECT_EQ(errorOf(config.size("huge")),
            place + "huge: expected a size of at most 2147483647, found 1099511627776");
  EXPECT_EQ(errorOf(config.size("beyond")),
            place + "beyond: expected a size of at most 2147483647, found 18446744073709551615");
  EXPECT_EQ(errorOf(config.size("text")),
            place + "text: expected a positive integer, found \"24\"");
  EXPECT_EQ(errorOf(config.sizeOr("real", 1)),
            place + "real: expected a positive integer, found 24.0");
  EXPECT_EQ(take(config.size("max")), 2147483647);
  EXPECT_EQ(errorOf(config.integerOr("zero", 1, 1, 5)),
            place + "zero: expected an integer from 1 to 5, found 0");
}

TEST(Config, TellsWhatIsMissingOrOfAnotherType) {
  Config config = parse(R"({"null": null, "a": []})");
  EXPECT_EQ(errorOf(config.size("hidden_size")),
            "1: config.json: $: the key \"hidden_size\" is missing");
  EXPECT_EQ(errorOf(config.string("null")), "1: config.json: $: the key \"null\" is missing");
  EXPECT_EQ(errorOf(config.size({"n_embd", "hidden_size"})),
            "1: config.json: $: the key \"n_embd\" or \"hidden_size\" is missing");
  EXPECT_EQ(errorOf(config.stringOr("a", "x")),
            "1: config.json: $.a: expected a string, found an array of 0 elements");
  EXPECT_EQ(errorOf(config.booleanOr("a", true)),
            "1: config.json: $.a: expected true or false, found an array of 0 elements");
  EXPECT_EQ(errorOf(config.numberOr("a", 1)),
            "1: config.json: $.a: expected a number, found an array of 0 elements");
  EXPECT_EQ(errorOf(Config::parse("[1]", "config.json")),
            "1: config.json: $: expected an object, found an array of 1 element");
}

TEST(Config, AcceptsSpellingsThatAgree) {
  Config config = parse(
      R"({"n_layer": 3, "num_hidden_layers": 3, "dtype": "f32", "torch_dtype": "f16", "b": 1})");
  EXPECT_EQ(take(config.size({"num_hidden_layers", "n_layer"})), 3);
  EXPECT_EQ(take(config.size({"a", "b"})), 1);
  EXPECT_EQ(
      errorOf(config.string({"dtype", "torch_dtype"})),
      "1: config.json: $.torch_dtype: \"f16\" disagrees with $.dtype, another spelling: \"f32\"");
}

TEST(Config, RefusesKeysNobodyAskedFor) {
  Config config = parse(
      R"({"hidden_size": 8, "architectures": ["X"], "model_type": "x", "dropout": 0.1,
          "attn_dropout": 1, "surprise": {"a": 1}, "other": true, "nothing": null, "n_layer": 2})");
  take(config.size("hidden_size"));
  take(config.sizeOr({"num_hidden_layers", "n_layer"}, 1));
  EXPECT_EQ(shown(config.refuseUnknown({"attn_*", "dropout"})),
            "3: config.json: $: not supported and it may change the results: surprise = an object "
            "of 1 member, "
            "other = true");
  config.ignore({"other", "surprise"});
  EXPECT_EQ(shown(config.refuseUnknown({"attn_*", "dropout"})), "no error");
  EXPECT_THAT(shown(config.refuseUnknown()), testing::EndsWith("dropout = 0.1, attn_dropout = 1"));
}

TEST(Config, KeepsTheListOfUnknownKeysShort) {
  std::string text = "{";
  for (int i = 0; i < 20; ++i)
    text += fmt::format("{}\"k{}\": {}", i ? "," : "", i, i);
  EXPECT_THAT(shown(parse(text + "}").refuseUnknown()),
              testing::EndsWith("k6 = 6, k7 = 7 and 12 more"));
}

TEST(Config, SectionsHaveAnAccountOfTheirOwn) {
  Config config =
      parse(R"({"rope": {"rope_type": "default", "factor": 2}, "number": 1, "nothing": null})");
  std::optional<Config> rope = take(config.section("rope"));
  ASSERT_TRUE(rope);
  EXPECT_EQ(take(rope->string("rope_type")), "default");
  EXPECT_EQ(errorOf(rope->string("factor")),
            "1: config.json: $.rope.factor: expected a string, found 2");
  EXPECT_EQ(shown(rope->refuseUnknown()), "no error");
  EXPECT_FALSE(take(config.section("nothing")));
  EXPECT_EQ(errorOf(config.section("number")),
            "1: config.json: $.number: expected an object, found 1");
}

class ConfigFolder : public InFolder {};

TEST_F(ConfigFolder, LoadsAFolder) {
  EXPECT_EQ(inFolder(errorOf(Config::load(folder))), "1: config.json: no such file");
  write("config.json", "{\"a\": 1}");
  write("1_Pooling/config.json", "{\"a\": 2}");
  EXPECT_EQ(take(take(Config::load(folder)).size("a")), 1);
  EXPECT_EQ(take(take(Config::load(folder, "1_Pooling/config.json")).size("a")), 2);
  write("config.json", "");
  EXPECT_EQ(inFolder(errorOf(Config::load(folder))),
            "1: config.json: expected JSON, found an empty file");
  write("config.json", "{\"hidden_size\": 48, \"hidden_size\": 24}");
  EXPECT_EQ(inFolder(errorOf(Config::load(folder))),
            "1: config.json: $: duplicate key \"hidden_size\"");
}

} // namespace
