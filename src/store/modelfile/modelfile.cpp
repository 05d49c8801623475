#include "store/modelfile/modelfile.h"

#include <algorithm>
#include <array>

namespace hearth {
namespace {

constexpr std::string_view kTriple = "\"\"\"";
constexpr std::string_view kBlank = " \t";

bool is_blank(char c) { return kBlank.find(c) != std::string_view::npos; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  Result<Modelfile> read() {
    if (text_.size() > kMaxModelfileSize)
      return fail(ErrorCode::kResourceLimit, "the Modelfile is longer than {} bytes", kMaxModelfileSize);
    if (text_.find('\0') != std::string_view::npos)
      return fail_hint(ErrorCode::kCorruptData, "save it as UTF-8", "the Modelfile is no text in UTF-8");
    while (skip_to_instruction()) TRY(read_instruction());
    if (file_.from.empty())
      return fail_hint(ErrorCode::kCorruptData, "begin with FROM and a model's name or file",
                       "the Modelfile has no FROM");
    return std::move(file_);
  }

 private:
  template <typename... Args>
  std::unexpected<Error> broken(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorCode::kCorruptData, "Modelfile: line {}: {}", line_,
                fmt::format(format, std::forward<Args>(args)...));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void take() { line_ += text_[at_++] == '\n' ? 1 : 0; }
  void skip_line() {
    while (at_ < text_.size() && peek() != '\n') take();
  }
  void skip_blanks() {
    while (is_blank(peek())) take();
  }

  bool skip_to_instruction() {
    while (at_ < text_.size()) {
      if (peek() == '#') {
        skip_line();
      } else if (is_blank(peek()) || peek() == '\n' || peek() == '\r') {
        take();
      } else {
        return true;
      }
    }
    return false;
  }

  template <typename Accepts>
  std::string_view word(Accepts accepts) {
    const size_t begin = at_;
    while (accepts(peek())) take();
    return text_.substr(begin, at_ - begin);
  }

  Status read_instruction() {
    const std::string name = lower(word(is_letter));
    const bool separated = is_blank(peek());
    skip_blanks();
    if (name == "message" && separated) return read_message();
    if (name == "parameter" && separated) return read_parameter();
    std::string* one = name == "requires"   ? &file_.required_version
                       : name == "renderer" ? &file_.renderer
                       : name == "parser"   ? &file_.parser
                                            : nullptr;
    std::vector<std::string>* many = name == "from"      ? &file_.from
                                     : name == "adapter" ? &file_.adapters
                                     : name == "draft"   ? &file_.drafts
                                     : name == "license" ? &file_.licenses
                                                         : nullptr;
    std::optional<std::string>* text = name == "template" ? &file_.chat_template
                                       : name == "system" ? &file_.system
                                                          : nullptr;
    if (!separated || (one == nullptr && many == nullptr && text == nullptr)) {
      return broken(
          "an instruction is one of FROM, PARAMETER, TEMPLATE, SYSTEM, ADAPTER, DRAFT, LICENSE, "
          "MESSAGE, REQUIRES, RENDERER, PARSER, with a value behind it");
    }
    std::string value = TRY(read_value());
    if (value.empty() && (many != nullptr || one != nullptr)) return broken("{} has no value", name);
    if (one != nullptr)
      *one = std::move(value);
    else if (many != nullptr)
      many->push_back(std::move(value));
    else
      *text = std::move(value);
    return {};
  }

  Status read_message() {
    std::string role(word(is_letter));
    if (role != "system" && role != "user" && role != "assistant")
      return broken("a message is of \"system\", \"user\" or \"assistant\"");
    if (!is_blank(peek())) return broken("a message has no text");
    skip_blanks();
    file_.messages.push_back({std::move(role), TRY(read_value())});
    return {};
  }

  Status read_parameter() {
    std::string name = lower(word(is_word));
    if (name.empty() || !is_blank(peek())) return broken("a parameter is a name and a value");
    skip_blanks();
    file_.parameters.emplace_back(std::move(name), TRY(read_value()));
    return {};
  }

  /// What follows to the end of the line, or of the quotes, which a line's end must follow.
  Result<std::string> read_value() {
    const std::string_view rest = text_.substr(at_);
    const std::string_view quotes = rest.starts_with(kTriple) ? kTriple : rest.starts_with('"') ? "\"" : "";
    if (quotes.empty()) {
      const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size()));
      skip_line();
      return std::string(trimmed(line));
    }
    const int begin_line = line_;
    for (size_t end = rest.find(quotes, quotes.size()); end != std::string_view::npos;
         end = rest.find(quotes, end + 1)) {
      const std::string_view behind = rest.substr(end + quotes.size());
      if (!trimmed(behind.substr(0, std::min(behind.find('\n'), behind.size()))).empty()) continue;
      for (size_t i = 0; i < end + quotes.size(); ++i) take();
      skip_line();
      return std::string(rest.substr(quotes.size(), end - quotes.size()));
    }
    line_ = begin_line;
    return broken("the quotes are not closed");
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  Modelfile file_;
};

Result<std::string> quoted(const std::string& value) {
  const bool plain = value.find('\n') == std::string::npos && trimmed(value) == value &&
                     !value.starts_with('"') && !value.empty();
  if (plain) return value;
  // The first end of quotes that a line's end follows closes them.
  const auto fits = [&](std::string_view quotes) {
    const std::string text = value + std::string(quotes) + "\n";
    for (size_t at = text.find(quotes); at != std::string::npos; at = text.find(quotes, at + 1)) {
      const size_t behind = at + quotes.size();
      if (trimmed(text.substr(behind, text.find('\n', behind) - behind)).empty()) return at == value.size();
    }
    return false;
  };
  if (fits("\"") && value.find('"') == std::string::npos) return "\"" + value + "\"";
  if (fits(kTriple)) return std::string(kTriple) + value + std::string(kTriple);
  return fail(ErrorCode::kUnsupported, "a value holds lines that end in {}, which a Modelfile cannot quote",
              kTriple);
}

}  // namespace

Result<Modelfile> Modelfile::parse(std::string_view text) { return Reader(text).read(); }

Result<std::string> Modelfile::write() const {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) -> Status {
    text += fmt::format("{} {}\n", name, TRY(quoted(value)));
    return {};
  };
  for (const std::string& value : from) TRY(add("FROM", value));
  for (const std::string& value : adapters) TRY(add("ADAPTER", value));
  for (const std::string& value : drafts) TRY(add("DRAFT", value));
  if (chat_template) TRY(add("TEMPLATE", *chat_template));
  if (system) TRY(add("SYSTEM", *system));
  for (const auto& [name, value] : parameters) TRY(add("PARAMETER " + name, value));
  for (const Message& message : messages) TRY(add("MESSAGE " + message.role, message.content));
  if (!renderer.empty()) TRY(add("RENDERER", renderer));
  if (!parser.empty()) TRY(add("PARSER", parser));
  if (!required_version.empty()) TRY(add("REQUIRES", required_version));
  for (const std::string& value : licenses) TRY(add("LICENSE", value));
  return text;
}

}  // namespace hearth
