#include "formats/model/embedding_config.h"

#include <fmt/ranges.h>

namespace hearth {

Result<std::string> prompt_text(const EmbeddingConfig& config, const std::optional<std::string>& name) {
  std::vector<std::string_view> known;
  for (const EmbeddingPrompt& prompt : config.prompts) {
    if (prompt.name == name.value_or(config.default_prompt)) return prompt.text;
    known.push_back(prompt.name);
  }
  if (!name) return std::string();
  return fail_hint(ErrorCode::kInvalidArgument,
                   known.empty() ? std::string("leave it out: the model has none")
                                 : fmt::format("it has {}", fmt::join(known, ", ")),
                   "the model has no prompt named '{}'", *name);
}

}  // namespace hearth
