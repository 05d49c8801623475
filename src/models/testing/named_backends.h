#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "backend/backends.h"

// For tests that run a model on every backend.

namespace hearth {

/// "reference", and the instruction sets of the CPU backend that this machine runs.
inline std::vector<std::string> backend_names() {
  std::vector<std::string> names{"reference"};
  std::ranges::copy(cpu_backend_isas(), std::back_inserter(names));
  return names;
}

/// One of `backend_names`.
inline std::unique_ptr<Backend> make_named_backend(const std::string& name, ThreadPool& pool) {
  return name == "reference" ? make_reference_backend(pool) : *make_cpu_backend(pool, name);
}

/// Of a test with a model's name and a backend's: "llama3_avx2_vnni". `Info` is testing::TestParamInfo.
template <typename Info>
std::string model_on_backend(const Info& info) {
  std::string name = fmt::format("{}_{}", std::get<0>(info.param), std::get<1>(info.param));
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace hearth
