#include "api/tools/call_reader.h"

#include "text/template/mark_pieces.h"

namespace hearth::api {
namespace {

bool is_name(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.' || c == ':' || c == '/';
}

/// Members of a call that say nothing to who is called.
bool is_id(std::string_view key) {
  return key == "id" || key == "tool_call_id" || key == "call_id" || key == "type" || key == "index";
}

/// The words of what closes a call, without the bracket that its JSON ends with.
std::vector<std::string> words_behind(std::string_view close, char bracket) {
  const std::string_view text = trimmed_mark(close);
  return mark_words(text.starts_with(bracket) ? text.substr(1) : text);
}

}  // namespace

void CallReader::begin(std::string_view name) {
  feed_.stop_recording();
  writer_.begin_call(name);
}

std::string CallReader::plain_name(std::string name) const {
  const std::string_view prefix = "functions.";
  if (tools_.find(name) != nullptr) return name;
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  if (tools_.find(name) != nullptr) return name;
  const size_t colon = name.rfind(':');
  const bool has_index = colon != name.npos && colon + 1 < name.size() &&
                         name.find_first_not_of("0123456789", colon + 1) == name.npos;
  if (has_index && format_.indexed_ids) name.resize(colon);
  return name;
}

std::vector<std::string> CallReader::close_words() const {
  switch (format_.shape) {
    case ToolShape::kJson:
      return words_behind(format_.is_list() ? format_.section_close : format_.call_close,
                          format_.is_list() ? ']' : '}');
    case ToolShape::kPythonic:
      return words_behind(format_.section_close, ']');
    case ToolShape::kGemma:
      return words_behind(format_.call_close, '}');
    default:
      return mark_words(format_.call_close);
  }
}

Reading<bool> CallReader::read(std::vector<std::string> rest, bool is_marked) {
  if (!co_await marks_.all_of(std::move(rest))) co_return false;
  switch (format_.shape) {
    case ToolShape::kJson:
      co_return co_await json_section(is_marked);
    case ToolShape::kNamedJson:
      co_return co_await named_section();
    case ToolShape::kTagged:
      co_return co_await tagged_section();
    case ToolShape::kPythonic:
      co_return co_await pythonic_section(is_marked);
    case ToolShape::kGemma: {
      const bool came = co_await gemma_call();
      if (came) co_await close(mark_words(format_.section_close));
      co_return came;
    }
    default:
      co_return false;
  }
}

Reading<bool> CallReader::close(std::vector<std::string> marks) {
  feed_.record();
  co_await marks_.any_of(std::move(marks));
  feed_.record();
  co_return true;
}

Reading<bool> CallReader::keep_rest(std::vector<std::string> ends) {
  ++num_broken_;
  MarkWindow window(ends.empty() ? std::string() : ends.front());
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) break;
    if (window.put(char(c), [&](char character) { writer_.arguments(character); })) break;
  }
  if (ends.empty() || window.pending() != ends.front()) writer_.arguments(window.pending());
  feed_.record();
  co_return true;
}

Reading<std::string> CallReader::read_name() {
  std::string name;
  int c = co_await values_.next_visible();
  for (; is_name(c) && name.size() < kMaxName; c = co_await feed_.next()) name += char(c);
  feed_.unread(c);
  co_return name;
}

// JSON ------------------------------------------------------------------------------------------------------

Reading<bool> CallReader::json_section(bool is_marked) {
  int c = co_await values_.next_visible();
  // Mistral's newer models write [TOOL_CALLS]name[ARGS]{...}.
  if (is_marked && is_name(c) && format_.section_open.starts_with("[TOOL_CALLS]")) {
    feed_.unread(c);
    co_return co_await named_call();
  }
  // A word of Python's may stand where JSON does: name.call(key=value).
  if (is_marked && is_name(c) && format_.section_open.empty()) {
    feed_.unread(c);
    co_return co_await pythonic_call(false);
  }
  const bool is_list = c == '[';
  if (is_list) c = co_await values_.next_visible();
  bool came = false;
  for (;;) {
    if (c != '{') break;
    if (!co_await json_call(is_marked)) co_return came;
    came = true;
    c = co_await values_.next_visible();
    if (c == ',' || (!is_list && c == ';')) {
      c = co_await values_.next_visible();
    } else if (is_list || c != '{') {
      break;
    }
  }
  if (!is_list || c != ']' || !came) feed_.unread(c);
  if (came && (is_list ? c == ']' : true)) co_await close(close_words());
  co_return came;
}

