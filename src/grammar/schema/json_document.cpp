#include "grammar/schema/json_document.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

constexpr size_t kManyMembers = 16;
constexpr size_t kMaxPointerSize = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The code points at the start that take at most so many bytes.
std::string_view shortened(std::string_view text, size_t max_size) {
  if (text.size() <= max_size) return text;
  while (max_size > 0 && (uint8_t(text[max_size]) & 0xc0) == 0x80) --max_size;
  return text.substr(0, max_size);
}

}  // namespace

/// Reads one text into a document. Recursive, up to `max_depth`.
class JsonReader {
 public:
  JsonReader(JsonDocument& document, std::string_view text, const Limits& limits)
      : document_(document),
        text_(text),
        source_(uint32_t(document.sources_.size() - 1)),
        max_depth_(limits.max_depth),
        max_nodes_(limits.max_nodes) {}

  Result<JsonId> read() {
    const JsonId root = TRY(value(0));
    document_.nodes_[root].parent = root;
    skip_space();
    if (at_ != text_.size()) return unexpected("the end");
    return root;
  }

 private:
  std::unexpected<Error> bad(std::string_view what) const {
    return fail(ErrorCode::kInvalidArgument, "no JSON: {} at byte {}", what, at_);
  }
  std::unexpected<Error> unexpected(std::string_view wanted) const {
    if (at_ >= text_.size())
      return fail(ErrorCode::kInvalidArgument, "no JSON: the text ends where {} is wanted, at byte {}",
                  wanted, at_);
    return fail(ErrorCode::kInvalidArgument, "no JSON: {} is wanted at byte {}", wanted, at_);
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<JsonId> add(JsonKind kind) {
    auto& nodes = document_.nodes_;
    if (nodes.size() >= max_nodes_)
      return fail(ErrorCode::kResourceLimit, "the JSON has more than {} values", max_nodes_);
    nodes.emplace_back();
    nodes.back().kind = kind;
    nodes.back().source = source_;
    nodes.back().source_begin = uint32_t(at_);
    return JsonId(nodes.size() - 1);
  }

  Result<JsonId> value(size_t depth) {
    skip_space();
    if (at_ >= text_.size()) return unexpected("a value");
    if (depth > max_depth_)
      return fail(ErrorCode::kResourceLimit, "the JSON is nested more than {} deep", max_depth_);
    JsonId id = 0;
    switch (text_[at_]) {
      case '{':
        id = TRY(object(depth));
        break;
      case '[':
        id = TRY(array(depth));
        break;
      case '"':
        id = TRY(string());
        break;
      case 'n':
        id = TRY(word("null", JsonKind::kNull));
        break;
      case 't':
        id = TRY(word("true", JsonKind::kTrue));
        break;
      case 'f':
        id = TRY(word("false", JsonKind::kFalse));
        break;
      default:
        id = TRY(number());
    }
    auto& node = document_.nodes_[id];
    node.source_size = uint32_t(at_) - node.source_begin;
    return id;
  }

  Result<JsonId> word(std::string_view spelling, JsonKind kind) {
    if (text_.substr(at_, spelling.size()) != spelling) return unexpected("a value");
    const JsonId id = TRY(add(kind));
    at_ += spelling.size();
    return id;
  }

  size_t digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - begin;
  }

