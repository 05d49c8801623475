#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "backend/ops.h"
#include "engine/schedule/scheduler.h"
#include "engine/testing/engine_rig.h"

// A scheduler without an engine, for tests: the memory behind the blocks holds tokens, mixed with what stands
// behind them, so that what a sequence sees can be compared with what it computed.

namespace hearth {

class TokenMemory final : public BlockCopier {
 public:
  explicit TokenMemory(std::span<const KvLedger::Group> groups) {
    for (const KvLedger::Group& group : groups) {
      slots_.emplace_back(size_t(group.num_blocks) * kKvBlockTokens, TokenId(-1));
    }
  }
  void copy(size_t group, BlockId from, BlockId to) override {
    ++num_copies;
    std::copy_n(slots_[group].begin() + ptrdiff_t(from) * kKvBlockTokens, kKvBlockTokens,
                slots_[group].begin() + ptrdiff_t(to) * kKvBlockTokens);
  }
  TokenId& at(size_t group, BlockId block, size_t position) {
    return slots_[group][size_t(block) * kKvBlockTokens + position % kKvBlockTokens];
  }
  /// Of a group of states: a number that stands for all tokens before.
  TokenId& state(size_t group, BlockId block) { return at(group, block, 0); }
  static TokenId next_state(TokenId state, TokenId token) {
    return TokenId((uint32_t(state) * 2654435761u + uint32_t(token) + 1) >> 1);
  }

  size_t num_copies = 0;

 private:
  std::vector<std::vector<TokenId>> slots_;
};

/// Cold blocks that take some looks to arrive, and of which every so many are lost.
class SlowDisk final : public ColdBlocks {
 public:
  SlowDisk(TokenMemory& memory, uint32_t num_looks, uint32_t lost_each)
      : memory_(memory), num_looks_(num_looks), lost_each_(lost_each) {}

  void save(const BlockKey& key, std::span<const TokenId>, std::span<const BlockId> blocks) override {
    for (size_t g = 0; g < blocks.size(); ++g) {
      if (blocks[g] == kNoBlock) continue;
      auto& kept = kept_[key][g];
      for (size_t i = 0; i < kKvBlockTokens; ++i) kept.push_back(memory_.at(g, blocks[g], i));
    }
  }
  uint32_t groups_of(const BlockKey& key) override {
    uint32_t groups = 0;
    if (const auto found = kept_.find(key); found != kept_.end()) {
      for (const auto& [group, tokens] : found->second) groups |= 1u << group;
    }
    return groups;
  }
  void fetch(std::span<const BlockKey> keys) override {
    const auto former = std::exchange(looks_, {});
    for (const BlockKey& key : keys) looks_[key] = former.contains(key) ? former.at(key) + 1 : 1;
  }
  bool is_fetched(const BlockKey& key) override {
    const auto found = looks_.find(key);
    return found != looks_.end() && found->second > num_looks_;
  }
  bool load(const BlockKey& key, std::span<const TokenId>, std::span<const BlockId> blocks) override {
    if (const auto found = looks_.find(key); found == looks_.end() || found->second <= num_looks_)
      ++num_waits;
    if (lost_each_ > 0 && ++num_loads % lost_each_ == 0) {
      kept_.erase(key);
      return false;
    }
    for (size_t g = 0; g < blocks.size(); ++g) {
      if (blocks[g] == kNoBlock) continue;
      const auto& tokens = kept_.at(key).at(g);
      for (size_t i = 0; i < kKvBlockTokens; ++i) memory_.at(g, blocks[g], i) = tokens[i];
    }
    return true;
  }

  size_t num_waits = 0;  ///< loads before what they load was there
  size_t num_loads = 0;

 private:
  TokenMemory& memory_;
  const uint32_t num_looks_, lost_each_;
  std::map<BlockKey, std::map<size_t, std::vector<TokenId>>> kept_;
  std::map<BlockKey, uint32_t> looks_;
};

enum class Sharing { kNone, kMemory, kMemoryAndDisk };

struct SchedulerRig {
  SchedulerRig(std::vector<KvLedger::Group> cache_groups, SchedulerLimits given,
               Sharing sharing = Sharing::kMemory, uint32_t lost_each = 0)
      : groups(std::move(cache_groups)),
        limits(given),
        ledger(groups, limits.token_budget),
        memory(groups),
        disk(sharing == Sharing::kMemoryAndDisk ? std::make_unique<SlowDisk>(memory, 3, lost_each) : nullptr),
        prefixes(sharing != Sharing::kNone ? std::make_unique<PrefixCache>(ledger, &memory, disk.get())
                                           : nullptr),
        scheduler(ledger, prefixes.get(), limits) {}

