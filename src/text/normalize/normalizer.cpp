#include "text/normalize/normalizer.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/check.h"
#include "text/jinja/value/letters.h"
#include "text/normalize/grapheme.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/reference_categories.h"
#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = NormalizerStep::Kind;

constexpr size_t kMaxSize = size_t(1) << 31;
constexpr std::string_view kSpelledSpace = "\u2581";
constexpr uint64_t kStepsPerByte = 512;
constexpr uint64_t kMinSteps = 1 << 20;

bool is_white_space(uint32_t code_point) { return unicode_properties(code_point).is_white_space(); }

/// Of CJK Unified Ideographs and their compatibility forms, those that BERT knows.
bool is_ideograph(uint32_t code_point) {
  static constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0x4e00, 0x9fff},   {0x3400, 0x4dbf},   {0x20000, 0x2a6df}, {0x2a700, 0x2b73f},
      {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0xf900, 0xfaff},   {0x2f800, 0x2fa1f},
  };
  return std::ranges::any_of(
      kRanges, [&](const auto& range) { return range.first <= code_point && code_point <= range.second; });
}

/// Calls `change(code point, begin, end)` for each; where that is false, the code point stays.
template <typename Change>
void rewrite_each(AlignedText& text, Change change) {
  Rewriter out(text);
  const std::string_view in = out.in();
  size_t kept = 0;
  for (size_t at = 0; at < in.size();) {
    const Utf8Step step = next_utf8(in.substr(at));
    const size_t end = at + step.size;
    out.keep(kept, at);
    kept = at;
    if (step.code_point != Utf8Step::kBadByte && change(out, step.code_point, at, end)) kept = end;
    at = end;
  }
  out.keep(kept, in.size());
  out.finish();
}

void lowercase(AlignedText& text) {
  std::string lower;
  rewrite_each(text, [&](Rewriter& out, uint32_t code_point, size_t begin, size_t end) {
    lower.clear();
    jinja::append_case(lower, code_point, jinja::CaseChange::kLower);
    out.put(lower, begin, end);
    return true;
  });
}

template <typename IsDropped>
void drop(AlignedText& text, IsDropped is_dropped) {
  rewrite_each(text, [&](Rewriter&, uint32_t code_point, size_t, size_t) { return is_dropped(code_point); });
}

void clean(AlignedText& text) {
  rewrite_each(text, [](Rewriter& out, uint32_t code_point, size_t begin, size_t end) {
    if (code_point == 0 || is_reference_other(code_point)) return true;
    if (!is_white_space(code_point)) return false;
    out.put(" ", begin, end);
    return true;
  });
}

void space_ideographs(AlignedText& text) {
  rewrite_each(text, [](Rewriter& out, uint32_t code_point, size_t begin, size_t end) {
    if (!is_ideograph(code_point)) return false;
    out.put(" ", begin, begin);
    out.keep(begin, end);
    out.put(" ", end, end);
    return true;
  });
}

void apply_nmt(AlignedText& text) {
  const auto is_in = [](uint32_t code_point, std::span<const std::pair<uint32_t, uint32_t>> ranges) {
    return std::ranges::any_of(
        ranges, [&](const auto& range) { return range.first <= code_point && code_point <= range.second; });
  };
  static constexpr std::pair<uint32_t, uint32_t> kDropped[] = {{0x1, 0x8},   {0xb, 0xb},   {0xe, 0x1f},
                                                               {0x7f, 0x7f}, {0x8f, 0x8f}, {0x9f, 0x9f}};
  static constexpr std::pair<uint32_t, uint32_t> kSpaces[] = {
      {0x9, 0xa},       {0xc, 0xd},       {0x1680, 0x1680}, {0x200b, 0x200f},
      {0x2028, 0x2029}, {0x2581, 0x2581}, {0xfeff, 0xfeff}, {0xfffd, 0xfffd}};
  rewrite_each(text, [&](Rewriter& out, uint32_t code_point, size_t begin, size_t end) {
    if (is_in(code_point, kDropped)) return true;
    if (!is_in(code_point, kSpaces)) return false;
    out.put(" ", begin, end);
    return true;
  });
}

void spell_bytes(AlignedText& text) {
  Rewriter out(text);
  std::string letter;
  for (size_t at = 0; at < out.in().size(); ++at) {
    letter.clear();
    append_utf8(letter, alphabet_code_point(uint8_t(out.in()[at])));
    out.put(letter, at, at + 1);
  }
  out.finish();
}

void strip(const NormalizerStep& step, AlignedText& text) {
  Rewriter out(text);
  const std::string_view in = out.in();
  size_t begin = 0, end = 0;
  for (size_t at = 0; at < in.size();) {
    const Utf8Step next = next_utf8(in.substr(at));
    at += next.size;
    if (next.code_point == Utf8Step::kBadByte || !is_white_space(next.code_point)) {
      end = at;
    } else if (end == 0) {
      begin = at;
    }
  }
  const size_t from = step.left ? begin : 0;
  out.keep(from, std::max(from, step.right ? end : in.size()));
  out.finish();
}

void single_spaces(AlignedText& text) {
  Rewriter out(text);
  std::string_view in = out.in();
  // At the end, what spells a space goes as well.
  while (in.ends_with(' ') || in.ends_with(kSpelledSpace))
    in.remove_suffix(in.ends_with(' ') ? 1 : kSpelledSpace.size());
  size_t at = std::min(in.find_first_not_of(' '), in.size());
  while (at < in.size()) {
    const size_t word_end = std::min(in.find(' ', at), in.size());
    out.keep(at, word_end);
    at = std::min(in.find_first_not_of(' ', word_end), in.size());
    if (at < in.size()) out.put(" ", word_end, at);
  }
  out.finish();
}

