#include "engine/schedule/token_feed.h"

#include "backend/ops.h"
#include "base/check.h"
#include "engine/cache/block_memory.h"

namespace hearth {

TokenFeed::TokenFeed(ModelRunner& runner)
    : runner_(runner), tables_(runner.cache().ledger().empty_tables()) {}

TokenFeed::~TokenFeed() { reset(); }

void TokenFeed::reset() {
  runner_.cache().ledger().release(tables_);
  position_ = 0;
}

Status TokenFeed::grow(size_t num_tokens) {
  if (runner_.cache().ledger().grow(tables_, position_ + num_tokens)) return {};
  return fail_hint(ErrorCode::kContextOverflow, "use fewer tokens or a larger context",
                   "the KV cache cannot hold {} tokens", position_ + num_tokens);
}

void TokenFeed::advance(size_t num_tokens) {
  KvLedger& ledger = runner_.cache().ledger();
  position_ += num_tokens;
  ledger.commit(tables_);
  ledger.pass(tables_, position_);
}

bool TokenFeed::rewind(size_t position) {
  KvLedger& ledger = runner_.cache().ledger();
  CHECK(position <= position_);
  if (position == position_) return true;
  if (!ledger.can_truncate(tables_, position)) return false;
  ledger.truncate(tables_, position);
  position_ = position;
  return true;
}

Status TokenFeed::fork(const TokenFeed& origin) {
  CHECK(position_ == 0);
  reset();
  KvLedger& ledger = runner_.cache().ledger();
  const size_t num_whole = origin.position_ / kKvBlockTokens;
  for (size_t g = 0; g < ledger.num_groups(); ++g) {
    const GroupTable& table = origin.tables_.groups[g];
    const bool parted = ledger.group(g).keeps_positions();
    ledger.share(tables_, g, std::span(table.blocks).first(parted ? num_whole : table.blocks.size()),
                 table.num_passed);
  }
  TRY(grow(origin.position_));
  KvBlockMemory memory(runner_.model(), runner_.cache());
  for (size_t g = 0; g < ledger.num_groups() && origin.position_ % kKvBlockTokens != 0; ++g) {
    if (!ledger.group(g).keeps_positions()) continue;
    memory.copy(g, origin.tables_.groups[g].blocks[num_whole], tables_.groups[g].blocks[num_whole]);
  }
  position_ = origin.position_;
  return {};
}

Status TokenFeed::append(std::span<const TokenId> tokens, size_t num_logits) {
  const Part part{.feed = this, .tokens = tokens, .num_logits = num_logits};
  return append_each({&part, 1});
}

Status TokenFeed::append_each(std::span<const Part> parts) {
  CHECK(!parts.empty());
  TokenFeed& first = *parts[0].feed;
  Batch& batch = first.batch_;
  batch.clear();
  for (const Part& part : parts) {
    TRY(part.feed->grow(part.tokens.size()));
    batch.add(part.tokens, {}, part.feed->position_, part.feed->tables_, part.num_logits);
  }
  CHECK(batch.num_tokens() <= size_t(first.runner_.model().max_batch_tokens()));
  first.runner_.run(batch);
  for (const Part& part : parts) part.feed->advance(part.tokens.size());
  return {};
}

}  // namespace hearth
