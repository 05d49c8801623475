#include "grammar/regex/alike_states.h"

#include "grammar/list_pool.h"
#include "grammar/regex/text_dfa.h"

namespace hearth::grammar {

AlikeStates::AlikeStates(const TextDfa& language) {
  const uint32_t num_states = language.num_states();
  std::vector<uint32_t> blocks(num_states), next_blocks(num_states);
  size_t num_edges = 0, num_blocks = 0;
  for (StateId state = 1; state < num_states; ++state) {
    blocks[state] = language.accepts(state) ? 2 : 1;
    language.for_each_edge(state, [&](uint32_t, StateId) { ++num_edges; });
  }
  std::vector<uint32_t> signature;
  for (size_t depth = 1, work = 0; depth <= kMaxDepth; ++depth) {
    work += num_edges + num_states;
    if (work > kMaxWork) return;
    ListPool found;
    found.intern({});  // the dead state's
    for (StateId state = 1; state < num_states; ++state) {
      signature = {blocks[state]};
      language.for_each_edge(state, [&](uint32_t class_id, StateId next) {
        signature.insert(signature.end(), {class_id, blocks[next]});
      });
      next_blocks[state] = found.intern(signature);
    }
    blocks.swap(next_blocks);
    if ((depth & (depth - 1)) == 0) blocks_.push_back(blocks);
    if (found.size() == num_blocks) return;  // no two are alike any more, or for ever
    num_blocks = found.size();
  }
}

uint32_t AlikeStates::depth(StateId a, StateId b) const {
  uint32_t depth = 0;
  for (size_t i = 0; i < blocks_.size() && blocks_[i][a] == blocks_[i][b]; ++i) depth = uint32_t(1) << i;
  return depth;
}

size_t AlikeStates::memory_size() const {
  size_t size = sizeof(*this);
  for (const auto& blocks : blocks_) size += blocks.capacity() * sizeof(uint32_t);
  return size;
}

}  // namespace hearth::grammar
