#include "api/api_call.h"

#include <random>

#include <fmt/core.h>

namespace hearth {

std::string random_id(std::string_view prefix) {
  std::random_device device;
  std::string id(prefix);
  for (int i = 0; i < 3; ++i) id += fmt::format("{:08x}", uint32_t(device()));
  return id;
}

}  // namespace hearth
