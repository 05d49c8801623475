#include "grammar/mask/mask_cache.h"

#include <algorithm>
#include <bit>

namespace hearth::grammar {

size_t MaskCache::Mask::memory_size() const {
  return sizeof(Mask) + words.capacity() * sizeof(uint64_t) + ids.capacity() * sizeof(uint32_t) + 64;
}

bool MaskCache::get(StateId state, std::span<uint64_t> words) const {
  const auto found = masks_.find(state);
  if (found == masks_.end()) return false;
  const Mask& mask = found->second;
  if (!mask.words.empty()) {
    std::ranges::copy(mask.words, words.begin());
    return true;
  }
  std::ranges::fill(words, 0);
  for (const uint32_t id : mask.ids) words[id / 64] |= uint64_t(1) << (id % 64);
  return true;
}

void MaskCache::put(StateId state, std::span<const uint64_t> words) {
  if (masks_.contains(state)) return;
  size_t num_ids = 0;
  for (const uint64_t word : words) num_ids += size_t(std::popcount(word));
  Mask mask;
  if (num_ids >= words.size() * 2) {
    mask.words.assign(words.begin(), words.end());
  } else {
    mask.ids.reserve(num_ids);
    for (size_t i = 0; i < words.size(); ++i) {
      for (uint64_t word = words[i]; word != 0; word &= word - 1) {
        mask.ids.push_back(uint32_t(i * 64 + size_t(std::countr_zero(word))));
      }
    }
  }
  size_ += mask.memory_size();
  masks_.emplace(state, std::move(mask));
  order_.push_back(state);
  evict();
}

void MaskCache::evict() {
  while (size_ > max_size_ && order_.size() > 1) {
    const auto oldest = masks_.find(order_.front());
    size_ -= oldest->second.memory_size();
    masks_.erase(oldest);
    order_.pop_front();
  }
}

void MaskCache::clear() {
  masks_.clear();
  order_.clear();
  size_ = 0;
}

}  // namespace hearth::grammar
