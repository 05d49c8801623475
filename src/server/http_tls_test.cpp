#include <cstdio>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/server_rig.h"

// The server under TLS, with a certificate that the test makes.

namespace hearth {
namespace {

using testing::get;
using testing::post;
using testing::ServerRig;
using testing::TestFolder;

/// Writes cert.pem and key.pem.
void make_certificate(const std::filesystem::path& folder) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  const auto open = [&](const char* file) {
    return std::unique_ptr<FILE, int (*)(FILE*)>(std::fopen((folder / file).c_str(), "w"), std::fclose);
  };
  ASSERT_EQ(PEM_write_X509(open("cert.pem").get(), certificate.get()), 1);
  ASSERT_EQ(PEM_write_PrivateKey(open("key.pem").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
}

/// Sends a request under TLS and reads until the server closes.
std::string ask(uint16_t port, const std::string& request, int version = 0) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (version != 0) SSL_CTX_set_max_proto_version(context.get(), version);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
  testing::TestClient client(port);
  SSL_set_fd(tls.get(), client.socket());
  if (SSL_connect(tls.get()) != 1) return "no handshake";
  SSL_write(tls.get(), request.data(), int(request.size()));
  std::string all;
  char bytes[4096];
  for (int count; (count = SSL_read(tls.get(), bytes, sizeof(bytes))) > 0;) all.append(bytes, size_t(count));
  return all;
}

ServerRig::Options with_tls(const TestFolder& folder) {
  make_certificate(folder.path());
  ServerRig::Options options;
  options.server.tls_certificate = folder.path() / "cert.pem";
  options.server.tls_key = folder.path() / "key.pem";
  return options;
}

TEST(HttpTls, AnswersAndStreams) {
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

TEST(HttpTls, AClosedConnectionCancels) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  options.step_time = std::chrono::milliseconds(2);
  ServerRig rig(std::move(options));
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
  testing::TestClient client = rig.connect();
  SSL_set_fd(tls.get(), client.socket());
  ASSERT_EQ(SSL_connect(tls.get()), 1);
  const std::string request = post("/v1/completions", ServerRig::completion(900, true));
  SSL_write(tls.get(), request.data(), int(request.size()));
  char byte;
  ASSERT_EQ(SSL_read(tls.get(), &byte, 1), 1);
  client.close();
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(1)));
}

TEST(HttpTls, AHalfClosedClientGetsItsAnswer) {
  const TestFolder folder;
  ServerRig::Options options = with_tls(folder);
  options.step_time = std::chrono::milliseconds(2);
  ServerRig rig(std::move(options));
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  for (const bool properly : {true, false}) {
    const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
    testing::TestClient client = rig.connect();
    SSL_set_fd(tls.get(), client.socket());
    ASSERT_EQ(SSL_connect(tls.get()), 1);
    const std::string request = post("/v1/completions", ServerRig::completion(30, false));
    SSL_write(tls.get(), request.data(), int(request.size()));
    if (properly) SSL_shutdown(tls.get());
    client.half_close();
    std::string all;
    char bytes[4096];
    for (int count; (count = SSL_read(tls.get(), bytes, sizeof(bytes))) > 0;)
      all.append(bytes, size_t(count));
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 ")) << all;
    EXPECT_NE(all.find(R"("completion_tokens":30)"), std::string::npos) << all;
  }
  EXPECT_TRUE(rig.is_quiet_within(std::chrono::seconds(5)));
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
  const auto start = [&] {
    return HttpServer::start(options, {.routes = {}, .models = {rig.api_model()}, .engine = rig.loop.get()});
  };
  EXPECT_EQ(start().error().code, ErrorCode::kInvalidArgument);
  options.tls_key = options.tls_certificate;
  EXPECT_NE(start().error().message.find("missing.pem"), std::string::npos);
}

}  // namespace
}  // namespace hearth
