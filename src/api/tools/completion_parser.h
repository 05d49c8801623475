#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/tools/tool_set.h"
#include "engine/schedule/output_parser.h"
#include "text/template/reasoning_format.h"
#include "text/template/tool_format.h"

namespace hearth::api {

/// How one completion is read.
struct CompletionForm {
  ToolFormat tools;
  ReasoningFormat reasoning;
  ToolSetPtr tool_set;             ///< null: no tools are offered, and calls are text
  bool begins_in_thought = false;  ///< the prompt has begun one
  bool has_thought = false;        ///< the prompt has begun one and ended it
};

/// A parser of completions of this form: every cut of a text into pieces gives the same parts, in time linear
/// in the text. What looks like a call and is none is text; nothing but marks and the white space beside them
/// is lost.
class CompletionParser : public OutputParser {
 public:
  /// Characters read so far, those that were looked at twice counted twice.
  virtual uint64_t num_steps() const = 0;
};
std::unique_ptr<CompletionParser> make_completion_parser(CompletionForm form);

/// The form of models that were trained on no tools: <tool_call> with JSON in it.
ToolFormat generic_tool_format();

}  // namespace hearth::api
