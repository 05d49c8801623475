#pragma once

#include <span>
#include <string_view>

#include "api/parameters/parameters.h"
#include "engine/sample/sampling_params.h"

namespace hearth::api {

/// A numeric sampling parameter, under one of its names.
struct SamplerParameter {
  Parameter parameter;
  void (*set)(SamplingParams& sampling, double value);
};

/// All of them. Of two names for one parameter, the later one in the table wins.
std::span<const SamplerParameter> sampler_numbers();

/// All sampling parameters: the numbers, `mirostat`, `dry_sequence_breakers`, `samplers`, `seed`.
/// Defaults are the model's.
ParameterList sampler_parameters();
void read_sampler(Parameters& parameters, SamplingParams& sampling);

}  // namespace hearth::api
