#include <bit>
#include <optional>
#include <utility>

#include "base/check.h"
#include "text/split/split_regex.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr uint32_t kUnlimited = ~uint32_t(0);
constexpr size_t kMaxDepth = 16;         // nested groups
constexpr size_t kMaxProgram = 1 << 16;  // instructions
constexpr uint32_t kMaxRepeat = 4096;    // {n}

constexpr std::string_view kCategoryNames[] = {"Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu",
                                               "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd", "Pe", "Pf",
                                               "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"};
constexpr uint32_t kAllCategories = (1u << std::size(kCategoryNames)) - 1;

/// The categories that a name like L or Lu stands for; 0 where there are none.
uint32_t categories_named(std::string_view name) {
  uint32_t mask = 0;
  for (size_t i = 0; i < std::size(kCategoryNames); ++i) {
    if (!name.empty() && name.size() <= 2 && kCategoryNames[i].starts_with(name)) mask |= 1u << i;
  }
  return mask;
}

}  // namespace

/// Pattern to program in one pass of recursive descent, at most kMaxDepth deep. Not shared, used once.
class SplitRegexCompiler {
 public:
  explicit SplitRegexCompiler(std::string_view pattern) : pattern_(pattern) {}

  Result<SplitRegex> compile() {
    std::vector<uint32_t> alternatives;
    while (true) {
      alternatives.push_back(size());
      TRY(sequence());
      emit({.op = Op::kAccept});
      if (at_ == pattern_.size()) break;
      if (pattern_[at_] != '|') return error(ErrorCode::kInvalidArgument, "an unmatched )");
      ++at_;
    }
    for (const uint32_t start : alternatives) {
      const std::optional<std::array<bool, 256>> bytes = first_bytes(start, 0);
      if (!bytes) return error(ErrorCode::kUnsupported, "an alternative that may match nothing");
      for (size_t byte = 0; byte < 256; ++byte) {
        if ((*bytes)[byte]) regex_.starts_[byte].push_back(start);
      }
    }
    return std::move(regex_);
  }

 private:
  using Op = SplitRegex::Op;
  using Mode = SplitRegex::Mode;
  using Instruction = SplitRegex::Instruction;