  Sequence* add(GenerateRequest made) {
    const size_t max_tokens = *made.max_tokens;
    made.sampling.seed = 0;
    Sampler sampler(made.sampling, [](TokenId) { return std::string_view(); });
    auto sequence = std::make_unique<Sequence>(++last_id, std::move(made), tokenizer(), std::move(sampler));
    sequence->max_length = sequence->tokens.size() + max_tokens;
    Sequence* added = sequence.get();
    sequences[last_id] = std::move(sequence);
    scheduler.add(added);
    return added;
  }

  void remove(Sequence* sequence) {
    const RequestId id = sequence->id;
    scheduler.remove(sequence);
    sequences.erase(id);
    ended.push_back(id);
  }

  /// What the model would say: depends on the text alone.
  static TokenId next_token(const Sequence& sequence) {
    return TokenId((sequence.tokens.size() * 7 + size_t(sequence.tokens.back()) * 3 + sequence.id) % 25);
  }

  /// One step; false where there was nothing to do.
  bool step(size_t prompt_budget) {
    const std::vector<ScheduledChunk> chunks = scheduler.schedule(prompt_budget);
    check_budget(chunks, prompt_budget);
    for (const ScheduledChunk& chunk : chunks) compute(chunk);
    for (const ScheduledChunk& chunk : chunks) check_visible(chunk);
    std::vector<ScheduledChunk> drawing;
    for (const ScheduledChunk& chunk : chunks) {
      if (chunk.is_last()) drawing.push_back(chunk);
    }
    scheduler.complete(chunks);
    for (const ScheduledChunk& chunk : drawing) draw(chunk);
    check_ledger();
    last_chunks = chunks.size();
    return !chunks.empty();
  }

  void run(size_t prompt_budget, int most_steps) {
    int steps = 0;
    while (step(prompt_budget)) ASSERT_LT(++steps, most_steps) << "a sequence starves";
    ASSERT_TRUE(sequences.empty());
  }

  static const Tokenizer& tokenizer() {
    static const Tokenizer kLetters = letters();
    return kLetters;
  }

  void check_budget(const std::vector<ScheduledChunk>& chunks, size_t prompt_budget) {
    size_t num_rows = 0, num_prompt = 0;
    bool decodes = false;
    std::set<const Sequence*> seen;
    for (const ScheduledChunk& chunk : chunks) {
      ASSERT_TRUE(seen.insert(chunk.sequence).second);
      ASSERT_EQ(chunk.sequence->status, SequenceStatus::kRunning);
      ASSERT_GT(chunk.num_tokens, 0u);
      ASSERT_LE(chunk.num_tokens, chunk.sequence->num_pending());
      num_rows += chunk.num_rows();
      const bool is_decode = chunk.sequence->decodes();
      ASSERT_EQ(chunk.is_decode, is_decode);
      decodes |= is_decode;
      if (!is_decode) num_prompt += chunk.num_tokens;
    }
    ASSERT_LE(num_rows, limits.token_budget);
    ASSERT_LE(scheduler.num_running(), limits.max_running);
    if (decodes) ASSERT_LE(num_prompt, prompt_budget);
    if (!scheduler.running().empty()) ASSERT_FALSE(chunks.empty());
  }

  /// What is computed of a position, as far as it does not depend on others.
  static TokenId seen_at(const Sequence& sequence, size_t position) {
    TokenId seen = position < sequence.tokens.size() ? sequence.tokens[position]
                                                     : sequence.drafts[position - sequence.tokens.size()];
    for (const ContentSpan& content : sequence.contents) {
      if (content.begin > int64_t(position) || content.end <= int64_t(position)) continue;
      seen += 100 * content.hash[0] + 1000 * TokenId(content.begin);
    }
    return sequence.adapter.empty() ? seen : -1 - seen;
  }

