// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From texts to texts, by a model that has sources.

#include "runtime/Generate.h"
#include "runtime/Sentences.h"
#include "runtime/Text.h"

#include <string.h>

namespace tfc {
namespace {

using tokenizer::List;

/// The parts of all texts, and what they become.
class Translation {
public:
  Translation(tfc_session &session, tfc_text_function each, void *user)
      : session(session), buffers(session.text), each(each), user(user) {}

  /// Cuts a text into as many parts as it takes for each to fit.
  tfc_status add(const char *text, size_t length) {
    const auto limit = static_cast<size_t>(session.model->library->max_sequence);
    const size_t number = texts.count;
    if (!texts.push({text, parts.count, parts.count}) || !todo.push({0, length}))
      return outOfMemory();
    while (todo.count) {
      const Span span = todo[--todo.count];
      const size_t waiting = todo.count;
      if (tfc_status status = encode(text, span))
        return status;
      const tokenizer::Encoding &encoding = buffers.encoding;
      if (!encoding.size())
        continue;
      if (encoding.size() > limit) {
        const Span inner = withoutWhite(text, span);
        Span first, second;
        const bool isShorter = inner.end - inner.begin < span.end - span.begin;
        if (isShorter ? !todo.push(inner)
                      : cutSentence(text, span, first, second) &&
                            !(todo.push(second) && todo.push(first)))
          return outOfMemory();
        if (isShorter || todo.count > waiting)
          continue;
      }
      if (!buffers.ids.append(encoding.ids(), encoding.size()) ||
          !buffers.offsets.push(static_cast<int64_t>(buffers.ids.count)) || !parts.push(span) ||
          !numbers.push(number) || !states.push({}))
        return outOfMemory();
    }
    texts[number].end = parts.count;
    return TFC_OK;
  }

  tfc_status run(const Wishes &wishes) {
    tfc_status status = deliver();
    if (!status)
      status = generate(session,
                        {parts.count, buffers.offsets.data(), buffers.ids.data(), numbers.data()},
                        wishes, take, this, &stops);
    return status ? status : failure;
  }

private:
  struct Text {
    const char *text;
    size_t begin, end; // its parts
  };
  /// The tokens of a part are a list through `links`, which holds those of all parts as they came.
  struct State {
    size_t first = none, last = none;
    bool isDone = false;
  };
  struct Link {
    int32_t id;
    Span text; // in `bytes`
    size_t next;
  };
  static constexpr size_t none = SIZE_MAX;

  tfc_status outOfMemory() {
    return session.error.fail(TFC_OUT_OF_MEMORY, "out of memory while translating");
  }

  tfc_status encode(const char *text, Span span) {
    tokenizer::EncodeOptions options;
    options.neverTruncate = true;
    return session.model->tokenizer.encode(text + span.begin, span.end - span.begin, nullptr, 0,
                                           options, buffers.encoding, buffers.scratch,
                                           session.error);
  }

  static int take(void *user, const tfc_new_token *token) {
    auto &self = *static_cast<Translation *>(user);
    if (!self.failure) // the other rows of the step come all the same
      self.failure = self.take(*token);
    self.stops |= self.failure != TFC_OK;
    return self.stops;
  }

  tfc_status take(const tfc_new_token &token) {
    State &state = states[token.row];
    const size_t link = links.count;
    const size_t begin = bytes.count;
    if (!bytes.append(token.text, token.length) ||
        !links.push({token.id, {begin, bytes.count}, none}))
      return outOfMemory();
    (state.last == none ? state.first : links[state.last].next) = link;
    state.last = link;
    state.isDone = token.end != TFC_GOES_ON;
    return state.isDone ? deliver() : TFC_OK;
  }

  /// Gives away the texts that are whole, in their order.
  tfc_status deliver() {
    for (; !stops && delivered < texts.count; ++delivered) {
      const Text &text = texts[delivered];
      for (size_t part = text.begin; part < text.end; ++part)
        if (!states[part].isDone)
          return TFC_OK;
      ids.clear();
      result.clear();
      for (size_t part = text.begin; part < text.end; ++part)
        if (!append(text, part))
          return outOfMemory();
      const tfc_text made = {delivered, result.count, ids.count, result.count ? result.data() : "",
                             ids.data()};
      stops = each(user, &made) != 0;
    }
    return TFC_OK;
  }

  /// A part's text, and before it the white space that stands between it and the one before.
  bool append(const Text &text, size_t part) {
    if (part > text.begin) {
      const size_t behind = parts[part - 1].end, begin = parts[part].begin;
      if (!(begin > behind ? result.append(text.text + behind, begin - behind) : result.push(' ')))
        return false;
    }
    for (size_t link = states[part].first; link != none; link = links[link].next) {
      const Span made = links[link].text;
      if (!ids.push(links[link].id) ||
          !result.append(bytes.data() + made.begin, made.end - made.begin))
        return false;
    }
    return true;
  }

  tfc_session &session;
  TextBuffers &buffers;
  tfc_text_function each;
  void *user;
  List<Text> texts;
  List<Span> parts;     // of the texts, a source each
  List<size_t> numbers; // of the text of each part
  List<State> states;   // of each part
  List<Link> links;
  List<Span> todo;  // of a text, the first last
  List<char> bytes; // the text of all tokens
  List<int32_t> ids;
  List<char> result;
  size_t delivered = 0;
  bool stops = false;
  tfc_status failure = TFC_OK;
};

tfc_status translate(tfc_session &session, const Texts &texts, const tfc_generate_options *options,
                     tfc_text_function each, void *user) {
  Message &error = session.error;
  if (tfc_status status = refuseToGenerate(session))
    return status;
  if (!tfc_has_source(session.model))
    return error.fail(TFC_UNSUPPORTED, "%s continues texts and does not translate them",
                      session.model->library->name);
  if (tfc_status status = refuseWithoutDecoder(&session))
    return status;
  if (!each || (!texts.texts && texts.count))
    return error.fail(TFC_INVALID_ARGUMENT, "%s is null",
                      each ? "texts" : "the function that takes texts");
  Wishes wishes;
  if (tfc_status status = session.generator.read(options, wishes))
    return status;
  if (wishes.nBest > 1) // of a text in parts, which?
    return error.fail(TFC_INVALID_ARGUMENT,
                      "n_best is %lld, but a text becomes one: tfc_generate gives more",
                      static_cast<long long>(wishes.nBest));
  session.text.clear();
  if (!session.text.offsets.push(0))
    return error.fail(TFC_OUT_OF_MEMORY, "out of memory while translating");
  Translation translation(session, each, user);
  for (size_t i = 0; i < texts.count; ++i) {
    const char *text = texts.texts[i];
    if (!text)
      return error.fail(TFC_INVALID_ARGUMENT, "text %zu is null", i);
    if (tfc_status status = translation.add(text, texts.lengths ? texts.lengths[i] : strlen(text)))
      return status;
  }
  return translation.run(wishes);
}

} // namespace
} // namespace tfc

using namespace tfc;

extern "C" tfc_status tfc_translate(tfc_session *session, const char *const *texts,
                                    const size_t *lengths, size_t count,
                                    const tfc_generate_options *options, tfc_text_function each,
                                    void *user) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  return use.status
             ? use.status
             : translate(*session, {texts, lengths, nullptr, nullptr, count}, options, each, user);
}
