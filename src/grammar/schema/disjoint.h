#pragma once

#include <span>

#include "grammar/automaton.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// Whether no value satisfies two of the schemas, as far as types, constants and required properties that
/// hold constants tell: then "exactly one" is "any". False where they do not tell, and where the fuel ends.
bool are_disjoint(const SchemaProgram& program, std::span<const SchemaId> schemas, Fuel& fuel);

}  // namespace hearth::grammar
