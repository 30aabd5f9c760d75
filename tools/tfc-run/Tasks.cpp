// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Tasks.h"

#include "Json.h"
#include "Outputs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <string_view>

namespace tfc::run {
namespace {

constexpr size_t bestWords = 5; // shown for each mask

/// Probabilities of classes that are independent of each other.
std::vector<float> sigmoid(const double *logits, size_t count) {
  std::vector<float> result(count);
  for (size_t i = 0; i < count; ++i)
    result[i] = static_cast<float>(1 / (1 + std::exp(-logits[i])));
  return result;
}

std::string labelOf(const tfc_model *model, size_t index) {
  const char *label = tfc_label(model, index);
  return label ? label : fmt::format("LABEL_{}", index);
}

std::string_view tokenOf(const tfc_model *model, int64_t id) {
  size_t length = 0;
  const char *token = tfc_token(model, static_cast<int32_t>(id), &length);
  return token ? std::string_view(token, length) : "";
}

/// Appends "name probability", or {"key": "name", "score": probability}.
void appendScore(std::string &out, const char *key, std::string_view name, float score, bool json) {
  if (!json) {
    out += name;
    out += ' ';
    return appendNumber(out, score, false);
  }
  out += fmt::format("{{\"{}\": ", key);
  appendJsonString(out, name);
  out += ", \"score\": ";
  appendNumber(out, score, true);
  out += '}';
}

/// Part of a batch after its run.
struct Part {
  const TaskContext &context;
  const Rows &rows;
  size_t first, last;
  const Values &values;

