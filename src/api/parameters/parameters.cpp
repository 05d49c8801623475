#include "api/parameters/parameters.h"

#include <algorithm>

#include "api/parameters/parameter_reader.h"
#include "base/check.h"

namespace hearth::api {
namespace {

/// The form of it that is an object; null where there is none.
const Schema* object_form(const Schema& schema) {
  if (schema.kind == Schema::Kind::kObject) return &schema;
  if (schema.kind != Schema::Kind::kEither) return nullptr;
  for (const Schema& part : std::span(schema.parts, schema.num_parts)) {
    if (part.kind == Schema::Kind::kObject) return &part;
  }
  return nullptr;
}

}  // namespace

ParameterList::ParameterList(std::initializer_list<std::span<const Parameter>> groups) {
  for (const auto& group : groups) {
    for (const Parameter& parameter : group) add(parameter);
  }
}

const Parameter* ParameterList::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(parameters_, [&](const Parameter* one) { return one->name == name; });
  return found == parameters_.end() ? nullptr : *found;
}

Result<Parameters> Parameters::check(const Json& body, ParameterList list, size_t vocab_size) {
  auto reader = TRY(ParameterReader::of(body));
  for (const Parameter* parameter : list.all()) reader.find(parameter->name);
  TRY(reader.finish());
  for (const Parameter* parameter : list.all()) {
    const Json* value =
        parameter->required ? TRY(reader.require(parameter->name)) : reader.find(parameter->name);
    if (value == nullptr) continue;
    TRY(check_value(parameter->schema, *value, std::string(parameter->name), vocab_size));
  }
  return Parameters(body, std::move(list), {});
}

Result<Parameters> Parameters::check(const Json& body, ParameterList list, const ApiCall& call) {
  auto parameters = TRY(check(body, std::move(list), call.model->tokenizer->vocab().size()));
  // By its name the server has found the call's model.
  if (parameters.list_.find(kModelName->name) != nullptr) parameters.find(kModelName->name);
  return parameters;
}

const Parameter& Parameters::parameter(std::string_view name) const {
  const Parameter* found = list_.find(name);
  CHECK(found != nullptr);
  return *found;
}

const Json* Parameters::find(std::string_view name) {
  // The name as it is in the list outlives what was asked with.
  read_.push_back(parameter(name).name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

Json Parameters::value_of(std::string_view name) {
  if (const Json* given = find(name)) return *given;
  const std::string_view otherwise = parameter(name).otherwise;
  if (otherwise.empty()) return nullptr;
  auto value = parse_json(otherwise);
  CHECK(value.has_value());
  return *std::move(value);
}

std::optional<bool> Parameters::boolean(std::string_view name) {
  const Json value = value_of(name);
  return value.is_null() ? std::nullopt : std::optional(value.get<bool>());
}

std::optional<int64_t> Parameters::integer(std::string_view name) {
  const Json value = value_of(name);
  return value.is_null() ? std::nullopt : as_integer(value);
}

std::optional<double> Parameters::number(std::string_view name) {
  const Json value = value_of(name);
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

std::optional<std::string> Parameters::text(std::string_view name) {
  Json value = value_of(name);
  if (value.is_null()) return std::nullopt;
  return std::move(value.get_ref<std::string&>());
}

std::optional<Parameters> Parameters::object(std::string_view name) {
  const Json* value = find(name);
  const Schema* schema = object_form(parameter(name).schema);
  CHECK(schema != nullptr);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return Parameters(*value, ParameterList({std::span(schema->members, schema->num_members)}), path_of(name));
}

std::string Parameters::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Parameters::finish() const {
  for (const Parameter* parameter : list_.all()) {
    CHECK(std::ranges::find(read_, parameter->name) != read_.end());
  }
}

}  // namespace hearth::api
