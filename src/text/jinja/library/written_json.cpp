#include "text/jinja/library/written_json.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "text/jinja/value/number.h"

namespace hearth::jinja {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxDepth = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t end_of_digits(std::string_view text, size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// Whether a text is a number by JSON's grammar (RFC 8259, section 6).
bool is_json_number(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const size_t whole = at;
  at = end_of_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = at + 1;
    at = end_of_digits(text, fraction);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t exponent = at;
    at = end_of_digits(text, exponent);
    if (at == exponent) return false;
  }
  return at == text.size();
}

size_t end_of_string(std::string_view text, size_t begin) {
  size_t at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

size_t end_of_number(std::string_view text, size_t begin) {
  const size_t end = text.find_first_not_of("0123456789+-.eE", begin);
  return end == std::string_view::npos ? text.size() : end;
}

/// A JSON text whose numbers are replaced by their places in a list, so that a parser which reads numbers as
/// doubles cannot change them.
struct NumberedText {
  std::string text;
  std::vector<std::string_view> numbers;
};

/// Nothing where a number is malformed or the nesting too deep.
std::optional<NumberedText> take_numbers(std::string_view text) {
  NumberedText out;
  out.text.reserve(text.size());
  size_t depth = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    size_t end = at + 1;
    if (c == '"') {
      end = end_of_string(text, at);
    } else if (c == '-' || is_digit(c)) {
      end = end_of_number(text, at);
      if (!is_json_number(text.substr(at, end - at))) return std::nullopt;
      out.text += std::to_string(out.numbers.size());
      out.numbers.push_back(text.substr(at, end - at));
      at = end;
      continue;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return std::nullopt;
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1 : 0;
    }
    out.text.append(text, at, end - at);
    at = end;
  }
  return out;
}

Result<Value> number_value(Runtime& runtime, std::string_view text) {
  const bool is_whole = text.find_first_of(".eE") == std::string_view::npos;
  if (is_whole && text != "-0") {
    const auto whole = parse_int(text, 10);
    if (whole && *whole >= Wide(INT64_MIN) && *whole <= Wide(UINT64_MAX))
      return Value::wide(*whole, Origin::kContent);
  }
  const double value = parse_float(text).value_or(0);
  if (!is_whole && float_repr(value) == text) return Value::real(value, Origin::kContent);
  return Value::written(value, TRY(runtime.string(text, Origin::kContent)));
}

/// Builds the values as nlohmann's parser meets them.
class Builder final : public Json::json_sax_t {
 public:
  Builder(Runtime& runtime, const std::vector<std::string_view>& numbers)
      : runtime_(runtime), numbers_(numbers) {}

  const Status& status() const { return status_; }
  Value take() { return std::move(result_); }

  bool null() override { return put(Value::none(Origin::kContent)); }
  bool boolean(bool value) override { return put(Value::boolean(value, Origin::kContent)); }
  bool number_integer(int64_t) override { return false; }
  bool number_unsigned(uint64_t place) override { return put(number_value(runtime_, numbers_[place])); }
  bool number_float(double, const std::string&) override { return false; }
  bool string(std::string& text) override { return put(runtime_.string(text, Origin::kContent)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(true); }
  bool start_array(size_t) override { return open(false); }
  bool end_array() override {
    return close([&](Container& done) { return runtime_.list(std::move(done.items), Origin::kContent); });
  }
  bool key(std::string& name) override {
    auto value = runtime_.string(name, Origin::kContent);
    if (!value) return keep_error(std::move(value).error());
    open_.back().key = std::move(*value);
    return true;
  }
  bool end_object() override {
    return close([&](Container& done) {
      done.entries.finish();
      return runtime_.dict(std::move(done.entries), Origin::kContent);
    });
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  struct Container {
    bool is_object;
    Dict entries = {};
    Value key = {};
    std::vector<Value> items = {};
  };

  bool keep_error(Error error) {
    status_ = std::unexpected(std::move(error));
    return false;
  }

  bool open(bool is_object) {
    open_.push_back({.is_object = is_object});
    return true;
  }

  template <typename Make>
  bool close(Make make) {
    Container done = std::move(open_.back());
    open_.pop_back();
    return put(make(done));
  }

  bool put(Result<Value> value) {
    Status spent = runtime_.spend(1);
    // What a container holds is not charged before the container is made.
    if (spent) spent = runtime_.meter().check_room(++num_values_ * sizeof(Dict::Entry));
    if (!spent) return keep_error(std::move(spent).error());
    if (!value) return keep_error(std::move(value).error());
    if (open_.empty()) {
      result_ = std::move(*value);
    } else if (open_.back().is_object) {
      open_.back().entries.append(std::move(open_.back().key), std::move(*value));
    } else {
      open_.back().items.push_back(std::move(*value));
    }
    return true;
  }

  Runtime& runtime_;
  const std::vector<std::string_view>& numbers_;
  std::vector<Container> open_;
  size_t num_values_ = 0;
  Value result_;
  Status status_;
};

}  // namespace

Result<std::optional<Value>> written_object(Runtime& runtime, std::string_view text) {
  TRY(runtime.meter().spend_scan(text.size()));
  const auto numbered = take_numbers(text);
  if (!numbered) return std::nullopt;
  Builder builder(runtime, numbered->numbers);
  const bool parsed = Json::sax_parse(numbered->text, &builder);
  TRY(builder.status());
  if (!parsed) return std::nullopt;
  Value value = builder.take();
  if (!value.is_dict()) return std::nullopt;
  return value;
}

}  // namespace hearth::jinja