Reading<bool> CallReader::json_call(bool is_marked) {
  std::string name, arguments, extras;
  bool has_name = false, has_arguments = false, has_begun = false;
  int c = co_await values_.next_visible();
  for (;;) {
    std::string key;
    if (c != '"' && c != '\'') {
      feed_.unread(c);
      break;
    }
    if (!co_await values_.read_text(c, &key)) break;
    c = co_await values_.next_visible();
    if (c != ':') {
      feed_.unread(c);
      break;
    }
    const bool name_is_key = format_.shape == ToolShape::kJson && format_.name_key.empty() && !has_name;
    const bool is_name_key = key == format_.name_key || key == "name";
    const bool is_arguments_key =
        name_is_key || key == format_.arguments_key || key == "arguments" || key == "parameters";
    if (name_is_key) {
      name = key;
      has_name = true;
    }
    if (is_arguments_key && !has_arguments) {
      has_arguments = true;
      if (has_name) {
        if (name.empty() || (!is_marked && tools_.find(plain_name(name)) == nullptr)) co_return false;
        begin(plain_name(name));
        has_begun = true;
        if (!co_await json_arguments(nullptr)) co_return co_await keep_rest(close_words());
        feed_.record();
      } else if (!co_await json_arguments(&arguments)) {
        break;
      }
    } else {
      c = co_await values_.next_visible();
      if (is_name_key && !has_name && (c == '"' || c == '\'')) {
        if (!co_await values_.read_text(c, &name)) break;
        has_name = true;
      } else {
        std::string other;
        if (!co_await values_.read(c, JsonSink(other))) break;
        if (!is_id(key)) extras += fmt::format("{}{}: {}", extras.empty() ? "" : ", ", dump_json(key), other);
      }
    }
    c = co_await values_.next_visible();
    if (c == ',') {
      c = co_await values_.next_visible();
      continue;
    }
    if (c != '}') {
      feed_.unread(c);
      break;
    }
    // The object is whole.
    if (!has_begun) {
      const bool is_known = tools_.find(plain_name(name)) != nullptr;
      if (name.empty() || (!is_marked && !(is_known && has_arguments))) co_return false;
      if (!has_arguments && !extras.empty()) co_return false;
      begin(plain_name(name));
      writer_.arguments(has_arguments ? std::string_view(arguments) : "{}");
    }
    // What no call has, but nothing is lost.
    writer_.text(PartKind::kContent, extras);
    feed_.record();
    co_return true;
  }
  if (has_begun) ++num_broken_;
  co_return has_begun;
}

Reading<bool> CallReader::json_arguments(std::string* buffered) {
  const JsonSink sink = buffered != nullptr ? JsonSink(*buffered) : JsonSink(writer_);
  const int c = co_await values_.next_visible();
  if (c != '"' && c != '\'' && c != 'n' && c != 'N') co_return co_await values_.read(c, sink);
  // As a text that holds JSON, or as nothing at all.
  std::string value;
  if (c == 'n' || c == 'N') {
    if (!co_await values_.read(c, JsonSink(value))) co_return false;
    sink.put("{}");
    co_return true;
  }
  if (!co_await values_.read_text(c, &value)) {
    sink.put(value);
    co_return false;
  }
  sink.put(trimmed_mark(value).empty() ? std::string_view("{}") : std::string_view(value));
  co_return true;
}

// A name, and JSON ------------------------------------------------------------------------------------------

Reading<bool> CallReader::named_section() {
  bool came = false;
  for (;;) {
    if (!co_await named_call()) co_return came;
    came = true;
    const auto open = mark_words(format_.call_open);
    const auto close_marks = mark_words(format_.section_close);
    std::vector<std::string> next;
    if (!close_marks.empty()) next.push_back(close_marks.front());
    if (!open.empty()) next.push_back(open.front());
    const int found = co_await marks_.one_of(next);
    if (found < 0) co_return true;
    if (!close_marks.empty() && found == 0) {
      feed_.record();
      co_return true;
    }
    if (!co_await marks_.all_of({open.begin() + 1, open.end()})) co_return true;
  }
}

