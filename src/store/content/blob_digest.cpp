#include "store/content/blob_digest.h"

#include "base/hex.h"
#include "base/printable.h"

namespace hearth {
namespace {

constexpr std::string_view kAlgorithm = "sha256";

/// The value of a lower-case hexadecimal digit; -1 for what is none.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::unexpected<Error> refused(std::string_view text) {
  return fail_hint(ErrorCode::kInvalidArgument, "write it as sha256: and 64 digits of 0-9 and a-f",
                   "{} is no digest", quoted(text));
}

}  // namespace

Result<BlobDigest> BlobDigest::parse(std::string_view text) {
  Sha256Digest bytes;
  const size_t start = kAlgorithm.size() + 1;
  if (text.size() != start + 2 * bytes.size() || !text.starts_with(kAlgorithm) ||
      (text[start - 1] != ':' && text[start - 1] != '-')) {
    return refused(text);
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit_value(text[start + 2 * i]), low = digit_value(text[start + 2 * i + 1]);
    if (high < 0 || low < 0) return refused(text);
    bytes[i] = uint8_t(high << 4 | low);
  }
  return BlobDigest(bytes);
}

std::string BlobDigest::hex() const { return to_hex(bytes_); }
std::string BlobDigest::text() const { return fmt::format("{}:{}", kAlgorithm, hex()); }
std::string BlobDigest::file_name() const { return fmt::format("{}-{}", kAlgorithm, hex()); }

}  // namespace hearth
