#pragma once

#include "engine/sample/candidates.h"
#include "engine/sample/sampling_params.h"

// The truncation and temperature steps of sampling, each on a set of candidates. Each leaves at least one.

namespace hearth {

/// Keeps the fewest best tokens whose probabilities sum to at least p (Holtzman et al. 2020).
void apply_top_p(Candidates& candidates, float p);

/// Keeps tokens at least p times as probable as the best (Nguyen et al. 2024).
void apply_min_p(Candidates& candidates, float p);

/// Keeps the tokens whose surprise is nearest to the entropy, until their probabilities sum to more than p
/// (Meister et al. 2023, "Locally typical sampling").
void apply_typical(Candidates& candidates, float p);

/// Keeps logits within n standard deviations of the best (Tang et al. 2024).
void apply_top_n_sigma(Candidates& candidates, float n);

/// "Exclude top choices" (p-e-w 2024): where chance < probability, drops every token of at least the
/// threshold's probability but the least probable of them. `chance` is uniform in [0, 1).
void apply_xtc(Candidates& candidates, float probability, float threshold, double chance);

/// Divides by the temperature; with a range, by one between temperature - range and temperature + range that
/// grows with the entropy (Zhang et al. 2024, "EDT"). Temperature > 0.
void apply_temperature(Candidates& candidates, const SamplingParams& params);

/// Drops tokens whose surprise is above `bound` bits.
void apply_surprise_bound(Candidates& candidates, double bound);

}  // namespace hearth
