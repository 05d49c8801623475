#pragma once

#include <span>
#include <string_view>

#include "api/parameters/parameter_reader.h"
#include "engine/sample/sampling_params.h"

namespace hearth::api {

/// One number that steers the sampler, by a name that a request may use.
struct SamplerParameter {
  std::string_view name;
  bool is_integer;
  double low, high;
  std::string_view description;
  void (*set)(SamplingParams& sampling, double value);
};

/// All of them. Where two names mean the same, the later one of the table wins.
std::span<const SamplerParameter> sampler_parameters();

/// Reads every parameter of the sampler: those of the table, `dry_sequence_breakers`, `samplers` and `seed`.
/// Errors: kInvalidArgument naming the parameter.
Status read_sampler(ParameterReader& reader, SamplingParams& sampling);

}  // namespace hearth::api
