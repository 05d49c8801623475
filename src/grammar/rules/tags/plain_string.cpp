#include "grammar/rules/tags/plain_string.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "grammar/regex/languages.h"
#include "grammar/regex/text_automaton.h"

namespace hearth::grammar {
namespace {

constexpr size_t kMaxDepth = 64;  // of schemas in schemas, by reference or not

TextDfaPtr no_texts(const Limits& limits) { return *literals_language({}, limits); }

/// Null is any text.
Result<TextDfaPtr> both(TextDfaPtr a, TextDfaPtr b, const Limits& limits) {
  if (a == nullptr || b == nullptr) return a == nullptr ? std::move(b) : std::move(a);
  return intersected(*a, *b, limits);
}

class StringReader {
 public:
  StringReader(const JsonDocument& document, JsonId root, PlainStringBudget& budget, const Limits& limits)
      : document_(document), root_(root), limits_(limits), budget_(budget) {}

  /// Of the texts of `all`.
  Result<TextDfaPtr> read(TextDfaPtr all) { return read_schema(root_, "", std::move(all)); }
  /// JSON pointers of what is not held to.
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  Result<TextDfaPtr> read_schema(JsonId schema, const std::string& pointer, TextDfaPtr all = nullptr) {
    if (document_.is(schema, JsonKind::kTrue)) return all;
    if (document_.is(schema, JsonKind::kFalse)) return no_texts(limits_);
    if (!document_.is(schema, JsonKind::kObject)) {
      return fail(ErrorCode::kInvalidArgument, "{}: is no schema", pointer);
    }
    if (depth_ == kMaxDepth || budget_.num_schemas == 0) {
      return fail(ErrorCode::kResourceLimit, "{}: the schema of a text is too large", pointer);
    }
    --budget_.num_schemas;
    ++depth_;
    auto language = read_members(schema, pointer, std::move(all));
    --depth_;
    return language;
  }

  Result<TextDfaPtr> read_members(JsonId schema, const std::string& pointer, TextDfaPtr language) {
    for (const auto& [key, value] : document_.members(schema)) {
      const std::string_view name = document_.text(key);
      const std::string place = fmt::format("{}/{}", pointer, name);
      const size_t num_left_out = left_out_.size();
      auto one = read_keyword(schema, name, value, place);
      if (one) one = counted(both(language, *std::move(one), limits_));
      if (one) {
        language = *std::move(one);
        continue;
      }
      const ErrorCode code = one.error().code;
      if (code != ErrorCode::kResourceLimit && code != ErrorCode::kUnsupported) {
        return std::unexpected(std::move(one.error()));
      }
      // The whole keyword, not what in it.
      left_out_.resize(num_left_out);
      left_out_.push_back(place);
    }
    return language;
  }

  /// Takes the work for a language from what there may be of it.
  Result<TextDfaPtr> counted(Result<TextDfaPtr> language) {
    if (language && *language == nullptr) return language;
    const uint64_t num_states = language ? (*language)->num_states() : limits_.max_dfa_states;
    if (num_states > budget_.num_states) {
      budget_.num_states = 0;
      return fail(ErrorCode::kResourceLimit, "the languages of texts are too large together");
    }
    budget_.num_states -= num_states;
    return language;
  }

  /// The texts that a keyword allows.
  Result<TextDfaPtr> read_keyword(JsonId schema, std::string_view name, JsonId value,
                                  const std::string& place) {
    if (budget_.num_states == 0) {
      return fail(ErrorCode::kResourceLimit, "the languages of texts are too large together");
    }
    if (name == "type") return read_type(value);
    if (name == "enum" && document_.is(value, JsonKind::kArray)) return literals(document_.items(value));
    if (name == "const") return literals({&value, 1});
    if (name == "pattern") return counted(pattern_language(document_.text(value), limits_, budget_.fuel));
    if (name == "format") {
      const auto known = format_language(document_.text(value));
      return known.value_or(nullptr);
    }
    if (name == "minLength") return length_language(TRY(count(value, place)), kEndless, limits_);
    if (name == "maxLength") return length_language(0, TRY(count(value, place)), limits_);
    if (name == "$ref") return read_reference(value, place);
    if (name == "allOf") return read_all(value, place);
    if (name == "anyOf" || name == "oneOf") return read_any(value, place, name == "oneOf");
    if (name == "not") return read_not(value, place);
    if (name == "if" && (document_.find(schema, "then") || document_.find(schema, "else"))) {
      return fail(ErrorCode::kUnsupported, "{}: is not known of texts without quotes", place);
    }
    return TextDfaPtr();
  }

  Result<TextDfaPtr> read_type(JsonId value) const {
    const auto is_string = [&](JsonId type) { return document_.text(type) == "string"; };
    const bool may_be = document_.is(value, JsonKind::kArray)
                            ? std::ranges::any_of(document_.items(value), is_string)
                            : document_.is(value, JsonKind::kString) && is_string(value);
    return may_be ? TextDfaPtr() : no_texts(limits_);
  }

  Result<TextDfaPtr> literals(std::span<const JsonId> values) const {
    std::vector<std::string> texts;
    for (const JsonId value : values) {
      if (document_.is(value, JsonKind::kString)) texts.emplace_back(document_.text(value));
    }
    return literals_language(texts, limits_);
  }

  Result<uint64_t> count(JsonId value, const std::string& place) const {
    const std::string_view digits = document_.text(value);
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size()) return number;
    return fail(ErrorCode::kUnsupported, "{}: is no whole number", place);
  }

