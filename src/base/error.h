#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

/// What kind of failure an `Error` is. Maps once to a process exit code (cli) and once to an HTTP status
/// (server).
enum class ErrorCode : uint8_t {
  kInvalidArgument,  ///< the caller's input is wrong: a flag, a parameter, a prompt
  kNotFound,         ///< a file, a model or an object that does not exist
  kCorruptData,      ///< a file or message that breaks its format
  kUnsupported,      ///< well-formed, but of a kind this build does not handle
  kResourceLimit,    ///< a limit of ours (size, depth, fuel) or memory was reached
  kContextOverflow,  ///< a prompt longer than the context
  kOverloaded,       ///< too busy now; the same request may succeed later
  kIo,               ///< the operating system refused
  kNoSpace,          ///< a disk, a quota or the limit for the size of a file is full
  kCancelled,        ///< the caller asked to stop
  kNotFinite,        ///< a model computed or holds what is no number
  kInternal,         ///< a fault of ours
};

std::string_view to_string(ErrorCode code);

/// A failure that input can cause: what went wrong (naming the thing) and what to do about it.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  ///< one line, the cause
  std::string hint;     ///< one line, the remedy; may be empty
};

}  // namespace hearth
