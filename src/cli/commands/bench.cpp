#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <nlohmann/json.hpp>

#include "base/cpu_info.h"
#include "cli/command.h"
#include "cli/machine_peak.h"
#include "cli/model_session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "engine/benchmark.h"

namespace hearth {
namespace {

struct BenchOptions {
  SessionOptions session;
  std::vector<size_t> prompts = {512}, generates = {128}, depths = {0}, parallels = {1};
  std::vector<int> threads;
  size_t repetitions = 5;
  bool json = false;
  std::string output;
};

/// A file's facts, as llama-bench words them.
struct ModelFacts {
  std::string file, type;
  size_t size = 0, num_parameters = 0;
};

ModelFacts facts(const ModelSession& session) {
  ModelFacts facts{.file = session.path().string(), .type = session.model().config().architecture};
  std::map<std::string_view, size_t> by_type;
  for (const NamedTensor& tensor : session.weights().tensors()) {
    facts.size += tensor.view.data.size();
    facts.num_parameters += size_t(tensor.view.shape.size());
    by_type[dtype_info(tensor.view.dtype).name] += tensor.view.data.size();
  }
  const auto largest = std::ranges::max_element(by_type, {}, [](const auto& entry) { return entry.second; });
  const double millions = double(facts.num_parameters) / 1e6;
  facts.type +=
      millions < 1000 ? fmt::format(" {:.0f}M", millions) : fmt::format(" {:.1f}B", millions / 1000);
  if (largest != by_type.end()) facts.type += fmt::format(" {}", largest->first);
  return facts;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return "unknown";
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// The tests in llama-bench's order: for each depth, prompts, then generations.
std::vector<BenchmarkTest> tests(const BenchOptions& options) {
  std::vector<BenchmarkTest> tests;
  for (size_t depth : options.depths) {
    for (size_t prompt : options.prompts) {
      if (prompt > 0) tests.push_back({.num_prompt = prompt, .depth = depth});
    }
    for (size_t generate : options.generates) {
      for (size_t parallel : options.parallels) {
        if (generate > 0)
          tests.push_back({.num_generate = generate, .depth = depth, .num_parallel = parallel});
      }
    }
  }
  return tests;
}

nlohmann::ordered_json json_row(const ModelSession& session, const BenchOptions& options,
                                const BenchmarkTest& test, const BenchmarkSamples& samples) {
  const ModelFacts model = facts(session);
  std::vector<double> times;
  for (auto time : samples.times) times.push_back(double(time.count()));
  const std::vector<double> rates = samples.rates(test);
  const MeanAndDeviation time = mean_and_deviation(times), rate = mean_and_deviation(rates);
  const std::string kv_type = options.session.precision == "f32" ? "f32" : options.session.kv_type;
  std::vector<int64_t> samples_ns;
  for (auto sample : samples.times) samples_ns.push_back(sample.count());
  return {{"build_commit", version()},
          {"cpu_info", processor_name()},
          {"backends", session.backend().name()},
          {"backend", session.backend().name()},
          {"model_filename", model.file},
          {"model_type", model.type},
          {"model_size", model.size},
          {"model_n_params", model.num_parameters},
          {"n_batch", session.model().max_batch_tokens()},
          {"n_ubatch", session.model().max_batch_tokens()},
          {"n_threads", session.pool().size()},
          {"type_k", kv_type},
          {"type_v", kv_type},
          {"n_prompt", test.num_prompt},
          {"n_gen", test.num_generate},
          {"n_depth", test.depth},
          {"n_parallel", test.num_parallel},
          {"test_time", time_now()},
          {"avg_ns", int64_t(time.mean)},
          {"stddev_ns", int64_t(time.deviation)},
          {"avg_ts", rate.mean},
          {"stddev_ts", rate.deviation},
          {"samples_ns", samples_ns},
          {"samples_ts", rates}};
}

std::string test_name(const BenchmarkTest& test) {
  std::string name =
      test.num_prompt > 0 ? fmt::format("pp{}", test.num_prompt) : fmt::format("tg{}", test.num_generate);
  if (test.num_parallel > 1) name += fmt::format(" x {}", test.num_parallel);
  if (test.depth > 0) name += fmt::format(" @ d{}", test.depth);
  return name;
}

void print_row(const nlohmann::ordered_json& row, const BenchmarkTest& test) {
  print_now(stdout,
            fmt::format("| {} | {} | {} | {} | {} | {} | {:.2f} +- {:.2f} |\n",
                        row["model_type"].get<std::string>(), format_bytes(row["model_size"].get<size_t>()),
                        row["model_n_params"].get<size_t>(), row["backend"].get<std::string>(),
                        row["n_threads"].get<int>(), test_name(test), row["avg_ts"].get<double>(),
                        row["stddev_ts"].get<double>()));
}

Status bench(const BenchOptions& options) {
  if (options.session.model.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give -m MODEL, or run `hearth bench machine`",
                     "no model is named");
  }
  const std::vector<BenchmarkTest> all = tests(options);
  SessionOptions session_options = options.session;
  for (const BenchmarkTest& test : all) {
    session_options.context = std::max(session_options.context, test.length());
    session_options.num_sequences = std::max(session_options.num_sequences, test.num_parallel);
  }
  session_options.max_batch_tokens =
      std::max(session_options.max_batch_tokens, session_options.num_sequences);
  const bool json = options.json || options.output == "json";
  auto rows = nlohmann::ordered_json::array();
  if (!json) {
    fmt::print(
        "| model | size | params | backend | threads | test | t/s |\n| --- | ---: | ---: | --- | ---: | ---: "
        "| ---: |\n");
  }
  for (int threads : options.threads.empty() ? std::vector<int>{0} : options.threads) {
    session_options.threads = threads;
    const auto session = TRY(ModelSession::open(session_options, no_log()));
    ModelRunner runner(session->model(), session->cache());
    for (const BenchmarkTest& test : all) {
      const BenchmarkSamples samples = TRY(run_benchmark(runner, test, options.repetitions, steady_clock()));
      rows.push_back(json_row(*session, options, test, samples));
      if (!json) print_row(rows.back(), test);
    }
  }
  if (json) fmt::print("{}\n", rows.dump(2));
  return {};
}

Status bench_machine(const BenchOptions& options) {
  ThreadPool pool(options.threads.empty() ? available_cores() : options.threads.front());
  const MachinePeak peak = measure_machine(pool);
  const std::pair<const char*, std::optional<double>> figures[] = {
      {"int8_gops", peak.int8_gops}, {"bf16_gflops", peak.bf16_gflops}, {"read_gb_s", peak.read_gb_s}};
  if (options.json || options.output == "json") {
    nlohmann::ordered_json json = {{"threads", pool.size()}};
    for (const auto& [name, figure] : figures) {
      json[name] =
          figure ? nlohmann::ordered_json(std::round(*figure * 10) / 10) : nlohmann::ordered_json(nullptr);
    }
    fmt::print("{}\n", json.dump());
    return {};
  }
  const char* labels[] = {"8-bit dot products  ", "bfloat16 products   ", "reading from memory "};
  const char* units[] = {"GOP/s", "GFLOP/s", "GB/s"};
  fmt::print("{} threads\n", pool.size());
  for (size_t i = 0; i < 3; ++i) {
    fmt::print("{}{}\n", labels[i],
               figures[i].second ? fmt::format("{:8.1f} {}", *figures[i].second, units[i])
                                 : "     not on this processor");
  }
  return {};
}

void add_options(CLI::App& app, BenchOptions& options) {
  app.add_option("-m,--model", options.session.model, "a .gguf file, or the name of one in $HEARTH_MODELS");
  app.add_option("-p,--n-prompt", options.prompts, "prompt lengths, by comma; 0: none")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("-n,--n-gen", options.generates, "tokens to generate, by comma; 0: none")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("-d,--n-depth", options.depths, "tokens in the context before, by comma")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--parallel", options.parallels, "sequences that generate in one batch, by comma")
      ->delimiter(',')
      ->check(CLI::Range(size_t(1), size_t(1024)))
      ->capture_default_str();
  app.add_option("-r,--repetitions", options.repetitions, "times each test is run")
      ->check(CLI::Range(size_t(1), size_t(10000)))
      ->capture_default_str();
}

}  // namespace

Command command_bench() {
  return {
      "bench", "Measure how fast a model, or the machine, is", [](CLI::App& app) -> std::function<Status()> {
        auto options = std::make_shared<BenchOptions>();
        add_options(app, *options);
        add_session_options(app, options->session);
        app.remove_option(app.get_option("--threads"));
        app.remove_option(app.get_option("--ctx"));
        app.add_option("-t,--threads", options->threads, "numbers of threads, by comma; default: all cores")
            ->delimiter(',')
            ->check(CLI::Range(1, 1024));
        app.add_flag("--json", options->json, "print an array with llama-bench's field names");
        app.add_option("-o,--output", options->output, "md or json")->check(CLI::IsMember({"md", "json"}));
        CLI::App* machine = app.add_subcommand("machine", "Measure what the machine can do at most");
        machine->fallthrough();
        return [options, machine] { return machine->parsed() ? bench_machine(*options) : bench(*options); };
      }};
}

}  // namespace hearth
