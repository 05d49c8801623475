#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// What a GGUF file's name says by the custom of those who publish them: "Base-Q4_K_M-00001-of-00003.gguf".
struct WeightsFileName {
  std::string base;          ///< without the rest
  std::string quantisation;  ///< as it is written; empty: none is named
  int part = 1, num_parts = 1;
  bool is_projector = false;  ///< what makes a language model's input of images
};

WeightsFileName read_weights_file_name(std::string_view file);

}  // namespace hearth
