#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

class ChatTemplate;

/// The shape in which a model writes a call.
enum class ToolShape : uint8_t {
  kNone,       ///< the template says nothing of calls
  kJson,       ///< {"name": NAME, "arguments": {...}}, whatever the members are called
  kNamedJson,  ///< NAME, a marker, {...}
  kTagged,     ///< NAME, and each argument between tags, its value bare
  kPythonic,   ///< NAME(key=value, ...), in a list
  kGemma,      ///< NAME{key:value}, strings between marks
  kHarmony,    ///< a message addressed to the tool; its body is JSON or, where there is a key_open, kTagged
};

/// How a model writes calls, found in its chat template. All marks stand as the template writes them, white
/// space included; a model may write other white space.
struct ToolFormat {
  /// Stands in a mark for the id of the call.
  static constexpr char kIdMark = '\1';

  ToolShape shape = ToolShape::kNone;

  /// section_open, calls with `separator` between them, section_close; a call is call_open, the name,
  /// name_end, the arguments, call_close.
  std::string section_open, section_close;
  std::string call_open, call_close, separator;
  std::string name_end;
  bool parallel = true;  ///< the template takes several calls of one turn

  /// kJson: the members; an empty name_key: the name is the key of the arguments.
  std::string name_key, arguments_key, id_key;
  bool arguments_as_text = false;  ///< kJson: a string that holds the JSON

  /// kTagged: an argument is key_open, the key, key_close, the value, value_close.
  std::string key_open, key_close, value_close;

  /// The prompt ends in what begins a call; the model goes on with a name.
  bool begun_by_prompt = false;
  /// Ids are the tool's name and the number of the call, and must come back so: "functions.find:0".
  bool indexed_ids = false;
  /// What stands in front of each name: "functions.".
  std::string name_prefix;

  bool is_list() const;
  /// Where a text is known to go on with calls.
  struct Trigger {
    std::string mark;
    std::vector<std::string> rest;  ///< marks that follow it, before the name or the JSON of the first call
  };
  /// Marks without white space around them. None where a call begins like any other text.
  std::vector<Trigger> triggers() const;
};

/// Finds out how the model of a template calls tools, by rendering a few small conversations and comparing.
/// Where calls of the past are not written but the prompt with tools names a known mark, by that.
ToolFormat find_tool_format(const ChatTemplate& chat_template);

/// Without white space at its ends.
std::string_view trimmed_mark(std::string_view mark);

}  // namespace hearth
