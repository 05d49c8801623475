#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace hearth {

/// A place in an untrusted JSON file, which errors name. Views the JSON, which must outlive it.
class JsonNode {
 public:
  /// `path`: the file, then the way to the place ("tokenizer.json: model.vocab").
  JsonNode(const nlohmann::json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  const nlohmann::json& json() const { return *json_; }
  const std::string& path() const { return path_; }

  /// The value of a key of an object; nothing where it is absent or null, or where this is no object.
  std::optional<JsonNode> find(std::string_view key) const;
  /// Error: kCorruptData where it is absent.
  Result<JsonNode> get(std::string_view key) const;

  /// Errors of these: kCorruptData for a value of another type or out of bounds.
  Result<std::string> text() const;
  Result<std::string> text(std::string_view key, std::string_view otherwise) const;
  Result<bool> flag(std::string_view key, bool otherwise) const;
  Result<uint64_t> number(uint64_t most) const;
  Result<uint64_t> number(std::string_view key, uint64_t otherwise, uint64_t most) const;
  /// The elements of an array.
  Result<std::vector<JsonNode>> list(size_t most) const;

  /// The value of the key "type".
  Result<std::string> type() const { return TRY(get("type")).text(); }

  /// "PATH is VALUE, not WANTED".
  std::unexpected<Error> wrong(std::string_view wanted) const;
  /// A kind of thing that this build does not know.
  std::unexpected<Error> unknown(std::string_view thing, std::string_view name) const;

 private:
  const nlohmann::json* json_;
  std::string path_;
};

/// What a value is, for a message.
std::string description_of(const nlohmann::json& value);

}  // namespace hearth
