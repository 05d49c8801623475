#include "api/tools/value_reader.h"

#include <fmt/format.h>

#include "api/call/json.h"

namespace hearth::api {
namespace {

bool is_space(int c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_quote(int c) { return c == '"' || c == '\''; }
bool is_word(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

int hex_value(int c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Whether it is a number as JSON has them.
bool is_json_number(std::string_view text) {
  const auto digits = [&] {
    size_t count = 0;
    while (count < text.size() && is_digit(uint8_t(text[count]))) ++count;
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool leads_with_zero = text.starts_with('0');
  const size_t whole = digits();
  if (whole == 0 || (leads_with_zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

}  // namespace

void JsonEscaper::put(char character) const {
  if (character == '"' || character == '\\') {
    sink_.put('\\');
    sink_.put(character);
  } else if (character == '\n') {
    sink_.put("\\n");
  } else if (character == '\t') {
    sink_.put("\\t");
  } else if (character == '\r') {
    sink_.put("\\r");
  } else if (uint8_t(character) < 0x20) {
    sink_.put(fmt::format("\\u{:04x}", uint8_t(character)));
  } else {
    sink_.put(character);
  }
}

Reading<int> ValueReader::next_visible() {
  int c = co_await feed_.next();
  while (is_space(c)) c = co_await feed_.next();
  co_return c;
}

Reading<int> ValueReader::pass_space(JsonSink sink) {
  int c = co_await feed_.next();
  while (is_space(c)) {
    sink.put(char(c));
    c = co_await feed_.next();
  }
  co_return c;
}

Reading<bool> ValueReader::read(int first, JsonSink sink) {
  std::string open;  // the brackets that are open
  int c = first;
  for (;;) {
    bool has_value = true;
    if (c == '{' || c == '[' || c == '(') {
      if (open.size() >= kMaxDepth) {
        feed_.unread(c);
        co_return false;
      }
      open += char(c);
      sink.put(c == '{' ? '{' : '[');
      c = co_await pass_space(sink);
      // What closes at once is closed below.
      has_value = c == '}' || c == ']' || c == ')';
      if (!has_value && open.back() == '{') {
        if (!co_await read_key(c, sink)) co_return false;
        c = co_await pass_space(sink);
      }
    } else {
      if (!co_await read_scalar(c, sink)) co_return false;
      if (open.empty()) co_return true;
      c = co_await pass_space(sink);
    }
    while (has_value) {
      const char closer = open.back() == '{' ? '}' : open.back() == '[' ? ']' : ')';
      if (c == closer) {
        sink.put(closer == '}' ? '}' : ']');
        open.pop_back();
        if (open.empty()) co_return true;
        c = co_await pass_space(sink);
        continue;
      }
      if (c != ',') {
        feed_.unread(c);
        co_return false;
      }
      // Python lets a comma stand before what closes.
      std::string space;
      c = co_await pass_space(JsonSink(space));
      if (c == closer) continue;
      sink.put(',');
      sink.put(space);
      if (open.back() == '{') {
        if (!co_await read_key(c, sink)) co_return false;
        c = co_await pass_space(sink);
      }
      has_value = false;
    }
  }
}

Reading<bool> ValueReader::read_key(int first, JsonSink sink) {
  if (is_quote(first)) {
    if (!co_await read_string(first, sink)) co_return false;
  } else if (!dialect_.text_mark.empty() && first == dialect_.text_mark[0]) {
    if (!co_await read_marked_text(sink)) co_return false;
  } else if (dialect_.bare_keys && first != CharacterFeed::kEnd) {
    sink.put('"');
    int c = first;
    for (; c != ':' && c != CharacterFeed::kEnd && !is_space(c); c = co_await feed_.next()) {
      JsonEscaper(sink).put(char(c));
    }
    sink.put('"');
    feed_.unread(c);
  } else {
    feed_.unread(first);
    co_return false;
  }
  const int colon = co_await pass_space(sink);
  if (colon != ':') {
    feed_.unread(colon);
    co_return false;
  }
  sink.put(':');
  co_return true;
}

Reading<bool> ValueReader::read_scalar(int first, JsonSink sink) {
  if (is_quote(first)) co_return co_await read_string(first, sink);
  if (!dialect_.text_mark.empty() && first == dialect_.text_mark[0])
    co_return co_await read_marked_text(sink);
  co_return co_await read_word(first, sink);
}

Reading<bool> ValueReader::read_word(int first, JsonSink sink) {
  std::string word;
  int c = first;
  for (; is_word(c) && word.size() < kMaxWord; c = co_await feed_.next()) word += char(c);
  // Numbers may be longer than words.
  if (word.size() == kMaxWord && (is_digit(first) || first == '-')) {
    for (; is_word(c); c = co_await feed_.next()) word += char(c);
  }
  feed_.unread(c);
  if (word == "True" || word == "False") word[0] = char(word[0] - 'A' + 'a');
  if (word == "None") word = "null";
  if (word == "true" || word == "false" || word == "null" || is_json_number(word)) {
    sink.put(word);
    co_return true;
  }
  if (!dialect_.text_mark.empty() && !word.empty()) {
    sink.put('"');
    JsonEscaper(sink).put(word);
    sink.put('"');
    co_return true;
  }
  feed_.unread(word);
  co_return false;
}

Reading<bool> ValueReader::read_marked_text(JsonSink sink) {
  const std::string_view mark = dialect_.text_mark;
  size_t matched = 1;  // of the mark that begins it
  while (matched < mark.size()) {
    const int c = co_await feed_.next();
    if (c != uint8_t(mark[matched])) {
      feed_.unread(c);
      feed_.unread(mark.substr(0, matched));
      co_return false;
    }
    ++matched;
  }
  sink.put('"');
  const JsonEscaper escaper(sink);
  std::string pending;
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) {
      escaper.put(pending);
      co_return false;
    }
    pending += char(c);
    while (!pending.empty() && !mark.starts_with(pending)) {
      escaper.put(pending[0]);
      pending.erase(0, 1);
    }
    if (pending == mark) break;
  }
  sink.put('"');
  co_return true;
}

Reading<bool> ValueReader::read_string(int quote, JsonSink sink) {
  int c = co_await feed_.next();
  if (c == quote) {
    const int third = co_await feed_.next();
    sink.put('"');
    if (third == quote) co_return co_await read_triple(quote, sink);
    sink.put('"');
    feed_.unread(third);
    co_return true;
  }
  sink.put('"');
  for (; c != CharacterFeed::kEnd; c = co_await feed_.next()) {
    if (c == quote) {
      // Some write 'it's' without an escape: a letter behind a quote shows that the text goes on.
      const int after = quote == '\'' ? co_await feed_.next() : CharacterFeed::kEnd;
      feed_.unread(after);
      if (!is_word(after) || after == '-' || after == '+') {
        sink.put('"');
        co_return true;
      }
    }
    if (c == '\\') {
      if (!co_await read_escape(quote, sink)) co_return false;
    } else {
      JsonEscaper(sink).put(char(c));
    }
  }
  co_return false;
}

Reading<bool> ValueReader::read_triple(int quote, JsonSink sink) {
  int num_quotes = 0;
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) co_return false;
    if (c == quote) {
      if (++num_quotes < 3) continue;
      sink.put('"');
      co_return true;
    }
    for (; num_quotes > 0; --num_quotes) JsonEscaper(sink).put(char(quote));
    if (c == '\\') {
      if (!co_await read_escape(quote, sink)) co_return false;
    } else {
      JsonEscaper(sink).put(char(c));
    }
  }
}

Reading<bool> ValueReader::read_escape(int quote, JsonSink sink) {
  const int c = co_await feed_.next();
  switch (c) {
    case CharacterFeed::kEnd:
      co_return false;
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      sink.put('\\');
      sink.put(char(c));
      co_return true;
    case 'u':
      co_return co_await read_unicode_escape(sink);
    case '\'':
      sink.put('\'');
      co_return true;
    case '\n':
      // Python carries a line on.
      if (quote == '\'') co_return true;
      break;
    default:
      break;
  }
  // No escape at all: a backslash.
  sink.put("\\\\");
  feed_.unread(c);
  co_return true;
}

Reading<int> ValueReader::read_hex4(std::string* digits) {
  int value = 0;
  digits->clear();
  for (int i = 0; i < 4; ++i) {
    const int c = co_await feed_.next();
    if (hex_value(c) < 0) {
      feed_.unread(c);
      feed_.unread(*digits);
      co_return -1;
    }
    *digits += char(c);
    value = value * 16 + hex_value(c);
  }
  co_return value;
}

Reading<bool> ValueReader::read_unicode_escape(JsonSink sink) {
  const auto is_low = [](int unit) { return unit >= 0xdc00 && unit < 0xe000; };
  std::string digits, second_digits;
  int unit = co_await read_hex4(&digits);
  if (unit < 0) {
    sink.put("\\\\u");
    co_return true;
  }
  // Halves of a pair that stand alone are no text.
  while (unit >= 0xd800 && unit < 0xdc00) {
    const int backslash = co_await feed_.next();
    const int letter = backslash == '\\' ? co_await feed_.next() : CharacterFeed::kEnd;
    const int second = letter == 'u' ? co_await read_hex4(&second_digits) : -1;
    if (is_low(second)) {
      sink.put("\\u" + digits + "\\u" + second_digits);
      co_return true;
    }
    sink.put("\\ufffd");
    if (second < 0) {
      feed_.unread(letter);
      feed_.unread(backslash);
      co_return true;
    }
    unit = second;
    digits = second_digits;
  }
  sink.put("\\u" + (is_low(unit) ? "fffd" : digits));
  co_return true;
}

Reading<bool> ValueReader::read_text(int quote, std::string* text) {
  std::string json;
  if (!co_await read_string(quote, JsonSink(json))) {
    *text = json;
    co_return false;
  }
  const auto parsed = parse_json(json, {.max_bytes = json.size()});
  if (parsed && parsed->is_string()) *text = parsed->get<std::string>();
  co_return parsed.has_value();
}

namespace {

Reading<bool> read_whole(CharacterFeed& feed, JsonSink sink) {
  ValueReader reader(feed);
  const int first = co_await reader.next_visible();
  if (!co_await reader.read(first, sink)) co_return false;
  co_return co_await reader.next_visible() == CharacterFeed::kEnd;
}

}  // namespace

std::optional<std::string> value_as_json(std::string_view text) {
  CharacterFeed feed;
  std::string json;
  Reading<bool> reading = read_whole(feed, JsonSink(json));
  reading.start();
  for (const char c : text) feed.put(c);
  feed.end();
  if (!reading.await_resume()) return std::nullopt;
  return json;
}

}  // namespace hearth::api
