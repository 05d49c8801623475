#pragma once

#include <ctime>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// Appends a time in the layout of C's strftime, in the C locale and without a time zone, as Python's
/// datetime.now().strftime() prints it on Linux; glibc's flags (%-d) included. What a directive becomes has
/// the directive's origin.
Status append_time(TextBuilder& out, const std::tm& time, const OriginString& format);

}  // namespace hearth::jinja
