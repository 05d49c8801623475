#include "engine/measure/token_load.h"

#include <algorithm>

#include "base/check.h"
#include "engine/sample/logit_math.h"
#include "engine/sample/philox.h"

namespace hearth {

void draw_tokens(std::span<TokenId> tokens, size_t vocab_size, uint64_t seed) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = TokenId(uniform(seed, i, RandomStream::kToken) * double(vocab_size));
  }
}

void TokenLoad::set_up(size_t num_sequences, bool shared_prefix) {
  CHECK(num_sequences > 0 && num_sequences <= size_t(runner_.model().max_batch_tokens()));
  if (shared_prefix != shared_prefix_) feeds_.clear();
  shared_prefix_ = shared_prefix;
  feeds_.resize(std::min(feeds_.size(), num_sequences));
  while (feeds_.size() < num_sequences) feeds_.push_back(std::make_unique<TokenFeed>(runner_));
}

Status TokenLoad::go_to(size_t position) {
  for (size_t i = feeds_.size(); i-- > 0;) {
    TokenFeed& feed = *feeds_[i];
    const bool follows = shared_prefix_ && i > 0;
    if (follows || (feed.position() > position && !feed.rewind(position))) feed.reset();
  }
  if (shared_prefix_) return add(position - feeds_[0]->position(), 0);
  // Sequences that were set up later hold less than the others.
  for (size_t i = 0; i < feeds_.size(); ++i) {
    TRY(add_to(std::span(feeds_).subspan(i, 1), position - feeds_[i]->position(), 0));
  }
  return {};
}

Status TokenLoad::add(size_t count, size_t num_logits) {
  if (!shared_prefix_) return add_to(feeds_, count, num_logits);
  for (size_t i = 1; i < feeds_.size(); ++i) feeds_[i]->reset();
  TRY(add_to(std::span(feeds_).first(1), count, num_logits));
  for (size_t i = 1; i < feeds_.size(); ++i) TRY(feeds_[i]->fork(*feeds_[0]));
  return {};
}

Status TokenLoad::add_to(std::span<const std::unique_ptr<TokenFeed>> feeds, size_t count, size_t num_logits) {
  const size_t most = size_t(runner_.model().max_batch_tokens());
  size_t room = most;
  for (const auto& feed : feeds) {
    for (size_t done = 0; done < count;) {
      const size_t step = std::min(room, count - done);
      done += step;
      room -= step;
      shares_.push_back({feed.get(), step, done == count ? num_logits : 0});
      if (room > 0) continue;
      TRY(run_shares());
      room = most;
    }
  }
  return run_shares();
}

Status TokenLoad::generate(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    for (const auto& feed : feeds_) shares_.push_back({feed.get(), 1, 1});
    TRY(run_shares());
  }
  return {};
}

Status TokenLoad::check() const {
  size_t index = 0;
  for (const TokenFeed::Part& part : parts_) {
    for (size_t i = 0; i < part.num_logits; ++i)
      TRY(check_logits(runner_.logits(index++), part.feed->position() - part.num_logits + i));
  }
  return {};
}

Status TokenLoad::run_shares() {
  if (shares_.empty()) return {};
  size_t num_tokens = 0;
  for (const Share& share : shares_) num_tokens += share.num_tokens;
  tokens_.resize(num_tokens);
  draw_tokens(tokens_, runner_.vocab_size(), num_batches_++);
  parts_.clear();
  size_t begin = 0;
  for (const Share& share : shares_) {
    parts_.push_back({share.feed, std::span(tokens_).subspan(begin, share.num_tokens), share.num_logits});
    begin += share.num_tokens;
  }
  shares_.clear();
  return TokenFeed::append_each(parts_);
}

}  // namespace hearth
