#include "formats/huggingface/json_node.h"

#include "base/printable.h"
#include "formats/model/config_keys.h"

namespace hearth {

using Json = nlohmann::json;

std::string description_of(const Json& value) {
  if (value.is_string()) return "the string " + hearth::quoted(value.get_ref<const std::string&>());
  if (value.is_array()) return fmt::format("an array of {}", value.size());
  if (value.is_object()) return "an object";
  if (value.is_null()) return "null";
  return fmt::format("the {} {}", value.is_boolean() ? "boolean" : "number", value.dump());
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  if (!json_->is_object()) return std::nullopt;
  const auto found = json_->find(key);
  if (found == json_->end() || found->is_null()) return std::nullopt;
  return JsonNode(*found, fmt::format("{}{}{}", path_, path_.ends_with(": ") ? "" : ".", key));
}

Result<JsonNode> JsonNode::get(std::string_view key) const {
  if (!json_->is_object()) return wrong("an object");
  if (std::optional<JsonNode> found = find(key)) return *found;
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{}{}{} is missing", path_,
                   path_.ends_with(": ") ? "" : ".", key);
}

Result<std::string> JsonNode::text() const {
  if (!json_->is_string()) return wrong("a string");
  return json_->get<std::string>();
}

Result<std::string> JsonNode::text(std::string_view key, std::string_view otherwise) const {
  const std::optional<JsonNode> found = find(key);
  return found ? found->text() : std::string(otherwise);
}

Result<bool> JsonNode::flag(std::string_view key, bool otherwise) const {
  const std::optional<JsonNode> found = find(key);
  if (!found) return otherwise;
  if (!found->json().is_boolean()) return found->wrong("true or false");
  return found->json().get<bool>();
}

Result<uint64_t> JsonNode::number(uint64_t most) const {
  if (!json_->is_number_unsigned()) return wrong("a whole number from 0 on");
  const uint64_t value = json_->get<uint64_t>();
  if (value > most) return wrong(fmt::format("a number up to {}", most));
  return value;
}

Result<uint64_t> JsonNode::number(std::string_view key, uint64_t otherwise, uint64_t most) const {
  const std::optional<JsonNode> found = find(key);
  return found ? found->number(most) : otherwise;
}

Result<std::vector<JsonNode>> JsonNode::list(size_t most) const {
  if (!json_->is_array()) return wrong("an array");
  if (json_->size() > most) {
    return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from: no known model has so many",
                     "{} has {} elements, above the limit of {}", path_, json_->size(), most);
  }
  std::vector<JsonNode> nodes;
  nodes.reserve(json_->size());
  for (size_t i = 0; i < json_->size(); ++i) nodes.emplace_back((*json_)[i], fmt::format("{}[{}]", path_, i));
  return nodes;
}

std::unexpected<Error> JsonNode::wrong(std::string_view wanted) const {
  return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{} is {}, not {}", path_, description_of(*json_),
                   wanted);
}

std::unexpected<Error> JsonNode::unknown(std::string_view thing, std::string_view name) const {
  return fail_hint(ErrorCode::kUnsupported, "use a GGUF file of the model, or a build that knows it",
                   "{}: the {} {} is not one that this build knows", path_, thing, hearth::quoted(name));
}

}  // namespace hearth
