#include "text/jinja/value/value.h"

#include "text/jinja/value/containers.h"

namespace hearth::jinja {

Result<Value> Value::wide(Wide value, Origin origin) {
  if (value < Wide(INT64_MIN) || value > Wide(UINT64_MAX)) {
    return fail(ErrorCode::kResourceLimit, "an integer beyond 64 bits");
  }
  Value result(Type::kInt, origin, uint64_t(value));
  result.above_int64_ = value > Wide(INT64_MAX);
  return result;
}

Value Value::written(double value, const Value& text) {
  Value result = real(value, text.origin());
  result.object_ = text.object_;
  return result;
}

const std::string* Value::written_text() const {
  return type_ == Type::kFloat && object_ ? &string().text().text() : nullptr;
}

Origin Value::origin() const {
  switch (type_) {
    case Type::kString:
      return string().text().origin_at(0);
    case Type::kList:
    case Type::kTuple:
      return sequence().origin;
    case Type::kDict:
      return dict().origin;
    default:
      return origin_;
  }
}

const StringObject& Value::string() const { return object<StringObject>(); }
const SequenceObject& Value::sequence() const { return object<SequenceObject>(); }
const DictObject& Value::dict() const { return object<DictObject>(); }
const std::string& Value::text() const { return string().text().text(); }

}  // namespace hearth::jinja
