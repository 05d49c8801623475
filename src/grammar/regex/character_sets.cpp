#include "grammar/regex/character_sets.h"

#include <array>
#include <vector>

#include "text/unicode/unicode_data.h"

namespace hearth::grammar {
namespace {

constexpr size_t kNumCategories = size_t(Category::kZs) + 1;

/// The members of each General_Category, found once by asking for every code point.
const std::array<CodePointSet, kNumCategories>& category_sets() {
  static const auto sets = [] {
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
  return sets;
}

struct CategoryName {
  std::string_view name, other_name, third_name;
  std::vector<Category> categories;
};

/// PropertyValueAliases.txt of General_Category.
const std::vector<CategoryName>& category_names() {
  using enum Category;
  static const std::vector<CategoryName> names{
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
  return names;
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

}  // namespace

const CodePointSet& digits() {
  static const CodePointSet set{{'0', '9'}};
  return set;
}

const CodePointSet& word_characters() {
  static const CodePointSet set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return set;
}

const CodePointSet& white_space() {
  static const CodePointSet set{{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                                {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                                {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return set;
}

const CodePointSet& line_terminators() {
  static const CodePointSet set{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return set;
}

Result<CodePointSet> unicode_property_set(std::string_view name, std::string_view value) {
  CodePointSet set;
  if (value.empty()) {
    if (name == "Any") return CodePointSet::all();
    if (name == "ASCII") return CodePointSet{{0, 0x7F}};
    if (name == "Assigned") return category_sets()[size_t(Category::kCn)].complement();
    if (find_category(name, set)) return set;
  } else if ((name == "General_Category" || name == "gc") && find_category(value, set)) {
    return set;
  }
  return fail(ErrorCode::kUnsupported, "the property \\p{{{}{}{}}} is not supported", name,
              value.empty() ? "" : "=", value);
}

CodePointSet with_other_cases(const CodePointSet& set) { return set; }

}  // namespace hearth::grammar