  Result<TextDfaPtr> read_reference(JsonId value, const std::string& place) {
    std::string_view pointer = document_.text(value);
    std::optional<JsonId> found;
    if (pointer.starts_with('#') && pointer.find('%') == pointer.npos) found = root_;
    for (pointer.remove_prefix(std::min<size_t>(pointer.size(), 1)); found && !pointer.empty();) {
      if (pointer[0] != '/') found.reset();
      pointer.remove_prefix(1);
      const std::string_view token = pointer.substr(0, pointer.find('/'));
      pointer.remove_prefix(token.size());
      if (found) found = document_.child(*found, unescaped(token));
    }
    if (found) return read_schema(*found, place);
    return fail(ErrorCode::kUnsupported, "{}: is no pointer into the schema", place);
  }

  static std::string unescaped(std::string_view token) {
    std::string plain;
    for (size_t i = 0; i < token.size(); ++i) {
      const bool is_escape =
          token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
      plain += !is_escape ? token[i] : token[i + 1] == '0' ? '~' : '/';
      i += size_t(is_escape);
    }
    return plain;
  }

  Result<std::span<const JsonId>> items(JsonId value, const std::string& place) const {
    if (document_.is(value, JsonKind::kArray)) return document_.items(value);
    return fail(ErrorCode::kInvalidArgument, "{}: is no list of schemas", place);
  }

  Result<TextDfaPtr> read_all(JsonId value, const std::string& place) {
    TextDfaPtr language;
    size_t index = 0;
    for (const JsonId item : TRY(items(value, place))) {
      language = TRY(both(language, TRY(read_schema(item, fmt::format("{}/{}", place, index++))), limits_));
      TRY(counted(language));
    }
    return language;
  }

  Result<TextDfaPtr> read_any(JsonId value, const std::string& place, bool is_one) {
    TextDfaPtr language = no_texts(limits_);
    const size_t num_left_out = left_out_.size();
    size_t index = 0;
    for (const JsonId item : TRY(items(value, place))) {
      TextDfaPtr other = TRY(read_schema(item, fmt::format("{}/{}", place, index++)));
      if (other != nullptr && other->empty()) continue;
      if (is_one && (language == nullptr || !language->empty())) {
        // Texts of both are of neither, which can only be said of what is known exactly.
        const bool is_exact = language != nullptr && other != nullptr && left_out_.size() == num_left_out;
        if (!is_exact || !TRY(intersected(*language, *other, limits_))->empty()) {
          return fail(ErrorCode::kUnsupported, "{}: its alternatives may overlap", place);
        }
      }
      const bool is_all = language == nullptr || other == nullptr;
      language = is_all ? nullptr : TRY(counted(united(*language, *other, limits_)));
    }
    return language;
  }

  Result<TextDfaPtr> read_not(JsonId value, const std::string& place) {
    const size_t num_left_out = left_out_.size();
    const TextDfaPtr language = TRY(read_schema(value, place));
    if (left_out_.size() != num_left_out) {
      return fail(ErrorCode::kUnsupported, "{}: what it excludes is not known exactly", place);
    }
    return language == nullptr ? no_texts(limits_) : complement(*language);
  }

  static constexpr uint64_t kEndless = std::numeric_limits<uint64_t>::max();

  const JsonDocument& document_;
  const JsonId root_;
  const Limits& limits_;
  PlainStringBudget& budget_;
  std::vector<std::string> left_out_;
  size_t depth_ = 0;
};

/// A pattern that is found where the text is.
std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\^$.*+?()[]{}|/)").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

class PlainStringGrammar final : public Grammar {
 public:
  PlainStringGrammar(TextDfaPtr language, std::vector<std::string> warnings)
      : language_(std::move(language)), warnings_(std::move(warnings)) {}

  std::unique_ptr<Automaton> make_automaton() const override {
    return std::make_unique<TextAutomaton>(language_);
  }
  std::vector<std::string> warnings() const override { return warnings_; }
  size_t memory_size() const override { return sizeof(*this) + language_->memory_size(); }

 private:
  TextDfaPtr language_;
  std::vector<std::string> warnings_;
};

}  // namespace

Result<GrammarPtr> compile_plain_string(const JsonDocument& document, JsonId schema,
                                        const std::vector<std::string>& excluded, std::string_view place,
                                        PlainStringBudget& budget, const Limits& limits) {
  TextDfaPtr all;
  for (const std::string& text : excluded) {
    all = TRY(both(std::move(all), complement(*TRY(pattern_language(escaped(text), limits))), limits));
  }
  StringReader reader(document, schema, budget, limits);
  auto language = reader.read(all);
  std::vector<std::string> left_out = reader.left_out();
  if (!language && language.error().code == ErrorCode::kResourceLimit) {
    language = all;
    left_out = {""};
  }
  if (!language) return std::unexpected(std::move(language.error()));
  if (*language == nullptr) language = complement(*no_texts(limits));
  if ((*language)->empty()) {
    return fail(ErrorCode::kInvalidArgument, "no string of the schema can stand here without quotes");
  }
  std::vector<std::string> warnings;
  for (const std::string& pointer : left_out) {
    warnings.push_back(fmt::format("{}{} is not enforced in the model's form", place, pointer));
  }
  return std::make_shared<const PlainStringGrammar>(*std::move(language), std::move(warnings));
}

}  // namespace hearth::grammar
