#pragma once

#include <cstdint>
#include <functional>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/origin_text.h"

namespace hearth {

/// The form in which a template takes the texts of a message.
enum class ContentForm : uint8_t {
  kText,         ///< one string
  kParts,        ///< a list of {"type": "text", "text": ...}
  kOnePart,      ///< such a list, of which it writes the first alone
  kTextOrParts,  ///< either
};

/// In which form a template is given the arguments of past tool calls, where a message has them as JSON text.
enum class ArgumentsForm : uint8_t {
  kAsGiven,  ///< the text itself
  kObject,   ///< an object, whose numbers print as they were written
  kText,     ///< the object's text, spaced as Python's json.dumps does
};

/// What a template takes, where templates differ in that.
struct ChatTemplateTraits {
  ContentForm system = ContentForm::kText, user = ContentForm::kText, assistant = ContentForm::kText,
              tool = ContentForm::kText;
  /// Whether a message of tool calls without text has None as its content; otherwise, an empty text.
  bool null_beside_calls = false;
  ArgumentsForm arguments = ArgumentsForm::kObject;
  /// Whether the ids of calls must be nine letters and digits, as Mistral's are.
  bool short_call_ids = false;
};

/// Renders messages with a template, the arguments of calls in a form.
using TraitProbe = std::function<Result<OriginText>(const nlohmann::ordered_json& messages, ArgumentsForm)>;

/// Finds out what a template takes by rendering small conversations. What cannot be told (the template
/// refuses them all, or costs too much) keeps its default. At most 24 renderings.
ChatTemplateTraits probe_traits(const TraitProbe& render);

}  // namespace hearth
