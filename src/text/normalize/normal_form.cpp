#include "text/normalize/normal_form.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "text/normalize/aligned_text.h"
#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

// Hangul syllables are computed (Unicode section 3.12).
constexpr uint32_t kSyllableBase = 0xac00, kLeadBase = 0x1100, kVowelBase = 0x1161, kTrailBase = 0x11a7;
constexpr uint32_t kNumLeads = 19, kNumVowels = 21, kNumTrails = 28;
constexpr uint32_t kNumSyllables = kNumLeads * kNumVowels * kNumTrails;

struct Mark {
  uint32_t code_point;
  uint8_t combining_class;
  uint32_t order = 0;  ///< of marks of one class, which keep their order
};

void append_decomposed(uint32_t code_point, std::vector<Mark>& out) {
  if (code_point - kSyllableBase < kNumSyllables) {
    const uint32_t index = code_point - kSyllableBase;
    out.push_back({kLeadBase + index / (kNumVowels * kNumTrails), 0});
    out.push_back({kVowelBase + index % (kNumVowels * kNumTrails) / kNumTrails, 0});
    if (index % kNumTrails != 0) out.push_back({kTrailBase + index % kNumTrails, 0});
    return;
  }
  // The second of a pair never decomposes further; the first may, three levels deep.
  std::vector<uint32_t> seconds;
  for (const Decomposition* entry; (entry = find_decomposition(code_point)) != nullptr;) {
    if (entry->second != 0) seconds.push_back(entry->second);
    code_point = entry->first;
  }
  out.push_back({code_point, combining_class(code_point)});
  for (auto second = seconds.rbegin(); second != seconds.rend(); ++second) {
    out.push_back({*second, combining_class(*second)});
  }
}

uint32_t compose(uint32_t first, uint32_t second) {
  if (first - kLeadBase < kNumLeads && second - kVowelBase < kNumVowels) {
    return kSyllableBase + ((first - kLeadBase) * kNumVowels + second - kVowelBase) * kNumTrails;
  }
  const uint32_t syllable = first - kSyllableBase, trail = second - kTrailBase;
  if (syllable < kNumSyllables && syllable % kNumTrails == 0 && trail - 1 < kNumTrails - 1)
    return first + trail;
  return find_composition(first, second);
}

/// Composes what was decomposed and sorted, in place (UAX 15, D117).
void compose_all(std::vector<Mark>& marks) {
  constexpr size_t kNone = ~size_t(0);
  size_t starter = kNone, size = 0;
  for (const Mark mark : marks) {
    const bool adjacent = starter != kNone && starter + 1 == size;
    const bool blocked = !adjacent && (size == 0 || marks[size - 1].combining_class >= mark.combining_class);
    if (starter != kNone && !blocked) {
      if (const uint32_t composed = compose(marks[starter].code_point, mark.code_point); composed != 0) {
        marks[starter].code_point = composed;
        continue;
      }
    }
    if (mark.combining_class == 0) starter = size;
    marks[size++] = mark;
  }
  marks.resize(size);
}

bool is_compatible(NormalForm form) { return form == NormalForm::kNfkc || form == NormalForm::kNfkd; }
bool is_composed(NormalForm form) { return form == NormalForm::kNfc || form == NormalForm::kNfkc; }

void append_normal(std::span<const uint32_t> code_points, NormalForm form, std::vector<Mark>& marks,
                   std::string& out) {
  marks.clear();
  for (const uint32_t code_point : code_points) append_decomposed(code_point, marks);
  for (size_t begin = 0; begin < marks.size();) {
    size_t end = begin + 1;
    while (end < marks.size() && marks[end].combining_class != 0) ++end;
    const size_t first = marks[begin].combining_class == 0 ? begin + 1 : begin;
    const auto run = std::span(marks).subspan(first, end - first);
    for (uint32_t i = 0; i < run.size(); ++i) run[i].order = i;
    std::ranges::sort(run, {}, [](const Mark& mark) { return std::pair(mark.combining_class, mark.order); });
    begin = end;
  }
  if (is_composed(form)) compose_all(marks);
  for (const Mark mark : marks) append_utf8(out, mark.code_point);
}

bool needs_work(const Utf8Step& step, NormalForm form) {
  if (step.code_point == Utf8Step::kBadByte) return false;
  if (is_compatible(form) && !find_compatibility(step.code_point).empty()) return true;
  if (is_composed(form)) return unicode_properties(step.code_point).needs_nfc();
  return step.code_point - kSyllableBase < kNumSyllables || combining_class(step.code_point) != 0 ||
         find_decomposition(step.code_point) != nullptr;
}

/// The first place of a code point that asks for work, or the size of the text.
size_t find_work(std::string_view text, size_t at, NormalForm form) {
  while (at < text.size()) {
    if (uint8_t(text[at]) < 0xc0) {  // ASCII never does
      ++at;
      continue;
    }
    const Utf8Step step = next_utf8(text.substr(at));
    if (needs_work(step, form)) return at;
    at += step.size;
  }
  return at;
}

/// Where the code point before `end` begins, not before `begin`; `end` where a bad byte or nothing is there.
size_t begin_of_previous(std::string_view text, size_t begin, size_t end) {
  if (end == begin) return end;
  size_t at = end - 1;
  while (at > begin && (uint8_t(text[at]) & 0xc0) == 0x80) --at;
  const Utf8Step step = next_utf8(text.substr(at));
  return step.code_point != Utf8Step::kBadByte && at + step.size == end ? at : end;
}

}  // namespace

bool needs_normalizing(std::string_view text, NormalForm form) {
  return form != NormalForm::kNone && find_work(text, 0, form) < text.size();
}

std::string normalize(std::string_view text, NormalForm form) {
  AlignedText aligned(text, false);
  normalize(aligned, form);
  return aligned.take();
}

void normalize(AlignedText& aligned, NormalForm form) {
  if (!needs_normalizing(aligned.text(), form)) return;
  Rewriter out(aligned);
  const std::string_view text = out.in();
  std::vector<uint32_t> segment;
  std::vector<Mark> marks;
  std::string normal;
  // A code point that needs no work never joins what precedes it, so each run of work starts one before it.
  for (size_t at = 0; at < text.size();) {
    const size_t work = find_work(text, at, form);
    const size_t begin = work == text.size() ? work : begin_of_previous(text, at, work);
    out.keep(at, begin);
    at = begin;
    segment.clear();
    while (at < text.size()) {
      const Utf8Step step = next_utf8(text.substr(at));
      if (step.code_point == Utf8Step::kBadByte || (at > begin && !needs_work(step, form))) break;
      const auto compatible =
          is_compatible(form) ? find_compatibility(step.code_point) : std::span<const uint32_t>();
      if (compatible.empty()) {
        segment.push_back(step.code_point);
      } else {
        segment.insert(segment.end(), compatible.begin(), compatible.end());
      }
      at += step.size;
    }
    if (segment.empty()) continue;
    normal.clear();
    append_normal(segment, form, marks, normal);
    out.put(normal, begin, at);
  }
  out.finish();
}

}  // namespace hearth
