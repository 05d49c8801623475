#include "grammar/quote/quoted_strings.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "grammar/quote/quote_language.h"

namespace hearth::grammar {
namespace {

using Json = nlohmann::ordered_json;

/// A value's place: a chain of names and indices, shared by what lies below.
struct Place {
  const Place* parent;
  std::string token;
};

std::string escape_token(const std::string& token) {
  std::string escaped;
  for (const char c : token) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return escaped;
}

std::string pointer_of(const Place* place) {
  std::vector<const Place*> chain;
  for (; place->parent != nullptr; place = place->parent) chain.push_back(place);
  std::string pointer;
  for (auto i = chain.rbegin(); i != chain.rend(); ++i) pointer += '/' + escape_token((*i)->token);
  return pointer;
}

/// Follows each value with the schemas that may be asked of it, by a list of what is still to be looked at:
/// neither values nor schemas are as deep as the stack.
class Search {
 public:
  Search(const SchemaProgram& program, size_t max_places) : program_(program), max_places_(max_places) {}

  std::vector<QuotedString> run(const Json& root) {
    number(root, child(nullptr, ""));
    ask(program_.root, root);
    while (!waiting_.empty()) {
      const auto [schema, value] = waiting_.back();
      waiting_.pop_back();
      look_at(program_.schemas[schema], *value);
    }
    std::vector<QuotedString> result;
    for (auto& [order, quoted] : found_) result.push_back(std::move(quoted));
    return result;
  }

 private:
  struct Value {
    size_t order;  ///< in the text
    const Place* place;
  };

  /// Gives values their order in the text and their places.
  void number(const Json& root, const Place* place) {
    std::vector<std::pair<const Json*, const Place*>> open = {{&root, place}};
    while (!open.empty()) {
      const auto [value, at] = open.back();
      open.pop_back();
      values_.try_emplace(value, Value{values_.size(), at});
      std::vector<std::pair<const Json*, const Place*>> below;
      if (value->is_array()) {
        for (size_t i = 0; i < value->size(); ++i)
          below.emplace_back(&(*value)[i], child(at, std::to_string(i)));
      } else if (value->is_object()) {
        for (const auto& [name, member] : value->items()) below.emplace_back(&member, child(at, name));
      }
      open.insert(open.end(), below.rbegin(), below.rend());
    }
  }

  const Place* child(const Place* parent, std::string token) {
    places_.push_back(std::make_unique<Place>(Place{parent, std::move(token)}));
    return places_.back().get();
  }

  void ask(SchemaId schema, const Json& value) {
    if (schema == kTrueSchema || schema == kFalseSchema) return;
    if (asked_.emplace(schema, &value).second) waiting_.emplace_back(schema, &value);
  }
  void ask(const std::optional<SchemaId>& schema, const Json& value) {
    if (schema) ask(*schema, value);
  }

  void look_at(const SchemaNode& node, const Json& value) {
    for (const SchemaId schema : node.all_of) ask(schema, value);
    for (const auto* lists : {&node.any_of, &node.one_of}) {
      for (const auto& list : *lists) {
        for (const SchemaId schema : list) ask(schema, value);
      }
    }
    ask(node.if_schema, value);
    ask(node.then_schema, value);
    ask(node.else_schema, value);
    if (node.string && value.is_string()) look_at(*node.string, value);
    if (node.array && value.is_array()) look_at(*node.array, value);
    if (node.object && value.is_object()) look_at(*node.object, value);
  }

  void look_at(const StringRule& rule, const Json& value) {
    for (const auto& maker : rule.makers) {
      const auto* quote = dynamic_cast<const QuoteLanguageMaker*>(maker.get());
      if (quote == nullptr) continue;
      QuotePlaces places = quote->source().places(value.get_ref<const std::string&>(), max_places_);
      const Value& known = values_.at(&value);
      if (places.total > 0) found_.try_emplace(known.order, pointer_of(known.place), std::move(places));
    }
  }

  void look_at(const ArrayRule& rule, const Json& array) {
    for (size_t i = 0; i < array.size(); ++i) {
      ask(i < rule.prefix_items.size() ? rule.prefix_items[i] : rule.items, array[i]);
      ask(rule.contains, array[i]);
      ask(rule.unevaluated_items, array[i]);
    }
  }

  void look_at(const ObjectRule& rule, const Json& object) {
    for (const auto& [name, schema] : rule.dependent_schemas) {
      if (object.contains(name)) ask(schema, object);
    }
    std::map<std::string_view, SchemaId> listed(rule.properties.begin(), rule.properties.end());
    for (const auto& [name, member] : object.items()) {
      const auto property = listed.find(name);
      ask(property != listed.end() ? property->second : rule.additional, member);
      for (const auto& [pattern, schema] : rule.pattern_properties) ask(schema, member);
      ask(rule.unevaluated_properties, member);
    }
  }

  const SchemaProgram& program_;
  size_t max_places_;
  std::vector<std::unique_ptr<Place>> places_;
  std::unordered_map<const Json*, Value> values_;
  std::set<std::pair<SchemaId, const Json*>> asked_;
  std::vector<std::pair<SchemaId, const Json*>> waiting_;
  std::map<size_t, QuotedString> found_;
};

}  // namespace

std::vector<QuotedString> quoted_strings(const SchemaProgram& program, std::string_view json,
                                         size_t max_places) {
  const bool has_quotes = std::ranges::any_of(
      program.schemas, [](const SchemaNode& node) { return node.string && !node.string->makers.empty(); });
  if (!has_quotes) return {};
  const Json value = Json::parse(json, nullptr, false);
  if (value.is_discarded()) return {};
  return Search(program, max_places).run(value);
}

}  // namespace hearth::grammar
