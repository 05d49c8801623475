#include "transfer/registry/signing_key.h"

#include <algorithm>
#include <array>

#include <openssl/rand.h>

#include "base/file.h"
#include "base/private_file.h"

namespace hearth::transfer {
namespace {

constexpr size_t kSeedBytes = 32, kSignatureBytes = 64, kMaxFile = 16384, kLineWidth = 70, kBlock = 8;
constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr std::string_view kType = "ssh-ed25519";

uint8_t* bytes_of(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }
const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

std::string big_endian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}
/// As SSH writes a string: its length before it.
std::string field(std::string_view text) { return big_endian(uint32_t(text.size())) + std::string(text); }

Result<uint32_t> take_number(std::string_view& rest) {
  if (rest.size() < 4) return fail(ErrorCode::kCorruptData, "the key ends early");
  uint32_t value = 0;
  for (const char c : rest.substr(0, 4)) value = value << 8 | uint8_t(c);
  rest.remove_prefix(4);
  return value;
}

Result<std::string_view> take_field(std::string_view& rest) {
  const uint32_t size = TRY(take_number(rest));
  if (size > rest.size()) return fail(ErrorCode::kCorruptData, "the key ends early");
  const std::string_view value = rest.substr(0, size);
  rest.remove_prefix(size);
  return value;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), int(bytes.size()));
  text.resize(size_t(size));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int size =
      text.size() % 4 == 0 ? EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), int(text.size())) : -1;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  // The library takes padding anywhere.
  if (size < int(padding) || text.substr(0, text.size() - padding).contains('='))
    return fail(ErrorCode::kCorruptData, "this is no base64");
  bytes.resize(size_t(size) - padding);
  return bytes;
}

Result<SigningKey> SigningKey::from_seed(std::string_view seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()));
  std::string point(kSeedBytes, '\0');
  size_t size = point.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes_of(point), &size) != 1 || size != kSeedBytes) {
    return fail(ErrorCode::kCorruptData, "this is no key of Ed25519");
  }
  return SigningKey(std::move(key), std::string(seed), std::move(point));
}

Result<SigningKey> SigningKey::generate() {
  std::string seed(kSeedBytes, '\0');
  if (RAND_bytes(bytes_of(seed), int(seed.size())) != 1) {
    return fail(ErrorCode::kInternal, "the system gives no random bytes for a key");
  }
  return from_seed(seed);
}

Result<SigningKey> SigningKey::parse(std::string_view file) {
  const size_t begin = file.find(kBegin), end = file.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + kBegin.size()) {
    return fail(ErrorCode::kCorruptData, "this is no private key in OpenSSH's form");
  }
  std::string text(file.substr(begin + kBegin.size(), end - begin - kBegin.size()));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  const std::string bytes = TRY(from_base64(text));
  std::string_view rest = bytes;
  if (!rest.starts_with(kMagic)) return fail(ErrorCode::kCorruptData, "this is no key in OpenSSH's form");
  rest.remove_prefix(kMagic.size());
  const std::string_view cipher = TRY(take_field(rest));
  TRY(take_field(rest));
  TRY(take_field(rest));
  if (cipher != "none") return fail(ErrorCode::kUnsupported, "the key has a passphrase");
  if (TRY(take_number(rest)) != 1) return fail(ErrorCode::kUnsupported, "the file has several keys");
  TRY(take_field(rest));
  std::string_view secret = TRY(take_field(rest));
  const uint32_t first = TRY(take_number(secret)), second = TRY(take_number(secret));
  if (first != second) return fail(ErrorCode::kCorruptData, "the key is damaged");
  if (TRY(take_field(secret)) != kType) return fail(ErrorCode::kUnsupported, "the key is not of Ed25519");
  const std::string_view point = TRY(take_field(secret));
  const std::string_view both = TRY(take_field(secret));
  if (point.size() != kSeedBytes || both.size() != 2 * kSeedBytes || !both.ends_with(point)) {
    return fail(ErrorCode::kCorruptData, "the key is damaged");
  }
  SigningKey key = TRY(from_seed(both.substr(0, kSeedBytes)));
  if (key.point_ != point)
    return fail(ErrorCode::kCorruptData, "the two halves of the key do not belong together");
  return key;
}

Result<SigningKey> SigningKey::load_or_create(const std::filesystem::path& path, const LogSink& log) {
  const Result<std::string> text = read_file(path, kMaxFile);
  if (text) {
    Result<SigningKey> key = parse(*text);
    if (!key) return fail(key.error().code, "{}: {}", path.string(), key.error().message);
    return key;
  }
  if (text.error().code != ErrorCode::kNotFound) return std::unexpected(text.error());
  SigningKey key = TRY(generate());
  TRY(make_private_folder(path.parent_path(), log));
  TRY(write_file_atomic(path, key.file_text()));
  return key;
}

std::string SigningKey::file_text() const {
  const std::string shared = field(kType) + field(point_);
  // Two equal numbers, by which a wrong passphrase would show: without one, any.
  std::string secret = big_endian(0) + big_endian(0) + shared + field(seed_ + point_) + field("");
  for (char pad = 1; secret.size() % kBlock != 0; ++pad) secret += pad;
  const std::string text = to_base64(std::string(kMagic) + field("none") + field("none") + field("") +
                                     big_endian(1) + field(shared) + field(secret));
  std::string file = std::string(kBegin) + '\n';
  for (size_t at = 0; at < text.size(); at += kLineWidth) file += text.substr(at, kLineWidth) + '\n';
  return file + std::string(kEnd) + '\n';
}

std::string SigningKey::public_key() const { return to_base64(field(kType) + field(point_)); }

Result<std::string> SigningKey::authorization(std::string_view text) const {
  using Context =
      std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) != 1) {
    return fail(ErrorCode::kInternal, "cannot sign with the key");
  }
  return public_key() + ':' + to_base64(signature);
}

}  // namespace hearth::transfer
