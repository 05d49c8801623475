#pragma once

#include <span>
#include <string_view>

#include "api/parameters/parameters.h"
#include "engine/sample/sampling_params.h"

namespace hearth::api {

/// One number that steers the sampler, by a name that a request may use.
struct SamplerParameter {
  Parameter parameter;
  void (*set)(SamplingParams& sampling, double value);
};

/// All of them. Where two names mean the same, the later one of the table wins.
std::span<const SamplerParameter> sampler_numbers();

/// Everything that steers the sampler: the numbers, `mirostat`, `dry_sequence_breakers`, `samplers`, `seed`.
/// What a request leaves out comes from the model.
ParameterList sampler_parameters();
void read_sampler(Parameters& parameters, SamplingParams& sampling);

}  // namespace hearth::api