Reading<bool> CallReader::named_call() {
  const int first = co_await values_.next_visible();
  feed_.unread(first);
  if (first == '[' || first == '{') co_return co_await json_section(true);
  const std::string name = plain_name(co_await read_name());
  if (name.empty()) co_return false;
  if (format_.begun_by_prompt && name == "all") {
    feed_.record();
    begins_text_ = true;
    co_return false;
  }
  std::string markup;
  int c = co_await feed_.next();
  for (; c != '{' && c != CharacterFeed::kEnd && markup.size() < kMaxMarkup; c = co_await feed_.next()) {
    markup += char(c);
  }
  const auto words = mark_words(format_.name_end);
  const bool has_mark = trimmed_mark(markup).empty() || markup.find("[ARGS]") != markup.npos ||
                        (!words.empty() && markup.find(words.back()) != markup.npos);
  const bool must_be_known = words.empty();
  if (c != '{' || !has_mark || (must_be_known && tools_.find(name) == nullptr)) {
    feed_.unread(c);
    co_return false;
  }
  begin(name);
  if (!co_await values_.read(c, JsonSink(writer_))) co_return co_await keep_rest(close_words());
  co_return co_await close(close_words());
}

// Tags ------------------------------------------------------------------------------------------------------

Reading<bool> CallReader::tagged_section() {
  bool came = false;
  for (;;) {
    if (!co_await tagged_call()) co_return came;
    came = true;
    const auto open = mark_words(format_.call_open);
    const auto close_marks = mark_words(format_.section_close);
    std::vector<std::string> next = open;
    if (!close_marks.empty()) next.push_back(close_marks.front());
    const int found = co_await marks_.one_of(next);
    if (found < 0) co_return true;
    if (size_t(found) >= open.size()) {
      feed_.record();
      co_return true;
    }
    if (!co_await marks_.all_of({open.begin() + found + 1, open.end()})) co_return true;
  }
}

Reading<bool> CallReader::tagged_call() {
  const std::string name = plain_name(co_await read_name());
  if (name.empty()) co_return false;
  if (!co_await marks_.all_of(mark_words(format_.name_end))) co_return false;
  begin(name);
  co_return co_await tagged_arguments(tools_.find(name));
}

Reading<bool> CallReader::tagged_arguments(const Tool* tool) {
  writer_.arguments('{');
  const auto key_open = mark_words(format_.key_open);
  const auto ends = close_words();
  std::vector<std::string> marks = {key_open.front()};
  marks.insert(marks.end(), ends.begin(), ends.end());
  for (bool is_first = true;; is_first = false) {
    const int found = co_await marks_.one_of(marks);
    if (found < 0) co_return co_await keep_rest(ends);
    if (found > 0) {
      writer_.arguments('}');
      co_return co_await close({ends.begin() + found, ends.end()});
    }
    if (!co_await marks_.all_of({key_open.begin() + 1, key_open.end()}) ||
        !co_await tagged_argument(tool, is_first)) {
      co_return co_await keep_rest(ends);
    }
  }
}

Reading<bool> CallReader::tagged_argument(const Tool* tool, bool is_first) {
  std::string key, attributes;
  if (!co_await read_key(&key, &attributes)) {
    writer_.arguments(key + attributes);
    co_return false;
  }
  if (!is_first) writer_.arguments(", ");
  writer_.arguments(dump_json(key) + ": ");
  uint8_t types = argument_types(tool, key);
  if (attributes.find("string=\"true\"") != attributes.npos) types = kStringArgument;
  if (attributes.find("string=\"false\"") != attributes.npos && (types & ~kStringArgument) != 0) {
    types &= ~kStringArgument;
  }
  co_return co_await tagged_value(types);
}

Reading<bool> CallReader::read_key(std::string* key, std::string* attributes) {
  const std::string_view close_mark = trimmed_mark(format_.key_close);
  if (close_mark.starts_with('"')) {
    // More attributes may follow the name's.
    if (!co_await marks_.text_before("\"", key, kMaxName)) co_return false;
    co_return co_await marks_.text_before(">", attributes, kMaxMarkup);
  }
  auto words = mark_words(close_mark);
  if (!co_await marks_.text_before(words.front(), key, kMaxName)) co_return false;
  words.erase(words.begin());
  co_return co_await marks_.all_of(std::move(words));
}

