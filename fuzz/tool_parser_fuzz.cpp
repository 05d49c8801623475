// What a model writes, read by each family's parser: whole and in pieces it gives the same parts, and no text
// costs more than its length. The first byte chooses the family, the second how the text is cut.

#include <cstdint>
#include <string>
#include <vector>

#include "api/tools/completion_parser.h"

namespace {

using namespace hearth;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

ToolFormat named(std::string_view section_open, std::string_view call_open, std::string_view name_end,
                 std::string_view call_close, std::string_view section_close) {
  ToolFormat format;
  format.shape = ToolShape::kNamedJson;
  format.section_open = section_open;
  format.call_open = call_open;
  format.name_end = name_end;
  format.call_close = call_close;
  format.section_close = section_close;
  return format;
}

const std::vector<api::CompletionForm>& forms() {
  static const std::vector<api::CompletionForm> kAll = [] {
    ToolFormat tagged = named("", "<tool_call>\n<function=", ">", "\n</function>\n</tool_call>", "");
    tagged.shape = ToolShape::kTagged;
    tagged.key_open = "\n<parameter=";
    tagged.key_close = ">\n";
    tagged.value_close = "\n</parameter>";
    ToolFormat dsml = named("<\uff5cDSML\uff5cfunction_calls>\n", "<\uff5cDSML\uff5cinvoke name=\"", "\">",
                            "\n</\uff5cDSML\uff5cinvoke>", "</\uff5cDSML\uff5cfunction_calls>");
    dsml.shape = ToolShape::kTagged;
    dsml.key_open = "\n<\uff5cDSML\uff5cparameter name=\"";
    dsml.key_close = "\" string=\"true\">";
    dsml.value_close = "</\uff5cDSML\uff5cparameter>";
    ToolFormat pythonic = named("[", "", "(", ")", "]");
    pythonic.shape = ToolShape::kPythonic;
    ToolFormat gemma = named("", "<|tool_call>call:", "{", "}<tool_call|>", "");
    gemma.shape = ToolShape::kGemma;
    ToolFormat bare = api::generic_tool_format();
    bare.call_open = "{\"name\": \"";
    bare.call_close = "}";
    ToolFormat harmony;
    harmony.shape = ToolShape::kHarmony;
    ToolFormat functionary = named("", ">>>", "\n", "", "");
    functionary.begun_by_prompt = true;
    api::Tool tool{.name = "f",
                   .definition = {},
                   .parameters = api::Json::parse(
                       R"({"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})")};
    const auto tools = std::make_shared<const api::ToolSet>(std::vector{std::move(tool)});
    std::vector<api::CompletionForm> made;
    for (const ToolFormat& format :
         {api::generic_tool_format(), bare, tagged, dsml, pythonic, gemma, harmony, functionary,
          named("<\uff5ctool\u2581calls\u2581begin\uff5c>",
                "<\uff5ctool\u2581call\u2581begin\uff5c>function<\uff5ctool\u2581sep\uff5c>", "\n```json\n",
                "\n```<\uff5ctool\u2581call\u2581end\uff5c>", "<\uff5ctool\u2581calls\u2581end\uff5c>"),
          named("", "[TOOL_CALLS]", "[CALL_ID]\1[ARGS]", "", "")}) {
      made.push_back({.tools = format,
                      .reasoning = {.start = "<think>", .end = "</think>", .switch_name = {}},
                      .tool_set = tools});
    }
    return made;
  }();
  return kAll;
}

std::vector<OutputPart> read(const api::CompletionForm& form, std::string_view text, size_t piece) {
  const auto parser = api::make_completion_parser(form);
  std::vector<OutputPart> parts, said;
  for (size_t at = 0; at < text.size(); at += piece) {
    parser->push(0, text.substr(at, piece), said);
    for (OutputPart& part : said) append_part(parts, std::move(part));
    said.clear();
  }
  parser->finish("", said);
  for (OutputPart& part : said) append_part(parts, std::move(part));
  check(parser->num_steps() <= text.size() * 300 + 1000);
  return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const api::CompletionForm& form = forms()[data[0] % forms().size()];
  check(read(form, text, text.size() + 1) == read(form, text, data[1] % 7 + 1));
  return 0;
}
