#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/schema.h"

namespace hearth::api {

/// The parameters of a kind of request, or of an object in it: groups of constants, each beside its reader.
class ParameterList {
 public:
  ParameterList() = default;
  ParameterList(std::initializer_list<std::span<const Parameter>> groups);

  void add(const Parameter& parameter) { parameters_.push_back(&parameter); }
  void add(const ParameterList& more) {
    parameters_.insert(parameters_.end(), more.parameters_.begin(), more.parameters_.end());
  }

  std::span<const Parameter* const> all() const { return parameters_; }
  /// Null where there is none of this name.
  const Parameter* find(std::string_view name) const;

 private:
  std::vector<const Parameter*> parameters_;
};

/// `model`: the server resolves it before the dialect reads the request.
inline constexpr Parameter kModelName[] = {
    {"model", Schema::elsewhere("ModelName"), "The model; the one that is served by default."}};

/// The members of an object, validated against its list: reading cannot fail, and names outside the list
/// cannot be read. null counts as absent. Used by one thread; the object must outlive it.
class Parameters {
 public:
  /// Validates a whole body. Members outside the list are refused, except known ones without effect
  /// (api/parameters/known_parameters.h). Errors: those of check_value(); kInvalidArgument for a missing or
  /// unknown member; kUnsupported for a known one with an effect.
  static Result<Parameters> check(const Json& body, ParameterList list, size_t vocab_size);
  static Result<Parameters> check(const Json& body, ParameterList list, const ApiCall& call);

  /// The value; null where absent.
  const Json* find(std::string_view name);
  /// The value, else its default, else nothing.
  std::optional<bool> boolean(std::string_view name);
  std::optional<int64_t> integer(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  /// Of a parameter that has a default.
  bool flag(std::string_view name) { return boolean(name).value(); }
  /// Nothing where it is absent or has another of its forms.
  std::optional<Parameters> object(std::string_view name);

  /// "reasoning.effort" for "effort".
  std::string path_of(std::string_view name) const;

  /// CHECKs that every parameter of the list has been read. To be called last.
  void finish() const;

 private:
  Parameters(const Json& object, ParameterList list, std::string path)
      : object_(&object), list_(std::move(list)), path_(std::move(path)) {}

  const Parameter& parameter(std::string_view name) const;
  /// The value, else its default, else null.
  Json value_of(std::string_view name);

  const Json* object_;
  ParameterList list_;
  std::string path_;
  std::vector<std::string_view> read_;
};

}  // namespace hearth::api
