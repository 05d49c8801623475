#pragma once

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// Appends text with & < > ' " as HTML entities.
Status append_escaped(TextBuilder& out, const OriginString& text);

/// escape(value): str(value) escaped and marked as HTML; HTML stays as it is.
Result<Value> escape(Runtime& runtime, const Value& value);

/// Takes tags and comments out, makes runs of white space one space, and undoes the five named entities and
/// numeric ones. Error: kUnsupported for another entity.
Result<Value> strip_tags(Runtime& runtime, const OriginString& text);

/// Percent-encodes all but letters, digits and _.-~, and / where `keep_slash`.
Status append_url_quoted(TextBuilder& out, const OriginString& text, bool keep_slash, bool space_as_plus);

}  // namespace hearth::jinja
