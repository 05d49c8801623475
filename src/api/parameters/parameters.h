#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/schema.h"

namespace hearth::api {

/// The parameters that one kind of request, or one object in it, can have: groups of constants, each beside
/// what reads it.
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

/// `model`, which every request may name: the server has found it before a dialect reads its request.
inline constexpr Parameter kModelName[] = {
    {"model", Schema::elsewhere("ModelName"), "The model; the one that is served by default."}};

/// The members of an object that keeps to its list: every value has been checked, so that reading cannot
/// fail, and a name that is not in the list cannot be read. A member that is null counts as absent. Used by
/// one thread; the object must outlive it.
class Parameters {
 public:
  /// Checks a whole body. Members that are not in the list are refused, but for those that change nothing
  /// (api/parameters/known_parameters.h). Errors: those of check_value(); for a missing or an unknown member
  /// kInvalidArgument; kUnsupported for a known one whose value would change something.
  static Result<Parameters> check(const Json& body, ParameterList list, size_t vocab_size);
  static Result<Parameters> check(const Json& body, ParameterList list, const ApiCall& call);

  /// As it was given; null where it is absent.
  const Json* find(std::string_view name);
  /// As it was given, else its default, else nothing.
  std::optional<bool> boolean(std::string_view name);
  std::optional<int64_t> integer(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  /// Of a parameter that has a default.
  bool flag(std::string_view name) { return boolean(name).value(); }
  /// Nothing where it is absent or, of what may have several forms, is no object.
  std::optional<Parameters> object(std::string_view name);

  /// "reasoning.effort" for "effort".
  std::string path_of(std::string_view name) const;

  /// To be called once all is read: nothing may be described, and taken, that nobody reads.
  void finish() const;

 private:
  Parameters(const Json& object, ParameterList list, std::string path)
      : object_(&object), list_(std::move(list)), path_(std::move(path)) {}

  const Parameter& parameter(std::string_view name) const;
  /// As it was given, else its default, else null.
  Json value_of(std::string_view name);

  const Json* object_;
  ParameterList list_;
  std::string path_;
  std::vector<std::string_view> read_;
};

}  // namespace hearth::api