  bool json() const { return context.options.json; }
  size_t width() const { return static_cast<size_t>(values.info.width); }
  const double *row(size_t row) const { return &values.data[(row - first) * width()]; }
  const double *token(int64_t token) const {
    return &values.data[static_cast<size_t>(token - rows.offsets[first]) * width()];
  }
};

/// A text a line, its labels from the likeliest on.
void printLabels(const Part &part, bool multilabel, std::string &out) {
  for (size_t row = part.first; row < part.last; ++row) {
    std::vector<float> scores = (multilabel ? sigmoid : softmax)(part.row(row), part.width());
    out += part.json() ? "{\"labels\": [" : "";
    const char *separator = "";
    for (size_t label : best(scores, scores.size())) {
      out += separator;
      appendScore(out, "label", labelOf(part.context.model, label), scores[label], part.json());
      separator = part.json() ? ", " : "  ";
    }
    out += part.json() ? "]}\n" : "\n";
  }
}

/// A token a line with its likeliest label, and an empty line behind each text.
void printTokenLabels(const Part &part, std::string &out) {
  const std::vector<int64_t> &ids = part.rows.ids.begin()->second;
  for (size_t row = part.first; row < part.last; ++row) {
    out += part.json() ? "{\"tokens\": [" : "";
    for (int64_t token = part.rows.offsets[row]; token < part.rows.offsets[row + 1]; ++token) {
      std::vector<float> scores = softmax(part.token(token), part.width());
      size_t label = best(scores, 1)[0];
      std::string_view text = tokenOf(part.context.model, ids[static_cast<size_t>(token)]);
      if (part.json()) {
        out += token > part.rows.offsets[row] ? ", {\"token\": " : "{\"token\": ";
        appendJsonString(out, text);
        out += ", ";
        std::string score;
        appendScore(score, "label", labelOf(part.context.model, label), scores[label], true);
        out += score.substr(1);
      } else {
        out += text;
        out += ' ';
        appendScore(out, "label", labelOf(part.context.model, label), scores[label], false);
        out += '\n';
      }
    }
    out += part.json() ? "]}\n" : "\n";
  }
}

/// The token that stands for a word to be guessed, or -1.
int64_t maskToken(const tfc_model *model, int64_t vocabulary) {
  for (int64_t id = 0; id < vocabulary; ++id)
    if (std::string_view text = tokenOf(model, id); text == "[MASK]" || text == "<mask>")
      return id;
  return -1;
}

/// For each mask a line with the likeliest words, and an empty line behind each text.
Failure printMasks(const Part &part, int64_t mask, std::string &out) {
  const std::vector<int64_t> &ids = part.rows.ids.at("input_ids");
  for (size_t row = part.first; row < part.last; ++row) {
    bool any = false;
    out += part.json() ? "{\"masks\": [" : "";
    for (int64_t token = part.rows.offsets[row]; token < part.rows.offsets[row + 1]; ++token) {
      if (ids[static_cast<size_t>(token)] != mask)
        continue;
      std::vector<float> scores = softmax(part.token(token), part.width());
      out += !part.json() ? "" : any ? ", [" : "[";
      const char *separator = "";
      for (size_t word : best(scores, bestWords)) {
        out += separator;
        appendScore(out, "token", tokenOf(part.context.model, static_cast<int64_t>(word)),
                    scores[word], part.json());
        separator = part.json() ? ", " : "  ";
      }
      out += part.json() ? "]" : "\n";
      any = true;
    }
    if (!any)
      return {exitInput, fmt::format("text {} has no {} to fill in", row + 1,
                                     tokenOf(part.context.model, mask))};
    out += part.json() ? "]}\n" : "\n";
  }
  return {};
}

/// The table of cosines: a text a line, numbered, with its first words behind.
void printSimilarities(const Part &part, const std::vector<std::string> &texts, std::string &out) {
  size_t count = part.last - part.first;
  auto cosine = [&](size_t a, size_t b) {
    double dot = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < part.width(); ++i) {
      double x = part.row(a)[i], y = part.row(b)[i];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0.0;
  };
  if (!part.json()) {
    out += "     ";
    for (size_t b = 0; b < count; ++b)
      out += fmt::format("{:>8}", b + 1);
    out += '\n';
  } else {
    out += "{\"similarity\": [";
  }
  for (size_t a = 0; a < count; ++a) {
    out += !part.json() ? fmt::format("{:>5}", a + 1) : a ? ", [" : "[";
    for (size_t b = 0; b < count; ++b) {
      double value = cosine(a, b);
      if (part.json()) {
        out += b ? ", " : "";
        appendNumber(out, static_cast<float>(value), true);
      } else {
        out += fmt::format("{:8.4f}", value);
      }
    }
    out += part.json() ? "]" : "  " + texts[a] + "\n";
  }
  if (part.json())
    out += "]}\n";
}

/// An embedding or the hidden states, the numbers of a row or token a line.
void printNumbers(const Part &part, std::string &out) {
  for (size_t row = part.first; row < part.last; ++row) {
    if (part.json())
      out +=
          fmt::format("{{\"{}\": {}", part.values.info.name, part.values.info.per_token ? "[" : "");
    if (!part.values.info.per_token) {
      appendNumbers(out, part.row(row), part.width(), part.values.info.element, part.json());
      out += part.json() ? "}\n" : "\n";
      continue;
    }
    for (int64_t token = part.rows.offsets[row]; token < part.rows.offsets[row + 1]; ++token) {
      out += part.json() && token > part.rows.offsets[row] ? ", " : "";
      appendNumbers(out, part.token(token), part.width(), part.values.info.element, part.json());
      out += part.json() ? "" : "\n";
    }
    out += part.json() ? "]}\n" : "\n";
  }
}

} // namespace

std::vector<float> softmax(const double *logits, size_t count) {
  std::vector<float> result(count);
  double largest = *std::max_element(logits, logits + count), sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += std::exp(logits[i] - largest);
  for (size_t i = 0; i < count; ++i)
    result[i] = static_cast<float>(std::exp(logits[i] - largest) / sum);
  return result;
}

std::vector<size_t> best(const std::vector<float> &values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  count = std::min(count, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(),
      [&](size_t a, size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  order.resize(count);
  return order;
}

std::string naturalOutput(const tfc_model *model) {
  std::string task = tfc_task(model);
  std::string wanted = task == "embed"    ? "embedding"
                       : task == "encode" ? "last_hidden_state"
                                          : "logits";
  tfc_value_info info{};
  if (findOutput(model, wanted, info))
    tfc_output(model, 0, &info);
  return info.name ? info.name : wanted;
}

Failure runTask(const TaskContext &context, const Rows &rows, const std::vector<std::string> &texts,
                std::string &out) {
  std::string task = tfc_task(context.model);
  std::vector<Values> outputs(1);
  if (Failure failure = findOutput(context.model, naturalOutput(context.model), outputs[0].info))
    return failure;
  bool ofTokens = task == "classify-tokens" || task == "fill-mask";
  bool ofTexts =
      task == "classify" || task == "classify-multilabel" || task == "regress" || task == "embed";
  if (const tfc_value_info &info = outputs[0].info;
      (ofTokens && !info.per_token) || (ofTexts && info.per_token))
    return {exitInput, fmt::format("{}: its output {} does not fit the task {}",
                                   tfc_name(context.model), info.name, task)};
  int64_t mask = task == "fill-mask" ? maskToken(context.model, outputs[0].info.width) : -1;
  if (task == "fill-mask" && mask < 0)
    return {exitUnsupported,
            fmt::format("the tokenizer of {} has no mask token", tfc_name(context.model))};
  for (size_t first = 0; first < rows.count();) {
    size_t last = endOfPart(rows, first, outputs);
    if (Failure failure =
            compute(context.session, context.model, rows, first, last, outputs, context.trace))
      return failure;
    Trace::Span span(context.trace, "print");
    Part part{context, rows, first, last, outputs[0]};
    if (task == "classify" || task == "classify-multilabel")
      printLabels(part, task == "classify-multilabel", out);
    else if (task == "classify-tokens")
      printTokenLabels(part, out);
    else if (context.options.similarity)
      printSimilarities(part, texts, out);
    else if (task != "fill-mask")
      printNumbers(part, out);
    else if (Failure failure = printMasks(part, mask, out))
      return failure;
    first = last;
  }
  return {};
}

void printTokens(const tfc_tokens &tokens, std::string &out) {
  for (size_t row = 0; row < tokens.rows; ++row) {
    out += "{\"ids\": [";
    for (int64_t i = tokens.offsets[row]; i < tokens.offsets[row + 1]; ++i)
      out += fmt::format("{}{}", i > tokens.offsets[row] ? ", " : "", tokens.ids[i]);
    out += "], \"tokens\": [";
    for (int64_t i = tokens.offsets[row]; i < tokens.offsets[row + 1]; ++i) {
      int64_t begin = i ? tokens.text_ends[i - 1] : 0;
      out += i > tokens.offsets[row] ? ", " : "";
      appendJsonString(out,
                       {tokens.text + begin, static_cast<size_t>(tokens.text_ends[i] - begin)});
    }
    out += "]}\n";
  }
}

} // namespace tfc::run
