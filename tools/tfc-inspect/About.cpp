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

static bool isUpTo(const Json &value, uint64_t most) {
  return value.is_number_unsigned() && value.get<uint64_t>() <= most;
}

/// A count, whether it is of rows, two exponents, and perhaps a window.
static bool isTerm(const Json &value) {
  constexpr double most = 1e18;
  return value.is_array() && (value.size() == 4 || value.size() == 5) && value[0].is_number() &&
         value[0].get<double>() >= 0 && value[0].get<double>() <= most && value[1].is_boolean() &&
         isUpTo(value[2], 4) && isUpTo(value[3], 4) &&
         (value.size() == 4 || isUpTo(value[4], INT32_MAX));
}

static bool isAmount(const Json &value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), isTerm);
}

/// For each entry all amounts.
static bool isCosts(const Json &value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), [](const Json &costs) {
           if (!costs.is_object())
             return false;
           for (const char *name : {"operations", "integer_operations", "weight_bytes",
                                    "activation_bytes", "cache_bytes"})
             if (!costs.contains(name) || !isAmount(costs[name]))
               return false;
           return true;
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
