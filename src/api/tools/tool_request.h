#pragma once

#include <string>
#include <vector>

#include "api/parameters/parameters.h"
#include "api/tools/tool_set.h"

namespace hearth::api {

inline constexpr size_t kMaxTools = 128;
inline constexpr size_t kMaxToolName = 128;

/// What a request says of tools.
struct ToolRequest {
  enum class Mode : uint8_t {
    kAuto,      ///< the model calls tools where it wants to
    kNone,      ///< it is told of none
    kRequired,  ///< it must call one
  };

  ToolSetPtr tools = nullptr;  ///< null: none
  Mode mode = Mode::kAuto;
  std::string named;     ///< kRequired: this one; empty: any
  bool parallel = true;  ///< several in one turn

  /// Whether the model is told of tools.
  bool offers() const { return tools != nullptr && mode != Mode::kNone; }
};

/// `tools`, `tool_choice`, `parallel_tool_calls` of OpenAI's chats, and their older `functions` and
/// `function_call`.
ParameterList chat_tool_parameters();
/// Errors: kInvalidArgument naming the tool and what in it is wrong, kUnsupported for tools that are no
/// functions.
Result<ToolRequest> read_chat_tools(Parameters& parameters);

/// Those of OpenAI's responses; `parallel_tool_calls` is among what a response repeats.
ParameterList response_tool_parameters();
Result<ToolRequest> read_response_tools(Parameters& parameters);

/// Those of Anthropic's messages.
ParameterList anthropic_tool_parameters();
Result<ToolRequest> read_anthropic_tools(Parameters& parameters);

}  // namespace hearth::api
