#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/error.h"

namespace hearth {

/// A value, or the `Error` that kept it from being made.
template <typename T>
using Result = std::expected<T, Error>;

/// Success, or an `Error`.
using Status = Result<void>;

/// An error to return from a function of any `Result` type: `return fail(ErrorCode::kIo, "cannot read {}",
/// path);`
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format,
                                          Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// The same with a remedy: `return fail_hint(code, "run `hearth list`", "no model named {}", name);`
template <typename... Args>
[[nodiscard]] std::unexpected<Error> fail_hint(ErrorCode code, std::string hint,
                                               fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...), std::move(hint)});
}

}  // namespace hearth

// `auto x = TRY(f());` takes the value of a Result, or returns its error from the calling function. A macro
// (and a GNU statement expression, which Clang and g++ share) because no function can return from its caller.
// Each use has a name of its own, so that one may stand inside another.
#define TRY(expression) HEARTH_TRY_NAMED(HEARTH_JOIN(try_result_, __COUNTER__), expression)
#define HEARTH_JOIN(a, b) HEARTH_JOIN_EXPANDED(a, b)
#define HEARTH_JOIN_EXPANDED(a, b) a##b
#define HEARTH_TRY_NAMED(name, expression)                                \
  ({                                                                      \
    auto&& name = (expression);                                           \
    if (!name.has_value()) [[unlikely]]                                   \
      return std::unexpected(std::forward<decltype(name)>(name).error()); \
    ::hearth::detail::take_value(std::forward<decltype(name)>(name));     \
  })

namespace hearth::detail {

template <typename R>
auto take_value(R&& result) {
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>) return *std::forward<R>(result);
}

}  // namespace hearth::detail
