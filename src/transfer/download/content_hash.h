#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/sha256.h"

namespace hearth::transfer {

/// The digests of a file whose bytes come in order: SHA-256, and the SHA-1 by which Git names it. By the
/// processor's instructions for them, which a pull at the speed of a link wants.
class ContentHash {
 public:
  /// `num_bytes`: of the file, which Git's digest begins with.
  ContentHash(uint64_t num_bytes, bool with_git);

  void update(ByteSpan bytes);
  struct Digests {
    Sha256Digest sha256;
    std::string git_sha1;  ///< in hexadecimal; empty where it was not asked for
  };
  Digests finish();

 private:
  using Context =
      std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
  Context sha256_, git_;
};

}  // namespace hearth::transfer
