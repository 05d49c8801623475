#pragma once

#include <string_view>
#include <vector>

#include "models/layer_spec.h"
#include "models/model_spec.h"

namespace hearth {

/// What BERT and its kin have in common: learned positions, layers whose residual is normed after each
/// addition. Names of the last layer of a classification head are left to each.
ModelSpec bert_spec(std::vector<std::string_view> names,
                    std::function<Status(ModelConfig&, const ConfigKeys&)> configure,
                    LayerSpecOf layer_of = post_norm_layer);

/// Without gates, and with absolute positions: others are refused.
Status configure_bert(ModelConfig& config, const ConfigKeys& keys);

}  // namespace hearth
