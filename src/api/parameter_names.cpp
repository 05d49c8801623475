#include "api/parameter_names.h"

#include <algorithm>

namespace hearth {

bool is_harmless_parameter(std::string_view name) {
  static constexpr std::string_view kHarmless[] = {
      "user",
      "metadata",
      "store",
      "service_tier",
      "safety_identifier",
      "prompt_cache_key",
      "prompt_cache_retention",
      "prediction",
      "parallel_tool_calls",
      "cache_prompt",
      "request_id",
  };
  return std::ranges::find(kHarmless, name) != std::end(kHarmless);
}

bool is_planned_parameter(std::string_view name) {
  static constexpr std::string_view kPlanned[] = {
      "tools",           "tool_choice",   "functions",      "function_call",
      "response_format", "grammar",       "json_schema",    "structured_outputs",
      "guided_json",     "guided_regex",  "guided_choice",  "guided_grammar",
      "regex",           "ebnf",          "structural_tag", "format",
      "output_config",   "output_format",
  };
  return std::ranges::find(kPlanned, name) != std::end(kPlanned);
}

}  // namespace hearth
