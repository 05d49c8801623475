#include "text/template/tool_format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "text/template/chat_template.h"
#include "text/template/mark_pieces.h"
#include "text/template/message_form.h"
#include "text/template/reasoning_format.h"
#include "text/template/template_probe.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

// Words that no template says by itself and that no change of case touches.
constexpr std::string_view kUser = "61840275", kContent = "27540918";

/// A call that is looked for in what a template writes: its name, its id, its arguments, in order of keys.
struct SampleCall {
  std::string_view name, id, short_id;
  std::vector<std::pair<std::string_view, std::string_view>> arguments;
};

const std::array<SampleCall, 2> kSamples = {
    SampleCall{"f83015274",
               "call_6201938475abcdef",
               "g72918304",
               {{"k48120957", "90317265"}, {"k59302841", "18264039"}}},
    SampleCall{"f19462803", "call_7730194628abcdef", "h50283917", {{"k60418273", "85920314"}}}};

constexpr char kIdMark = ToolFormat::kIdMark;

Json tool_json(const SampleCall& call) {
  Json properties = Json::object();
  for (const auto& [key, value] : call.arguments)
    properties[key] = {{"type", "string"}, {"description", "d"}};
  return {{"type", "function"},
          {"function",
           {{"name", call.name},
            {"description", "d"},
            {"parameters", {{"type", "object"}, {"properties", std::move(properties)}}}}}};
}

