#include "base/error.h"

namespace hearth {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kCorruptData:
      return "corrupt data";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kResourceLimit:
      return "resource limit";
    case ErrorCode::kContextOverflow:
      return "context overflow";
    case ErrorCode::kOverloaded:
      return "overloaded";
    case ErrorCode::kIo:
      return "input/output error";
    case ErrorCode::kNoSpace:
      return "no space";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kNotFinite:
      return "not finite";
    case ErrorCode::kInternal:
      return "internal error";
  }
  return "unknown error";
}

}  // namespace hearth
