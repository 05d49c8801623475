#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "store/modelfile/modelfile.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

enum class Kind : uint8_t { kInteger, kReal, kBool, kTexts, kDeprecated };

struct Parameter {
  std::string_view name;
  Kind kind;
};

constexpr std::array kParameters = std::to_array<Parameter>({
    {"num_keep", Kind::kInteger},
    {"seed", Kind::kInteger},
    {"num_predict", Kind::kInteger},
    {"top_k", Kind::kInteger},
    {"top_p", Kind::kReal},
    {"min_p", Kind::kReal},
    {"typical_p", Kind::kReal},
    {"tfs_z", Kind::kDeprecated},
    {"repeat_last_n", Kind::kInteger},
    {"temperature", Kind::kReal},
    {"repeat_penalty", Kind::kReal},
    {"presence_penalty", Kind::kReal},
    {"frequency_penalty", Kind::kReal},
    {"stop", Kind::kTexts},
    {"num_ctx", Kind::kInteger},
    {"num_batch", Kind::kInteger},
    {"num_gpu", Kind::kInteger},
    {"main_gpu", Kind::kInteger},
    {"use_mmap", Kind::kBool},
    {"num_thread", Kind::kInteger},
    {"draft_num_predict", Kind::kInteger},
    {"penalize_newline", Kind::kDeprecated},
    {"low_vram", Kind::kDeprecated},
    {"f16_kv", Kind::kDeprecated},
    {"logits_all", Kind::kDeprecated},
    {"vocab_only", Kind::kDeprecated},
    {"use_mlock", Kind::kDeprecated},
    {"numa", Kind::kDeprecated},
    {"mirostat", Kind::kDeprecated},
    {"mirostat_tau", Kind::kDeprecated},
    {"mirostat_eta", Kind::kDeprecated},
});

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T value = {};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> bool_of(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return std::nullopt;
}

/// Shortest decimal that reads as the same float.
Json real_json(float value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  double shortest = 0;
  std::from_chars(text.data(), end.ptr, shortest);
  return shortest;
}

std::optional<Json> value_of(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::kInteger:
      if (const auto value = number_of<int64_t>(text)) return Json(*value);
      return std::nullopt;
    case Kind::kReal:
      if (const auto value = number_of<float>(text); value && std::isfinite(*value)) return real_json(*value);
      return std::nullopt;
    case Kind::kBool:
      if (const auto value = bool_of(text)) return Json(*value);
      return std::nullopt;
    default:
      return Json(text);
  }
}

}  // namespace

Result<std::string> Modelfile::parameters_json() const {
  Json json = Json::object();
  for (const auto& [name, text] : parameters) {
    const auto known = std::ranges::find(kParameters, name, &Parameter::name);
    if (known == kParameters.end()) return fail(ErrorCode::kInvalidArgument, "unknown parameter '{}'", name);
    if (known->kind == Kind::kDeprecated) continue;
    const auto value = value_of(known->kind, text);
    if (!value) return fail(ErrorCode::kInvalidArgument, "parameter '{}' cannot be '{}'", name, text);
    if (known->kind == Kind::kTexts) {
      json[name].push_back(*value);
    } else {
      json[name] = *value;
    }
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<std::pair<std::string, std::string>>> parameters_of_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kCorruptData, "a model's parameters are no JSON object");
  std::vector<std::pair<std::string, std::string>> parameters;
  const auto add = [&](const std::string& name, const Json& value) -> Status {
    if (value.is_structured())
      return fail(ErrorCode::kCorruptData, "the parameter '{}' is no plain value", name);
    parameters.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    return {};
  };
  for (const auto& [name, value] : json.items()) {
    if (value.is_array()) {
      for (const Json& item : value) TRY(add(name, item));
    } else {
      TRY(add(name, value));
    }
  }
  return parameters;
}

}  // namespace hearth
