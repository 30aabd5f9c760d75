// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Answers.h"

#include "Json.h"
#include "Outputs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace tfc::run {
namespace {

constexpr int64_t longestWindow = 384, mostOverlap = 128; // in tokens

/// A question with a piece of its context. Token i of it is token from[i] of the pair.
struct Window {
  size_t question;
  size_t first, last; // its tokens of the context: [first, last)
  std::vector<int64_t> from;
};

struct Answer {
  std::string_view text;
  double score;
  int64_t begin, end; // bytes of the context
};

/// Cuts a pair into windows of at most `limit` tokens; question and special tokens are in each.
Failure cutWindows(const tfc_tokens &tokens, size_t question, int64_t limit,
                   std::vector<Window> &windows) {
  int64_t begin = tokens.offsets[question], end = tokens.offsets[question + 1];
  int64_t first = std::find(tokens.sequences + begin, tokens.sequences + end, 1) - tokens.sequences;
  int64_t last = first;
  while (last < end && tokens.sequences[last] == 1)
    ++last;
  int64_t window = std::min(limit, longestWindow), around = end - begin - (last - first);
  int64_t room = window - around;
  if (first == last)
    return {}; // an empty context holds no answer
  if (room < 1)
    return {exitInput, fmt::format("question {} has {} tokens, special ones included, which leaves "
                                   "no room for its context in {} tokens (--max-seq)",
                                   question + 1, around, window)};
  int64_t overlap = std::min({window / 2, mostOverlap, room - 1});
  for (int64_t at = first;; at += room - overlap) {
    int64_t stop = std::min(at + room, last);
    Window &made = windows.emplace_back();
    made.question = question;
    made.first = static_cast<size_t>(first - begin);
    made.last = made.first + static_cast<size_t>(stop - at);
    for (int64_t i = begin; i < end; ++i)
      if (i < first || i >= last || (i >= at && i < stop))
        made.from.push_back(i);
    if (stop == last)
      return {};
  }
}

/// The rows of the windows.
Rows rowsOfWindows(const tfc_model *model, const tfc_tokens &tokens,
                   const std::vector<Window> &windows) {
  std::vector<int64_t> offsets{0};
  std::vector<int32_t> ids, types;
  for (const Window &window : windows) {
    for (int64_t token : window.from) {
      ids.push_back(tokens.ids[token]);
      types.push_back(tokens.types[token]);
    }
    offsets.push_back(static_cast<int64_t>(ids.size()));
  }
  tfc_tokens made{};
  made.rows = windows.size();
  made.offsets = offsets.data();
  made.ids = ids.data();
  made.types = types.data();
  return rowsOf(model, made);
}

/// What one window says.
class Reader {
public:
  Reader(const tfc_tokens &tokens, const Window &window, std::string_view text)
      : tokens(tokens), window(window), text(text) {}

  /// The probability that no token begins and none ends the answer: what the first token, [CLS],
  /// is given. Tokens of the question have none.
  double read(const double *start, const double *end) {
    begins = probabilities(start);
    ends = probabilities(end);
    return begins[0] * ends[0];
  }

  /// Adds the best `count` spans of at most `longest` tokens to `answers`, widened to whole words.
  /// Spans of the same text, whatever its case, are one answer.
  void best(size_t count, int64_t longest, std::vector<Answer> &answers) const;

private:
  struct Candidate {
    double score;
    size_t first, last;
  };

  std::vector<double> probabilities(const double *logits) const;
  Answer answer(const Candidate &candidate) const;
  int32_t word(size_t token) const { return tokens.words[window.from[token]]; }

  const tfc_tokens &tokens;
  const Window &window;
  std::string_view text;
  std::vector<double> begins, ends;
};

std::vector<double> Reader::probabilities(const double *logits) const {
  std::vector<double> result(window.from.size());
  auto competes = [&](size_t token) {
    return (token >= window.first && token < window.last) ||
           (token == 0 && tokens.sequences[window.from[0]] < 0);
  };
  double largest = -INFINITY, sum = 0;
  for (size_t i = 0; i < result.size(); ++i)
    if (competes(i))
      largest = std::max(largest, logits[i]);
  for (size_t i = 0; i < result.size(); ++i)
    sum += result[i] = competes(i) ? std::exp(logits[i] - largest) : 0;
  for (double &value : result)
    value /= sum;
  return result;
}

Answer Reader::answer(const Candidate &candidate) const {
  size_t first = candidate.first, last = candidate.last;
  while (first > window.first && word(first - 1) == word(candidate.first))
    --first;
  while (last + 1 < window.last && word(last + 1) == word(candidate.last))
    ++last;
  int64_t begin = tokens.begins[window.from[first]], end = tokens.ends[window.from[last]];
  return {text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)),
          candidate.score, begin, end};
}

