#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call/api_model.h"

namespace hearth::api {

/// What lists say of a model once it is known.
struct ModelFacts {
  size_t context = 0;
  size_t hidden_size = 0;
  size_t vocab_size = 0;
  std::vector<std::string_view> capabilities = {};
};

/// A model as lists have it, which need not be loaded for that.
struct ModelListing {
  std::string id;
  int64_t created = 0;                   ///< seconds since 1970
  std::optional<ModelFacts> facts = {};  ///< nothing: it was never loaded
};

ModelFacts facts_of(const ApiModel& model);
ModelListing listing_of(const ApiModel& model);

}  // namespace hearth::api
