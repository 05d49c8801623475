#include "grammar/testing/evaluate.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "grammar/regex/decimal.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

/// What a schema says of one value: whether it holds, and if so, which properties or items it looked at.
struct Answer {
  bool holds = true;
  std::set<size_t> evaluated;

  void merge(const Answer& other) { evaluated.insert(other.evaluated.begin(), other.evaluated.end()); }
};

Decimal decimal(std::string_view text) {
  const auto number = Decimal::parse(text);
  CHECK(number.has_value());
  return *number;
}

/// Digits without zeros in front.
std::string trimmed(std::string digits) {
  return digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

bool less(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// a - b, where a is not below b.
std::string difference(std::string a, const std::string& b) {
  int borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t at = a.size() - 1 - i;
    int digit = a[at] - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
    borrow = digit < 0 ? 1 : 0;
    if (borrow) digit += 10;
    a[at] = char('0' + digit);
  }
  return trimmed(std::move(a));
}

/// By long division, digit for digit.
bool is_multiple(const Decimal& number, const Decimal& factor) {
  const int64_t scale = std::min(number.exponent, factor.exponent);
  const std::string divisor = factor.digits + std::string(size_t(factor.exponent - scale), '0');
  std::string rest;
  for (const char digit : number.digits + std::string(size_t(number.exponent - scale), '0')) {
    rest = trimmed(rest + digit);
    while (!less(rest, divisor)) rest = difference(rest, divisor);
  }
  return rest.empty();
}

bool same_value(const JsonDocument& document, JsonId a, JsonId b) {
  if (document.kind(a) != document.kind(b)) return false;
  switch (document.kind(a)) {
    case JsonKind::kNumber:
      return compare(decimal(document.text(a)), decimal(document.text(b))) == 0;
    case JsonKind::kString:
      return document.text(a) == document.text(b);
    case JsonKind::kArray:
      return std::ranges::equal(document.items(a), document.items(b),
                                [&](JsonId x, JsonId y) { return same_value(document, x, y); });
    case JsonKind::kObject:
      return document.members(a).size() == document.members(b).size() &&
             std::ranges::all_of(document.members(a), [&](const JsonDocument::Member& member) {
               const auto other = document.find(b, document.text(member.key));
               return other && same_value(document, member.value, *other);
             });
    default:
      return true;
  }
}

class Evaluator {
 public:
  Evaluator(const SchemaProgram& program, const JsonDocument& document)
      : program_(program), document_(document) {}

  Answer at(SchemaId id, JsonId value) {
    const SchemaNode& node = program_.schemas[id];
    static constexpr uint8_t kTypes[] = {kNull, kFalse, kTrue, kNumber, kString, kArray, kObject};
    Answer answer;
    const JsonKind kind = document_.kind(value);
    answer.holds = (node.types & kTypes[size_t(kind)]) != 0;
    if (kind == JsonKind::kNumber && node.number) answer.holds = answer.holds && number(*node.number, value);
    if (kind == JsonKind::kString && node.string)
      answer.holds = answer.holds && string(*node.string, document_.text(value));
    if (kind == JsonKind::kArray && node.array) array(*node.array, value, answer);
    if (kind == JsonKind::kObject && node.object) object(*node.object, value, answer);
    applicators(node, value, answer);
    unevaluated(node, value, answer);
    if (!answer.holds) answer.evaluated.clear();
    return answer;
  }

 private:
  bool holds(SchemaId id, JsonId value) { return at(id, value).holds; }
  void require(Answer& answer, SchemaId id, JsonId value) { answer.holds = holds(id, value) && answer.holds; }

  bool number(const NumberRule& rule, JsonId value) {
    const Decimal number = decimal(document_.text(value));
    const auto order = [&](const std::string& bound) { return compare(number, decimal(bound)); };
    const NumberBounds& bounds = rule.bounds;
    if (bounds.integer && number.exponent < 0) return false;
    if (bounds.no_point && document_.text(value).find('.') != std::string_view::npos) return false;
    if (bounds.minimum && order(*bounds.minimum) < 0) return false;
    if (bounds.maximum && order(*bounds.maximum) > 0) return false;
    if (bounds.exclusive_minimum && order(*bounds.exclusive_minimum) <= 0) return false;
    if (bounds.exclusive_maximum && order(*bounds.exclusive_maximum) >= 0) return false;
    if (bounds.multiple_of && !is_multiple(number, decimal(*bounds.multiple_of))) return false;
    return rule.equal_to.empty() ||
           std::ranges::any_of(rule.equal_to, [&](const std::string& text) { return order(text) == 0; });
  }

  bool string(const StringRule& rule, std::string_view text) {
    CHECK(rule.makers.empty());
    const size_t length = count_code_points(text);
    return length >= rule.min_length && length <= rule.max_length &&
           std::ranges::all_of(rule.languages,
                               [&](const TextDfaPtr& language) { return language->matches(text); });
  }

  void array(const ArrayRule& rule, JsonId value, Answer& answer) {
    const auto items = document_.items(value);
    size_t contained = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      const bool listed = i < rule.prefix_items.size();
      require(answer, listed ? rule.prefix_items[i] : rule.items, items[i]);
      if (listed || rule.has_items) answer.evaluated.insert(i);
      if (rule.contains && holds(*rule.contains, items[i])) {
        ++contained;
        answer.evaluated.insert(i);
      }
    }
    if (items.size() < rule.min_items || items.size() > rule.max_items) answer.holds = false;
    if (rule.contains && (contained < rule.min_contains || contained > rule.max_contains))
      answer.holds = false;
    for (size_t i = 0; rule.unique && i < items.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (same_value(document_, items[i], items[j])) answer.holds = false;
      }
    }
  }

  void object(const ObjectRule& rule, JsonId value, Answer& answer) {
    const auto members = document_.members(value);
    const auto has = [&](const std::string& name) { return document_.find(value, name).has_value(); };
    for (size_t i = 0; i < members.size(); ++i) member(rule, members[i], i, answer);
    if (members.size() < rule.min_properties || members.size() > rule.max_properties) answer.holds = false;
    if (!std::ranges::all_of(rule.required, has)) answer.holds = false;
    for (const auto& [name, others] : rule.dependent_required) {
      if (has(name) && !std::ranges::all_of(others, has)) answer.holds = false;
    }
    for (const auto& [name, schema] : rule.dependent_schemas) {
      if (has(name)) apply(answer, schema, value);
    }
  }

  void member(const ObjectRule& rule, const JsonDocument::Member& member, size_t place, Answer& answer) {
    const std::string_view key = document_.text(member.key);
    bool listed = false;
    for (const auto& [name, schema] : rule.properties) {
      if (name != key) continue;
      listed = true;
      require(answer, schema, member.value);
    }
    for (const auto& [language, schema] : rule.pattern_properties) {
      if (!language->matches(key)) continue;
      listed = true;
      require(answer, schema, member.value);
    }
    if (!listed) require(answer, rule.additional, member.value);
    if (listed || rule.has_additional) answer.evaluated.insert(place);
    if (rule.property_names) require(answer, *rule.property_names, member.key);
  }

  void apply(Answer& answer, SchemaId schema, JsonId value) {
    const Answer inner = at(schema, value);
    answer.holds = answer.holds && inner.holds;
    answer.merge(inner);
  }

  size_t count_holding(Answer& answer, const std::vector<SchemaId>& schemas, JsonId value) {
    size_t count = 0;
    for (const SchemaId schema : schemas) {
      const Answer inner = at(schema, value);
      count += inner.holds ? 1 : 0;
      answer.merge(inner);
    }
    return count;
  }

  void applicators(const SchemaNode& node, JsonId value, Answer& answer) {
    for (const SchemaId schema : node.all_of) apply(answer, schema, value);
    for (const auto& schemas : node.any_of) {
      if (count_holding(answer, schemas, value) == 0) answer.holds = false;
    }
    for (const auto& schemas : node.one_of) {
      if (count_holding(answer, schemas, value) != 1) answer.holds = false;
    }
    if (node.not_schema && holds(*node.not_schema, value)) answer.holds = false;
    if (!node.if_schema) return;
    const Answer condition = at(*node.if_schema, value);
    answer.merge(condition);
    const auto branch = condition.holds ? node.then_schema : node.else_schema;
    if (branch) apply(answer, *branch, value);
  }

  /// Behind all else.
  void unevaluated(const SchemaNode& node, JsonId value, Answer& answer) {
    const bool is_array = document_.is(value, JsonKind::kArray),
               is_object = document_.is(value, JsonKind::kObject);
    if (is_array && node.array && node.array->unevaluated_items) {
      const auto items = document_.items(value);
      for (size_t i = 0; i < items.size(); ++i) {
        if (answer.evaluated.insert(i).second) require(answer, *node.array->unevaluated_items, items[i]);
      }
    }
    if (is_object && node.object && node.object->unevaluated_properties) {
      const auto members = document_.members(value);
      for (size_t i = 0; i < members.size(); ++i) {
        if (answer.evaluated.insert(i).second)
          require(answer, *node.object->unevaluated_properties, members[i].value);
      }
    }
  }

  const SchemaProgram& program_;
  const JsonDocument& document_;
};

}  // namespace

bool evaluate(const SchemaProgram& program, const JsonDocument& document, JsonId value) {
  return Evaluator(program, document).at(program.root, value).holds;
}

}  // namespace hearth::grammar
