// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Explain.h"

#include "Json.h"
#include "Outputs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace tfc::run {
namespace {

constexpr size_t labelWidth = 12, numberWidth = 9, bestWords = 3;
constexpr size_t mostNumbers = 4 << 20;

/// Columns of the terminal, or of what is read without one.
size_t terminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 100;
}

/// How many columns a text of UTF-8 takes, marks and wide characters aside.
size_t columnsOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A text of at most `width` columns, with spaces before it or behind it.
std::string fit(std::string text, size_t width, bool toTheRight) {
  if (columnsOf(text) > width) {
    size_t end = 0, columns = 0;
    for (; columns + 1 < width; ++columns)
      while (++end < text.size() && (text[end] & 0xc0) == 0x80)
        ;
    text = text.substr(0, end) + "…";
  }
  const std::string spaces(width - columnsOf(text), ' ');
  return toTheRight ? spaces + text : text + spaces;
}

std::string numberText(double value) {
  if (std::isinf(value))
    return value < 0 ? "−∞" : "∞";
  const double size = std::abs(value);
  return size != 0 && (size < 1e-3 || size >= 1e4) ? fmt::format("{:.1e}", value)
                                                   : fmt::format("{:.4f}", value);
}

/// Control characters of a token would move the cursor.
std::string visible(std::string token) {
  for (size_t i = 0; i < token.size(); ++i) {
    const auto byte = static_cast<unsigned char>(token[i]);
    const bool isLater = byte == 0xc2 && i + 1 < token.size() && // U+0080 to U+009F
                         static_cast<unsigned char>(token[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || isLater)
      token.replace(i, isLater ? 2 : 1, "?");
  }
  return token;
}

/// The steps of one row.
class Explanation {
public:
  Explanation(const TaskContext &context, const Rows &rows, size_t row, std::string &out)
      : context(context), rows(rows), row(row), out(out) {
    const size_t width = terminalWidth();
    columns = std::max<size_t>(1, (width - labelWidth - 4) / (numberWidth + 1));
  }

  void print(const std::vector<Values> &steps) {
    if (rows.hasSource()) {
      printTokens("the source's tokens", true);
      printTokens("tokens", false);
    } else {
      printTokens("tokens", false);
    }
    for (const Values &step : steps)
      if (step.info.formula)
        printStep(step);
    for (const Values &step : steps)
      if (!step.info.formula)
        printDistribution(step);
  }

  void printJson(const std::vector<Values> &steps) {
    out += "{\"tokens\": ";
    appendStrings(out, tokens(false));
    if (rows.hasSource()) {
      out += ", \"source_tokens\": ";
      appendStrings(out, tokens(true));
    }
    out += ", \"steps\": [";
    const char *separator = "\n ";
    for (const Values &step : steps) {
      if (!step.info.formula)
        continue;
      out += std::exchange(separator, ",\n ");
      out += "{\"name\": ";
      appendJsonString(out, step.info.name);
      out += ", \"formula\": ";
      appendJsonString(out, step.info.formula);
      const tfc_value_info &info = step.info;
      const auto width = static_cast<size_t>(info.width), length = lengthOf(info);
      std::vector<size_t> sizes;
      if (info.per_pair)
        sizes = {width, length, keysOf(info)};
      else if (info.per_token && !info.scalar)
        sizes = {length, width};
      else
        sizes = {info.per_token ? length : width};
      out += ", \"values\": ";
      const double *from = step.data.data();
      appendNested(out, from, sizes.data(), sizes.size());
      out += '}';
    }
    out += "]}\n";
  }

private:
  std::vector<std::string> tokens(bool source) const {
    return tokensOf(context.model, rows, source, row);
  }
  size_t lengthOf(const tfc_value_info &info) const {
    return static_cast<size_t>(rows.tokensOf(info).length(row));
  }
  size_t keysOf(const tfc_value_info &info) const {
    return static_cast<size_t>(rows.keysOf(info).length(row));
  }

  void printTokens(std::string_view title, bool source) {
    const std::string name = idsName(context.model, rows, source);
    const Layout &layout = source ? rows.source : rows;
    out += fmt::format("{}, and their numbers {}\n", title, name);
    const std::vector<std::string> names = tokens(source);
    for (size_t i = 0; i < names.size(); ++i)
      out += fmt::format("  {} {}\n", fit(visible(names[i]), labelWidth, false),
                         rows.ids.at(name)[static_cast<size_t>(layout.offsets[row]) + i]);
    out += '\n';
  }

  void printStep(const Values &step) {
    const tfc_value_info &info = step.info;
    const std::string_view name = info.name;
    const auto width = static_cast<size_t>(info.width);
    const std::string shape =
        info.per_pair    ? fmt::format("{} heads, {} × {}", width, lengthOf(info), keysOf(info))
        : info.per_token ? fmt::format("{} × {}", lengthOf(info), width)
                         : fmt::format("{}", width);
    out += fmt::format("({}) {}   [{}]\n", visible(std::string(name.substr(name.rfind('.') + 1))),
                       visible(info.formula), shape);
    const std::vector<std::string> names = tokens(info.of_source);
    if (info.per_pair) {
      const std::vector<std::string> keys = tokens(info.of_source || info.source_keys);
      for (size_t head = 0; head < width; ++head) {
        printLine(fmt::format("head {}", head + 1), keys.size(),
                  [&](size_t key) { return visible(keys[key]); });
        for (size_t query = 0; query < names.size(); ++query)
          printNumbers(names[query], &step.data[(head * names.size() + query) * keys.size()],
                       keys.size());
      }
    } else if (info.per_token) {
      for (size_t token = 0; token < names.size(); ++token)
        printNumbers(names[token], &step.data[token * width], width);
    } else {
      printNumbers("", step.data.data(), width);
    }
    out += '\n';
  }

  /// The likeliest words, where the numbers are logits of words.
  void printDistribution(const Values &logits) {
    const auto width = static_cast<size_t>(logits.info.width);
    const std::vector<std::string> names = tokens(false);
    out += fmt::format("output distribution = softmax of {}: the likeliest of {}\n",
                       logits.info.name, width);
    for (size_t token = 0; token < names.size(); ++token) {
      const std::vector<float> shares = softmax(&logits.data[token * width], width);
      out += fmt::format("  {}", fit(visible(names[token]), labelWidth, false));
      for (size_t id : best(shares, bestWords))
        out += fmt::format(
            "   {:>5.1f} % {}", shares[id] * 100,
            fit(visible(tokenName(context.model, static_cast<int64_t>(id))), labelWidth, false));
      out.erase(out.find_last_not_of(' ') + 1);
      out += '\n';
    }
    out += '\n';
  }

  void printNumbers(const std::string &label, const double *from, size_t count) {
    printLine(visible(label), count, [&](size_t i) { return numberText(from[i]); });
  }

  template <typename Text>
  void printLine(const std::string &label, size_t count, const Text &text) {
    out += "  " + fit(label, labelWidth, false);
    const size_t shown = std::min(count, columns);
    for (size_t i = 0; i < shown; ++i)
      out += ' ' + fit(text(i), numberWidth, true);
    out += shown < count ? " …\n" : "\n";
  }

  const TaskContext &context;
  const Rows &rows;
  const size_t row;
  std::string &out;
  size_t columns; // of numbers that a line has room for
};

/// What a step's name ends in.
int numberOf(const Values &step) {
  std::string_view name = step.info.name;
  name.remove_prefix(name.rfind('.') + 1);
  int number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

/// The steps in their order, in which what decoders make of the source comes where it is used, and
/// behind them logits of words.
std::vector<Values> findSteps(const tfc_model *model) {
  std::vector<Values> steps, logits;
  tfc_value_info info{};
  for (size_t i = 0; tfc_output(model, i, &info) == TFC_OK; ++i)
    if (info.formula)
      steps.push_back({info, {}});
    else if (std::string_view(info.name) == "logits" && info.per_token && !info.of_source &&
             tfc_label_count(model) == 0)
      logits.push_back({info, {}});
  std::sort(steps.begin(), steps.end(), [](const Values &a, const Values &b) {
    return std::pair(numberOf(a), std::string_view(a.info.name)) <
           std::pair(numberOf(b), std::string_view(b.info.name));
  });
  if (!steps.empty())
    steps.insert(steps.end(), logits.begin(), logits.end());
  return steps;
}

} // namespace

Failure explain(const TaskContext &context, const Rows &given,
                const std::vector<Continuation> &continuations, std::string &out) {
  std::vector<Values> steps = findSteps(context.model);
  if (steps.empty())
    return {exitInput, fmt::format("--explain: {} was compiled without the steps; compile it with "
                                   "tfc --explain",
                                   tfc_name(context.model))};
  const Rows rows = continuations.empty() ? given : extended(context.model, given, continuations);
  for (size_t row = 0; row < rows.count(); ++row) {
    size_t numbers = 0;
    for (const Values &step : steps)
      numbers += rows.units(step.info, row) * static_cast<size_t>(step.info.width);
    if (numbers > mostNumbers)
      return {exitInput, fmt::format("--explain: the steps have {} numbers, more than one can look "
                                     "at ({}); give a shorter text or a smaller model",
                                     numbers, mostNumbers)};
    if (Failure failure =
            compute(context.session, context.model, rows, row, row + 1, steps, context.trace))
      return failure;
    Explanation explanation(context, rows, row, out);
    context.options.json ? explanation.printJson(steps) : explanation.print(steps);
  }
  return {};
}

} // namespace tfc::run
