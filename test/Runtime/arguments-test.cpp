// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a run takes as arguments, and what it says of others.

#include "Harness.h"

#include <cstring>
#include <functional>

namespace tfc::test {
namespace {

TEST(Run, TakesIdsOfAllKindsAtAnyAddress) {
  Model model = openFake();
  Session session = makeSession(model);
  const int64_t offsets[] = {0, 2, 3};
  float expected[6] = {7, 49, 0, 9, 81, 0};
  auto run = [&](tfc_element element, size_t size, auto... values) {
    char bytes[64];
    char *at = bytes + 1; // not aligned
    ((memcpy(at, &values, size), at += size), ...);
    char results[1 + sizeof expected];
    tfc_input_array in = {"input_ids", bytes + 1, 3, element};
    tfc_output_array out = {"embedding", results + 1, 6};
    ASSERT_EQ(tfc_run(session.get(), 2, offsets, &in, 1, &out, 1), TFC_OK)
        << tfc_session_error(session.get());
    float found[6];
    memcpy(found, results + 1, sizeof found);
    found[2] = found[5] = 0;
    EXPECT_EQ(memcmp(found, expected, sizeof found), 0);
  };
  run(TFC_I32, 4, int32_t{3}, int32_t{4}, int32_t{9});
  run(TFC_I64, 8, int64_t{3}, int64_t{4}, int64_t{9});
}

/// What is wrong with a call, and the message it must give.
struct BadCall {
  const char *message;
  std::function<void(std::vector<int64_t> &offsets, std::vector<tfc_input_array> &in,
                     std::vector<tfc_output_array> &out)>
      spoil;
};

TEST(Run, RefusesBadArguments) {
  static const int64_t tooLarge[] = {1, 100, 2, 3}, negative[] = {1, 2, 3, -7},
                       badType[] = {0, 0, 2, 0};
  static const float floats[4] = {};
  using Offsets = std::vector<int64_t>;
  using In = std::vector<tfc_input_array>;
  using Out = std::vector<tfc_output_array>;
  const BadCall calls[] = {
      {"input_ids: row 0, position 1: 100 is outside [0, 100)",
       [](Offsets &, In &in, Out &) { in[0].data = tooLarge; }},
      {"input_ids: row 1, position 1: -7 is outside [0, 100)",
       [](Offsets &, In &in, Out &) { in[0].data = negative; }},
      {"token_type_ids: row 1, position 0: 2 is outside [0, 2)",
       [](Offsets &, In &in, Out &) { in.push_back({"token_type_ids", badType, 4, TFC_I64}); }},
      {"input_ids: expected int32 or int64, found float32",
       [](Offsets &, In &in, Out &) { in[0] = {"input_ids", floats, 4, TFC_F32}; }},
      {"input_ids: expected int32 or int64, found float64",
       [](Offsets &, In &in, Out &) { in[0].element = TFC_F64; }},
      {"input_ids: expected int32 or int64, found an unknown type",
       [](Offsets &, In &in, Out &) { in[0].element = static_cast<tfc_element>(99); }},
      {"input_ids: has 5 elements, expected 4 tokens of 1",
       [](Offsets &, In &in, Out &) { in[0].count = 5; }},
      {"input_ids: the data is a null pointer",
       [](Offsets &, In &in, Out &) { in[0].data = nullptr; }},
      {"the model has no input pixels; it has input_ids, token_type_ids",
       [](Offsets &, In &in, Out &) { in[0].name = "pixels"; }},
      {"the input input_ids is missing", [](Offsets &, In &in, Out &) { in.clear(); }},
      {"input input_ids is given twice", [](Offsets &, In &in, Out &) { in.push_back(in[0]); }},
      {"input 0 has no name", [](Offsets &, In &in, Out &) { in[0].name = nullptr; }},
      {"the model has no output pixels; it has last_hidden_state, embedding",
       [](Offsets &, In &, Out &out) { out[0].name = "pixels"; }},
      {"embedding: has 7 elements, expected 2 rows of 3",
       [](Offsets &, In &, Out &out) { out[0].count = 7; }},
      {"embedding: the data is a null pointer",
       [](Offsets &, In &, Out &out) { out[0].data = nullptr; }},
      {"input_ids: row 1 has 0 tokens, expected 1 … 16",
       [](Offsets &offsets, In &, Out &) { offsets = {0, 4, 4}; }},
      {"input_ids: row 0 has 17 tokens, the limit (--max-seq) is 16",
       [](Offsets &offsets, In &, Out &) { offsets = {0, 17, 18}; }},
      {"offsets[0] is 1, expected 0", [](Offsets &offsets, In &, Out &) { offsets[0] = 1; }},
      {"offsets[1] is 3 and offsets[2] is 1, expected no less",
       [](Offsets &offsets, In &, Out &) { offsets = {0, 3, 1}; }},
      {"offsets[0] is 0 and offsets[1] is -9223372036854775808, expected no less",
       [](Offsets &offsets, In &, Out &) { offsets = {0, INT64_MIN, 1}; }},
  };
  Model model = openFake();
  Session session = makeSession(model);
  for (const BadCall &call : calls) {
    const int64_t ids[] = {1, 2, 3, 4};
    float embedding[7] = {-1, -1, -1, -1, -1, -1, -1};
    std::vector<int64_t> offsets = {0, 2, 4};
    std::vector<tfc_input_array> in = {{"input_ids", ids, 4, TFC_I64}};
    std::vector<tfc_output_array> out = {{"embedding", embedding, 6}};
    call.spoil(offsets, in, out);
    EXPECT_EQ(
        tfc_run(session.get(), 2, offsets.data(), in.data(), in.size(), out.data(), out.size()),
        TFC_INVALID_ARGUMENT);
    EXPECT_STREQ(tfc_session_error(session.get()), call.message);
    for (float value : embedding)
      EXPECT_EQ(value, -1.0f) << "written to in spite of the error: " << call.message;
  }
  FakeBatch after({{1, 2}}); // the session is as good as before
  EXPECT_EQ(after.run(session.get()), TFC_OK);
  EXPECT_STREQ(tfc_session_error(session.get()), "");
  after.check();
}

TEST(Run, TakesNullAndNothing) {
  EXPECT_EQ(tfc_run(nullptr, 0, nullptr, nullptr, 0, nullptr, 0), TFC_INVALID_ARGUMENT);
  Model model = openFake();
  Session session = makeSession(model);
  auto refused = [&](size_t rows, const int64_t *offsets, size_t inputs, size_t outputs) {
    EXPECT_EQ(tfc_run(session.get(), rows, offsets, nullptr, inputs, nullptr, outputs),
              TFC_INVALID_ARGUMENT);
    return std::string(tfc_session_error(session.get()));
  };
  const int64_t offsets[] = {0};
  EXPECT_EQ(refused(1, nullptr, 0, 0), "offsets is null");
  EXPECT_EQ(refused(size_t{1} << 40, offsets, 0, 0), "1099511627776 rows are too many");
  EXPECT_EQ(refused(0, offsets, 1, 0), "the array of inputs is null");
  EXPECT_EQ(refused(0, offsets, 0, 1), "the array of outputs is null");
  tfc_input_array in = {"input_ids", nullptr, 0, TFC_I32};
  tfc_output_array out = {"embedding", nullptr, 0};
  EXPECT_EQ(tfc_run(session.get(), 0, offsets, &in, 1, &out, 1), TFC_OK)
      << tfc_session_error(session.get());
}

TEST(Run, TakesNumbersOfTheModelsOwnType) {
  tfc_value values[] = {fake_library.entries->inputs[0], fake_library.entries->inputs[1]};
  tfc_entry entry = *fake_library.entries;
  entry.inputs = values;
  tfc_library library = fake_library;
  library.entries = &entry;
  const int64_t offsets[] = {0, 1}, id = 3;
  const double number = 0; // its bytes are the type 0
  float embedding[3];
  auto run = [&](tfc_type type, tfc_element element) {
    values[1].type = static_cast<uint8_t>(type);
    values[1].offset = type == TFC_TYPE_F64 ? 8 : 4; // doubles take the place of two buffers
    Model model = openFake(&library);
    Session session = makeSession(model);
    tfc_input_array in[] = {{"input_ids", &id, 1, TFC_I64},
                            {"token_type_ids", &number, 1, element}};
    tfc_output_array out = {"embedding", embedding, 3};
    tfc_run(session.get(), 1, offsets, in, 2, &out, 1);
    return std::string(tfc_session_error(session.get()));
  };
  EXPECT_EQ(run(TFC_TYPE_F32, TFC_F32), "");
  EXPECT_EQ(embedding[0], 3);
  EXPECT_EQ(run(TFC_TYPE_F64, TFC_F64), "");
  EXPECT_EQ(run(TFC_TYPE_F32, TFC_I32), "token_type_ids: expected float32, found int32");
  EXPECT_EQ(run(TFC_TYPE_F32, TFC_I64), "token_type_ids: expected float32, found int64");
  EXPECT_EQ(run(TFC_TYPE_F64, TFC_F32), "token_type_ids: expected float64, found float32");
}

TEST(Run, NamesTheFirstOfManyLayers) {
  std::vector<tfc_value> outputs(3, fake_library.entries->outputs[0]);
  outputs[1].name = "layers.0";
  outputs[2].name = "layers.1";
  tfc_entry entry = *fake_library.entries;
  entry.outputs = outputs.data();
  entry.output_count = 3;
  entry.input_count = 0; // and rows are then of the batch
  tfc_library library = fake_library;
  library.entries = &entry;
  Model model = openFake(&library);
  Session session = makeSession(model);
  const int64_t offsets[] = {0, 1, 1};
  float number;
  tfc_output_array out = {"layers.7", &number, 1};
  EXPECT_EQ(tfc_run(session.get(), 1, offsets, nullptr, 0, &out, 1), TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(tfc_session_error(session.get()),
               "the model has no output layers.7; it has last_hidden_state, layers.0");
  EXPECT_EQ(tfc_run(session.get(), 2, offsets, nullptr, 0, &out, 1), TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(tfc_session_error(session.get()), "the batch: row 1 has 0 tokens, expected 1 … 16");
}

} // namespace
} // namespace tfc::test