  Result<JsonId> number() {
    const size_t begin = at_;
    const JsonId id = TRY(add(JsonKind::kNumber));
    if (text_[at_] == '-') ++at_;
    const bool zero = at_ < text_.size() && text_[at_] == '0';
    const size_t whole = digits();
    if (whole == 0) return unexpected(begin == at_ ? "a value" : "a digit");
    if (zero && whole > 1) return bad("a number with a zero in front");
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (digits() == 0) return unexpected("a digit");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (digits() == 0) return unexpected("a digit");
    }
    auto& node = document_.nodes_[id];
    node.text = text_.data() + begin;
    node.size = uint32_t(at_ - begin);
    return id;
  }

  Result<JsonId> string() {
    const JsonId id = TRY(add(JsonKind::kString));
    const size_t begin = ++at_;
    std::optional<std::string> said;  // once there is an escape
    for (;;) {
      if (at_ >= text_.size()) return unexpected("the end of a string");
      const char c = text_[at_];
      if (c == '"') break;
      if (uint8_t(c) < 0x20) return bad("a control character in a string");
      if (c == '\\') {
        if (!said) said.emplace(text_.substr(begin, at_ - begin));
        TRY(escape(*said));
        continue;
      }
      const Utf8Step step = next_utf8(text_.substr(at_));
      if (step.code_point == Utf8Step::kBadByte) return bad("bytes that are no UTF-8");
      if (said) said->append(text_.substr(at_, step.size));
      at_ += step.size;
    }
    std::string_view text = text_.substr(begin, at_ - begin);
    if (said) text = document_.sources_.emplace_back(std::move(*said));
    auto& node = document_.nodes_[id];
    node.text = text.data();
    node.size = uint32_t(text.size());
    ++at_;
    return id;
  }

  Result<uint32_t> hex4() {
    uint32_t unit = 0;
    if (text_.size() - at_ < 4) return unexpected("four hexadecimal digits");
    const char* const begin = text_.data() + at_;
    if (std::from_chars(begin, begin + 4, unit, 16).ptr != begin + 4)
      return unexpected("four hexadecimal digits");
    at_ += 4;
    return unit;
  }

  Status escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kSaid = "\"\\/\b\f\n\r\t";
    ++at_;
    if (at_ >= text_.size()) return unexpected("the end of an escape");
    const size_t simple = kNames.find(text_[at_]);
    if (simple == std::string_view::npos && text_[at_] != 'u') return bad("an unknown escape");
    ++at_;
    if (simple != std::string_view::npos) {
      out += kSaid[simple];
      return {};
    }
    uint32_t code_point = TRY(hex4());
    if (code_point >= 0xd800 && code_point < 0xe000) {
      if (code_point >= 0xdc00 || text_.substr(at_, 2) != "\\u") return bad("half of a surrogate pair");
      at_ += 2;
      const uint32_t low = TRY(hex4());
      if (low < 0xdc00 || low >= 0xe000) return bad("half of a surrogate pair");
      code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code_point);
    return {};
  }

  Result<JsonId> array(size_t depth) {
    const JsonId id = TRY(add(JsonKind::kArray));
    ++at_;
    std::vector<JsonId> items;
    if (!take(']')) {
      do {
        items.push_back(TRY(value(depth + 1)));
      } while (take(','));
      if (!take(']')) return unexpected("a comma or ]");
    }
    for (size_t i = 0; i < items.size(); ++i) set_place(items[i], id, i);
    set_children(id, document_.items_, items);
    return id;
  }

  Result<JsonId> object(size_t depth) {
    const JsonId id = TRY(add(JsonKind::kObject));
    ++at_;
    std::vector<JsonDocument::Member> members;
    if (!take('}')) {
      do {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != '"') return unexpected("a key");
        const JsonId key = TRY(string());
        if (!take(':')) return unexpected("a colon");
        members.push_back({key, TRY(value(depth + 1))});
      } while (take(','));
      if (!take('}')) return unexpected("a comma or }");
    }
    for (size_t i = 0; i < members.size(); ++i) {
      set_place(members[i].key, id, i);
      set_place(members[i].value, id, i);
    }
    set_children(id, document_.members_, members);
    TRY(sort_keys(id));
    return id;
  }

  void set_place(JsonId id, JsonId parent, size_t place) {
    document_.nodes_[id].parent = parent;
    document_.nodes_[id].place = uint32_t(place);
  }
  template <typename T>
  void set_children(JsonId id, std::vector<T>& all, const std::vector<T>& own) {
    document_.nodes_[id].first = uint32_t(all.size());
    document_.nodes_[id].size = uint32_t(own.size());
    all.insert(all.end(), own.begin(), own.end());
  }

  /// Finds keys that come twice; keeps the order where there are many.
  Status sort_keys(JsonId id) {
    const auto members = document_.members(id);
    std::vector<uint32_t> order(members.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](uint32_t i) { return document_.text(members[i].key); };
    std::ranges::sort(order, {}, key);
    const auto twice = std::ranges::adjacent_find(order, {}, key);
    if (twice != order.end())
      return fail(ErrorCode::kInvalidArgument, "no JSON: the key \"{}\" comes twice in the object at byte {}",
                  shortened(key(*twice), 64), document_.nodes_[id].source_begin);
    if (members.size() > kManyMembers) document_.sorted_.emplace(id, std::move(order));
    return {};
  }

  JsonDocument& document_;
  std::string_view text_;
  uint32_t source_;
  size_t max_depth_, max_nodes_;
  size_t at_ = 0;
};

