#include "transfer/http/address_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "transfer/http/proxies.h"

namespace hearth::transfer {
namespace {

bool is_public(const char* text) {
  sockaddr_storage storage = {};
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    storage.ss_family = AF_INET6;
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressPolicy, KnowsWhatIsPublic) {
  for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
                           "126.1.1.1", "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1",
                           "192.169.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111",
                           "2a00::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.9",
                           "224.0.0.1",
                           "239.1.1.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:169.254.169.254",
                           "::ffff:10.1.1.1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::1",
                           "100::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "2001:10::1",
                           "2002:7f00:1::1",
                           "2002:a00:1::1",
                           "3fff::1",
                           "4000::1",
                           "5f00::1"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
  sockaddr_storage local = {};
  local.ss_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(local)));
}

TEST(AddressPolicy, TrustIsOfAHostOrOfOnePort) {
  AddressPolicy policy;
  const auto trusts = [&](const char* text) { return policy.trusts(*Url::parse(text)); };
  EXPECT_FALSE(trusts("http://localhost:5000/"));
  policy.trusted = {"localhost:5000", "mirror.local"};
  EXPECT_TRUE(trusts("http://localhost:5000/x"));
  EXPECT_FALSE(trusts("http://localhost:5001/"));
  EXPECT_FALSE(trusts("http://evil.localhost:5000/"));
  EXPECT_TRUE(trusts("https://mirror.local:7/"));
  EXPECT_FALSE(trusts("https://mirror.local.evil/"));
}

TEST(AddressPolicy, NamesForAProxyAreCheckedToo) {
  const AddressPolicy policy;
  for (const char* text :
       {"http://localhost/", "http://a.localhost/", "http://127.0.0.1/", "http://127.9.9.9/", "http://[::1]/",
        "http://10.0.0.1/", "http://[fe80::1]/", "http://169.254.169.254/"}) {
    EXPECT_FALSE(policy.allows_name(*Url::parse(text))) << text;
  }
  EXPECT_TRUE(policy.allows_name(*Url::parse("https://example.com/")));
  EXPECT_TRUE(policy.allows_name(*Url::parse("https://1.1.1.1/")));
}

TEST(Proxies, ComeFromTheEnvironment) {
  const auto of = [](std::map<std::string, std::string> set, const char* url) {
    return Proxies::from_environment([&](const char* name) {
             const auto found = set.find(name);
             return found == set.end() ? std::nullopt : std::optional(found->second);
           })
        .of(*Url::parse(url));
  };
  EXPECT_EQ(of({{"HTTPS_PROXY", "http://p:1"}}, "https://h/"), "http://p:1");
  EXPECT_EQ(of({{"HTTPS_PROXY", "http://p:1"}}, "http://h/"), "");
  EXPECT_EQ(of({{"https_proxy", "http://q:1"}, {"HTTPS_PROXY", "http://p:1"}}, "https://h/"), "http://q:1");
  EXPECT_EQ(of({{"http_proxy", "http://p:1"}}, "http://h/"), "http://p:1");
  EXPECT_EQ(of({{"HTTP_PROXY", "http://p:1"}}, "http://h/"), "") << "a CGI request can set it";
  EXPECT_EQ(of({{"ALL_PROXY", "http://p:1"}}, "http://h/"), "http://p:1");
  for (const char* host : {"https://localhost/", "https://127.0.0.1:8/", "https://[::1]/"}) {
    EXPECT_EQ(of({{"ALL_PROXY", "http://p:1"}}, host), "") << host;
  }
  const char* kNone = "other.org, .inner.com,EXACT.net,h:81";
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "https://a.inner.com/"), "");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "https://inner.com/"), "");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "https://exact.net/"), "");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "https://notexact.net/"), "p");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "http://h:81/"), "");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", kNone}}, "http://h:82/"), "p");
  EXPECT_EQ(of({{"ALL_PROXY", "p"}, {"NO_PROXY", "*"}}, "http://h/"), "");
}

}  // namespace
}  // namespace hearth::transfer
