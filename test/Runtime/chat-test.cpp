// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tfc_chat: from messages to a text and its ids. What templates make of values is tested in
// test/Chat.

#include "TextModel.h"
#include "tfc/chat.h"

namespace tfc::test {
namespace {

/// The text model with a chat template.
struct ChatModel : TextModel {
  explicit ChatModel(const std::string &text)
      : TextModel(Json().postProcessor, "embed", TFC_TYPE_F32, "null", text) {}

  tfc_status fill(std::vector<tfc_chat_message> messages,
                  const tfc_chat_options *options = nullptr) {
    const char *made = nullptr;
    size_t length = 0;
    tokens = {};
    tfc_status status =
        tfc_chat(session.get(), messages.data(), messages.size(), options, &made, &length, &tokens);
    text = status ? "" : std::string(made, length);
    return status;
  }
  std::vector<int32_t> ids() const {
    EXPECT_EQ(tokens.rows, 1u);
    return std::vector<int32_t>(tokens.ids, tokens.ids + tokens.offsets[1]);
  }

  std::string text;
  tfc_tokens tokens;
};

TEST(Chat, GivesTextAndIds) {
  ChatModel model("{{ '[CLS]' }}{% for m in messages %}{{ m.content }}{{ '[SEP]' }}{% endfor %}"
                  "{% if add_generation_prompt %}{{ messages[0].role }}{% endif %}");
  ASSERT_EQ(model.fill({{"user", "hello", 0}, {"assistant", "worlds, not this", 6}}), TFC_OK)
      << model.error();
  EXPECT_EQ(model.text, "[CLS]hello[SEP]worlds[SEP]");
  EXPECT_EQ(model.ids(), (std::vector<int32_t>{2, 4, 3, 5, 6, 3})) << "nothing stands around it";
  tfc_chat_options options{1, 0, 0};
  ASSERT_EQ(model.fill({{"world", "", 0}}, &options), TFC_OK);
  EXPECT_EQ(model.text, "[CLS][SEP]world");
  EXPECT_EQ(model.ids(), (std::vector<int32_t>{2, 3, 5}));
  EXPECT_EQ(tfc_has_chat(model.model.get()), 1);

  // Each by itself.
  const tfc_chat_message message{"user", "hello", 0};
  const char *made = nullptr;
  size_t length = 0;
  EXPECT_EQ(tfc_chat(model.session.get(), &message, 1, nullptr, &made, &length, nullptr), TFC_OK);
  EXPECT_EQ(std::string(made, length), "[CLS]hello[SEP]");
  EXPECT_EQ(tfc_chat(model.session.get(), &message, 1, nullptr, nullptr, nullptr, &model.tokens),
            TFC_OK);
  EXPECT_EQ(model.ids().size(), 3u);
}

TEST(Chat, RepairsUtf8AndKeepsZeros) {
  ChatModel model(
      "{{ messages[0].role }}|{{ messages[0].content }}|{{ messages[0].content | length }}");
  ASSERT_EQ(model.fill({{"\xff", "a\x00\xc3(\xe6\x97", 6}}), TFC_OK) << model.error();
  EXPECT_EQ(model.text, std::string("\xEF\xBF\xBD|a\0\xEF\xBF\xBD(\xEF\xBF\xBD|5", 15));
}

TEST(Chat, NothingIsCut) {
  ChatModel model("{{ messages[0].content }}");
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "hello ";
  ASSERT_EQ(model.fill({{"user", many.c_str(), 0}}), TFC_OK);
  EXPECT_EQ(model.ids().size(), 100u);
}

TEST(Chat, PassesTheTime) {
  ChatModel model("{{ strftime_now('%d %b %Y') }}");
  tfc_chat_options options{0, 0, 1770307749};
  ASSERT_EQ(model.fill({{"user", "", 0}}, &options), TFC_OK);
  EXPECT_EQ(model.text, "05 Feb 2026");
  EXPECT_EQ(model.fill({{"user", "", 0}}), TFC_INVALID_ARGUMENT);
}

TEST(Chat, KnowsThatThereAreNoTools) {
  ChatModel model(
      "{{ tools is defined and tools is none and documents is none }}{{ date is defined }}");
  ASSERT_EQ(model.fill({{"user", "", 0}}), TFC_OK);
  EXPECT_EQ(model.text, "TrueFalse");
}

TEST(Chat, Refuses) {
  ChatModel model("{{ raise_exception('never') }}");
  EXPECT_EQ(model.fill({{"user", "hello", 0}}), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "chat template, line 1: the template refuses: never");
  EXPECT_EQ(model.fill({{nullptr, "hello", 0}}), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "the role of message 0 is null");
  EXPECT_EQ(model.fill({{"user", "", 0}, {"user", nullptr, 0}}), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "the content of message 1 is null");
  const char *made = nullptr;
  size_t length = 0;
  const tfc_chat_message message{"user", "hello", 0};
  EXPECT_EQ(tfc_chat(model.session.get(), &message, 0, nullptr, &made, &length, nullptr),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "there are no messages");
  EXPECT_EQ(tfc_chat(model.session.get(), nullptr, 1, nullptr, &made, &length, nullptr),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "messages is null");
  EXPECT_EQ(tfc_chat(model.session.get(), &message, 1, nullptr, &made, nullptr, nullptr),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "length is null");
  EXPECT_EQ(tfc_chat(model.session.get(), &message, 1, nullptr, nullptr, &length, nullptr),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(), "text is null");
  EXPECT_EQ(tfc_chat(nullptr, &message, 1, nullptr, &made, &length, nullptr), TFC_INVALID_ARGUMENT);
}

TEST(Chat, SaysWhyThereIsNoTemplate) {
  TextModel plain;
  const char *made = nullptr;
  size_t length = 0;
  const tfc_chat_message message{"user", "hello", 0};
  EXPECT_EQ(tfc_has_chat(plain.model.get()), 0);
  EXPECT_EQ(tfc_chat(plain.session.get(), &message, 1, nullptr, &made, &length, nullptr),
            TFC_UNSUPPORTED);
  EXPECT_EQ(plain.error(), "fake has no chat template: it was compiled from a folder without one");
  ChatModel refused("{{ 1 / 2 }}");
  EXPECT_EQ(refused.fill({message}), TFC_UNSUPPORTED);
  EXPECT_EQ(refused.error(),
            "the chat template is not supported: t: line 1, column 6: the operator "
            "'/' is not supported, as there are no fractions");

  // Without a tokenizer there is the text alone.
  std::vector<uint64_t> tables = chatTables("{{ messages[0].content }}");
  tfc_library library = fake_library;
  library.chat = reinterpret_cast<const char *>(tables.data());
  library.chat_bytes = tables.size() * 8;
  Model model = openFake(&library);
  Session session = makeSession(model);
  tfc_tokens tokens;
  EXPECT_EQ(tfc_chat(session.get(), &message, 1, nullptr, &made, &length, nullptr), TFC_OK);
  EXPECT_EQ(tfc_chat(session.get(), &message, 1, nullptr, &made, &length, &tokens),
            TFC_UNSUPPORTED);
}

TEST(Chat, BrokenTablesAreRefusedWhenAModelIsOpened) {
  std::vector<uint64_t> tables = chatTables("x");
  tfc_library library = fake_library;
  library.chat = reinterpret_cast<const char *>(tables.data());
  library.chat_bytes = 8;
  tfc_model *model = nullptr;
  char message[128];
  EXPECT_EQ(tfc_open_library(&library, &model, message, sizeof message), TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(message, "the chat template is broken: no tables");
}

} // namespace
} // namespace tfc::test