Result<JsonId> JsonDocument::add(std::string text, const Limits& limits) {
  if (text.size() > std::min<size_t>(limits.max_source_size, UINT32_MAX))
    return fail(ErrorCode::kResourceLimit, "the JSON has {} bytes, more than {}", text.size(),
                limits.max_source_size);
  const std::string& source = sources_.emplace_back(std::move(text));
  return JsonReader(*this, source, limits).read();
}

std::span<const JsonId> JsonDocument::items(JsonId array) const {
  return std::span(items_).subspan(nodes_[array].first, nodes_[array].size);
}

std::span<const JsonDocument::Member> JsonDocument::members(JsonId object) const {
  return std::span(members_).subspan(nodes_[object].first, nodes_[object].size);
}

std::optional<JsonId> JsonDocument::find(JsonId object, std::string_view key) const {
  const auto all = members(object);
  if (all.size() <= kManyMembers) {
    for (const Member& member : all) {
      if (text(member.key) == key) return member.value;
    }
    return std::nullopt;
  }
  const auto& order = sorted_.at(object);
  const auto key_of = [&](uint32_t i) { return text(all[i].key); };
  const auto found = std::ranges::lower_bound(order, key, {}, key_of);
  if (found == order.end() || key_of(*found) != key) return std::nullopt;
  return all[*found].value;
}

std::optional<JsonId> JsonDocument::child(JsonId id, std::string_view token) const {
  if (is(id, JsonKind::kObject)) return find(id, token);
  if (!is(id, JsonKind::kArray) || token.empty() || (token[0] == '0' && token.size() > 1))
    return std::nullopt;
  size_t place = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), place);
  if (error != std::errc() || end != token.data() + token.size() || place >= items(id).size())
    return std::nullopt;
  return items(id)[place];
}

std::string_view JsonDocument::source(JsonId id) const {
  const Node& node = nodes_[id];
  return std::string_view(sources_[node.source]).substr(node.source_begin, node.source_size);
}

JsonId JsonDocument::root(JsonId id) const {
  while (nodes_[id].parent != id) id = nodes_[id].parent;
  return id;
}

std::string JsonDocument::token(JsonId id) const {
  const Node& node = nodes_[id];
  if (is(node.parent, JsonKind::kArray)) return "/" + std::to_string(node.place);
  std::string token = "/";
  for (const char c : shortened(text(members(node.parent)[node.place].key), kMaxPointerSize))
    token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return token;
}

std::string JsonDocument::pointer(JsonId id) const {
  std::vector<JsonId> path;
  for (; nodes_[id].parent != id; id = nodes_[id].parent) path.push_back(id);
  std::string pointer;
  for (size_t i = path.size(); i-- > 0;) {
    pointer += token(path[i]);
    if (pointer.size() < kMaxPointerSize || i <= 1) continue;
    pointer += "/...";
    i = 1;  // the last one is told again
  }
  return pointer;
}

}  // namespace hearth::grammar
