#include "grammar/schema/metaschemas.h"

namespace hearth::grammar {

std::span<const KnownSchema> metaschemas() {
  static constexpr KnownSchema kMetaschemas[] = {
#include "grammar/schema/metaschemas.inc"
  };
  return kMetaschemas;
}

}  // namespace hearth::grammar
