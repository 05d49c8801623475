#include "api/tools/completion_parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "api/tools/call_reader.h"
#include "api/tools/harmony_reader.h"
#include "text/template/mark_pieces.h"

namespace hearth::api {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// Distilled models write look-alikes of their teachers' marks.
constexpr std::string_view kWideBar = "\xef\xbd\x9c", kLowBlock = "\xe2\x96\x81";
constexpr std::array<std::string_view, 2> kBars = {kWideBar, "|"};
constexpr std::array<std::string_view, 4> kBlanks = {kLowBlock, "_", " ", "\\_"};

/// A format as it is written with other characters for those that no keyboard has.
ToolFormat spelt(ToolFormat format, std::string_view bar, std::string_view blank) {
  for (std::string* mark :
       {&format.section_open, &format.section_close, &format.call_open, &format.call_close, &format.separator,
        &format.name_end, &format.key_open, &format.key_close, &format.value_close}) {
    replace_all(*mark, kWideBar, bar);
    replace_all(*mark, kLowBlock, blank);
  }
  return format;
}

std::vector<ToolFormat> spellings(const ToolFormat& format) {
  std::vector<ToolFormat> all = {format};
  for (const std::string_view bar : kBars) {
    for (const std::string_view blank : kBlanks) {
      ToolFormat other = spelt(format, bar, blank);
      const auto same = [&](const ToolFormat& one) {
        return one.section_open + one.call_open == other.section_open + other.call_open;
      };
      if (std::ranges::none_of(all, same)) all.push_back(std::move(other));
    }
  }
  return all;
}

bool is_of_call(PartKind kind) { return kind == PartKind::kToolName || kind == PartKind::kToolArguments; }

std::string without_space(std::string_view text) {
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
  return plain;
}

bool is_of_id(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// Whether marks, with any id where one is, begin with a text.
bool begin_with(std::string_view marks, std::string_view text) {
  size_t at = 0;
  for (const char mark : marks) {
    if (at == text.size()) return true;
    if (mark == ToolFormat::kIdMark) {
      while (at < text.size() && is_of_id(text[at])) ++at;
    } else if (text[at++] != mark) {
      return false;
    }
  }
  return at == text.size();
}

/// Whether a text, white space aside, goes on from the beginning of a sequence of marks or from one in it.
bool begins_any_of(std::string_view text, std::span<const std::string> sequences) {
  const std::string plain = without_space(text);
  for (const std::string& one : sequences) {
    const std::string sequence = without_space(one);
    size_t at = 0;
    for (const std::string_view piece : mark_pieces(sequence)) {
      const bool is_start = at == 0 || piece.size() > 1;
      if (is_start && begin_with(std::string_view(sequence).substr(at), plain)) return true;
      at += piece.size();
    }
  }
  return false;
}

class FormParser final : public CompletionParser {
 public:
  explicit FormParser(CompletionForm form) : form_(std::move(form)), thinks_(form_.begins_in_thought) {
    if (form_.tool_set != nullptr) add_triggers();
    for (const Mark& mark : marks_) first_bytes_[uint8_t(mark.text[0])] = true;
    if (!form_.reasoning.start.empty()) first_bytes_[uint8_t(form_.reasoning.start[0])] = true;
    if (!form_.reasoning.end.empty()) first_bytes_[uint8_t(form_.reasoning.end[0])] = true;
    run_ = is_harmony() ? run_harmony() : run();
  }

  void push(TokenId, std::string_view text, std::vector<OutputPart>& parts) override {
    const bool thought = is_thinking();
    take(text, parts);
    if (thought || is_thinking()) ++num_reasoning_tokens_;
  }

  void finish(std::string_view text, std::vector<OutputPart>& parts) override {
    take(text, parts);
    if (!has_started_) start();
    const bool is_behind_call = writer_.num_calls() > 0 && writer_.is_fresh();
    const size_t num_texts = num_texts_;
    std::vector<OutputPart> rest;
    writer_.write_to(rest);
    feed_.end();
    writer_.end();
    // A completion that is cut off within the marks behind a call says nothing more.
    const bool goes_on = rest.size() > 1 ? is_of_call(rest[rest.size() - 2].kind) : is_behind_call;
    if (goes_on && !rest.empty() && rest.back().kind == PartKind::kContent && begins_mark(rest.back().text)) {
      rest.pop_back();
      num_texts_ = num_texts;
    }
    for (OutputPart& part : rest) append_part(parts, std::move(part));
  }

  uint64_t num_steps() const override { return feed_.num_read(); }
  size_t num_reasoning_tokens() const override { return num_reasoning_tokens_; }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all;
    if (num_texts_ > 0) all.emplace_back("tools: what begins like a call could not be read, and is text");
    if (num_broken_ > 0) all.emplace_back("tools: a call's arguments are not as its family writes them");
    return all;
  }

 private:
  enum class MarkKind : uint8_t { kThoughtStart, kThoughtEnd, kCalls };
  struct Mark {
    std::string text;
    std::vector<std::string> rest;
    size_t spelling = 0;
  };
  struct Found {
    MarkKind kind = MarkKind::kCalls;
    const Mark* calls = nullptr;
  };

  bool is_harmony() const { return form_.tools.shape == ToolShape::kHarmony || form_.reasoning.in_channels; }
  bool is_thinking() const { return thinks_ || (harmony_ && harmony_->is_thinking()); }

  void add_triggers() {
    formats_ = spellings(form_.tools);
    for (size_t i = 0; i < formats_.size(); ++i) {
      for (ToolFormat::Trigger& trigger : formats_[i].triggers()) {
        marks_.push_back({std::move(trigger.mark), std::move(trigger.rest), i});
      }
    }
    is_bare_ = form_.tools.shape == ToolShape::kJson || form_.tools.shape == ToolShape::kPythonic;
    if (is_bare_ && marks_.empty()) {
      if (form_.tools.shape == ToolShape::kJson) marks_.push_back({"<|python_tag|>", {}, 0});
    } else {
      is_bare_ = is_bare_ && marks_.front().text.starts_with("<|python");
    }
  }

  /// Whether a text behind a call is the beginning of what ends it or begins the next one.
  bool begins_mark(std::string_view text) const {
    if (form_.tool_set == nullptr) return false;
    for (const ToolFormat& format : formats_) {
      std::vector<std::string> all = {format.call_close + format.section_close};
      for (const Tool& tool : form_.tool_set->all()) {
        const std::string index = format.indexed_ids ? std::string(":") + ToolFormat::kIdMark : "";
        const std::string call = format.call_open + format.name_prefix + tool.name + index + format.name_end;
        all.push_back(format.call_close + format.section_close + format.section_open + call);
        all.push_back(format.call_close + format.separator + call);
        all.push_back(format.separator + call);
        all.push_back(call);
      }
      if (begins_any_of(text, all)) return true;
    }
    return false;
  }

  void start() {
    has_started_ = true;
    run_.start();
  }

  void take(std::string_view text, std::vector<OutputPart>& parts) {
    writer_.write_to(parts);
    if (!has_started_) start();
    for (const char c : text) feed_.put(c);
  }

  PartKind kind() const { return thinks_ ? PartKind::kReasoning : PartKind::kContent; }

  Reading<bool> run_harmony() {
    harmony_.emplace(feed_, writer_, form_.tools, form_.tool_set.get());
    co_await harmony_->run();
    num_broken_ += harmony_->num_broken();
    num_texts_ += harmony_->num_texts();
    co_return true;
  }

  Reading<bool> run() {
    if (thinks_) writer_.mark();
    if (form_.tool_set != nullptr && form_.tools.begun_by_prompt) {
      feed_.record();
      co_await read_calls({}, 0, true);
    }
    bool may_be_bare = is_bare_;
    for (;;) {
      if (may_be_bare && !thinks_) {
        may_be_bare = false;
        co_await read_bare();
      }
      const std::optional<Found> found = co_await scan();
      if (!found) break;
      if (found->kind == MarkKind::kCalls) {
        feed_.record(found->calls->text);
        co_await read_calls(found->calls->rest, found->calls->spelling, true);
        continue;
      }
      thinks_ = found->kind == MarkKind::kThoughtStart;
      has_thought_ = true;
      writer_.mark();
      if (!thinks_) may_be_bare = is_bare_;
    }
    co_return true;
  }

  /// Passes text on up to the next mark. Nothing: everything has ended.
  Reading<std::optional<Found>> scan() {
    std::string pending;
    for (;;) {
      const int c = co_await feed_.next();
      if (c == CharacterFeed::kEnd) {
        writer_.text(kind(), pending);
        co_return std::nullopt;
      }
      if (pending.empty() && !first_bytes_[size_t(c)]) {
        writer_.text(kind(), char(c));
        continue;
      }
      pending += char(c);
      while (!pending.empty()) {
        bool may_come = false;
        if (auto found = match(pending, may_come)) co_return found;
        if (may_come) break;
        writer_.text(kind(), pending[0]);
        pending.erase(0, 1);
      }
    }
  }

  /// The mark that a text is; `may_come`: that it begins.
  std::optional<Found> match(std::string_view text, bool& may_come) const {
    const auto is = [&](std::string_view mark) {
      may_come = may_come || mark.starts_with(text);
      return mark == text;
    };
    const ReasoningFormat& reasoning = form_.reasoning;
    // Thoughts begin where nothing was said yet; an end without a beginning ends what was written till then.
    const bool may_think = !thinks_ && !reasoning.start.empty() && writer_.is_fresh();
    const bool may_end = thinks_ || (!reasoning.end.empty() && !has_thought_ && !form_.has_thought);
    if (may_think && is(reasoning.start)) return Found{.kind = MarkKind::kThoughtStart};
    if (may_end && !reasoning.end.empty() && is(reasoning.end)) return Found{.kind = MarkKind::kThoughtEnd};
    for (const Mark& mark : marks_) {
      if (is(mark.text)) return Found{.kind = MarkKind::kCalls, .calls = &mark};
    }
    return std::nullopt;
  }

  /// The feed records.
  Reading<bool> read_calls(std::vector<std::string> rest, size_t spelling, bool is_marked) {
    CallReader reader(feed_, writer_, formats_[spelling], *form_.tool_set);
    const bool came = co_await reader.read(std::move(rest), is_marked);
    const std::string text = feed_.stop_recording();
    num_broken_ += reader.num_broken();
    if (came || reader.begins_text()) {
      thinks_ = false;
      writer_.mark();
    }
    if (is_marked && !trimmed_mark(text).empty()) ++num_texts_;
    writer_.text(kind(), text);
    co_return came;
  }

  /// A completion that is a call from its first character on.
  Reading<bool> read_bare() {
    feed_.record();
    int c = co_await feed_.next();
    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') c = co_await feed_.next();
    feed_.unread(c);
    const bool may_be = c == '[' || (c == '{' && form_.tools.shape == ToolShape::kJson);
    if (may_be) co_return co_await read_calls({}, 0, false);
    writer_.text(kind(), feed_.stop_recording());
    co_return false;
  }

  CompletionForm form_;
  CharacterFeed feed_;
  PartWriter writer_;
  std::vector<ToolFormat> formats_;  ///< in each spelling
  std::vector<Mark> marks_;          ///< that begin calls
  std::array<bool, 256> first_bytes_ = {};
  std::optional<HarmonyReader> harmony_;
  bool is_bare_ = false, has_started_ = false;
  bool thinks_, has_thought_ = false;
  size_t num_reasoning_tokens_ = 0, num_texts_ = 0, num_broken_ = 0;
  Reading<bool> run_;
};

}  // namespace

std::unique_ptr<CompletionParser> make_completion_parser(CompletionForm form) {
  return std::make_unique<FormParser>(std::move(form));
}

ToolFormat generic_tool_format() {
  ToolFormat format;
  format.shape = ToolShape::kJson;
  format.call_open = "<tool_call>\n{\"name\": \"";
  format.name_end = "\", \"arguments\": ";
  format.call_close = "}\n</tool_call>";
  format.separator = "\n";
  format.name_key = "name";
  format.arguments_key = "arguments";
  return format;
}

}  // namespace hearth::api
