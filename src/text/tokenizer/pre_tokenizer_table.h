#pragma once

#include <span>
#include <string_view>

#include "text/tokenizer/pre_tokenizer.h"

namespace hearth {

/// Stages that are no pattern, as the table spells them.
inline constexpr std::string_view kDigitTriplesStage = "\\d from the right by three";
inline constexpr std::string_view kDigitTriplesAtBoundaryStage =
    "\\d from the right by three, before no letter";
inline constexpr std::string_view kNumberTriplesStage = "\\p{N} from the right by three";

/// One line of the table: the names that share a way of splitting, the patterns in order, and the traits.
struct PreTokenizerEntry {
  std::span<const std::string_view> names;
  std::span<const std::string_view> stages;
  PreTokenizerTraits traits;
};

std::span<const PreTokenizerEntry> pre_tokenizer_table();

}  // namespace hearth
