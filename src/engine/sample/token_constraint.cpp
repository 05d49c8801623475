#include "engine/sample/token_constraint.h"

#include <utility>

namespace hearth {
namespace {

class AllowOnly final : public TokenConstraint {
 public:
  explicit AllowOnly(std::shared_ptr<const TokenMask> allowed) : allowed_(std::move(allowed)) {}

  Status fill_mask(TokenMask& mask) override {
    mask.allow(*allowed_);
    return {};
  }
  bool accept(TokenId id) override { return size_t(id) < allowed_->vocab_size() && allowed_->allows(id); }
  void rollback(size_t) override {}

 private:
  std::shared_ptr<const TokenMask> allowed_;
};

}  // namespace

std::unique_ptr<TokenConstraint> allow_only(std::shared_ptr<const TokenMask> mask) {
  return std::make_unique<AllowOnly>(std::move(mask));
}

}  // namespace hearth
