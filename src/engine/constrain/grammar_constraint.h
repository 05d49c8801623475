#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "engine/constrain/grammar_cache.h"
#include "engine/sample/token_constraint.h"

namespace hearth {

/// The most tokens by which a text of the grammar can be told to end soon, without one that ends the turn;
/// nothing where no such end is known.
std::optional<size_t> shortest_known(const CompiledForm& form);

/// Tokens that spell a text of the grammar, with `max_tokens` one that is whole within as many, which are no
/// fewer than shortest_known(). Masks end with kResourceLimit where a limit is reached, or where
/// nothing may come though the text is not whole.
std::unique_ptr<TokenConstraint> constrain_to(const CompiledForm& form,
                                              std::optional<size_t> max_tokens = {});

}  // namespace hearth