bool sameText(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

void Reader::best(size_t count, int64_t longest, std::vector<Answer> &answers) const {
  std::vector<Candidate> candidates;
  for (size_t first = window.first; first < window.last; ++first) {
    size_t most = std::min(window.last - first, static_cast<size_t>(longest));
    for (size_t last = first; last < first + most; ++last)
      candidates.push_back({begins[first] * ends[last], first, last});
  }
  count = std::min(count, candidates.size());
  auto stop = candidates.begin() + static_cast<ptrdiff_t>(count);
  std::partial_sort(candidates.begin(), stop, candidates.end(),
                    [](const Candidate &a, const Candidate &b) {
                      return a.score != b.score   ? a.score > b.score
                             : a.first != b.first ? a.first < b.first
                                                  : a.last < b.last;
                    });
  for (auto candidate = candidates.begin(); candidate != stop; ++candidate) {
    Answer found = answer(*candidate);
    auto same = std::find_if(answers.begin(), answers.end(),
                             [&](const Answer &other) { return sameText(other.text, found.text); });
    if (same != answers.end())
      same->score += found.score;
    else
      answers.push_back(found);
  }
}

/// An answer a line, `answer score begin end`, and an empty line behind each question that may have
/// several; in JSON an object a question.
void print(const std::vector<Answer> &answers, const Options &options, std::string &out) {
  if (options.json)
    out += "{\"answers\": [";
  for (const Answer &answer : answers) {
    if (options.json) {
      out += &answer == answers.data() ? "{\"answer\": " : ", {\"answer\": ";
      appendJsonString(out, answer.text);
      out += ", \"score\": ";
      appendNumber(out, static_cast<float>(answer.score), true);
      out += fmt::format(", \"start\": {}, \"end\": {}}}", answer.begin, answer.end);
    } else {
      for (char c : answer.text)
        out += c == '\n' || c == '\r' ? ' ' : c;
      out += ' ';
      appendNumber(out, static_cast<float>(answer.score), false);
      out += fmt::format(" {} {}\n", answer.begin, answer.end);
    }
  }
  if (options.json)
    out += "]}\n";
  else if (options.answers > 1 || answers.empty())
    out += '\n';
}

/// The answers that were found to each question, and the smallest score of none.
struct Found {
  std::vector<Answer> answers;
  double none = 1;
};

void choose(Found &found, const Options &options) {
  if (options.noAnswer)
    found.answers.push_back({"", found.none, 0, 0});
  std::sort(found.answers.begin(), found.answers.end(), [](const Answer &a, const Answer &b) {
    return a.score != b.score   ? a.score > b.score
           : a.begin != b.begin ? a.begin < b.begin
                                : a.end < b.end;
  });
  if (found.answers.size() > static_cast<size_t>(options.answers))
    found.answers.resize(static_cast<size_t>(options.answers));
}

} // namespace

Failure answerQuestions(const TaskContext &context, const tfc_tokens &tokens, int64_t limit,
                        const std::vector<std::string> &contexts, std::string &out) {
  std::vector<Window> windows;
  for (size_t question = 0; question < tokens.rows; ++question)
    if (Failure failure = cutWindows(tokens, question, limit, windows))
      return failure;
  std::vector<Values> logits(2);
  for (size_t i = 0; i < 2; ++i) {
    const char *name = i ? "end_logits" : "start_logits";
    if (Failure failure = findOutput(context.model, name, logits[i].info))
      return failure;
    if (!logits[i].info.per_token || logits[i].info.width != 1)
      return {exitInput, fmt::format("{}: its output {} is not a number for each token",
                                     tfc_name(context.model), name)};
  }
  Rows rows = rowsOfWindows(context.model, tokens, windows);
  std::vector<Found> found(tokens.rows);
  // More than are asked for, since some will be one when they are widened to whole words.
  auto candidates = static_cast<size_t>(2 * context.options.answers + 10);
  for (size_t first = 0; first < rows.count();) {
    size_t last = endOfPart(rows, first, logits);
    if (Failure failure =
            compute(context.session, context.model, rows, first, last, logits, context.trace))
      return failure;
    for (; first < last; ++first) {
      const Window &window = windows[first];
      auto at =
          logits[0].data.size() - static_cast<size_t>(rows.offsets[last] - rows.offsets[first]);
      Reader reader(tokens, window, contexts[window.question]);
      Found &of = found[window.question];
      of.none = std::min(of.none, reader.read(&logits[0].data[at], &logits[1].data[at]));
      reader.best(candidates, context.options.maxAnswer, of.answers);
    }
  }
  for (Found &of : found) {
    choose(of, context.options);
    print(of.answers, context.options, out);
  }
  return {};
}

} // namespace tfc::run
