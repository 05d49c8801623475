#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sha256.h"

namespace hearth {

/// The identity of a blob: SHA-256 of its bytes. The only type from which the path of a blob is made, so that
/// no text of a stranger ever becomes one.
class BlobDigest {
 public:
  /// "sha256:" (or "sha256-") and exactly 64 lower-case hexadecimal digits. Error: kInvalidArgument.
  static Result<BlobDigest> parse(std::string_view text);
  explicit BlobDigest(const Sha256Digest& bytes) : bytes_(bytes) {}

  const Sha256Digest& bytes() const { return bytes_; }
  std::string hex() const;
  std::string text() const;       ///< "sha256:HEX"
  std::string file_name() const;  ///< "sha256-HEX"
  auto operator<=>(const BlobDigest&) const = default;

 private:
  Sha256Digest bytes_;
};

}  // namespace hearth
