#include "api/tools/tool_request.h"

#include <algorithm>

#include "api/parameters/parameter_reader.h"
#include "api/tools/parameter_schema_check.h"

namespace hearth::api {
namespace {

constexpr Schema kTool = Schema::elsewhere("Tool");
constexpr Schema kFunction = Schema::elsewhere("ToolFunction");
constexpr Schema kResponseTool = Schema::elsewhere("ResponseTool");
constexpr Schema kAnthropicTool = Schema::elsewhere("AnthropicTool");

constexpr char kAboutTools[] = "The tools that the model may call.";
constexpr char kAboutChoice[] =
    "Whether and which tool is called. What must be called is held to by a grammar of the model's own form.";

constexpr Parameter kChatTools[] = {
    {"tools", Schema::array(kTool, 0, kMaxTools), kAboutTools},
    {"functions", Schema::array(kFunction, 0, kMaxTools), "The older form of tools."},
    {"tool_choice", Schema::elsewhere("ToolChoice"), kAboutChoice},
    {"function_call", Schema::elsewhere("FunctionChoice"), "The older form of tool_choice."},
    {"parallel_tool_calls", Schema::boolean(), "Whether one turn may have several calls.", "true"},
};
constexpr Parameter kResponseTools[] = {
    {"tools", Schema::array(kResponseTool, 0, kMaxTools), kAboutTools},
    {"tool_choice", Schema::elsewhere("ToolChoice"), kAboutChoice},
};
constexpr Parameter kAnthropicTools[] = {
    {"tools", Schema::array(kAnthropicTool, 0, kMaxTools), kAboutTools},
    {"tool_choice", Schema::elsewhere("AnthropicToolChoice"), kAboutChoice},
};

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxToolName && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == ':' || c == '/';
  });
}

/// A function with its schema in the member `schema_name`.
Result<Tool> read_function(ParameterReader& reader, std::string_view schema_name) {
  const auto name = TRY(reader.text("name", kMaxToolName));
  if (!name) return fail(ErrorCode::kInvalidArgument, "{}: is missing", reader.path_of("name"));
  if (!is_tool_name(*name)) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be of letters, digits and any of _ - . : /",
                reader.path_of("name"));
  }
  Json function = {{"name", *name}};
  if (const auto description = TRY(reader.text("description"))) function["description"] = *description;
  Json parameters = {{"type", "object"}, {"properties", Json::object()}};
  if (const Json* given = reader.find(schema_name)) {
    TRY(check_parameter_schema(*given, reader.path_of(schema_name)));
    parameters = *given;
    if (!parameters.contains("type")) parameters["type"] = "object";
  }
  function["parameters"] = parameters;
  const bool strict = TRY(reader.boolean("strict")).value_or(false);
  return Tool{.name = *name,
              .definition = {{"type", "function"}, {"function", std::move(function)}},
              .parameters = std::move(parameters),
              .strict = strict};
}

std::unexpected<Error> no_function(const ParameterReader& reader) {
  return fail_hint(ErrorCode::kUnsupported, "offer functions, which the client runs",
                   "{}: the server has no tools of its own", reader.path_of("type"));
}

Result<Tool> read_chat_tool(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  if (TRY(reader.text("type", 64)).value_or("function") != "function") return no_function(reader);
  auto function = TRY(ParameterReader::of(*TRY(reader.require("function")), reader.path_of("function")));
  Tool tool = TRY(read_function(function, "parameters"));
  TRY(function.finish(false));
  // Some have it beside the function.
  tool.strict = TRY(reader.boolean("strict")).value_or(tool.strict);
  reader.find("cache_control");
  TRY(reader.finish(false));
  return tool;
}

Result<Tool> read_bare_function(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  Tool tool = TRY(read_function(reader, "parameters"));
  TRY(reader.finish(false));
  return tool;
}

Result<Tool> read_response_tool(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  if (TRY(reader.text("type", 64)).value_or("function") != "function") return no_function(reader);
  if (reader.find("function") != nullptr) return read_chat_tool(value, path);
  Tool tool = TRY(read_function(reader, "parameters"));
  TRY(reader.finish(false));
  return tool;
}

Result<Tool> read_anthropic_tool(const Json& value, const std::string& path) {
  auto reader = TRY(ParameterReader::of(value, path));
  if (TRY(reader.text("type", 64)).value_or("custom") != "custom") return no_function(reader);
  Tool tool = TRY(read_function(reader, "input_schema"));
  for (const std::string_view name :
       {"cache_control", "input_examples", "eager_input_streaming", "defer_loading", "allowed_callers"}) {
    reader.find(name);
  }
  TRY(reader.finish(false));
  return tool;
}

using ReadTool = Result<Tool> (*)(const Json& value, const std::string& path);

Status read_tools(Parameters& parameters, std::string_view name, ReadTool read, ToolRequest& request) {
  const Json* list = parameters.find(name);
  if (list == nullptr || list->empty()) return {};
  std::vector<Tool> tools;
  for (size_t i = 0; i < list->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", parameters.path_of(name), i);
    Tool tool = TRY(read((*list)[i], path));
    if (std::ranges::find(tools, tool.name, &Tool::name) != tools.end()) {
      return fail(ErrorCode::kInvalidArgument, "{}: there is another tool of the name \"{}\"", path,
                  tool.name);
    }
    tools.push_back(std::move(tool));
  }
  request.tools = std::make_shared<const ToolSet>(std::move(tools));
  return {};
}

