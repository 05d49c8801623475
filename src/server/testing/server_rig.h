#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/causal_engine.h"
#include "engine/encode/encoder_engine.h"
#include "engine/engine_loop.h"
#include "engine/testing/fake_encoder.h"
#include "engine/testing/fake_model.h"
#include "server/http_server.h"
#include "server/records/response_store.h"
#include "server/testing/fixed_model.h"
#include "server/testing/test_client.h"

// A server of the fake model, for tests.

namespace hearth::testing {

/// A folder that goes with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "hearth_server_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Every route of the product over a model whose steps take `step_time`.
struct ServerRig {
  static constexpr int kLetters = 26;

  struct Options {
    server::ServerOptions server = {};
    std::chrono::microseconds step_time{0};
    size_t context = 1000;
    size_t max_running = 64;
    size_t num_tokens = 40'000;  ///< of the KV cache
    server::KeyStore* keys = nullptr;
    server::AuditLog* audit = nullptr;
    std::filesystem::path responses = {};  ///< empty: in memory
    LogSink log = no_log();
    server::OtlpExporter* traces = nullptr;
    ModelStore* store = nullptr;
    server::ModelTransfers transfers = {};
    std::vector<server::Route> more_routes = {};
    std::vector<const api::Dialect*> more_dialects = {};
    /// An encoder with a head of so many labels is served, in place of the model that writes text.
    std::optional<int> encoder_labels = {};
    std::optional<GrammarCache::Options> grammars = {};  ///< none: completions can have any text
  };

  ServerRig() : ServerRig(Options{}) {}
  explicit ServerRig(Options options)
      : tokenizer(letters(options.encoder_labels.has_value())),
        chat_template(*ChatTemplate::parse(std::string(default_chat_template()))),
        model(kLetters, 64),
        cache(make_cache(options)),
        responses(*server::ResponseStore::open(options.responses)) {
    if (options.grammars) {
      grammars = std::make_shared<GrammarCache>([this]() -> Result<const Tokenizer*> { return &tokenizer; },
                                                *options.grammars);
    }
    engine = make_engine(options);
    loop = *EngineLoop::start(*engine);
    models = std::make_unique<FixedModel>(api_model(options.context), *loop);
    options.server.port = 0;
    std::vector<server::Route> routes = server::all_routes();
    routes.insert(routes.end(), options.more_routes.begin(), options.more_routes.end());
    std::vector<const api::Dialect*> dialects = api::all_dialects();
    dialects.insert(dialects.end(), options.more_dialects.begin(), options.more_dialects.end());
    auto started = server::HttpServer::start(
        options.server, {.routes = std::move(routes),
                         .dialects = std::move(dialects),
                         .models = models.get(),
                         .store = options.store,
                         .transfers = options.transfers,
                         .responses = responses.get(),
                         .keys = options.keys,
                         .traces = options.traces,
                         .audit = options.audit,
                         .request_log = [this](std::string_view line) { log.emplace_back(line); },
                         .log =
                             [this, pass_on = options.log](LogLevel level, std::string_view line) {
                               pass_on(level, line);
                               const std::scoped_lock lock(messages_mutex);
                               messages.emplace_back(line);
                             }});
    EXPECT_TRUE(started) << started.error().message;
    if (started) server = std::move(*started);
  }

  std::unique_ptr<Engine> make_engine(const Options& options) {
    const Clock clock = [step_time = options.step_time] {
      std::this_thread::sleep_for(step_time);
      return std::chrono::steady_clock::now().time_since_epoch();
    };
    if (options.encoder_labels) {
      encoder = std::make_unique<FakeEncoder>(kLetters, int(options.context), *options.encoder_labels);
      return std::make_unique<EncoderEngine>(
          *encoder, EncoderEngineOptions{
                        .context = options.context, .max_running = options.max_running, .clock = clock});
    }
    return std::make_unique<CausalEngine>(
        model, cache, tokenizer,
        EngineOptions{.context = options.context, .max_running = options.max_running, .clock = clock});
  }