  void compute(const ScheduledChunk& chunk) {
    const Sequence& sequence = *chunk.sequence;
    num_computed += chunk.num_tokens;
    for (size_t g = 0; g < groups.size(); ++g) {
      if (groups[g].is_state) {
        advance_state(chunk, g);
        continue;
      }
      for (size_t i = 0; i < chunk.num_rows(); ++i) {
        const size_t position = sequence.num_computed + i;
        const BlockId block = sequence.tables.groups[g].blocks.at(position / kKvBlockTokens);
        memory.at(g, block, position) = seen_at(sequence, position);
      }
    }
  }

  /// The state that the chunk begins with is that of all tokens before it.
  void advance_state(const ScheduledChunk& chunk, size_t group) {
    const Sequence& sequence = *chunk.sequence;
    const std::vector<BlockId>& blocks = sequence.tables.groups[group].blocks;
    ASSERT_EQ(chunk.num_drafts, 0u) << "a state cannot be taken back";
    ASSERT_FALSE(blocks.empty());
    ASSERT_EQ(ledger.pool(group).ref_count(blocks.back()), 1u) << "what others hold is not written";
    TokenId state = 0;
    for (size_t i = 0; i < sequence.num_computed; ++i) {
      state = TokenMemory::next_state(state, seen_at(sequence, i));
    }
    if (sequence.num_computed > 0) {
      ASSERT_EQ(memory.state(group, blocks.front()), state) << "at " << sequence.num_computed;
    }
    for (size_t i = 0; i < chunk.num_tokens; ++i) {
      state = TokenMemory::next_state(state, seen_at(sequence, sequence.num_computed + i));
    }
    memory.state(group, blocks.back()) = state;
  }

  /// Every position that the chunk's first row sees holds the sequence's own token.
  void check_visible(const ScheduledChunk& chunk) {
    const Sequence& sequence = *chunk.sequence;
    const size_t end = sequence.num_computed + chunk.num_rows();
    for (size_t g = 0; g < groups.size(); ++g) {
      if (groups[g].is_state) continue;
      const size_t window = size_t(groups[g].window), row = sequence.num_computed;
      const size_t first = window == 0 || row + 1 <= window ? 0 : row + 1 - window;
      for (size_t position = first; position < end; ++position) {
        const BlockId block = sequence.tables.groups[g].blocks.at(position / kKvBlockTokens);
        ASSERT_EQ(memory.at(g, block, position), seen_at(sequence, position)) << "at " << position;
      }
    }
  }

  void draw(const ScheduledChunk& chunk) {
    Sequence& sequence = *chunk.sequence;
    size_t num_accepted = 0;
    for (bool again = sequence.generates(); again;) {
      sequence.tokens.push_back(next_token(sequence));
      again = num_accepted < chunk.num_drafts && sequence.drafts[num_accepted] == sequence.tokens.back() &&
              sequence.tokens.size() < sequence.max_length;
      num_accepted += size_t(again);
    }
    if (chunk.num_drafts > 0) scheduler.accept(chunk, num_accepted);
    sequence.drafts.clear();
    ASSERT_LE(sequence.tokens.size(), sequence.max_length);
    if (sequence.tokens.size() == sequence.max_length) remove(&sequence);
  }

  /// What the pools count as in use is what the running sequences hold, no more and no less.
  void check_ledger() {
    for (size_t g = 0; g < groups.size(); ++g) {
      std::set<BlockId> held;
      for (const Sequence* sequence : scheduler.running()) {
        const GroupTable& table = sequence->tables.groups[g];
        held.insert(table.blocks.begin() + ptrdiff_t(table.num_passed), table.blocks.end());
      }
      const BlockPool& pool = ledger.pool(g);
      ASSERT_EQ(pool.num_used() - pool.num_idle(), int32_t(held.size()));
    }
  }

  void expect_empty() {
    if (prefixes != nullptr) prefixes->clear();
    for (size_t g = 0; g < groups.size(); ++g) ASSERT_EQ(ledger.pool(g).num_used(), 0);
  }

  std::vector<KvLedger::Group> groups;
  SchedulerLimits limits;
  KvLedger ledger;
  TokenMemory memory;
  std::unique_ptr<SlowDisk> disk;
  std::unique_ptr<PrefixCache> prefixes;
  Scheduler scheduler;
  std::map<RequestId, std::unique_ptr<Sequence>> sequences;
  RequestId last_id = 0;
  std::vector<RequestId> ended;  ///< in order
  size_t num_computed = 0, last_chunks = 0;
};

}  // namespace hearth
