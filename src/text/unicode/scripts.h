#pragma once

#include <cstdint>

namespace hearth {

/// A script, numbered as in the generated table; of these, two have a meaning of their own here.
enum class Script : uint8_t {
  kAny = 0,  ///< joins what stands beside it
  kHan = 1,
};

/// The script by which text is split into words of one script each, as SentencePiece does in training:
/// kana count as Han, and a space, or a code point without a script, as any.
Script splitting_script(uint32_t code_point);

}  // namespace hearth