Json call_json(const SampleCall& call, bool short_id) {
  std::string arguments;
  for (const auto& [key, value] : call.arguments) {
    arguments += fmt::format(R"({}"{}": "{}")", arguments.empty() ? "" : ", ", key, value);
  }
  return {{"id", short_id ? call.short_id : call.id},
          {"type", "function"},
          {"function", {{"name", call.name}, {"arguments", "{" + arguments + "}"}}}};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

/// The value of a member "id" or "..._id" that a template numbers by itself becomes the mark of an id.
void hide_numbered_ids(std::string& text) {
  static constexpr std::string_view kMember = "id\": \"";
  for (size_t at = text.find(kMember); at != text.npos; at = text.find(kMember, at + 1)) {
    const size_t begin = at + kMember.size(), end = text.find('"', begin);
    if (end == text.npos || end - begin > 40) continue;
    text.replace(begin, end - begin, 1, kIdMark);
  }
}

/// Where the parts of one call lie in a text.
struct Place {
  size_t name_begin = 0, name_end = 0;
  size_t arguments_begin = 0, arguments_end = 0;  ///< of kTagged, the first key and the end of the last value
  ToolShape shape = ToolShape::kNone;
  bool as_text = false;
};

class Finder {
 public:
  explicit Finder(const ChatTemplate& chat_template) : template_(chat_template) {}

  ToolFormat run() {
    if (!template_.reads("tools") && !template_.reads("messages")) return {};
    for (const size_t num_calls : {size_t{2}, size_t{1}}) {
      const auto region = call_region(num_calls);
      if (!region) continue;
      if (auto format = read(*region, num_calls)) return *format;
    }
    return {};
  }

 private:
  std::optional<std::string> render(const Json& messages, bool prompt) {
    if (exhausted_) return std::nullopt;
    ChatTemplate::Input input;
    input.messages = messages_in_form(messages, template_.traits());
    input.tools = Json::array();
    for (const SampleCall& call : kSamples) input.tools.push_back(tool_json(call));
    input.arguments = template_.traits().arguments;
    input.add_generation_prompt = prompt;
    input.local_time = probe_time;
    auto text = template_.render(input);
    if (!text) {
      exhausted_ = text.error().code == ErrorCode::kResourceLimit;
      return std::nullopt;
    }
    const size_t at = text->text().rfind(kUser);
    if (at == std::string::npos) return std::nullopt;
    return text->text().substr(at + kUser.size());
  }

  static Json message(std::string_view role, Json content) {
    return {{"role", role}, {"content", std::move(content)}};
  }

  /// What a template writes for an answer of calls: without what begins and ends any answer.
  std::optional<std::string> call_region(size_t num_calls) {
    const Json user = message("user", kUser);
    const auto plain = render(Json::array({user, message("assistant", kContent)}), false);
    const auto prompt = render(Json::array({user}), true);
    Json calling = message("assistant", nullptr);
    for (size_t i = 0; i < num_calls; ++i) {
      calling["tool_calls"].push_back(call_json(kSamples[i], template_.traits().short_call_ids));
    }
    Json with_results = Json::array({user, calling});
    auto called = render(with_results, false);
    if (!called) {
      for (size_t i = 0; i < num_calls; ++i) {
        Json result = message("tool", "1");
        result["tool_call_id"] = calling["tool_calls"][i]["id"];
        result["name"] = kSamples[i].name;
        with_results.push_back(std::move(result));
      }
      called = render(with_results, false);
    }
    if (!called || !plain) return std::nullopt;
    const size_t content = plain->find(kContent);
    if (content == plain->npos) return std::nullopt;
    const std::string_view before = std::string_view(*plain).substr(0, content);
    const std::string_view after = std::string_view(*plain).substr(content + kContent.size());
    size_t begin = common_prefix(before, *called);
    if (prompt) {
      const size_t of_prompt = common_prefix(*prompt, *called);
      begun_by_prompt_ = of_prompt == prompt->size();
      begin = std::max(begin, of_prompt);
    }
    std::string region = called->substr(begin);
    region.resize(region.size() - common_suffix(after, region));
    for (const SampleCall& call : kSamples) {
      if (region.find(call.name) == region.npos && region.find(call.id) != region.npos) {
        indexed_ids_ = true;
        replace_all(region, call.id, call.name);
      }
      // Some templates write the last nine characters alone.
      for (const std::string_view id : {call.id, call.id.substr(call.id.size() - 9), call.short_id}) {
        replace_all(region, id, {&kIdMark, 1});
      }
    }
    drop_empty_thought(region);
    hide_numbered_ids(region);
    return region;
  }

  /// Calls may have an empty thought in front of them.
  void drop_empty_thought(std::string& region) const {
    const ReasoningFormat reasoning = find_reasoning_format(template_);
    if (reasoning.start.empty() || reasoning.in_channels) return;
    const std::string_view text = trimmed_mark(region);
    if (!text.starts_with(reasoning.start)) return;
    const std::string_view rest = trimmed_mark(text.substr(reasoning.start.size()));
    if (rest.starts_with(reasoning.end)) region = trimmed_mark(rest.substr(reasoning.end.size()));
  }

  /// Where a call is written from `from` on.
  static std::optional<Place> locate(std::string_view text, const SampleCall& call, size_t from) {
    const auto& [first_key, first_value] = call.arguments.front();
    const auto& [last_key, last_value] = call.arguments.back();
    const size_t key = text.find(first_key, from);
    const size_t value = text.find(last_value, key == text.npos ? text.size() : key);
    if (key == text.npos || value == text.npos) return std::nullopt;
    const size_t name = text.rfind(call.name, key);
    if (name == text.npos || name < from) return std::nullopt;
    Place place{.name_begin = name, .name_end = name + call.name.size()};
    place.arguments_begin = key;
    place.arguments_end = value + last_value.size();
    const std::string_view between = text.substr(place.name_end, key - place.name_end);
    if (between == "(") {
      place.shape = ToolShape::kPythonic;
      place.arguments_end = text.find(')', place.arguments_end);
    } else if (between == "{") {
      place.shape = ToolShape::kGemma;
      place.arguments_end = text.find('}', place.arguments_end);
    } else if (const size_t brace = between.rfind('{');
               brace != between.npos && trimmed_mark(between.substr(brace + 1)).size() <= 2 &&
               trimmed_mark(between.substr(brace + 1)).find_first_not_of("\\\"'") == between.npos &&
               !trimmed_mark(between.substr(brace + 1)).empty()) {
      place.shape = ToolShape::kNamedJson;
      place.arguments_begin = place.name_end + brace;
      place.arguments_end = text.find('}', place.arguments_end);
      if (place.arguments_end != text.npos) ++place.arguments_end;
      place.as_text = trimmed_mark(between.substr(brace + 1)).starts_with('\\');
      if (place.as_text && brace > 0 && place.arguments_end < text.size()) {
        --place.arguments_begin;
        ++place.arguments_end;
      }
    } else {
      place.shape = ToolShape::kTagged;
    }
    if (place.arguments_end == text.npos) return std::nullopt;
    return place;
  }

  std::optional<ToolFormat> read(const std::string& region, size_t num_calls) {
    if (region.find("<|channel|>") != region.npos && region.find("<|message|>") != region.npos) {
      ToolFormat harmony;
      harmony.shape = ToolShape::kHarmony;
      harmony.parallel = region.find(kSamples[1].name) != region.npos;
      return harmony;
    }
    const auto first = locate(region, kSamples[0], 0);
    if (!first) return std::nullopt;
    ToolFormat format;
    format.shape = first->shape;
    format.arguments_as_text = first->as_text;
    format.parallel = num_calls > 1;
    std::string before = region.substr(0, first->name_begin);
    format.name_end = region.substr(first->name_end, first->arguments_begin - first->name_end);
    std::string between, after = region.substr(first->arguments_end);
    if (num_calls > 1) {
      const auto second = locate(region, kSamples[1], first->arguments_end);
      if (!second) return std::nullopt;
      between = region.substr(first->arguments_end, second->name_begin - first->arguments_end);
      after = region.substr(second->arguments_end);
    }
    if (before.find(kSamples[0].name) != before.npos) {
      format.shape = ToolShape::kHarmony;
      before.erase(0, before.find('<'));
    }
    const bool has_tags = first->shape == ToolShape::kTagged;
    if (has_tags && !read_arguments(region, *first, format, between, after)) {
      return std::nullopt;
    }
    if (format.shape == ToolShape::kHarmony) {
      const size_t body = before.find("<|message|>");
      if (body == before.npos) return std::nullopt;
      format.call_open = before.substr(body + std::string_view("<|message|>").size());
      format.call_close = after;
      return format;
    }
    set_marks(before, between, after, format);
    if (indexed_ids_) format.indexed_ids = true, format.name_prefix = "functions.";
    if (format.shape == ToolShape::kNamedJson) read_members(format);
    return format;
  }

  /// The tags around keys and values of kTagged, taken off what stands around a call.
  static bool read_arguments(const std::string& region, const Place& place, ToolFormat& format,
                             std::string& between, std::string& after) {
    const auto& arguments = kSamples[0].arguments;
    const size_t first_value = region.find(arguments[0].second, place.arguments_begin);
    const size_t first_end = first_value + arguments[0].second.size();
    const size_t second_key = region.find(arguments[1].first, first_end);
    if (first_value == region.npos || second_key == region.npos) return false;
    const size_t key_end = place.arguments_begin + arguments[0].first.size();
    const std::string head = format.name_end;
    const std::string step = region.substr(first_end, second_key - first_end);
    format.key_close = region.substr(key_end, first_value - key_end);
    const size_t size = common_suffix(head, step);
    format.key_open = head.substr(head.size() - size);
    format.name_end.resize(head.size() - size);
    format.value_close = step.substr(0, step.size() - size);
    for (std::string* text : {&between, &after}) {
      if (text->starts_with(format.value_close)) text->erase(0, format.value_close.size());
    }
    // White space before a tag belongs to what begins with it, so that a call without arguments has it too.
    return !trimmed_mark(format.key_open).empty() && !trimmed_mark(format.value_close).empty();
  }

  void set_marks(const std::string& before, const std::string& between, const std::string& after,
                 ToolFormat& format) const {
    if (!format.parallel) {
      format.call_open = before;
      format.call_close = after;
      return;
    }
    const size_t close = common_prefix(between, after);
    format.call_close = between.substr(0, close);
    format.section_close = after.substr(close);
    const std::string rest = between.substr(close);
    if (before.empty()) {
      format.begun_by_prompt = begun_by_prompt_;
      format.call_open = rest;
      return;
    }
    const size_t open = common_suffix(before, rest);
    format.call_open = before.substr(before.size() - open);
    format.section_open = before.substr(0, before.size() - open);
    format.separator = rest.substr(0, rest.size() - open);
  }

  /// A name between quotes inside of an object is a member of it.
  static void read_members(ToolFormat& format) {
    const std::string& open = format.call_open;
    const size_t brace = open.rfind('{');
    if (brace == open.npos || !open.ends_with('"') || !format.name_end.starts_with('"')) return;
    format.shape = ToolShape::kJson;
    const auto keys = [](std::string_view text) {
      std::vector<std::string> found;
      for (size_t at = text.find("\":"); at != text.npos; at = text.find("\":", at + 1)) {
        const size_t quote = text.rfind('"', at - 1);
        if (quote != text.npos) found.emplace_back(text.substr(quote + 1, at - quote - 1));
      }
      return found;
    };
    const auto before = keys(std::string_view(open).substr(brace));
    const auto after = keys(format.name_end.substr(1));
    if (!before.empty()) format.name_key = before.back();
    if (!after.empty()) format.arguments_key = after.back();
    const std::string whole = open.substr(brace) + format.name_end + format.call_close;
    const size_t id = whole.find(kIdMark);
    if (id == whole.npos) return;
    const auto of_id = keys(std::string_view(whole).substr(0, id));
    if (!of_id.empty()) format.id_key = of_id.back();
  }

  const ChatTemplate& template_;
  bool exhausted_ = false, begun_by_prompt_ = false, indexed_ids_ = false;
};

/// Formats that a prompt with tools describes where the template does not write past calls.
struct KnownFormat {
  std::string_view mark;  ///< in the template's source
  ToolFormat (*make)();
};

ToolFormat json_format(std::string_view section_open, std::string_view open, std::string_view close,
                       std::string_view section_close, std::string_view name_key,
                       std::string_view arguments_key) {
  ToolFormat format;
  format.shape = ToolShape::kJson;
  format.section_open = section_open;
  format.section_close = section_close;
  format.name_key = name_key;
  format.arguments_key = arguments_key;
  format.call_open = fmt::format("{}{{\"{}\": \"", open, name_key);
  format.name_end = fmt::format("\", \"{}\": ", arguments_key);
  format.call_close = fmt::format("}}{}", close);
  format.separator = section_open.empty() ? "\n" : ", ";
  return format;
}

constexpr KnownFormat kKnown[] = {
    {"<|tool_list_start|>",
     [] {
       ToolFormat format;
       format.shape = ToolShape::kPythonic;
       format.section_open = "<|tool_call_start|>[";
       format.name_end = "(";
       format.call_close = ")";
       format.separator = ", ";
       format.section_close = "]<|tool_call_end|>";
       return format;
     }},
    {"<tool_call>",
     [] { return json_format("", "<tool_call>\n", "\n</tool_call>", "", "name", "arguments"); }},
    {"<|START_ACTION|>",
     [] {
       return json_format("<|START_ACTION|>[\n    ", "", "", "\n]<|END_ACTION|>", "tool_name", "parameters");
     }},
    {"<|start_of_role|>", [] { return json_format("<|tool_call|>[", "", "", "]", "name", "arguments"); }},
    {"<|tool|>", [] { return json_format("functools[", "", "", "]", "name", "arguments"); }},
    {"Write \\'Action:\\'",
     [] { return json_format("Action:\n```json\n[\n    ", "", "", "\n]\n```", "tool_name", "parameters"); }},
};

}  // namespace

