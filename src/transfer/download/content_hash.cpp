#include "transfer/download/content_hash.h"

#include <array>

#include "base/check.h"
#include "base/hex.h"

namespace hearth::transfer {

ContentHash::ContentHash(uint64_t num_bytes, bool with_git) : sha256_(EVP_MD_CTX_new()) {
  CHECK(sha256_ && EVP_DigestInit_ex(sha256_.get(), EVP_sha256(), nullptr) == 1);
  if (!with_git) return;
  git_.reset(EVP_MD_CTX_new());
  CHECK(git_ && EVP_DigestInit_ex(git_.get(), EVP_sha1(), nullptr) == 1);
  const std::string head = "blob " + std::to_string(num_bytes);
  CHECK(EVP_DigestUpdate(git_.get(), head.c_str(), head.size() + 1) == 1);
}

void ContentHash::update(ByteSpan bytes) {
  CHECK(EVP_DigestUpdate(sha256_.get(), bytes.data(), bytes.size()) == 1);
  if (git_) CHECK(EVP_DigestUpdate(git_.get(), bytes.data(), bytes.size()) == 1);
}

ContentHash::Digests ContentHash::finish() {
  Digests digests;
  CHECK(EVP_DigestFinal_ex(sha256_.get(), digests.sha256.data(), nullptr) == 1);
  if (git_) {
    std::array<uint8_t, EVP_MAX_MD_SIZE> sha1{};
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(git_.get(), sha1.data(), &size) == 1);
    digests.git_sha1 = to_hex(std::span(sha1).first(size));
  }
  return digests;
}

}  // namespace hearth::transfer
