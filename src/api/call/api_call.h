#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <stop_token>
#include <string>

#include "api/call/api_model.h"

namespace hearth::api {

/// The context of a request: the model, the caller, the time. The model must outlive what is made from it.
struct ApiCall {
  const ApiModel* model = nullptr;
  std::string tenant;                    ///< the caller; empty: anonymous
  std::string cache_salt;                ///< separates the prefix caches of callers; empty: shared
  int64_t now = 0;                       ///< seconds since 1970
  std::tm local_time{};                  ///< for chat templates
  std::chrono::nanoseconds load_time{};  ///< that finding the model took, and loading it if it was not there
  std::stop_token gone;                  ///< requested once nobody waits for the response
};

/// Most characters of ids and names that a request may carry.
inline constexpr size_t kMaxNameSize = 512;

/// "chatcmpl-3f0c...": a prefix and 96 random bits.
std::string random_id(std::string_view prefix);

}  // namespace hearth::api
