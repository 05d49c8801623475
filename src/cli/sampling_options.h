#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/arguments/arguments.h"
#include "engine/sample/sampling_params.h"

namespace hearth::cli {

/// One parameter of sampling, as the command line (--top-p) and the REPL (/set top_p) know it.
struct SamplingParameter {
  std::string_view name;     ///< "repetition_penalty"
  std::string_view alias;    ///< "repeat_penalty"; may be empty
  std::string_view type;     ///< as help calls a value: "N", "X"
  std::string_view allowed;  ///< "0 to 1"; empty: any
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
  /// Declares an option for each parameter. What no model would take is refused where it is read.
  void add_to(Arguments& arguments);

  /// `defaults` with what was given.
  Result<SamplingParams> apply(SamplingParams defaults) const;
  /// What was given, as members of a request to a server. Nothing where such a request cannot say it.
  std::optional<nlohmann::ordered_json> as_request() const;

 private:
  std::vector<std::pair<const SamplingParameter*, std::string>> given_;
};

}  // namespace hearth::cli
