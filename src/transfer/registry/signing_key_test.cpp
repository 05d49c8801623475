#include "transfer/registry/signing_key.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"

namespace hearth::transfer {
namespace {

// Made by ssh-keygen for this test.
constexpr const char* kPlain = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACC04uqVqzaP1+V8S9/iy0hdlepF6+9YvvTwZ5fK7CBSQAAAAJCMtjgujLY4
LgAAAAtzc2gtZWQyNTUxOQAAACC04uqVqzaP1+V8S9/iy0hdlepF6+9YvvTwZ5fK7CBSQA
AAAEC0EUe7D7/Cn9JngRTuX/ADrTIGA51OsmpB201F1m5bG7Ti6pWrNo/X5XxL3+LLSF2V
6kXr71i+9PBnl8rsIFJAAAAACWZvciB0ZXN0cwECAwQ=
-----END OPENSSH PRIVATE KEY-----
)";
constexpr const char* kWithPassphrase = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABC+An+Jcy
h1blHPMavENhQqAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIGKWx324wRg2j9Hn
NIxKXmitpMuewJKDH1w+llj4GV4XAAAAkDB8f9tdhJVtmhPExd5Q8kIUKTqjSLD4AZ8ifY
FKvitZNc0H5wEA8f0arj0xTgIOam2QvFaxC1hoW07oFZBmBXOK1ClMN+Qk7Q2kHtuFrrGk
wfMeV7ae9OsXYlOWZcwsg9rHjknZblY6THnWS39sYuKM3rkmG+7CriZHxJ8fMozt9OAHlo
oCTco1gDe5MIQTMQ==
-----END OPENSSH PRIVATE KEY-----
)";
constexpr const char* kEcdsa = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQJff7KaUi27aAruq9nDRIQIdrFSNsX
sQY/Px8AbKghdUg5PumBOIwm+GmCMvfvI0AC5SxRh9hRwt5EmlVai5wDAAAAoL2KUlu9il
JbAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAl9/sppSLbtoCu6
r2cNEhAh2sVI2xexBj8/HwBsqCF1SDk+6YE4jCb4aYIy9+8jQALlLFGH2FHC3kSaVVqLnA
MAAAAgM8mN87LCnMqudi3onaR1quHw4e8U862TUtomGbTa0MYAAAABeAECAwQFBgc=
-----END OPENSSH PRIVATE KEY-----
)";

TEST(SigningKey, SignsAsOtherProgramsDo) {
  const auto key = SigningKey::parse(kPlain);
  ASSERT_TRUE(key) << key.error().message;
  constexpr const char* kPublic = "AAAAC3NzaC1lZDI1NTE5AAAAILTi6pWrNo/X5XxL3+LLSF2V6kXr71i+9PBnl8rsIFJA";
  EXPECT_EQ(key->public_key(), kPublic);
  EXPECT_EQ(*key->authorization("GET,https://h/token,x"),
            std::string(kPublic) +
                ":3O30/WNvFvPEYCks9q7L6Qnxge6gEjIW2jDrbJTQMqibeZBoGFw82gqcd+uo6S0C5x6lXQJ4BqmKh+fkGYAFDg==");
}

TEST(SigningKey, OthersAreRefusedByName) {
  EXPECT_EQ(SigningKey::parse(kWithPassphrase).error().message, "the key has a passphrase");
  EXPECT_EQ(SigningKey::parse(kEcdsa).error().message, "the key is not of Ed25519");
  const std::string whole = kPlain;
  for (size_t cut = 0; cut + 40 < whole.size(); cut += 7) {
    EXPECT_FALSE(SigningKey::parse(whole.substr(0, cut) + "\n-----END OPENSSH PRIVATE KEY-----\n")) << cut;
  }
  EXPECT_FALSE(SigningKey::parse(""));
}

TEST(SigningKey, ANewOneIsKeptForItsOwner) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "signing_key_test";
  std::filesystem::remove_all(folder);
  const auto file = folder / "keys" / "id_ed25519";
  const auto made = SigningKey::load_or_create(file, no_log());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(SigningKey::load_or_create(file, no_log())->public_key(), made->public_key());
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(SigningKey::parse(made->file_text())->file_text(), made->file_text());
  ASSERT_TRUE(write_file_atomic(file, "damaged"));
  const auto damaged = SigningKey::load_or_create(file, no_log());
  ASSERT_FALSE(damaged) << "a key that cannot be read is not replaced";
  EXPECT_TRUE(damaged.error().message.contains(file.string()));
  std::filesystem::remove_all(folder);
}

TEST(Base64, GoesBothWays) {
  for (const std::string& text : std::vector<std::string>{"", "a", "ab", "abc", std::string("\0\xff", 2)}) {
    EXPECT_EQ(*from_base64(to_base64(text)), text);
  }
  for (const char* bad : {"a", "====", "a===", "@@@@", "YWJj\nYWJj"}) EXPECT_FALSE(from_base64(bad)) << bad;
}

}  // namespace
}  // namespace hearth::transfer
