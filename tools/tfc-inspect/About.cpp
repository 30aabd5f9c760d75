// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-inspect/About.h"

#include "runtime/Loader.h"

#include <algorithm>
#include <fmt/format.h>

namespace tfc::inspect {

/// What must stand under `name`, and how a message calls that.
struct Rule {
  const char *name, *expected;
  bool required;
  bool (*holds)(const Json &value);
};

static bool isText(const Json &value) { return value.is_string(); }

static bool isTexts(const Json &value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), isText);
}

static bool isCounts(const Json &value) {
  auto count = [](const Json &number) { return number.is_number_unsigned(); };
  return value.is_object() && std::all_of(value.begin(), value.end(), [&](const Json &counts) {
           return counts.is_object() && std::all_of(counts.begin(), counts.end(), count);
         });
}

/// For each entry some amounts, each a list of terms of four numbers.
static bool isCosts(const Json &value) {
  auto term = [](const Json &numbers) {
    return numbers.is_array() && numbers.size() == 4 && numbers[0].is_number() &&
           numbers[1].is_boolean() && numbers[2].is_number_unsigned() &&
           numbers[3].is_number_unsigned();
  };
  auto amount = [&](const Json &terms) {
    return terms.is_array() && std::all_of(terms.begin(), terms.end(), term);
  };
  return value.is_object() && std::all_of(value.begin(), value.end(), [&](const Json &amounts) {
           return amounts.is_object() && std::all_of(amounts.begin(), amounts.end(), amount);
         });
}

static constexpr Rule rules[] = {
    {"tfc", "a text", true, isText},
    {"llvm", "a text", true, isText},
    {"family", "a text", false, isText},
    {"options", "an object of texts", true, isTexts},
    {"kernels", "a count for each kernel of each instruction set", true, isCounts},
    {"costs", "amounts for each entry", false, isCosts},
};

void addAbout(LibraryFile &file, Json &description) {
  const std::optional<std::string> text = file.note(noteAbout);
  if (!text)
    return;
  const Json about = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!about.is_object())
    return file.damaged("the note on how it was made: expected a JSON object");
  for (const Rule &rule : rules)
    if (about.contains(rule.name) ? !rule.holds(about[rule.name]) : rule.required)
      return file.damaged(fmt::format("the note on how it was made: expected {} as \"{}\"",
                                      rule.expected, rule.name));
  description["compiler"] = {{"tfc", about["tfc"]}, {"llvm", about["llvm"]}};
  if (about.contains("family"))
    description["family"] = about["family"];
  description["options"] = about["options"];
  if (about.contains("costs"))
    for (Json &entry : description["entries"])
      if (const std::string name = entry["name"]; about["costs"].contains(name))
        entry["costs"] = about["costs"][name];
  for (Json &set : description["instruction_sets"])
    if (const std::string name = set["name"]; about["kernels"].contains(name))
      set["kernels"] = about["kernels"][name];
}

} // namespace tfc::inspect