void replace(const NormalizerStep& step, AlignedText& text) {
  if (step.pattern.empty() || text.text().find(step.pattern) == std::string::npos) return;
  Rewriter out(text);
  const std::string_view in = out.in();
  for (size_t at = 0; at < in.size();) {
    const size_t found = std::min(in.find(step.pattern, at), in.size());
    out.keep(at, found);
    if (found == in.size()) break;
    at = found + step.pattern.size();
    out.put(step.content, found, at);
  }
  out.finish();
}

Status replace_matches(const SplitRegex& regex, std::string_view content, AlignedText& text) {
  Rewriter out(text);
  const std::string_view in = out.in();
  SplitRegex::Scratch scratch(kMinSteps + kStepsPerByte * in.size());
  size_t kept = 0;
  for (size_t at = 0; at < in.size();) {
    const size_t end =
        regex.may_start_with(uint8_t(in[at])) ? regex.match(in, at, scratch) : SplitRegex::kNoMatch;
    if (end != SplitRegex::kNoMatch) {
      out.keep(kept, at);
      out.put(content, at, end);
      kept = at = end;
      continue;
    }
    if (scratch.steps_left == 0) {
      return fail_hint(ErrorCode::kResourceLimit, "split the text, or break its long runs of one character",
                       "the normalizer took more than {} steps for a text of {} bytes",
                       kMinSteps + kStepsPerByte * in.size(), in.size());
    }
    at += next_utf8(in.substr(at)).size;
  }
  out.keep(kept, in.size());
  out.finish();
  return {};
}

void map_longest(const Charsmap& map, AlignedText& text) {
  Rewriter out(text);
  const std::string_view in = out.in();
  size_t kept = 0;
  for (size_t at = 0; at < in.size();) {
    const auto match = map.longest(in.substr(at));
    if (!match) {
      at += next_utf8(in.substr(at)).size;
      continue;
    }
    out.keep(kept, at);
    out.put(match->replacement, at, at + match->size);
    kept = at = at + match->size;
  }
  out.keep(kept, in.size());
  out.finish();
}

/// A cluster of under six bytes that starts with a rule becomes what that says, all of it; in others each
/// code point is looked at alone. So do models that were trained by way of `tokenizers`.
void map_graphemes(const Charsmap& map, AlignedText& text) {
  constexpr size_t kMaxCluster = 6;
  Rewriter out(text);
  const std::string_view in = out.in();
  for (size_t at = 0; at < in.size();) {
    const size_t end = grapheme_end(in, at);
    const auto whole = end - at < kMaxCluster ? map.shortest(in.substr(at, end - at)) : std::nullopt;
    if (whole) {
      out.put(whole->replacement, at, end);
      at = end;
      continue;
    }
    while (at < end) {
      const size_t size = next_utf8(in.substr(at)).size;
      const auto one = map.shortest(in.substr(at, size));
      if (one) {
        out.put(one->replacement, at, at + size);
      } else {
        out.keep(at, at + size);
      }
      at += size;
    }
  }
  out.finish();
}

}  // namespace

Result<Normalizer> Normalizer::create(std::vector<NormalizerStep> steps) {
  Normalizer normalizer;
  for (NormalizerStep& spec : steps) {
    Step step;
    if (spec.kind == Kind::kReplaceRegex) step.regex = TRY(SplitRegex::compile(spec.pattern));
    if (spec.kind == Kind::kCharsmap || spec.kind == Kind::kGraphemeCharsmap) {
      step.charsmap = TRY(Charsmap::create(spec.content));
      spec.content.clear();
    }
    step.spec = std::move(spec);
    normalizer.steps_.push_back(std::move(step));
  }
  return normalizer;
}

Status Normalizer::apply(AlignedText& text) const {
  for (const Step& step : steps_) {
    if (text.text().empty()) return {};
    TRY(apply(step, text));
    if (text.is_too_large() || text.text().size() > kMaxSize) {
      return fail_hint(ErrorCode::kResourceLimit,
                       "encode it in parts, or check where the tokenizer comes from",
                       "the normalizer makes a text far larger than it was");
    }
  }
  return {};
}

Status Normalizer::apply(const Step& step, AlignedText& text) {
  switch (step.spec.kind) {
    case Kind::kForm:
      normalize(text, step.spec.form);
      return {};
    case Kind::kLowercase:
      lowercase(text);
      return {};
    case Kind::kStrip:
      strip(step.spec, text);
      return {};
    case Kind::kStripMarks:
      drop(text, is_reference_mark);
      return {};
    case Kind::kStripNonspacing:
      drop(text, is_reference_nonspacing);
      return {};
    case Kind::kReplace:
      replace(step.spec, text);
      return {};
    case Kind::kReplaceRegex:
      return replace_matches(*step.regex, step.spec.content, text);
    case Kind::kPrepend: {
      Rewriter out(text);
      out.put(step.spec.content, 0, 0);
      out.keep(0, out.in().size());
      out.finish();
      return {};
    }
    case Kind::kCharsmap:
      map_longest(*step.charsmap, text);
      return {};
    case Kind::kGraphemeCharsmap:
      map_graphemes(*step.charsmap, text);
      return {};
    case Kind::kCleanText:
      clean(text);
      return {};
    case Kind::kSpaceIdeographs:
      space_ideographs(text);
      return {};
    case Kind::kNmt:
      apply_nmt(text);
      return {};
    case Kind::kByteAlphabet:
      spell_bytes(text);
      return {};
    case Kind::kSingleSpaces:
      single_spaces(text);
      return {};
  }
  CHECK(false);
}

}  // namespace hearth
