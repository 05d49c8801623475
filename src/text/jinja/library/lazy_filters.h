#pragma once

#include "text/jinja/value/call.h"

namespace hearth::jinja {

/// The filters whose result is a generator: they work when their items are asked for.
Result<Value> map_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> select_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> reject_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> selectattr_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> rejectattr_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> unique_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> batch_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> slice_filter(Runtime& runtime, const Value& self, Args& args);
Result<Value> items_filter(Runtime& runtime, const Value& self, Args& args);

}  // namespace hearth::jinja
