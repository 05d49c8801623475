#include "api/tools/harmony_reader.h"

#include <algorithm>
#include <array>

namespace hearth::api {
namespace {

constexpr std::string_view kBodyMark = "<|message|>";
// What ends a message, and what begins the next one where the end is missing.
constexpr std::array<std::string_view, 8> kEnds = {"<|end|>", "<|return|>", "<|call|>",    "<|eom|>",
                                                   "<|eot|>", "<|start|>",  "<|channel|>", "<|message|>"};
// How a header begins.
constexpr std::array<std::string_view, 8> kBegins = {
    "<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "to=", "assistant", "analysis", "commentary"};
constexpr size_t kMaxHeader = 256, kMaxPlainBegin = 64;

/// The word behind `mark` in a header.
std::string word_behind(std::string_view header, std::string_view mark) {
  const size_t at = header.find(mark);
  if (at == header.npos) return {};
  const std::string_view rest = header.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find_first_of(" <\n\t")));
}

}  // namespace

HarmonyReader::HarmonyReader(CharacterFeed& feed, PartWriter& writer, const ToolFormat& format,
                             const ToolSet* tools)
    : feed_(feed), writer_(writer), format_(format), tools_(tools) {}

Reading<bool> HarmonyReader::run() {
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) co_return true;
    feed_.unread(c);
    if (auto header = co_await read_header()) {
      co_await read_body(*std::move(header));
    } else {
      kind_ = PartKind::kContent;
      co_await read_text(false, false);
    }
    kind_ = PartKind::kContent;
  }
}

Reading<std::optional<HarmonyReader::Header>> HarmonyReader::read_header() {
  std::string text;
  bool is_header = false;
  while (text.size() < kMaxHeader) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) {
      if (is_behind_call()) co_return std::nullopt;
      break;
    }
    text += char(c);
    if (text.ends_with(kBodyMark)) {
      text.resize(text.size() - kBodyMark.size());
      Header header{.recipient = word_behind(text, "to="), .channel = word_behind(text, "<|channel|>")};
      for (const std::string_view channel : {"analysis", "commentary", "final"}) {
        if (header.channel.empty() && text.find(channel) != text.npos) header.channel = channel;
      }
      co_return header;
    }
    if (is_header) continue;
    const std::string_view said = trimmed_mark(text);
    const auto goes_with = [&](std::string_view begin) {
      return begin.starts_with(said) || said.starts_with(begin);
    };
    if (std::ranges::none_of(kBegins, goes_with) || text.size() > kMaxPlainBegin) break;
    is_header = std::ranges::any_of(
        kBegins, [&](std::string_view begin) { return begin.starts_with('<') && said.starts_with(begin); });
  }
  feed_.unread(text);
  co_return std::nullopt;
}

Reading<bool> HarmonyReader::read_body(Header header) {
  const std::string& to = header.recipient;
  const bool is_to_people = to.empty() || to == "user" || to == "all" || to == "assistant";
  const bool is_thought = to == "self" || (is_to_people && header.channel == "analysis");
  kind_ = is_thought ? PartKind::kReasoning : PartKind::kContent;
  if (tools_ != nullptr && !is_to_people && !is_thought) {
    static constexpr std::string_view kPrefix = "functions.";
    std::string name = to;
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
    co_return co_await read_call(std::move(name));
  }
  writer_.mark();
  co_return co_await read_text(false, true);
}

Reading<bool> HarmonyReader::read_call(std::string name) {
  const size_t before = writer_.num_calls();
  feed_.record();
  CallReader reader(feed_, writer_, format_, *tools_);
  const bool is_whole = co_await reader.read_body(name);
  const std::string text = feed_.stop_recording();
  num_broken_ += reader.num_broken();
  if (writer_.num_calls() == before) {
    feed_.unread(trimmed_mark(text));
    int c = co_await feed_.next();
    feed_.unread(c);
    // A call of nothing has an empty body; another one that is no JSON is kept as it is.
    writer_.begin_call(name);
    const bool is_empty = c == CharacterFeed::kEnd || c == '<';
    if (is_empty) writer_.arguments("{}");
    if (!is_empty) ++num_broken_;
    co_return co_await read_text(!is_empty, true);
  }
  if (!is_whole) ++num_broken_;
  writer_.mark();
  co_return co_await read_text(!is_whole, true);
}

Reading<bool> HarmonyReader::read_text(bool to_arguments, bool has_header) {
  const auto put = [&](char c) {
    if (to_arguments) {
      writer_.arguments(c);
    } else {
      writer_.text(kind_, c);
    }
  };
  std::string pending;
  bool is_first = true;
  for (;;) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) break;
    pending += char(c);
    const auto begins = [&](std::string_view mark) { return mark.starts_with(pending); };
    while (!pending.empty() && std::ranges::none_of(kEnds, begins)) {
      put(pending[0]);
      pending.erase(0, 1);
      is_first = false;
    }
    const auto* found = std::ranges::find(kEnds, pending);
    if (found == kEnds.end()) continue;
    // Some begin the next header. One that was tried as a header and is none is dropped.
    const bool begins_next = *found == "<|start|>" || *found == "<|channel|>";
    if (begins_next && (has_header || !is_first)) feed_.unread(pending);
    writer_.mark();
    co_return true;
  }
  if (!to_arguments && is_behind_call()) co_return false;
  for (const char c : pending) put(c);
  co_return false;
}

}  // namespace hearth::api
