#include "engine/token_feed.h"

#include "base/check.h"

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
  position_ += num_tokens;
  runner_.cache().ledger().pass_window(tables_, position_);
}

Status TokenFeed::append(std::span<const TokenId> tokens, size_t num_logits) {
  CHECK(tokens.size() <= size_t(runner_.model().max_batch_tokens()));
  TRY(grow(tokens.size()));
  batch_.clear();
  batch_.add(tokens, {}, position_, tables_, num_logits);
  runner_.run(batch_);
  advance(tokens.size());
  return {};
}

Status TokenFeed::append_each(std::span<TokenFeed* const> feeds, std::span<const TokenId> tokens) {
  CHECK(!feeds.empty() && feeds.size() == tokens.size());
  Batch& batch = feeds[0]->batch_;
  batch.clear();
  for (size_t i = 0; i < feeds.size(); ++i) {
    TRY(feeds[i]->grow(1));
    batch.add(tokens.subspan(i, 1), {}, feeds[i]->position_, feeds[i]->tables_, 1);
  }
  feeds[0]->runner_.run(batch);
  for (TokenFeed* feed : feeds) feed->advance(1);
  return {};
}

}  // namespace hearth
