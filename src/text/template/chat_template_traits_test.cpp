#include "text/template/chat_template_traits.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/template/chat_template.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

std::string template_of(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/fixtures/templates";
  const std::filesystem::path own = folder / "own" / (name + ".jinja");
  if (std::filesystem::exists(own)) {
    std::ifstream file(own, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const Json real = Json::parse(std::ifstream(folder / "real.json"));
  for (const Json& entry : real["cases"]) {
    if (entry["name"] == name) return entry["template"];
  }
  throw std::runtime_error("no template " + name);
}

ChatTemplateTraits traits_of(const std::string& source) {
  const auto parsed = ChatTemplate::parse(source, {.bos_token = "<s>", .eos_token = "</s>"});
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return parsed->traits();
}

std::string_view name_of(ContentForm form) {
  static constexpr std::string_view kNames[] = {"text", "parts", "one part", "either"};
  return kNames[size_t(form)];
}

/// "user/system/assistant/tool, null or empty beside calls, arguments, ids"
std::string description(const ChatTemplateTraits& traits) {
  return fmt::format(
      "{}/{}/{}/{} {} {}{}", name_of(traits.user), name_of(traits.system), name_of(traits.assistant),
      name_of(traits.tool), traits.null_beside_calls ? "null" : "empty",
      traits.arguments == ArgumentsForm::kObject ? "object" : "text", traits.short_call_ids ? " short" : "");
}

TEST(ChatTemplateTraits, AreFoundInTheTemplatesOfModels) {
  const std::pair<const char*, const char*> cases[] = {
      {"gguf/smollm2", "text/text/text/text empty object"},
      {"trl/smolvlm", "parts/parts/parts/parts empty object"},
      {"trl/idefics3", "parts/parts/parts/parts empty object"},
      {"trl/llava_next", "parts/one part/one part/parts empty object"},
      {"trl/gemma3", "either/text/either/either empty object"},
      {"trl/qwen3", "text/text/text/text null object"},
      {"trl/qwen3_vl", "either/either/either/either empty object"},
      {"trl/llama3_1", "text/text/text/text null object"},
      {"trl/deepseekv3", "text/text/text/text null text"},
      {"trl/deepseek_r1_distill", "text/text/text/text null text"},
      {"functionary_v3", "text/text/text/text null text"},
      {"axolotl/mistral_v3_tekken", "either/either/either/text null object short"},
      {"lenml/mistral_nemo", "text/text/text/text null object short"},
      {"trl/gemma", "text/text/text/text empty object"},
  };
  for (const auto& [name, expected] : cases) {
    EXPECT_EQ(description(traits_of(template_of(name))), expected) << name;
  }
}

// A hostile template costs little, and is as one that tells nothing.
TEST(ChatTemplateTraits, AreNotWorthMuchWork) {
  size_t num_renderings = 0;
  const ChatTemplateTraits traits = probe_traits([&](const Json&, ArgumentsForm) -> Result<OriginText> {
    ++num_renderings;
    return fail(ErrorCode::kResourceLimit, "too much");
  });
  EXPECT_EQ(num_renderings, 1u);
  EXPECT_EQ(description(traits), "text/text/text/text empty object");

  num_renderings = 0;
  probe_traits([&](const Json&, ArgumentsForm) -> Result<OriginText> {
    ++num_renderings;
    return fail(ErrorCode::kInvalidArgument, "no");
  });
  EXPECT_LE(num_renderings, 24u);
  for (const char* source :
       {"{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ 'A' * 10000000 }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ messages[9].content }}", "{{ raise_exception('no') }}", "{{ messages }}", "{{ messages|tojson }}",
        ""}) {
    EXPECT_EQ(description(traits_of(source)).substr(0, 19), "text/text/text/text") << source;
  }
}

}  // namespace
}  // namespace hearth
