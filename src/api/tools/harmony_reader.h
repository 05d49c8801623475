#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/tools/call_reader.h"

namespace hearth::api {

/// Reads a completion that is a list of messages, each with a header that says whom it is for: thoughts in
/// the channel "analysis" or to the model itself, calls to a tool, all else content. The parts of a header
/// may come in any order; a text that has none is content.
class HarmonyReader {
 public:
  /// `tools` may be null: then calls are text.
  HarmonyReader(CharacterFeed& feed, PartWriter& writer, const ToolFormat& format, const ToolSet* tools);

  Reading<bool> run();

  bool is_thinking() const { return kind_ == PartKind::kReasoning; }
  size_t num_broken() const { return num_broken_; }
  /// Messages to tools that could not be read as calls.
  size_t num_texts() const { return num_texts_; }

 private:
  struct Header {
    std::string recipient, channel;
  };

  /// Whether calls came and nothing was said since the last mark: what then begins a mark or a header at the
  /// end of everything is a completion cut off.
  bool is_behind_call() const { return writer_.num_calls() > 0 && writer_.is_fresh(); }
  /// The header of the next message; nothing where text comes.
  Reading<std::optional<Header>> read_header();
  Reading<bool> read_body(Header header);
  Reading<bool> read_call(std::string name);
  /// Text up to the end of the message, of this kind, or to the arguments of the last call.
  Reading<bool> read_text(bool to_arguments, bool has_header);

  CharacterFeed& feed_;
  PartWriter& writer_;
  const ToolFormat& format_;
  const ToolSet* tools_;
  PartKind kind_ = PartKind::kContent;
  size_t num_broken_ = 0, num_texts_ = 0;
};

}  // namespace hearth::api
