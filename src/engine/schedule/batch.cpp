#include "engine/schedule/batch.h"

#include "base/check.h"

namespace hearth {

void Batch::clear() {
  token_ids_.clear();
  positions_.clear();
  logits_rows_.clear();
  sequences_.clear();
}

void Batch::add(std::span<const TokenId> tokens, std::span<const TokenId> drafts, size_t first_position,
                const BlockTables& tables, size_t num_logits) {
  const size_t num_rows = tokens.size() + drafts.size();
  CHECK(!tokens.empty() && num_logits <= num_rows);
  BatchSequence& sequence = sequences_.emplace_back();
  sequence.first_row = int32_t(token_ids_.size());
  sequence.num_rows = int32_t(num_rows);
  sequence.first_position = int32_t(first_position);
  for (const GroupTable& table : tables.groups) sequence.block_tables.emplace_back(table.blocks);
  for (size_t i = 0; i < num_rows; ++i) {
    if (i + num_logits >= num_rows) logits_rows_.push_back(int32_t(token_ids_.size()));
    token_ids_.push_back(i < tokens.size() ? tokens[i] : drafts[i - tokens.size()]);
    positions_.push_back(int32_t(first_position + i));
  }
}

ForwardBatch Batch::view() const {
  return {
      .token_ids = token_ids_, .positions = positions_, .sequences = sequences_, .logits_rows = logits_rows_};
}

}  // namespace hearth
