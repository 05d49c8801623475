#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/tools/character_feed.h"
#include "api/tools/mark_reader.h"
#include "api/tools/part_writer.h"
#include "api/tools/tool_set.h"
#include "api/tools/value_reader.h"
#include "text/template/tool_format.h"

namespace hearth::api {

/// Reads the calls of a section, behind the mark that began it. The feed records: what was recorded when
/// reading ends is text and no call. A call that breaks before its arguments begin is such text; one that
/// breaks later keeps what the model wrote, up to its closing mark, as its arguments.
class CallReader {
 public:
  CallReader(CharacterFeed& feed, PartWriter& writer, const ToolFormat& format, const ToolSet& tools)
      : feed_(feed), writer_(writer), format_(format), tools_(tools), values_(feed), marks_(feed) {}

  /// `rest`: marks that must come before the first call. `is_marked`: something said that calls come; else
  /// only calls of known tools are calls.
  Reading<bool> read(std::vector<std::string> rest, bool is_marked);
  /// The body of a message to a tool, JSON or tags, which `end` ends.
  Reading<bool> read_body(std::string name);

  /// A name alone, as ">>>all\n" has it, begins text: whether one was read.
  bool begins_text() const { return begins_text_; }
  /// Calls whose arguments are not what their family writes.
  size_t num_broken() const { return num_broken_; }

 private:
  static constexpr size_t kMaxName = 256;    ///< of tools and keys
  static constexpr size_t kMaxMarkup = 192;  ///< between a name and its arguments

  Reading<bool> json_section(bool is_marked);
  Reading<bool> json_call(bool is_marked);
  Reading<bool> json_arguments(std::string* buffered);
  Reading<bool> named_section();
  Reading<bool> named_call();
  Reading<bool> tagged_section();
  Reading<bool> tagged_call();
  Reading<bool> tagged_arguments(const Tool* tool);
  Reading<bool> tagged_argument(const Tool* tool, bool is_first);
  Reading<bool> tagged_value(uint8_t types);
  Reading<bool> read_key(std::string* key, std::string* attributes);
  Reading<bool> pythonic_section(bool is_marked);
  Reading<bool> pythonic_call(bool is_marked);
  Reading<bool> gemma_call();
  Reading<std::string> read_name();
  /// Behind a call or its arguments: the marks that end it, as far as they come.
  Reading<bool> close(std::vector<std::string> marks);
  /// What is left of a broken call, as its arguments.
  Reading<bool> keep_rest(std::vector<std::string> ends);

  void begin(std::string_view name);
  std::string plain_name(std::string name) const;
  std::vector<std::string> close_words() const;

  CharacterFeed& feed_;
  PartWriter& writer_;
  const ToolFormat& format_;
  const ToolSet& tools_;
  ValueReader values_;
  MarkReader marks_;
  bool begins_text_ = false;
  size_t num_broken_ = 0;
};

}  // namespace hearth::api
