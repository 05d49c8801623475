#include "engine/sample/logits_processor.h"

#include <limits>
#include <utility>

namespace hearth {
namespace {

class ForbidUntil final : public LogitsProcessor {
 public:
  ForbidUntil(std::vector<TokenId> ids, size_t count) : ids_(std::move(ids)), count_(count) {}

  void apply(std::span<float> logits, size_t num_generated) override {
    if (num_generated >= count_) return;
    for (TokenId id : ids_) logits[size_t(id)] = -std::numeric_limits<float>::infinity();
  }
  void accept(TokenId) override {}

 private:
  std::vector<TokenId> ids_;
  size_t count_;
};

}  // namespace

std::unique_ptr<LogitsProcessor> forbid_until(std::vector<TokenId> ids, size_t count) {
  return std::make_unique<ForbidUntil>(std::move(ids), count);
}

}  // namespace hearth
