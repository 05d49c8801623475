#include "engine/cache/cache_group.h"

namespace hearth {

void CacheGroup::release(GroupTable& table) {
  for (size_t i = table.num_passed; i < table.blocks.size(); ++i) pool_.release(table.blocks[i]);
  table = {};
}

void CacheGroup::exchange(BlockId& own, BlockId known) {
  pool_.retain(known);
  pool_.release(own);
  own = known;
}

}  // namespace hearth
