#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/http/tls_identity.h"
#include "server/testing/server_rig.h"

// The server under TLS, with a certificate that the test makes.

namespace hearth::server {
namespace {

using namespace std::chrono_literals;
using testing::get;
using testing::post;
using testing::ServerRig;
using testing::TestFolder;

/// Writes cert.pem and key.pem for `name`.
void make_certificate(const std::filesystem::path& folder, const std::string& name = "localhost",
                      bool rsa = false) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"),
                                                           EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  const auto open = [&](const char* file) {
    return std::unique_ptr<FILE, int (*)(FILE*)>(std::fopen((folder / file).c_str(), "w"), std::fclose);
  };
  ASSERT_EQ(PEM_write_X509(open("cert.pem").get(), certificate.get()), 1);
  ASSERT_EQ(PEM_write_PrivateKey(open("key.pem").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
}

/// A client under TLS.
class TlsClient {
 public:
  explicit TlsClient(
      uint16_t port, const std::function<void(SSL_CTX*)>& prepare = [](SSL_CTX*) {})
      : client_(port) {
    prepare(context_.get());
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), client_.socket());
    connected_ = SSL_connect(tls_.get()) == 1;
  }

  bool connected() const { return connected_; }
  SSL* tls() { return tls_.get(); }
  testing::TestClient& socket() { return client_; }
  void send(const std::string& bytes) { SSL_write(tls_.get(), bytes.data(), int(bytes.size())); }
  std::string read() {
    char bytes[4096];
    const int count = SSL_read(tls_.get(), bytes, sizeof(bytes));
    return {bytes, size_t(std::max(count, 0))};
  }
  std::string read_all() {
    std::string all;
    for (std::string more; !(more = read()).empty();) all += more;
    return all;
  }
  /// The name in the certificate that the server has shown.
  std::string server_name() {
    const std::unique_ptr<X509, void (*)(X509*)> shown(SSL_get1_peer_certificate(tls_.get()), X509_free);
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof(name));
    return name;
  }

 private:
  testing::TestClient client_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
  bool connected_ = false;
};

/// Sends a request under TLS and reads until the server closes.
std::string ask(uint16_t port, const std::string& request, int version = 0) {
  TlsClient client(port, [&](SSL_CTX* context) {
    if (version != 0) SSL_CTX_set_max_proto_version(context, version);
  });
  if (!client.connected()) return "no handshake";
  client.send(request);
  return client.read_all();
}

ServerRig::Options with_tls(const TestFolder& folder) {
  make_certificate(folder.path());
  ServerRig::Options options;
  options.server.tls_certificate = folder.path() / "cert.pem";
  options.server.tls_key = folder.path() / "key.pem";
  return options;
}

TEST(HttpTls, RespondsAndStreams) {
  const TestFolder folder;
  ServerRig rig(with_tls(folder));
  EXPECT_TRUE(rig.server->url().starts_with("https://"));
  const std::string close = "Connection: close\r\n";
  EXPECT_TRUE(ask(rig.server->port(), get("/health", close)).ends_with(R"({"status":"ok"})"));
  const std::string stream =
      ask(rig.server->port(), post("/v1/completions", ServerRig::completion(20, true), close));
  EXPECT_NE(stream.find("data: [DONE]"), std::string::npos);
  EXPECT_EQ(ask(rig.server->port(), get("/health", close), TLS1_1_VERSION), "no handshake");
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(2)));
}

TEST(HttpTls, ARequestWithoutTlsIsToldSo) {
  const TestFolder folder;
  ServerRig rig(with_tls(folder));
  testing::TestClient client(rig.server->port());
  ASSERT_TRUE(client.send(get("/health")));
  EXPECT_TRUE(client.wait_for("HTTP/1.1 400 "));
  EXPECT_TRUE(client.wait_for("\r\n\r\nthis port speaks TLS alone: begin with https://"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(10)));
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(2)));
}

TEST(HttpTls, AClosedConnectionCancels) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  options.step_time = 2ms;
  ServerRig rig(std::move(options));
  TlsClient client(rig.server->port());
  ASSERT_TRUE(client.connected());
  client.send(post("/v1/completions", ServerRig::completion(900, true)));
  ASSERT_FALSE(client.read().empty());
  client.socket().close();
  EXPECT_TRUE(rig.is_quiet_within(1s));
}

TEST(HttpTls, AHalfClosedClientGetsItsResponse) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  options.step_time = 2ms;
  ServerRig rig(std::move(options));
  for (const bool properly : {true, false}) {
    TlsClient client(rig.server->port());
    ASSERT_TRUE(client.connected());
    client.send(post("/v1/completions", ServerRig::completion(30, false)));
    if (properly) SSL_shutdown(client.tls());
    client.socket().half_close();
    const std::string all = client.read_all();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 ")) << all;
    EXPECT_NE(all.find(R"("completion_tokens":30)"), std::string::npos) << all;
  }
  EXPECT_TRUE(rig.is_quiet_within(5s));
}

