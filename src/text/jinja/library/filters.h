#pragma once

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// The filter, or the test, of that name; null for an unknown one. Those that jinja2 has and this interpreter
/// lacks are functions that say so.
NativeFunction find_filter(std::string_view name);
NativeFunction find_test(std::string_view name);

/// The tables that find_filter() looks through, each sorted by name.
std::span<const NativeEntry> string_filters();
std::span<const NativeEntry> sequence_filters();
std::span<const NativeEntry> value_filters();

}  // namespace hearth::jinja
