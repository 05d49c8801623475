#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/tools/character_feed.h"
#include "api/tools/part_writer.h"

namespace hearth::api {

/// Takes a JSON text that comes in pieces: a call's arguments, or a string.
class JsonSink {
 public:
  explicit JsonSink(PartWriter& writer) : writer_(&writer) {}
  explicit JsonSink(std::string& text) : text_(&text) {}
  void put(char character) const {
    if (writer_ != nullptr) writer_->arguments(character);
    if (text_ != nullptr) *text_ += character;
  }
  void put(std::string_view characters) const {
    for (const char c : characters) put(c);
  }

 private:
  PartWriter* writer_ = nullptr;
  std::string* text_ = nullptr;
};

/// Writes a text as the inside of a JSON string.
class JsonEscaper {
 public:
  explicit JsonEscaper(JsonSink sink) : sink_(sink) {}
  void put(char character) const;
  void put(std::string_view characters) const {
    for (const char c : characters) put(c);
  }

 private:
  JsonSink sink_;
};

/// Reads values as models write them and gives them as JSON. JSON stays as it is, to the byte; what is not
/// JSON but plain (Python's literals, single quotes, raw line breaks in strings) becomes JSON. Nothing is
/// evaluated. Nested values cost no stack.
class ValueReader {
 public:
  /// How an unusual family writes.
  struct Dialect {
    std::string_view text_mark = {};  ///< around texts, which have no escapes: "<|\"|>"
    bool bare_keys = false;           ///< keys of objects stand without quotes
  };

  explicit ValueReader(CharacterFeed& feed) : ValueReader(feed, Dialect()) {}
  ValueReader(CharacterFeed& feed, Dialect dialect) : feed_(feed), dialect_(dialect) {}

  /// A value that begins with `first`, white space before it read. False where it breaks; the character that
  /// broke it comes next, and the sink has what came before.
  Reading<bool> read(int first, JsonSink sink);
  /// The text of a string that `quote` has begun. False where it does not end: what came of it, as JSON.
  Reading<bool> read_text(int quote, std::string* text);
  /// The next character that is no white space.
  Reading<int> next_visible();

 private:
  static constexpr size_t kMaxDepth = 256;
  static constexpr size_t kMaxWord = 64;

  Reading<bool> read_scalar(int first, JsonSink sink);
  Reading<bool> read_string(int quote, JsonSink sink);
  Reading<bool> read_triple(int quote, JsonSink sink);
  Reading<bool> read_escape(int quote, JsonSink sink);
  Reading<bool> read_unicode_escape(JsonSink sink);
  Reading<int> read_hex4(std::string* digits);
  Reading<bool> read_marked_text(JsonSink sink);
  Reading<bool> read_key(int first, JsonSink sink);
  Reading<bool> read_word(int first, JsonSink sink);
  /// White space, given to the sink as it is; the first character behind it.
  Reading<int> pass_space(JsonSink sink);

  CharacterFeed& feed_;
  Dialect dialect_;
};

/// The JSON of a whole text that is one value, as ValueReader reads it. Nothing where it is none.
std::optional<std::string> value_as_json(std::string_view text);

}  // namespace hearth::api
