#include "engine/encode/text_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "engine/schedule/scheduler.h"

namespace hearth {
namespace {

int64_t level_of(const EncoderText& text) {
  return std::clamp(text.priority, -Scheduler::kMaxPriority, Scheduler::kMaxPriority);
}

}  // namespace

int64_t TextQueue::fair_level() const {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const auto& [name, tenant] : tenants_) {
    if (!tenant.waiting.empty()) least = std::min(least, tenant.num_served);
  }
  return least == std::numeric_limits<int64_t>::max() ? served_ : std::max(served_, least);
}

void TextQueue::add(std::unique_ptr<EncoderText> text) {
  text->rank = num_batches_ + Scheduler::kStepsPerPriority * level_of(*text);
  Tenant& tenant = tenants_[text->tenant];
  // A tenant earns no credit while it asks for nothing.
  if (tenant.waiting.empty()) tenant.num_served = std::max(tenant.num_served, fair_level());
  tenant.waiting.insert(text.get());
  const RequestId id = text->id;
  CHECK(texts_.emplace(id, std::move(text)).second);
}

std::unique_ptr<EncoderText> TextQueue::extract(EncoderText* text) {
  tenants_[text->tenant].waiting.erase(text);
  std::unique_ptr<EncoderText> taken = std::move(texts_.extract(text->id).mapped());
  // A tenant that was served more than the others is kept until they have caught up.
  std::erase_if(tenants_, [&](const auto& entry) {
    return entry.second.waiting.empty() && entry.second.num_served <= served_;
  });
  return taken;
}

std::unique_ptr<EncoderText> TextQueue::remove(RequestId id) {
  const auto found = texts_.find(id);
  return found != texts_.end() ? extract(found->second.get()) : nullptr;
}

/// The tenant whose turn it is; the end where none waits.
TextQueue::Tenants::iterator TextQueue::next_tenant() {
  auto best = tenants_.end();
  std::pair<int64_t, const EncoderText*> least = {};
  for (auto tenant = tenants_.begin(); tenant != tenants_.end(); ++tenant) {
    if (tenant->second.waiting.empty()) continue;
    const EncoderText* first = *tenant->second.waiting.begin();
    const int64_t turn = tenant->second.num_served + Scheduler::kTokensPerPriority * level_of(*first);
    const bool is_next = best == tenants_.end() || turn < least.first ||
                         (turn == least.first && Earlier()(first, least.second));
    if (!is_next) continue;
    best = tenant;
    least = {turn, first};
  }
  return best;
}

std::vector<std::unique_ptr<EncoderText>> TextQueue::take_batch(size_t max_tokens, size_t max_texts) {
  std::vector<std::unique_ptr<EncoderText>> batch;
  size_t num_tokens = 0;
  while (batch.size() < max_texts) {
    const auto tenant = next_tenant();
    if (tenant == tenants_.end()) break;
    EncoderText* text = *tenant->second.waiting.begin();
    CHECK(text->tokens.size() <= max_tokens);
    if (num_tokens + text->tokens.size() > max_tokens) break;
    num_tokens += text->tokens.size();
    served_ = fair_level();
    tenant->second.num_served += int64_t(text->tokens.size());
    batch.push_back(extract(text));
  }
  if (!batch.empty()) ++num_batches_;
  return batch;
}

}  // namespace hearth