  api::ApiModel api_model(size_t context = 1000) const {
    api::ApiModel result;
    result.id = "letters";
    result.created = 1;
    result.context = context;
    result.hidden_size = 8;
    result.tokenizer = &tokenizer;
    result.chat_template = &chat_template;
    result.grammars = grammars;
    if (encoder == nullptr) return result;
    result.generates = false;
    result.scores = encoder->num_labels() > 0;
    result.pooling = result.scores ? Pooling::kRank : Pooling::kMean;
    result.num_token_types = size_t(encoder->num_token_types());
    return result;
  }
  TestClient connect(const char* from = "127.0.0.1") { return TestClient(server->port(), from); }
  ReceivedResponse ask(const std::string& request, const char* from = "127.0.0.1") {
    TestClient client = connect(from);
    client.send(request);
    return client.read_response(request.starts_with("HEAD"));
  }

  /// The sum over a metric's labels, or over those that the name leaves open: "name{label=\"value\"".
  double metric(const std::string& name) {
    const std::string text = "\n" + ask(get("/metrics")).body;
    double sum = 0;
    for (size_t at = 0; (at = text.find('\n' + name, at)) != text.npos; ++at) {
      const size_t end = text.find('\n', at + 1);
      const char next = text[at + 1 + name.size()];
      if (std::string_view(" {,}").contains(next))
        sum += std::atof(text.substr(text.rfind(' ', end), 40).c_str());
    }
    return sum;
  }
  /// Waits until the server has said something that holds `text`.
  bool wait_for_message(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      {
        const std::scoped_lock lock(messages_mutex);
        for (const std::string& line : messages) {
          if (line.find(text) != line.npos) return true;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  /// Waits until a metric is at least that.
  bool wait_for_metric(const std::string& name, double least) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (metric(name) < least) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  /// The body of a completion that writes exactly `num_tokens` tokens.
  static std::string completion(size_t num_tokens, bool stream, const std::string& prompt = "hello",
                                const std::string& more = "") {
    return R"({"prompt":")" + prompt + R"(","max_tokens":)" + std::to_string(num_tokens) +
           R"(,"ignore_eos":true,"stream":)" + (stream ? "true" : "false") + more + "}";
  }

  /// Waits until nothing runs and nothing is held.
  ::testing::AssertionResult is_quiet_within(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (true) {
      const EngineStats stats = engine->stats();
      if (server->num_running() == 0 && stats.num_running == 0 && stats.num_kv_blocks_used == 0) {
        return ::testing::AssertionSuccess();
      }
      if (std::chrono::steady_clock::now() > deadline) {
        return ::testing::AssertionFailure() << server->num_running() << " exchanges, " << stats.num_running
                                             << " requests, " << stats.num_kv_blocks_used << " blocks";
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  /// `framed`: each text has the end of a turn behind it.
  static Tokenizer letters(bool framed = false) {
    VocabData data;
    data.model = "gpt2";
    data.pre = "gpt-2";
    for (int i = 0; i < kLetters; ++i) data.tokens.emplace_back(1, char('a' + i));
    data.token_types.assign(kLetters, TokenType::kNormal);
    data.token_types[kLetters - 1] = TokenType::kControl;
    data.eos_id = kLetters - 1;
    if (framed) data.add_eos = true;
    return *Tokenizer::create(std::move(data));
  }
  KvCache make_cache(const Options& options) {
    const auto layout = layout_kv_cache(
        model.cache_specs(), model.placement(),
        {.num_tokens = options.num_tokens, .num_sequences = options.max_running, .max_step = 64});
    return *KvCache::create(model.placement(), model.cache_specs(), *layout);
  }

  Tokenizer tokenizer;
  ChatTemplate chat_template;
  std::shared_ptr<GrammarCache> grammars;  ///< null: none
  FakeModel model;
  KvCache cache;
  std::unique_ptr<server::ResponseStore> responses;
  std::unique_ptr<FakeEncoder> encoder;  ///< null: none
  std::unique_ptr<Engine> engine;
  std::unique_ptr<EngineLoop> loop;
  std::unique_ptr<FixedModel> models;
  std::mutex messages_mutex;
  std::vector<std::string> messages;  ///< what the server said of itself; guarded by messages_mutex
  std::vector<std::string> log;       ///< written by the server's thread: read it when the server is gone
  std::unique_ptr<server::HttpServer> server;
};

}  // namespace hearth::testing
