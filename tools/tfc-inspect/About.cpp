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

static constexpr Rule rules[] = {
    {"tfc", "a text", true, isText},
    {"llvm", "a text", true, isText},
    {"family", "a text", false, isText},
    {"options", "an object of texts", true, isTexts},
    {"kernels", "a count for each kernel of each instruction set", true, isCounts},
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
  for (Json &set : description["instruction_sets"])
    if (const std::string name = set["name"]; about["kernels"].contains(name))
      set["kernels"] = about["kernels"][name];
}

} // namespace tfc::inspect
