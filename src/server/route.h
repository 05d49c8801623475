#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <variant>

#include "api/exchange.h"
#include "base/result.h"
#include "server/http_message.h"

namespace hearth {

struct Caller;
class Services;

/// What a key must allow for a route to answer.
enum class Scope : uint8_t { kPublic, kInference, kManage, kMetrics };

/// Whose error bodies a route answers with.
enum class Dialect : uint8_t { kOpenAi, kAnthropic };

/// A whole answer, or a call that runs the model.
using Outcome = std::variant<HttpReply, std::unique_ptr<Exchange>>;

/// Answers a request. Runs on a worker thread, beside others; must not wait for the model. Errors become the
/// dialect's error body.
using Handler = Result<Outcome> (*)(const HttpRequest& request, const Caller& caller, Services& services);

/// One endpoint. Without a scope it does not compile.
class Route {
 public:
  /// `path` may hold parameters: "/v1/models/{id}"; the last one may be "{name...}", which takes slashes.
  constexpr Route(std::string_view method, std::string_view path, Scope scope, Dialect dialect,
                  Handler handler)
      : method_(method), path_(path), scope_(scope), dialect_(dialect), handler_(handler) {}

  constexpr std::string_view method() const { return method_; }
  constexpr std::string_view path() const { return path_; }
  constexpr Scope scope() const { return scope_; }
  constexpr Dialect dialect() const { return dialect_; }
  constexpr Handler handler() const { return handler_; }

 private:
  std::string_view method_, path_;
  Scope scope_;
  Dialect dialect_;
  Handler handler_;
};

}  // namespace hearth