std::string_view trimmed_mark(std::string_view mark) {
  static constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = mark.find_first_not_of(kSpace);
  if (begin == mark.npos) return {};
  return mark.substr(begin, mark.find_last_not_of(kSpace) + 1 - begin);
}

bool ToolFormat::is_list() const {
  return shape == ToolShape::kJson && trimmed_mark(section_open).ends_with('[');
}

std::vector<ToolFormat::Trigger> ToolFormat::triggers() const {
  if (shape == ToolShape::kHarmony) return {};
  std::string open = section_open + call_open;
  if (shape == ToolShape::kJson) open.resize(open.rfind('{'));
  std::vector<std::string> words = mark_words(open);
  // The bracket of a list belongs to what is read as JSON, or as Python.
  const bool has_bracket = shape == ToolShape::kJson || shape == ToolShape::kPythonic;
  if (has_bracket && !words.empty() && words.back().ends_with('[')) words.back().pop_back();
  if (!words.empty() && words.back().empty()) words.pop_back();

  std::vector<Trigger> found;
  const auto add = [&](size_t index) {
    const bool is_known = std::ranges::find(found, words[index], &Trigger::mark) != found.end();
    if (!is_known) found.push_back({words[index], {words.begin() + index + 1, words.end()}});
  };
  if (words.empty()) return found;
  add(0);
  if (shape != ToolShape::kNamedJson && shape != ToolShape::kTagged) return found;
  // The mark of the section may be missing, and <tool_call> before <function=NAME>.
  if (const size_t of_section = mark_words(section_open).size(); of_section < words.size()) add(of_section);
  if (shape == ToolShape::kTagged && words.back().starts_with('<')) add(words.size() - 1);
  return found;
}

ToolFormat find_tool_format(const ChatTemplate& chat_template) {
  ToolFormat format = Finder(chat_template).run();
  if (format.shape != ToolShape::kNone || chat_template.source().find("tools") == std::string::npos)
    return format;
  for (const KnownFormat& known : kKnown) {
    if (chat_template.source().find(known.mark) != std::string::npos) return known.make();
  }
  return format;
}

}  // namespace hearth
