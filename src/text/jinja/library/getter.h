#pragma once

#include <optional>

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// Reads the attribute that filters such as `map` and `sort` are given: a path ("function.name"), an index,
/// or nothing for the item itself.
class AttributeGetter {
 public:
  /// With `ignore_case`, strings come in lower case; where a part is undefined, `otherwise` stands for it.
  AttributeGetter(const Value* attribute, bool ignore_case, std::optional<Value> otherwise = std::nullopt)
      : attribute_(is_given(attribute) ? std::optional(*attribute) : std::nullopt),
        ignore_case_(ignore_case),
        otherwise_(std::move(otherwise)) {}

  Result<Value> get(Runtime& runtime, const Value& item) const;

  /// The values of several paths, separated by commas, as a tuple.
  Result<Value> get_all(Runtime& runtime, const Value& item) const;

 private:
  Result<Value> follow(Runtime& runtime, Value item, std::string_view path) const;
  Result<Value> finish(Runtime& runtime, Value value) const;

  std::optional<Value> attribute_;
  bool ignore_case_;
  std::optional<Value> otherwise_;
};

}  // namespace hearth::jinja
