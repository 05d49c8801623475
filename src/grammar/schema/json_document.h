#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/limits.h"

namespace hearth::grammar {

/// A value of a JsonDocument.
using JsonId = uint32_t;

enum class JsonKind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

/// JSON texts (RFC 8259), read exactly: numbers stay as they are written, and what other readers pass over is
/// refused: a key that comes twice, bytes that are no UTF-8, halves of surrogate pairs. Of as many texts as
/// are added; ids run through all of them. What is behind a view or a span stays until the next add().
class JsonDocument {
 public:
  struct Member {
    JsonId key, value;
  };

  JsonDocument() = default;
  JsonDocument(JsonDocument&&) noexcept = default;
  JsonDocument& operator=(JsonDocument&&) noexcept = default;

  /// Reads one more text, and returns its value. Errors: kInvalidArgument, with the byte; kResourceLimit.
  Result<JsonId> add(std::string text, const Limits& limits);

  JsonKind kind(JsonId id) const { return nodes_[id].kind; }
  bool is(JsonId id, JsonKind kind) const { return nodes_[id].kind == kind; }
  /// Of a string, what it says, in UTF-8; of a number, how it is written.
  std::string_view text(JsonId id) const { return {nodes_[id].text, nodes_[id].size}; }
  std::span<const JsonId> items(JsonId array) const;
  /// In the order of the text.
  std::span<const Member> members(JsonId object) const;
  std::optional<JsonId> find(JsonId object, std::string_view key) const;
  /// What is in an array or an object under a name, as a JSON pointer (RFC 6901) has it.
  std::optional<JsonId> child(JsonId id, std::string_view token) const;
  /// The JSON text that this value was read from.
  std::string_view source(JsonId id) const;
  /// The JSON pointer from its text's root, long ones with a gap in the middle.
  std::string pointer(JsonId id) const;
  /// The value of its whole text.
  JsonId root(JsonId id) const;
  size_t size() const { return nodes_.size(); }

 private:
  friend class JsonReader;
  struct Node {
    const char* text = nullptr;             ///< of strings and numbers
    uint32_t size = 0;                      ///< bytes of text, items or members
    uint32_t first = 0;                     ///< in items_ or members_
    JsonId parent = 0;                      ///< of a root, itself
    uint32_t place = 0;                     ///< in the parent's items or members
    uint32_t source = 0, source_begin = 0;  ///< which text, and where
    uint32_t source_size = 0;
    JsonKind kind = JsonKind::kNull;
  };

  /// Of a pointer.
  std::string token(JsonId id) const;

  std::deque<std::string> sources_;  ///< texts, and what strings with escapes say
  std::vector<Node> nodes_;
  std::vector<JsonId> items_;
  std::vector<Member> members_;
  /// Of objects with many members, their places sorted by key.
  std::map<JsonId, std::vector<uint32_t>> sorted_;
};

}  // namespace hearth::grammar