Reading<bool> CallReader::tagged_value(uint8_t types) {
  const bool is_text = types == kStringArgument;
  // One line break at each end is markup, where the family writes them.
  const bool has_breaks = format_.key_close.ends_with('\n') && format_.value_close.starts_with('\n');
  std::string value;
  const JsonEscaper escaper{JsonSink(writer_)};
  const auto put = [&](char c) {
    if (is_text) {
      escaper.put(c);
    } else {
      value += c;
    }
  };
  bool at_start = true, holds_break = false;
  const auto text = [&](char c) {
    const bool is_markup = at_start && has_breaks && c == '\n';
    at_start = false;
    if (is_markup) return;
    if (holds_break) put('\n');
    holds_break = has_breaks && c == '\n';
    if (!holds_break) put(c);
  };
  if (is_text) writer_.arguments('"');
  MarkWindow window{std::string(trimmed_mark(format_.value_close))};
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) {
      for (const char held : window.pending()) text(held);
      if (holds_break) put('\n');
      writer_.arguments(value);
      co_return false;
    }
    if (window.put(char(c), text)) break;
  }
  writer_.arguments(is_text ? "\"" : typed_argument(value, types));
  co_return true;
}

// Python's calls --------------------------------------------------------------------------------------------

Reading<bool> CallReader::pythonic_section(bool is_marked) {
  int c = co_await values_.next_visible();
  const bool is_list = c == '[';
  if (!is_list) feed_.unread(c);
  bool came = false;
  for (;;) {
    if (!co_await pythonic_call(is_marked)) co_return came;
    came = true;
    c = co_await values_.next_visible();
    if (c == ',') continue;
    if (!is_list || c != ']') feed_.unread(c);
    break;
  }
  co_await close(close_words());
  co_return came;
}

Reading<bool> CallReader::pythonic_call(bool is_marked) {
  std::string name = co_await read_name();
  if (name.ends_with(".call") && tools_.find(name) == nullptr) name.resize(name.size() - 5);
  name = plain_name(std::move(name));
  int c = co_await feed_.next();
  if (name.empty() || c != '(' || (!is_marked && tools_.find(name) == nullptr)) {
    feed_.unread(c);
    co_return false;
  }
  begin(name);
  writer_.arguments('{');
  c = co_await values_.next_visible();
  for (bool is_first = true; c != ')'; is_first = false) {
    feed_.unread(c);
    const std::string key = co_await read_name();
    const int equals = co_await values_.next_visible();
    if (key.empty() || equals != '=') {
      writer_.arguments(key);
      feed_.unread(equals);
      co_return co_await keep_rest(close_words());
    }
    if (!is_first) writer_.arguments(", ");
    writer_.arguments(dump_json(key) + ": ");
    const int first = co_await values_.next_visible();
    if (!co_await values_.read(first, JsonSink(writer_))) co_return co_await keep_rest(close_words());
    c = co_await values_.next_visible();
    if (c == ',') {
      c = co_await values_.next_visible();
    } else if (c != ')') {
      feed_.unread(c);
      co_return co_await keep_rest(close_words());
    }
  }
  writer_.arguments('}');
  feed_.record();
  co_return true;
}

Reading<bool> CallReader::gemma_call() {
  const std::string name = plain_name(co_await read_name());
  const int c = co_await values_.next_visible();
  if (name.empty() || c != '{') {
    feed_.unread(c);
    co_return false;
  }
  begin(name);
  ValueReader values(feed_, {.text_mark = "<|\"|>", .bare_keys = true});
  if (!co_await values.read(c, JsonSink(writer_))) co_return co_await keep_rest(close_words());
  co_return co_await close(close_words());
}

// A message's body ------------------------------------------------------------------------------------------

Reading<bool> CallReader::read_body(std::string name) {
  const int c = co_await values_.next_visible();
  if (!format_.key_open.empty()) {
    feed_.unread(c);
    if (!co_await marks_.all_of(mark_words(format_.call_open))) co_return false;
    co_return co_await tagged_call();
  }
  if (c != '{') {
    feed_.unread(c);
    co_return false;
  }
  begin(name);
  co_return co_await values_.read(c, JsonSink(writer_));
}

}  // namespace hearth::api
