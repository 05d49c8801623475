#include "formats/huggingface/quantization_config.h"

#include <vector>

#include "base/printable.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/json_node.h"

namespace hearth {

namespace {

std::unexpected<Error> unreadable(const JsonNode& quantization, std::string_view what) {
  return fail_hint(ErrorCode::kUnsupported, kQuantizationRemedy,
                   "{} says that the weights are quantised by {}, which this build does not read",
                   quantization.path(), what);
}

Result<ScaleBlock> read_block(const JsonNode& node) {
  constexpr uint64_t kMost = 1 << 24;
  const std::vector<JsonNode> sizes = TRY(node.list(2));
  if (sizes.size() != 2) return node.wrong("the rows and columns of a block");
  ScaleBlock block;
  block.rows = int64_t(TRY(sizes[0].number(kMost)));
  block.cols = int64_t(TRY(sizes[1].number(kMost)));
  if (block.rows > 0 && block.cols > 0) return block;
  return node.wrong("the rows and columns of a block");
}

/// As DeepSeek publishes it; without blocks a matrix has one scale.
Status read_fp8(const JsonNode& quantization, WeightQuantization& found) {
  if (TRY(quantization.text("expert_dtype", "fp8")) != "fp8") return unreadable(quantization, "expert_dtype");
  const auto block = quantization.json().find("weight_block_size");
  if (block == quantization.json().end()) {
    found.block = ScaleBlock{128, 128};
  } else if (!block->is_null()) {
    found.block = TRY(read_block(TRY(quantization.get("weight_block_size"))));
  }
  return {};
}

/// Of a group of modules, whose weights share a scheme.
Status read_group(const JsonNode& quantization, const JsonNode& group, const std::string& whole_format,
                  WeightQuantization& found) {
  const std::string format = TRY(group.text("format", whole_format));
  const std::optional<JsonNode> weights = group.find("weights");
  if (!weights) return {};
  const bool is_float = TRY(weights->text("type", "int")) == "float";
  if (format != "float-quantized" || !is_float || TRY(weights->number("num_bits", 8, 64)) != 8)
    return unreadable(quantization, fmt::format("\"compressed-tensors\" ({})", hearth::quoted(format)));
  const std::string strategy = TRY(weights->text("strategy", "tensor"));
  if (strategy == "tensor" || strategy == "channel") return {};
  ScaleBlock block;
  if (strategy == "block") {
    block = TRY(read_block(TRY(weights->get("block_structure"))));
  } else if (strategy == "group") {
    constexpr uint64_t kMost = 1 << 24;
    block.cols = int64_t(TRY(TRY(weights->get("group_size")).number(kMost)));
    if (block.cols == 0) return weights->wrong("a scheme with a group_size");
  } else {
    return weights->unknown("strategy", strategy);
  }
  if (found.block && (found.block->rows != block.rows || found.block->cols != block.cols))
    return unreadable(quantization, "\"compressed-tensors\" in blocks of several sizes");
  found.block = block;
  return {};
}

Status read_compressed_tensors(const JsonNode& quantization, WeightQuantization& found) {
  for (const char* key : {"sparsity_config", "transform_config"}) {
    const std::optional<JsonNode> other = quantization.find(key);
    if (other && !other->json().empty() && TRY(other->text("format", "")) != "dense")
      return unreadable(quantization, fmt::format("\"compressed-tensors\" with a {}", key));
  }
  const std::string format = TRY(quantization.text("format", "float-quantized"));
  const JsonNode groups = TRY(quantization.get("config_groups"));
  if (!groups.json().is_object()) return groups.wrong("an object");
  for (const auto& [name, group] : groups.json().items()) {
    const JsonNode node(group, fmt::format("{}.{}", groups.path(), hearth::quoted(name)));
    TRY(read_group(quantization, node, format, found));
  }
  return {};
}

Status read_method(const JsonNode& quantization, WeightQuantization& found) {
  const std::string method = TRY(quantization.text("quant_method", ""));
  if (method.empty()) return unreadable(quantization, "a method that it does not name");
  if (method == "mxfp4") return {};
  found.has_scaled_codes = true;
  if (method == "fp8") return read_fp8(quantization, found);
  if (method == "fbgemm_fp8") return {};
  if (method == "compressed-tensors") return read_compressed_tensors(quantization, found);
  return unreadable(quantization, hearth::quoted(method));
}

}  // namespace

Result<WeightQuantization> read_weight_quantization(const nlohmann::json& config, const std::string& file) {
  WeightQuantization found;
  std::vector<JsonNode> places{JsonNode(config, file + ": ")};
  if (const nlohmann::json* text = text_config_of(config))
    places.insert(places.begin(), JsonNode(*text, file + ": text_config"));
  for (const JsonNode& place : places) {
    for (const char* key : {"quantization_config", "compression_config", "quantization"}) {
      const std::optional<JsonNode> quantization = place.find(key);
      if (!quantization) continue;
      if (!quantization->json().is_object()) return quantization->wrong("an object");
      TRY(read_method(*quantization, found));
      return found;
    }
  }
  return found;
}

}  // namespace hearth
