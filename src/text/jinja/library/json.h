#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// How json.dumps of Python writes; the defaults are those of transformers' `tojson`.
struct JsonStyle {
  bool ensure_ascii = false;
  bool sort_keys = false;
  bool escape_html = false;            ///< < > & as \u003c, as Go's encoding/json does
  std::optional<OriginString> indent;  ///< of one level; without it, all on one line
  OriginString item_separator, key_separator;
};

/// Appends a value as JSON text. Errors: kInvalidArgument for what JSON has no form for, kResourceLimit.
Status append_json(TextBuilder& out, Runtime& runtime, const Value& value, const JsonStyle& style);

/// A value made of JSON data, all of the given origin. Errors: kResourceLimit for nesting and size.
Result<Value> from_json(Runtime& runtime, const nlohmann::ordered_json& json, Origin origin);

}  // namespace hearth::jinja
