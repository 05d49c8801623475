#pragma once

#include "base/error.h"

namespace hearth::cli {

/// The process's exit status for an error; documented in docs/CLI.md. 0 is success, 2 a bad command line.
constexpr int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 2;
    case ErrorCode::kNotFound:
      return 3;
    case ErrorCode::kCorruptData:
      return 4;
    case ErrorCode::kUnsupported:
      return 5;
    case ErrorCode::kResourceLimit:
      return 6;
    case ErrorCode::kContextOverflow:
      return 7;
    case ErrorCode::kOverloaded:
      return 9;
    case ErrorCode::kIo:
    case ErrorCode::kNoSpace:
      return 8;
    case ErrorCode::kNotFinite:
      return 10;
    case ErrorCode::kInternal:
      return 70;
    case ErrorCode::kCancelled:
      return 130;
  }
  return 70;
}

}  // namespace hearth::cli
