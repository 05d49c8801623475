#pragma once

#include <string_view>
#include <vector>

namespace hearth {

/// Whether a name is that of a class, as Hugging Face has it ("LlamaForCausalLM"), and not GGUF's ("llama").
bool is_class_name(std::string_view architecture);

/// Of `known`, those of the family that `architecture` seems to be of, spelt as it is ("qwen2", "qwen3" of
/// "qwen5moe"); at most six.
std::vector<std::string_view> relatives_of(std::string_view architecture,
                                           const std::vector<std::string_view>& known);

}  // namespace hearth
