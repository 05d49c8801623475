#include "grammar/regex/character_sets.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <vector>

#include "text/unicode/unicode_data.h"

namespace hearth::grammar {
namespace {

struct ScriptName {
  std::string_view code, name;
};
struct ScriptRun {
  uint32_t first;
  uint8_t script;
};
struct ScriptExtension {
  uint32_t first, last;
  uint8_t script;
};
struct CaseRun {
  uint32_t first, last, stride;
  int32_t delta;
};

#include "grammar/regex/case_folding.inc"
#include "grammar/regex/script_sets.inc"

constexpr size_t kNumCategories = size_t(Category::kZs) + 1;

/// The members of each General_Category, found once by asking for every code point.
const std::array<CodePointSet, kNumCategories>& category_sets() {
  static const auto kSets = [] {
    std::array<std::vector<CodePointRange>, kNumCategories> ranges;
    char32_t first = 0;
    Category category = unicode_properties(0).category();
    for (char32_t c = 1; c <= kMaxCodePoint + 1; ++c) {
      if (c <= kMaxCodePoint && unicode_properties(c).category() == category) continue;
      ranges[size_t(category)].push_back({first, c - 1});
      first = c;
      category = unicode_properties(c).category();
    }
    std::array<CodePointSet, kNumCategories> result;
    for (size_t i = 0; i < kNumCategories; ++i) result[i] = CodePointSet(std::move(ranges[i]));
    return result;
  }();
  return kSets;
}

struct CategoryName {
  std::string_view name, other_name, third_name;
  std::vector<Category> categories;
};

/// PropertyValueAliases.txt of General_Category.
const std::vector<CategoryName>& category_names() {
  using enum Category;
  static const std::vector<CategoryName> kNames{
      {"C", "Other", "", {kCc, kCf, kCn, kCo, kCs}},
      {"Cc", "Control", "cntrl", {kCc}},
      {"Cf", "Format", "", {kCf}},
      {"Cn", "Unassigned", "", {kCn}},
      {"Co", "Private_Use", "", {kCo}},
      {"Cs", "Surrogate", "", {kCs}},
      {"L", "Letter", "", {kLl, kLm, kLo, kLt, kLu}},
      {"LC", "Cased_Letter", "", {kLl, kLt, kLu}},
      {"Ll", "Lowercase_Letter", "", {kLl}},
      {"Lm", "Modifier_Letter", "", {kLm}},
      {"Lo", "Other_Letter", "", {kLo}},
      {"Lt", "Titlecase_Letter", "", {kLt}},
      {"Lu", "Uppercase_Letter", "", {kLu}},
      {"M", "Mark", "Combining_Mark", {kMc, kMe, kMn}},
      {"Mc", "Spacing_Mark", "", {kMc}},
      {"Me", "Enclosing_Mark", "", {kMe}},
      {"Mn", "Nonspacing_Mark", "", {kMn}},
      {"N", "Number", "", {kNd, kNl, kNo}},
      {"Nd", "Decimal_Number", "digit", {kNd}},
      {"Nl", "Letter_Number", "", {kNl}},
      {"No", "Other_Number", "", {kNo}},
      {"P", "Punctuation", "punct", {kPc, kPd, kPe, kPf, kPi, kPo, kPs}},
      {"Pc", "Connector_Punctuation", "", {kPc}},
      {"Pd", "Dash_Punctuation", "", {kPd}},
      {"Pe", "Close_Punctuation", "", {kPe}},
      {"Pf", "Final_Punctuation", "", {kPf}},
      {"Pi", "Initial_Punctuation", "", {kPi}},
      {"Po", "Other_Punctuation", "", {kPo}},
      {"Ps", "Open_Punctuation", "", {kPs}},
      {"S", "Symbol", "", {kSc, kSk, kSm, kSo}},
      {"Sc", "Currency_Symbol", "", {kSc}},
      {"Sk", "Modifier_Symbol", "", {kSk}},
      {"Sm", "Math_Symbol", "", {kSm}},
      {"So", "Other_Symbol", "", {kSo}},
      {"Z", "Separator", "", {kZl, kZp, kZs}},
      {"Zl", "Line_Separator", "", {kZl}},
      {"Zp", "Paragraph_Separator", "", {kZp}},
      {"Zs", "Space_Separator", "", {kZs}},
  };
  return kNames;
}

bool find_category(std::string_view name, CodePointSet& set) {
  for (const CategoryName& entry : category_names()) {
    if (name.empty() || (name != entry.name && name != entry.other_name && name != entry.third_name))
      continue;
    for (const Category category : entry.categories) set = set.united(category_sets()[size_t(category)]);
    return true;
  }
  return false;
}

/// `name` is a script's code or its name. With `extensions`, of code points that several scripts use, all of
/// those count, and only those.
bool find_script(std::string_view name, bool extensions, CodePointSet& set) {
  // Codes that two scripts had before.
  if (name == "Qaac") name = "Copt";
  if (name == "Qaai") name = "Zinh";
  const auto* entry = std::ranges::find_if(
      kScriptNames, [name](const ScriptName& script) { return script.code == name || script.name == name; });
  if (entry == std::end(kScriptNames)) return false;
  const auto script = uint8_t(entry - kScriptNames);
  std::vector<CodePointRange> ranges, own, shared;
  for (size_t i = 0; i < std::size(kScriptRuns); ++i) {
    const uint32_t end = i + 1 < std::size(kScriptRuns) ? kScriptRuns[i + 1].first : kMaxCodePoint + 1;
    if (kScriptRuns[i].script == script) ranges.push_back({kScriptRuns[i].first, end - 1});
  }
  set = CodePointSet(std::move(ranges));
  if (!extensions) return true;
  for (const auto& [first, last, user] : kScriptExtensions) {
    shared.push_back({first, last});
    if (user == script) own.push_back({first, last});
  }
  set = set.without(CodePointSet(std::move(shared))).united(CodePointSet(std::move(own)));
  return true;
}

/// A code point that has other cases, and one of its class.
struct CaseMember {
  uint32_t code_point;
  uint32_t other;
};

/// All pairs of code points with one folding, sorted.
std::span<const CaseMember> case_members() {
  static const std::vector<CaseMember> kMembers = [] {
    std::map<uint32_t, std::vector<uint32_t>> classes;
    for (const auto& [first, last, stride, delta] : kCaseFolding)
      for (uint32_t c = first; c <= last; c += stride) classes[uint32_t(int32_t(c) + delta)].push_back(c);
    std::vector<CaseMember> pairs;
    for (auto& [folded, others] : classes) {
      others.push_back(folded);
      for (const uint32_t one : others)
        for (const uint32_t other : others)
          if (one != other) pairs.push_back({one, other});
    }
    std::ranges::sort(pairs, {}, &CaseMember::code_point);
    return pairs;
  }();
  return kMembers;
}

}  // namespace

const CodePointSet& digits() {
  static const CodePointSet kSet{{'0', '9'}};
  return kSet;
}

const CodePointSet& word_characters() {
  static const CodePointSet kSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return kSet;
}

const CodePointSet& white_space() {
  static const CodePointSet kSet{{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                                 {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                                 {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return kSet;
}

const CodePointSet& line_terminators() {
  static const CodePointSet kSet{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return kSet;
}

Result<CodePointSet> unicode_property_set(std::string_view name, std::string_view value) {
  CodePointSet set;
  if (value.empty()) {
    if (name == "Any") return CodePointSet::all();
    if (name == "ASCII") return CodePointSet{{0, 0x7F}};
    if (name == "Assigned") return category_sets()[size_t(Category::kCn)].complement();
    if (find_category(name, set)) return set;
  } else {
    const bool is_category = name == "General_Category" || name == "gc";
    const bool is_script = name == "Script" || name == "sc";
    const bool is_extended = name == "Script_Extensions" || name == "scx";
    if (is_category ? find_category(value, set)
                    : (is_script || is_extended) && find_script(value, is_extended, set))
      return set;
  }
  return fail(ErrorCode::kUnsupported, "the property \\p{{{}{}{}}} is not supported", name,
              value.empty() ? "" : "=", value);
}

CodePointSet with_other_cases(const CodePointSet& set) {
  const std::span<const CaseMember> members = case_members();
  std::vector<CodePointRange> ranges = set.ranges();
  for (const CodePointRange& range : set.ranges()) {
    auto member = std::ranges::lower_bound(members, range.first, {}, &CaseMember::code_point);
    for (; member != members.end() && member->code_point <= range.last; ++member)
      ranges.push_back({member->other, member->other});
  }
  return CodePointSet(std::move(ranges));
}

}  // namespace hearth::grammar