TEST(HttpTls, OnlySuitesWithForwardSecrecyAreSpoken) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  make_certificate(folder.path(), "localhost", true);
  ServerRig rig(std::move(options));
  const auto speaks = [&](const char* suites) {
    return TlsClient(rig.server->port(),
                     [&](SSL_CTX* context) {
                       SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                       ASSERT_EQ(SSL_CTX_set_cipher_list(context, suites), 1) << suites;
                     })
        .connected();
  };
  for (const char* good :
       {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"}) {
    EXPECT_TRUE(speaks(good)) << good;
  }
  for (const char* bad : {"AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "ECDHE-RSA-AES128-SHA",
                          "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    EXPECT_FALSE(speaks(bad)) << bad;
  }
}

TEST(HttpTls, NeitherRenegotiatesNorResumes) {
  const TestFolder folder;
  ServerRig rig(with_tls(folder));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(rig.server->port(),
                     [&](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, version); });
    ASSERT_TRUE(client.connected());
    client.send(get("/health"));
    EXPECT_TRUE(client.read().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(client.tls())), 0) << version;
    if (version == TLS1_2_VERSION) {
      SSL_renegotiate(client.tls());
      EXPECT_NE(SSL_do_handshake(client.tls()), 1);
    }
  }
}

TEST(HttpTls, ANewCertificateIsTakenUp) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  options.step_time = 2ms;
  ServerRig rig(std::move(options));
  const auto shown = [&] { return TlsClient(rig.server->port()).server_name(); };
  const auto becomes = [&](const std::string& name) {
    for (int i = 0; i < 2000 && shown() != name; ++i) std::this_thread::sleep_for(5ms);
    return shown() == name;
  };
  TlsClient before(rig.server->port());
  before.send(get("/health"));
  EXPECT_TRUE(before.read().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(before.server_name(), "localhost");

  make_certificate(folder.path(), "renewed");
  EXPECT_TRUE(becomes("renewed"));
  // One that cannot be used changes nothing, and is told.
  const TestFolder other;
  make_certificate(other.path(), "other");
  std::filesystem::copy_file(other.path() / "key.pem", folder.path() / "key.pem",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(rig.wait_for_message("cannot use the key"));
  EXPECT_EQ(shown(), "renewed");
  std::ofstream(folder.path() / "cert.pem") << "no certificate";
  EXPECT_TRUE(rig.wait_for_message("cannot use the certificate"));
  std::filesystem::remove(folder.path() / "cert.pem");
  EXPECT_EQ(shown(), "renewed");
  make_certificate(folder.path(), "again");
  EXPECT_TRUE(becomes("again"));
  // Who was there before goes on as it was.
  before.send(get("/health"));
  EXPECT_TRUE(before.read().starts_with("HTTP/1.1 200 "));
}

TEST(HttpTls, AKeyUnderAPasswordIsRefusedWithoutAsking) {
  const TestFolder folder;
  make_certificate(folder.path());
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  FILE* file = std::fopen((folder.path() / "key.pem").c_str(), "w");
  const unsigned char word[] = "word";
  PEM_write_PrivateKey(file, key.get(), EVP_aes_128_cbc(), word, 4, nullptr, nullptr);
  std::fclose(file);
  const auto loaded = TlsIdentity::load(folder.path() / "cert.pem", folder.path() / "key.pem");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("key.pem"), std::string::npos);
}

TEST(HttpTls, PlainClientsGetNothing) {
  const TestFolder folder;
  ServerRig rig(with_tls(folder));
  testing::TestClient client = rig.connect();
  client.send(get("/health"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

TEST(HttpTls, NamesTheFileThatIsWrong) {
  const TestFolder folder;
  ServerRig rig;
  ServerOptions options;
  options.port = 0;
  options.tls_certificate = folder.path() / "missing.pem";
  const auto start = [&] { return HttpServer::start(options, {.routes = {}, .models = rig.models.get()}); };
  EXPECT_EQ(start().error().code, ErrorCode::kInvalidArgument);
  options.tls_key = options.tls_certificate;
  EXPECT_NE(start().error().message.find("missing.pem"), std::string::npos);
  options.tls_certificate = options.tls_key = folder.path() / "junk.pem";
  std::ofstream(options.tls_key) << "junk";
  EXPECT_NE(start().error().message.find("junk.pem"), std::string::npos);
  EXPECT_NE(start().error().hint.find("PEM"), std::string::npos);
}

}  // namespace
}  // namespace hearth::server
