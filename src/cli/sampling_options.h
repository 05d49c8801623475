#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "engine/sampling_params.h"

namespace hearth {

/// One parameter of sampling, as the command line (--top-p) and the REPL (/set top_p) know it.
struct SamplingParameter {
  std::string_view name;   ///< "repetition_penalty"
  std::string_view alias;  ///< "repeat_penalty"; may be empty
  std::string_view help;
  std::function<Status(SamplingParams&, std::string_view value)> set;
  std::function<std::string(const SamplingParams&)> get;
};

/// All of them, in order of the documentation.
const std::vector<SamplingParameter>& sampling_parameters();

/// Sets one by name or alias. Errors: kInvalidArgument naming the parameter and, where there is none, the
/// known ones. Whether the value is legal is for `validate` to say.
Status set_sampling_parameter(SamplingParams& params, std::string_view name, std::string_view value);

/// Sampling as the command line asks for it.
class SamplingOptions {
 public:
  /// Declares an option for each parameter.
  void add_to(CLI::App& app);

  /// `defaults` with what was given. Errors: kInvalidArgument naming the parameter.
  Result<SamplingParams> apply(SamplingParams defaults) const;

 private:
  std::map<std::string_view, std::vector<std::string>> values_;  ///< by name, as given
};

}  // namespace hearth
