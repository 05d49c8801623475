#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu_info.h"
#include "base/cpu_topology.h"
#include "base/machine_peak.h"
#include "cli/bench_rows.h"
#include "cli/command.h"
#include "cli/encoder_bench.h"
#include "cli/row_printer.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "engine/measure/benchmark.h"
#include "engine/sample/generation_defaults.h"

namespace hearth::cli {
namespace {

constexpr size_t kUsualPrompt = 512;

struct BenchOptions {
  SessionOptions session;
  std::vector<size_t> prompts, generates;  ///< empty: as llama-bench has them
  std::vector<size_t> depths = {0}, parallels;
  std::vector<int> threads;
  std::vector<std::string> kv_types = {"f16"};
  size_t repetitions = 5;
  bool shared_prefix = false, end_to_end = false, load = false, json = false;
  RowFormat format = RowFormat::kMarkdown;
  std::string only;
};

/// What a session is to measure.
struct BenchTests {
  std::vector<BenchmarkTest> singles;
  std::vector<BatchTest> batches;
  std::vector<BenchmarkTest> requests;
};

/// The tests of single sequences in llama-bench's order: for each depth, prompts, then generations.
void add_singles(const BenchOptions& options, size_t depth, BenchTests& tests) {
  for (size_t prompt : options.prompts) {
    if (prompt > 0) tests.singles.push_back({.num_prompt = prompt, .depth = depth});
  }
  for (size_t generate : options.generates) {
    if (generate > 0) tests.singles.push_back({.num_generate = generate, .depth = depth});
  }
}

void add_batches(const BenchOptions& options, size_t depth, BenchTests& tests) {
  for (size_t prompt : options.prompts) {
    for (size_t generate : options.generates) {
      for (size_t parallel : options.parallels) {
        tests.batches.push_back({.num_prompt = prompt,
                                 .num_generate = generate,
                                 .depth = depth,
                                 .num_parallel = parallel,
                                 .shared_prefix = options.shared_prefix});
      }
    }
  }
}

BenchTests choose_tests(const BenchOptions& options) {
  BenchTests tests;
  if (options.load) return tests;
  for (size_t depth : options.depths) {
    if (options.end_to_end) break;
    options.parallels.empty() ? add_singles(options, depth, tests) : add_batches(options, depth, tests);
  }
  for (size_t prompt : options.prompts) {
    for (size_t generate : options.generates) {
      if (options.end_to_end && prompt > 0 && generate > 0)
        tests.requests.push_back({.num_prompt = prompt, .num_generate = generate});
    }
  }
  return tests;
}

/// The session's options, with room for every test.
SessionOptions with_room(SessionOptions options, const BenchTests& tests) {
  ModelOptions& session = options.load;
  session.context = 1;
  for (const auto* all : {&tests.singles, &tests.requests}) {
    for (const BenchmarkTest& test : *all) session.context = std::max(session.context, test.length());
  }
  for (const BatchTest& test : tests.batches) {
    session.context = std::max(session.context, test.length());
    session.num_sequences = std::max(session.num_sequences, test.num_parallel);
    session.kv_tokens = std::max(session.kv_tokens, test.room());
  }
  session.kv_tokens = std::max(session.kv_tokens, session.context);
  session.max_batch_tokens = std::max(session.max_batch_tokens, session.num_sequences);
  return options;
}

Status run_tests(LoadedModel& session, const BenchTests& tests, size_t repetitions, RowPrinter& printer) {
  const BenchSubject subject = describe(session);
  {
    ModelRunner runner = TRY(session.runner());
    Benchmark benchmark(runner, steady_clock());
    for (const BenchmarkTest& test : tests.singles) {
      printer.print(test_row(subject, test, TRY(benchmark.run(test, repetitions))));
    }
    for (const BatchTest& test : tests.batches) {
      printer.print(batch_row(subject, test, TRY(benchmark.run(test, repetitions))));
    }
  }
  if (tests.requests.empty()) return {};
  const SamplingParams sampling = default_sampling(session.files().generation(no_log()));
  Engine& engine = *TRY(session.engine());
  for (const BenchmarkTest& test : tests.requests) {
    printer.print(
        request_row(subject, test, TRY(run_requests(engine, test, sampling, repetitions, steady_clock()))));
  }
  return {};
}

/// One load of the file, as a new process would do it, up to a first token that is drawn.
Result<LoadSample> load_once(const SessionOptions& options, BenchSubject& subject) {
  const Clock clock = steady_clock();
  const auto begin = clock();
  const auto session = TRY(open_session(options, no_log()));
  const auto loaded = clock();
  const bool has_vocabulary = session->tokenizer().has_value();
  const auto ready = clock();
  ModelRunner runner = TRY(session->runner());
  TokenFeed feed(runner);
  const TokenId first = 0;
  TRY(feed.append({&first, 1}, 1));
  const auto end = clock();
  subject = describe(*session);
  return LoadSample{.load = loaded - begin,
                    .vocabulary = has_vocabulary ? ready - loaded : std::chrono::nanoseconds(),
                    .first_token = end - ready};
}

Status run_loads(const SessionOptions& options, size_t repetitions, RowPrinter& printer) {
  BenchSubject subject;
  std::vector<LoadSample> samples;
  // The first one brings the file into the page cache.
  TRY(load_once(options, subject));
  for (size_t i = 0; i < repetitions; ++i) samples.push_back(TRY(load_once(options, subject)));
  printer.print(load_row(subject, samples));
  return {};
}

/// What llama-bench takes where neither is given.
BenchOptions with_lengths(BenchOptions options) {
  if (options.prompts.empty()) options.prompts = {kUsualPrompt};
  if (options.generates.empty()) options.generates = {128};
  return options;
}

Status bench_causal(const BenchOptions& options, RowPrinter& printer) {
  const BenchTests tests = choose_tests(options);
  // A load is that of a conversation: with the model's own context.
  SessionOptions session_options = options.load ? options.session : with_room(options.session, tests);
  for (const std::string& kv_type : options.kv_types) {
    session_options.kv_type = kv_type;
    for (int threads : options.threads.empty() ? std::vector<int>{0} : options.threads) {
      session_options.compute.threads = threads;
      if (options.load) {
        TRY(run_loads(session_options, options.repetitions, printer));
        continue;
      }
      const auto session = TRY(open_session(session_options, no_log()));
      TRY(run_tests(*session, tests, options.repetitions, printer));
    }
  }
  return {};
}

/// What an encoder cannot be measured by is an error where it was asked for.
Status check_encoder_options(const BenchOptions& options) {
  const auto is_above = [](size_t most) { return [most](size_t value) { return value > most; }; };
  const std::pair<bool, const char*> unfit[] = {
      {std::ranges::any_of(options.generates, is_above(0)), "--n-gen"},
      {std::ranges::any_of(options.depths, is_above(0)), "--n-depth"},
      {options.kv_types != std::vector<std::string>{"f16"}, "--kv-type"},
      {options.shared_prefix, "--shared-prefix"},
      {options.end_to_end, "--end-to-end"},
      {options.load, "--load"}};
  for (const auto& [is_given, name] : unfit) {
    if (!is_given) continue;
    return fail_hint(
        ErrorCode::kUnsupported,
        fmt::format("leave {} out: -p measures how fast it reads a text, and --parallel many; hearth "
                    "embed makes its vectors",
                    name),
        "{}: {} is an encoder, which writes no tokens and keeps none", name, options.session.model);
  }
  return {};
}

/// `context`: the longest text that the encoder reads.
Status bench_texts(const BenchOptions& options, size_t context, RowPrinter& printer) {
  TRY(check_encoder_options(options));
  EncoderBench bench{.session = options.session,
                     .lengths = options.prompts,
                     .parallels = options.parallels,
                     .threads = options.threads,
                     .repetitions = options.repetitions};
  if (bench.lengths.empty()) bench.lengths = {std::min(kUsualPrompt, context)};
  std::erase(bench.lengths, size_t{0});
  return bench_encoder(bench, printer);
}

Status bench(const BenchOptions& options) {
  const MemoryPlan plan = TRY(plan_session(options.session, no_log())).model.plan;
  RowPrinter printer(options.json ? RowFormat::kJson : options.format);
  TRY(plan.kind == ModelKind::kEncoder ? bench_texts(options, plan.context, printer)
                                       : bench_causal(with_lengths(options), printer));
  printer.finish();
  return {};
}

/// A probe of the machine, as `--only` and JSON name it.
struct Probe {
  const char *name, *unit, *label, *key;
  MachineProbe probe;
};
constexpr Probe kProbes[] = {
    {"int8", "GOP/s", "8-bit dot products", "int8_gops", MachineProbe::kInt8},
    {"words", "GOP/s", "4-bit weights summed in words", "words_gops", MachineProbe::kWords},
    {"signed", "GOP/s", "8-bit weights by sign", "signed_gops", MachineProbe::kSigned},
    {"bf16", "GFLOP/s", "bfloat16 dot products", "bf16_gflops", MachineProbe::kBf16},
    {"f32", "GFLOP/s", "float multiply-adds", "f32_gflops", MachineProbe::kF32},
    {"read", "GB/s", "reading from memory", "read_gb_s", MachineProbe::kRead},
    {"read-unasked", "GB/s", "reading unasked", "read_unasked_gb_s", MachineProbe::kReadUnasked}};

Status bench_machine(const BenchOptions& options) {
  const Isa isa = TRY(choose_isa(options.session.compute.isa));
  ThreadPool pool(options.session.compute.threads > 0 ? options.session.compute.threads : default_threads());
  Row row{{{"isa", to_string(isa)}, {"threads", pool.size()}},
          {{"instruction set", std::string(to_string(isa))}, {"threads", std::to_string(pool.size())}}};
  RowPrinter printer(options.json ? RowFormat::kJsonLines : options.format);
  for (const Probe& probe : kProbes) {
    if (!options.only.empty() && options.only != probe.name) continue;
    const std::optional<double> figure = measure_machine(pool, isa, probe.probe);
    row.fields[probe.key] = figure ? nlohmann::ordered_json(std::round(*figure * 10) / 10) : nullptr;
    row.cells.push_back(
        {fmt::format("{}, {}", probe.label, probe.unit), figure ? fmt::format("{:.1f}", *figure) : "-"});
  }
  printer.print(row);
  printer.finish();
  return {};
}

void add_tests(Arguments& arguments, BenchOptions& options) {
  add_model(arguments, "-m,--model", options.session.model).required();
  const auto lengths = number(size_t(0), size_t(1) << 30);
  arguments.comma_list("-p,--n-prompt", options.prompts, lengths, "prompt lengths; 0: none")
      .unless_given("512, of an encoder no more than it reads");
  arguments.comma_list("-n,--n-gen", options.generates, lengths, "tokens to generate; 0: none")
      .unless_given("128, of an encoder none");
  arguments.comma_list("-d,--n-depth", options.depths, lengths, "tokens in the context before");
  const Argument& parallel =
      arguments.comma_list("--parallel", options.parallels, number(size_t(1), size_t(1024)),
                           "sequences that read the prompt and generate side by side; one row for each");
  arguments.flag("--shared-prefix", options.shared_prefix, "depth and prompt are the same for all of a batch")
      .needs(parallel);
  arguments.flag("--end-to-end", options.end_to_end,
                 "instead, whole requests through the engine, sampled as by default");
  arguments.flag("--load", options.load, "instead, the time from mapping the file to a first token");
  arguments.option("-r,--repetitions", options.repetitions, number(size_t(1), size_t(10000)),
                   "times each test is run");
  arguments.comma_list("-t,--threads", options.threads, number(1, 1024), "numbers of threads")
      .unless_given("one for each fast core this process may use");
  arguments.comma_list("--kv-type", options.kv_types, choice(kv_type_names()), "types of the KV cache");
  add_backend_options(arguments, options.session);
}

void add_output(Arguments& arguments, BenchOptions& options) {
  arguments.flag("--json", options.json, "print JSON, with llama-bench's field names");
  const auto formats = choice<RowFormat>({{"md", RowFormat::kMarkdown},
                                          {"json", RowFormat::kJson},
                                          {"jsonl", RowFormat::kJsonLines},
                                          {"csv", RowFormat::kCsv}});
  arguments.option("-o,--output", options.format, formats, "how the rows are printed");
}

void add_machine(Arguments& machine, const std::shared_ptr<BenchOptions>& options) {
  std::vector<std::string> probes;
  for (const Probe& probe : kProbes) probes.emplace_back(probe.name);
  machine.option("--only", options->only, choice(probes), "one of them").unless_given("all");
  add_threads_option(machine, options->session);
  add_output(machine, *options);
  machine.runs([options] { return bench_machine(*options); });
}

}  // namespace

Command command_bench() {
  return {"bench", "Measure how fast a model, or the machine, is",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<BenchOptions>();
            add_tests(arguments, *options);
            add_output(arguments, *options);
            add_machine(arguments.command("machine", "Measure what the machine can do at most"), options);
            return [options] { return bench(*options); };
          }};
}

}  // namespace hearth::cli
