#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace hearth::grammar {

using Random = std::mt19937;

/// Of 0 to count - 1.
inline size_t below(Random& random, size_t count) { return random() % count; }

/// A schema of any keywords, mostly with values that are open: little of a text is decided by it.
std::string random_schema(Random& random, int depth);
/// A schema whose keywords work upon each other: few values, lengths and counts that are hardly reached, keys
/// and items that run out.
std::string random_tight_schema(Random& random, int depth);
/// A value that schemas of either kind often judge.
std::string random_value(Random& random, int depth);

}  // namespace hearth::grammar