  uint32_t size() const { return uint32_t(regex_.program_.size()); }
  void emit(const Instruction& instruction) { regex_.program_.push_back(instruction); }
  bool more() const { return at_ < pattern_.size(); }
  bool accept(std::string_view text) {
    if (!pattern_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  std::unexpected<Error> error(ErrorCode code, std::string_view what) const {
    return fail(code, "pre-tokenizer pattern: {} at offset {} of `{}`", what, at_, pattern_.substr(0, 200));
  }

  Status alternatives() {
    const uint32_t begin = size();
    TRY(sequence());
    if (!accept("|")) return {};
    // The first alternative moves down by the split that chooses between it and the rest.
    insert(begin, {.op = Op::kSplit});
    const uint32_t jump = size();
    emit({.op = Op::kJump});
    regex_.program_[begin].a = begin + 1;
    regex_.program_[begin].b = size();
    TRY(rest_of_alternatives());
    regex_.program_[jump].a = size();
    return {};
  }

  Status rest_of_alternatives() {
    std::vector<uint32_t> jumps;
    while (true) {
      const uint32_t begin = size();
      TRY(sequence());
      if (!accept("|")) break;
      insert(begin, {.op = Op::kSplit});
      jumps.push_back(size());
      emit({.op = Op::kJump});
      regex_.program_[begin].a = begin + 1;
      regex_.program_[begin].b = size();
    }
    for (const uint32_t jump : jumps) regex_.program_[jump].a = size();
    return {};
  }

  /// Puts an instruction before what was emitted from `place` on; targets in there move along.
  void insert(uint32_t place, const Instruction& instruction) {
    regex_.program_.insert(regex_.program_.begin() + place, instruction);
    for (uint32_t i = place + 1; i < size(); ++i) relocate(regex_.program_[i], place, 1);
  }

  static bool has_targets(Op op) {
    return op == Op::kSplit || op == Op::kJump || op == Op::kLook || op == Op::kAtomic;
  }
  static void relocate(Instruction& instruction, uint32_t from, uint32_t by) {
    if (!has_targets(instruction.op)) return;
    if (instruction.a >= from) instruction.a += by;
    if (instruction.op == Op::kSplit && instruction.b >= from) instruction.b += by;
  }

  Status sequence() {
    while (more() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      const uint32_t begin = size();
      TRY(atom());
      TRY(quantifier(begin));
      if (size() > kMaxProgram) return error(ErrorCode::kResourceLimit, "more than 65536 instructions");
    }
    return {};
  }

  Status atom() {
    if (accept("(")) return group();
    if (accept("$")) {
      emit({.op = Op::kEnd});
      return {};
    }
    CharSet set;
    if (accept("[")) {
      TRY(char_class(set));
    } else if (accept(".")) {
      set.add_range('\n', '\n');
      set.complement();
    } else {
      if (std::string_view("*+?{^").find(pattern_[at_]) != std::string_view::npos) {
        return error(ErrorCode::kInvalidArgument, "an operator without operand");
      }
      TRY(element(set));
    }
    emit({.op = Op::kSet, .a = add_set(std::move(set))});
    return {};
  }

  uint32_t add_set(CharSet set) {
    set.finish();
    regex_.sets_.push_back(std::move(set));
    return uint32_t(regex_.sets_.size() - 1);
  }

  Status group() {
    if (++depth_ > kMaxDepth) return error(ErrorCode::kResourceLimit, "groups nested more than 16 deep");
    const bool outer_ignore_case = ignore_case_;
    const uint32_t begin = size();
    if (accept("?=") || accept("?!")) {
      emit({.op = Op::kLook, .negated = pattern_[at_ - 1] == '!'});
      TRY(alternatives());
      end_nested(begin);
    } else if (accept("?>")) {
      emit({.op = Op::kAtomic});
      TRY(alternatives());
      end_nested(begin);
    } else {
      if (accept("?i:")) {
        ignore_case_ = true;
      } else if (!accept("?:") && more() && pattern_[at_] == '?') {
        return error(ErrorCode::kUnsupported, "an unknown kind of group");
      }
      TRY(alternatives());
    }
    ignore_case_ = outer_ignore_case;
    --depth_;
    if (!accept(")")) return error(ErrorCode::kInvalidArgument, "a group without end");
    return {};
  }

  /// Ends a nested program; a lookahead of one set, by far the most common, becomes one instruction.
  void end_nested(uint32_t begin) {
    Instruction& head = regex_.program_[begin];
    if (head.op == Op::kLook && size() == begin + 2 && regex_.program_[begin + 1].op == Op::kSet) {
      head.op = Op::kPeek;
      head.a = regex_.program_[begin + 1].a;
      regex_.program_.pop_back();
      return;
    }
    emit({.op = Op::kAccept});
    regex_.program_[begin].a = size();
  }

  Status quantifier(uint32_t begin) {
    uint32_t min = 1, max = 1;
    if (accept("?")) {
      min = 0;
    } else if (accept("*")) {
      min = 0, max = kUnlimited;
    } else if (accept("+")) {
      max = kUnlimited;
    } else if (more() && pattern_[at_] == '{') {
      TRY(counts(min, max));
    } else {
      return {};
    }
    const Mode mode = accept("+") ? Mode::kPossessive : accept("?") ? Mode::kLazy : Mode::kGreedy;
    if (size() == begin + 1 && regex_.program_[begin].op == Op::kSet) {
      Instruction& loop = regex_.program_[begin];
      loop = {.op = Op::kLoop, .mode = mode, .a = loop.a, .min = min, .max = max};
      return {};
    }
    return repeat_group(begin, min, max, mode);
  }

  Result<uint32_t> number() {
    if (!more() || pattern_[at_] < '0' || pattern_[at_] > '9') {
      return error(ErrorCode::kInvalidArgument, "a repetition without number");
    }
    uint32_t value = 0;
    while (more() && pattern_[at_] >= '0' && pattern_[at_] <= '9') {
      value = value * 10 + uint32_t(pattern_[at_++] - '0');
      if (value > kMaxRepeat) return error(ErrorCode::kResourceLimit, "a repetition above 4096");
    }
    return value;
  }

  Status counts(uint32_t& min, uint32_t& max) {
    ++at_;
    min = TRY(number());
    max = min;
    if (accept(",")) max = more() && pattern_[at_] == '}' ? kUnlimited : TRY(number());
    if (!accept("}") || max < min) return error(ErrorCode::kInvalidArgument, "a malformed repetition");
    return {};
  }

  /// Repeats the instructions from `begin` on by copying them.
  Status repeat_group(uint32_t begin, uint32_t min, uint32_t max, Mode mode) {
    const std::vector<Instruction> body(regex_.program_.begin() + begin, regex_.program_.end());
    if (body.empty() || can_be_empty(begin, size())) {
      return error(ErrorCode::kUnsupported, "a repeated group that may match nothing");
    }
    const uint64_t copies = uint64_t(min) + (max == kUnlimited ? 1 : max - min);
    if (begin + copies * (body.size() + 2) > kMaxProgram) {
      return error(ErrorCode::kResourceLimit, "a repetition of more than 65536 instructions");
    }
    regex_.program_.resize(begin);
    if (mode == Mode::kPossessive) emit({.op = Op::kAtomic});
    for (uint32_t i = 0; i < min; ++i) copy(body, begin);
    std::vector<uint32_t> splits;
    for (uint32_t i = min; i < (max == kUnlimited ? min + 1 : max); ++i) {
      splits.push_back(size());
      emit({.op = Op::kSplit});
      copy(body, begin);
    }
    if (max == kUnlimited) emit({.op = Op::kJump, .a = splits.back()});
    for (const uint32_t split : splits) {
      Instruction& choice = regex_.program_[split];
      choice.a = split + 1, choice.b = size();
      if (mode == Mode::kLazy) std::swap(choice.a, choice.b);
    }
    if (mode == Mode::kPossessive) end_nested(begin);
    return {};
  }

  void copy(const std::vector<Instruction>& body, uint32_t begin) {
    const uint32_t shift = size() - begin;
    for (Instruction instruction : body) {
      relocate(instruction, begin, shift);
      emit(instruction);
    }
  }

  /// Whether [begin, end) has a way through that takes no character. Targets lie within it or at its end.
  bool can_be_empty(uint32_t begin, uint32_t end) const {
    std::vector<bool> reached(end - begin + 1, false);
    reached[0] = true;
    bool changed = true;
    while (changed) {
      changed = false;
      for (uint32_t pc = begin; pc < end; ++pc) {
        if (!reached[pc - begin]) continue;
        for (const uint32_t next : free_steps(pc)) {
          if (next > end || reached[next - begin]) continue;
          reached[next - begin] = changed = true;
        }
      }
    }
    return reached[end - begin];
  }

  /// Where one can go from `pc` without taking a character; an atomic group counts as free (cautious).
  std::vector<uint32_t> free_steps(uint32_t pc) const {
    const Instruction& instruction = regex_.program_[pc];
    switch (instruction.op) {
      case Op::kSet:
      case Op::kAccept:
        return {};
      case Op::kLoop:
        return instruction.min == 0 ? std::vector{pc + 1} : std::vector<uint32_t>();
      case Op::kSplit:
        return {instruction.a, instruction.b};
      case Op::kJump:
      case Op::kLook:
      case Op::kAtomic:
        return {instruction.a};
      case Op::kPeek:
      case Op::kEnd:
        return {pc + 1};
    }
    CHECK(false);
  }

  /// The bytes a match from `pc` can start with; nothing where it could be empty.
  std::optional<std::array<bool, 256>> first_bytes(uint32_t start, size_t) const {
    std::array<bool, 256> bytes = {};
    std::vector<bool> seen(size(), false);
    std::vector<uint32_t> work = {start};
    while (!work.empty()) {
      const uint32_t pc = work.back();
      work.pop_back();
      if (seen[pc]) continue;
      seen[pc] = true;
      const Instruction& instruction = regex_.program_[pc];
      if (instruction.op == Op::kAccept) return std::nullopt;
      if (instruction.op == Op::kSet || instruction.op == Op::kLoop) {
        const CharSet& set = regex_.sets_[instruction.a];
        for (size_t byte = 0; byte < 256; ++byte) bytes[byte] |= set.may_start_with(uint8_t(byte));
      }
      if (instruction.op == Op::kAtomic) bytes.fill(true);
      for (const uint32_t next : free_steps(pc)) work.push_back(next);
    }
    return bytes;
  }

  /// One character or escape; in a class or outside of one.
  Status element(CharSet& set) {
    if (accept("\\")) return escape(set);
    const Utf8Step step = next_utf8(pattern_.substr(at_));
    if (step.code_point == Utf8Step::kBadByte) return error(ErrorCode::kInvalidArgument, "invalid UTF-8");
    at_ += step.size;
    add_literal(set, step.code_point);
    return {};
  }

  void add_literal(CharSet& set, uint32_t code_point) const {
    set.add_range(code_point, code_point);
    const uint32_t lower = code_point | 0x20;
    if (!ignore_case_ || code_point > 'z' || lower < 'a' || lower > 'z') return;
    set.add_range(code_point ^ 0x20, code_point ^ 0x20);
    if (lower == 's') set.add_range(0x17f, 0x17f);    // long s
    if (lower == 'k') set.add_range(0x212a, 0x212a);  // Kelvin sign
  }

  Status escape(CharSet& set) {
    if (!more()) return error(ErrorCode::kInvalidArgument, "a lone backslash");
    const char letter = pattern_[at_++];
    constexpr uint32_t kDigit = 1u << uint32_t(Category::kNd);
    switch (letter) {
      case 's':
      case 'S': {
        CharSet space;
        space.add_white_space();
        if (letter == 'S') space.complement();
        return add_to(set, space);
      }
      case 'd':
        set.add_categories(kDigit);
        return {};
      case 'D':
        set.add_categories(kAllCategories & ~kDigit);
        return {};
      case 'w':
      case 'W': {
        CharSet word;
        word.add_categories(categories_named("L") | categories_named("M") | categories_named("Nl") |
                            categories_named("Pc") | kDigit);
        for (const auto& [first, last] : kOtherWordRanges) word.add_range(first, last);
        if (letter == 'W') word.complement();
        return add_to(set, word);
      }
      case 'p':
      case 'P':
        return property(set, letter == 'P');
      case 'n':
        set.add_range('\n', '\n');
        return {};
      case 'r':
        set.add_range('\r', '\r');
        return {};
      case 't':
        set.add_range('\t', '\t');
        return {};
      case 'u':
        return code_point(set, 4);
      case 'U':
        return code_point(set, 8);
      default:
        break;
    }
    const bool is_letter = (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z';
    if (is_letter || (letter >= '0' && letter <= '9') || uint8_t(letter) >= 128) {
      --at_;
      return error(ErrorCode::kUnsupported, "an unknown escape");
    }
    set.add_range(uint8_t(letter), uint8_t(letter));
    return {};
  }

  /// \uXXXX and \UXXXXXXXX
  Status code_point(CharSet& set, int num_digits) {
    uint32_t value = 0;
    for (int i = 0; i < num_digits; ++i) {
      const char digit = more() ? pattern_[at_++] : ' ';
      const size_t digit_value = std::string_view("0123456789abcdef").find(char(digit | 0x20));
      if (digit_value == std::string_view::npos || digit == ' ') {
        return error(ErrorCode::kInvalidArgument, "\\u or \\U without its hexadecimal digits");
      }
      value = value * 16 + uint32_t(digit_value);
    }
    set.add_range(value, value);
    return {};
  }

  Status property(CharSet& set, bool negated) {
    const size_t end = pattern_.find('}', at_);
    if (!more() || pattern_[at_] != '{' || end == std::string_view::npos) {
      return error(ErrorCode::kInvalidArgument, "\\p without {name}");
    }
    const std::string_view name = pattern_.substr(at_ + 1, end - at_ - 1);
    const uint32_t mask = categories_named(name);
    const bool punctuation = name == "ReferencePunctuation";
    if (mask == 0 && ((name != "Han" && !punctuation) || negated))
      return error(ErrorCode::kUnsupported, "an unknown property");
    at_ = end + 1;
    if (punctuation) {
      set.add_reference_punctuation();
    } else if (mask == 0) {
      set.add_han();
    } else {
      set.add_categories(negated ? kAllCategories & ~mask : mask);
    }
    return {};
  }

  Status add_to(CharSet& set, const CharSet& other) {
    if (other.is_complement() && !set.is_empty()) {
      return error(ErrorCode::kUnsupported, "\\S or \\W beside other members of a class");
    }
    set.add(other);
    return {};
  }

  Status char_class(CharSet& set) {
    const bool negated = accept("^");
    bool first = true;
    while (first || !more() || pattern_[at_] != ']') {
      if (!more()) return error(ErrorCode::kInvalidArgument, "a class without end");
      if (pattern_[at_] == '[' || pattern_.substr(at_).starts_with("&&")) {
        return error(ErrorCode::kUnsupported, "a class in a class");
      }
      if (set.is_complement())
        return error(ErrorCode::kUnsupported, "\\S or \\W beside other members of a class");
      TRY(class_member(set));
      first = false;
    }
    ++at_;
    if (negated) set.complement();
    return {};
  }

  Status class_member(CharSet& set) {
    CharSet low;
    TRY(element(low));
    const bool range = at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']';
    if (!range || !low.single()) return add_to(set, low);
    ++at_;
    CharSet high;
    TRY(element(high));
    if (!high.single() || *high.single() < *low.single()) {
      return error(ErrorCode::kInvalidArgument, "a malformed range");
    }
    set.add_range(*low.single(), *high.single());
    return {};
  }

  std::string_view pattern_;
  size_t at_ = 0;
  size_t depth_ = 0;
  bool ignore_case_ = false;
  SplitRegex regex_;
};

Result<SplitRegex> SplitRegex::compile(std::string_view pattern) {
  return SplitRegexCompiler(pattern).compile();
}

}  // namespace hearth
