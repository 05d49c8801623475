// An encoder by itself: texts as token ids, one a line, to the means of their hidden states, in batches
// sorted by length.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/backends.h"
#include "base/cpu_topology.h"
#include "formats/open_model_files.h"
#include "models/loader.h"

namespace hearth {
namespace {

struct Options {
  std::string model, texts, out, isa;
  int threads = default_threads(), rounds = 5, batch_tokens = 2048;
};

using Text = std::vector<int32_t>;

std::vector<Text> read_texts(const std::string& path) {
  std::vector<Text> texts;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Text& text = texts.emplace_back();
    for (int32_t id; words >> id;) text.push_back(id);
  }
  return texts;
}

/// Runs the texts from `begin` on that make a batch; returns where the next one begins.
size_t run_batch(EncoderModel& model, const std::vector<Text>& texts, std::span<const size_t> order,
                 size_t begin, std::vector<float>& means) {
  std::vector<int32_t> ids;
  std::vector<EncoderSequence> sequences;
  size_t end = begin;
  for (; end < order.size() && int(sequences.size()) < model.max_batch_sequences(); ++end) {
    const Text& text = texts[order[end]];
    if (ids.size() + text.size() > size_t(model.max_batch_tokens())) break;
    sequences.push_back({int32_t(ids.size()), int32_t(text.size())});
    ids.insert(ids.end(), text.begin(), text.end());
  }
  const auto cols = size_t(model.config().hidden_size);
  std::vector<float> hidden(ids.size() * cols);
  model.submit({.token_ids = ids, .token_types = {}, .sequences = sequences});
  model.collect(hidden);
  for (size_t i = 0; i < sequences.size(); ++i) {
    float* mean = &means[order[begin + i] * cols];
    std::fill_n(mean, cols, 0.0f);
    for (int32_t row = 0; row < sequences[i].num_rows; ++row) {
      const float* from = &hidden[size_t(sequences[i].first_row + row) * cols];
      for (size_t c = 0; c < cols; ++c) mean[c] += from[c];
    }
    float length = 0;
    for (size_t c = 0; c < cols; ++c) length += mean[c] * mean[c];
    for (size_t c = 0; c < cols; ++c) mean[c] /= std::sqrt(length);
  }
  return end;
}

Status run(const Options& options) {
  ThreadPool pool(options.threads);
  const auto backend = TRY(make_cpu_backend(pool, options.isa));
  const auto files = TRY(open_model_files(options.model, no_log()));
  const auto model = TRY(load_encoder_model(*files, *backend, {.max_batch_tokens = options.batch_tokens}));
  const std::vector<Text> texts = read_texts(options.texts);
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(texts[i].size(), i); });
  size_t tokens = 0;
  for (const Text& text : texts) tokens += text.size();
  std::vector<float> means(texts.size() * size_t(model->config().hidden_size));
  double best = 1e30;
  for (int round = 0; round < options.rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (size_t at = 0; at < order.size();) at = run_batch(*model, texts, order, at, means);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  std::printf("%s: %zu texts, %zu tokens: %.1f ms, %.0f texts/s, %.0f tokens/s\n",
              std::string(backend->name()).c_str(), texts.size(), tokens, best * 1e3,
              double(texts.size()) / best, double(tokens) / best);
  if (options.out.empty()) return {};
  std::ofstream(options.out, std::ios::binary)
      .write(reinterpret_cast<const char*>(means.data()), std::streamsize(means.size() * sizeof(float)));
  return {};
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  hearth::Options options;
  CLI::App app("Speed of an encoder");
  app.add_option("model", options.model, "GGUF file or folder")->required();
  app.add_option("texts", options.texts, "token ids, a text a line")->required();
  app.add_option("--isa", options.isa, "instruction set, as HEARTH_ISA spells it")->default_str("the best");
  app.add_option("--batch-tokens", options.batch_tokens, "most tokens in a batch")->capture_default_str();
  app.add_option("-t,--threads", options.threads, "threads")->capture_default_str();
  app.add_option("-r,--rounds", options.rounds, "rounds, of which the best counts")->capture_default_str();
  app.add_option("-o,--out", options.out, "file for the vectors, as binary32");
  CLI11_PARSE(app, argc, argv);
  const hearth::Status status = hearth::run(options);
  if (status) return 0;
  std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return 2;
}