Status require(std::string_view name, const std::string& path, ToolRequest& request) {
  if (request.tools == nullptr || request.tools->find(name) == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "{}: there is no tool \"{}\"", path, name);
  }
  request.mode = ToolRequest::Mode::kRequired;
  request.named = name;
  return {};
}

/// A choice by a word: "auto", "none", and for any tool `any`.
Status choose(std::string_view word, std::string_view any, const std::string& path, ToolRequest& request) {
  if (word == "auto") return {};
  if (word == "none") {
    request.mode = ToolRequest::Mode::kNone;
    return {};
  }
  if (word != any && word != "required" && word != "any") {
    return fail(ErrorCode::kInvalidArgument, "{}: must be auto, none, {} or name a tool", path, any);
  }
  if (request.tools == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "{}: needs tools to choose from", path);
  }
  request.mode = ToolRequest::Mode::kRequired;
  return {};
}

/// Of a list of tools, what may be called.
Status allow(ParameterReader& choice, ToolRequest& request) {
  auto allowed =
      TRY(ParameterReader::of(*TRY(choice.require("allowed_tools")), choice.path_of("allowed_tools")));
  const auto mode = TRY(allowed.text("mode", 64)).value_or("auto");
  const Json& list = *TRY(allowed.require("tools"));
  TRY(allowed.finish(false));
  TRY(choice.finish(false));
  if (mode != "auto" && mode != "required") {
    return fail(ErrorCode::kInvalidArgument, "{}: must be auto or required", allowed.path_of("mode"));
  }
  if (!list.is_array()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an array", allowed.path_of("tools"));
  }
  std::vector<Tool> tools;
  for (const Json& one : list) {
    const Json* function = one.is_object() && one.contains("function") ? &one["function"] : &one;
    const Json name = function->is_object() ? function->value("name", Json()) : Json();
    const Tool* tool = name.is_string() && request.tools != nullptr
                           ? request.tools->find(name.get_ref<const std::string&>())
                           : nullptr;
    if (tool == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "{}: names no tool of the request", allowed.path_of("tools"));
    }
    tools.push_back(*tool);
  }
  request.tools = std::make_shared<const ToolSet>(std::move(tools));
  return choose(mode, "required", allowed.path_of("mode"), request);
}

/// {"type": "function", "function": {"name"}}, or with the name beside the type; or a word.
Status read_choice(Parameters& parameters, std::string_view name, ToolRequest& request) {
  const Json* value = parameters.find(name);
  if (value == nullptr) return {};
  const std::string path = parameters.path_of(name);
  if (value->is_string()) return choose(value->get_ref<const std::string&>(), "required", path, request);
  auto choice = TRY(ParameterReader::of(*value, path));
  const auto type = TRY(choice.text("type", 64)).value_or("function");
  if (type == "allowed_tools") return allow(choice, request);
  if (type != "function") {
    TRY(choose(type, "required", path, request));
    return choice.finish(false);
  }
  std::optional<std::string> function = TRY(choice.text("name", kMaxToolName));
  if (const Json* inner = choice.find("function")) {
    auto named = TRY(ParameterReader::of(*inner, choice.path_of("function")));
    function = TRY(named.text("name", kMaxToolName));
    TRY(named.finish(false));
  }
  TRY(choice.finish(false));
  if (!function) return fail(ErrorCode::kInvalidArgument, "{}: names no tool", path);
  return require(*function, path, request);
}

}  // namespace

ParameterList chat_tool_parameters() { return {kChatTools}; }
ParameterList response_tool_parameters() { return {kResponseTools}; }
ParameterList anthropic_tool_parameters() { return {kAnthropicTools}; }

Result<ToolRequest> read_chat_tools(Parameters& parameters) {
  ToolRequest request;
  TRY(read_tools(parameters, "functions", read_bare_function, request));
  TRY(read_tools(parameters, "tools", read_chat_tool, request));
  TRY(read_choice(parameters, "function_call", request));
  TRY(read_choice(parameters, "tool_choice", request));
  request.parallel = parameters.flag("parallel_tool_calls");
  return request;
}

Result<ToolRequest> read_response_tools(Parameters& parameters) {
  ToolRequest request;
  TRY(read_tools(parameters, "tools", read_response_tool, request));
  TRY(read_choice(parameters, "tool_choice", request));
  request.parallel = parameters.boolean("parallel_tool_calls").value_or(true);
  return request;
}

Result<ToolRequest> read_anthropic_tools(Parameters& parameters) {
  ToolRequest request;
  TRY(read_tools(parameters, "tools", read_anthropic_tool, request));
  const Json* value = parameters.find("tool_choice");
  if (value == nullptr) return request;
  const std::string path = parameters.path_of("tool_choice");
  if (value->is_string()) {
    TRY(choose(value->get_ref<const std::string&>(), "any", path, request));
    return request;
  }
  auto choice = TRY(ParameterReader::of(*value, path));
  const auto type = TRY(choice.text("type", 64));
  const auto name = TRY(choice.text("name", kMaxToolName));
  request.parallel = !TRY(choice.boolean("disable_parallel_tool_use")).value_or(false);
  TRY(choice.finish(false));
  if (!type) return fail(ErrorCode::kInvalidArgument, "{}.type: is missing", path);
  if (type == "tool") {
    if (!name) return fail(ErrorCode::kInvalidArgument, "{}.name: is missing", path);
    TRY(require(*name, path + ".name", request));
  } else {
    TRY(choose(*type, "any", path + ".type", request));
  }
  return request;
}

}  // namespace hearth::api
