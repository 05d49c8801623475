#include "cli/bench_rows.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <fstream>
#include <map>
#include <utility>

#include "cli/version.h"

namespace hearth::cli {
namespace {

using Json = nlohmann::ordered_json;

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

std::string in_units(double value, double step, std::string_view small, std::string_view large) {
  return value < step * step * step ? fmt::format("{:.2f} {}", value / (step * step), small)
                                    : fmt::format("{:.2f} {}", value / (step * step * step), large);
}

std::string with_deviation(const MeanAndDeviation& rate) {
  return fmt::format("{:.2f} \u00b1 {:.2f}", rate.mean, rate.deviation);
}

double seconds(std::chrono::nanoseconds time) { return double(time.count()) / 1e9; }

double rate(double count, double time) { return time > 0 ? count / time : 0.0; }

Json common_fields(const BenchSubject& subject, std::string_view test) {
  return {{"build_commit", version()},           {"cpu_info", processor_name()},
          {"backends", subject.backend},         {"backend", subject.backend},
          {"model_filename", subject.file},      {"model_type", subject.type},
          {"model_size", subject.size},          {"model_n_params", subject.num_parameters},
          {"n_batch", subject.max_batch_tokens}, {"n_ubatch", subject.max_batch_tokens},
          {"n_threads", subject.num_threads},    {"type_k", subject.kv_type},
          {"type_v", subject.kv_type},           {"test", test}};
}

std::vector<Row::Cell> common_cells(const BenchSubject& subject, const std::string& test) {
  std::vector<Row::Cell> cells = {
      {"model", subject.type, false},
      {"size", in_units(double(subject.size), 1024, "MiB", "GiB")},
      {"params", in_units(double(subject.num_parameters), 1000, "M", "B")},
      {"backend", subject.backend, false},
      {"threads", std::to_string(subject.num_threads)},
  };
  if (subject.kv_type != "f16") cells.push_back({"type_kv", subject.kv_type, false});
  cells.push_back({"test", test});
  return cells;
}

/// Fields that llama-bench gives of a number of runs of `num_tokens` each.
void add_samples(Json& fields, const std::vector<double>& times_ns, size_t num_tokens) {
  std::vector<double> rates;
  std::vector<int64_t> samples_ns;
  for (double time : times_ns) {
    rates.push_back(rate(double(num_tokens), time / 1e9));
    samples_ns.push_back(int64_t(time));
  }
  const MeanAndDeviation time = mean_and_deviation(times_ns), speed = mean_and_deviation(rates);
  fields["test_time"] = time_now();
  fields["avg_ns"] = int64_t(time.mean);
  fields["stddev_ns"] = int64_t(time.deviation);
  fields["avg_ts"] = speed.mean;
  fields["stddev_ts"] = speed.deviation;
  fields["samples_ns"] = samples_ns;
  fields["samples_ts"] = rates;
}

Row::Cell speed_cell(const Json& fields) {
  return {"t/s", with_deviation({fields["avg_ts"].get<double>(), fields["stddev_ts"].get<double>()})};
}

std::string test_name(const BenchmarkTest& test) {
  std::string name = test.num_prompt > 0 ? fmt::format("pp{}", test.num_prompt) : "";
  if (test.num_generate > 0) name += fmt::format("{}tg{}", name.empty() ? "" : "+", test.num_generate);
  if (test.depth > 0) name += fmt::format(" @ d{}", test.depth);
  return name;
}

void add_counts(Json& fields, const BenchmarkTest& test) {
  fields["n_prompt"] = test.num_prompt;
  fields["n_gen"] = test.num_generate;
  fields["n_depth"] = test.depth;
}

/// Median in seconds of one of the times that samples hold.
template <typename Sample>
double median_of(std::span<const Sample> samples, std::chrono::nanoseconds Sample::* time) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(seconds(sample.*time));
  return median(std::move(values));
}

template <typename Sample>
std::vector<int64_t> all_of(std::span<const Sample> samples, std::chrono::nanoseconds Sample::* time) {
  std::vector<int64_t> values;
  for (const Sample& sample : samples) values.push_back((sample.*time).count());
  return values;
}

}  // namespace

BenchSubject describe(const LoadedModel& session) {
  BenchSubject subject{.file = session.path().string(),
                       .type = session.model().config().architecture,
                       .backend = std::string(session.backend().name()),
                       .kv_type = std::string(dtype_info(session.plan().kv.dtype).name),
                       .num_threads = session.threads().size(),
                       .max_batch_tokens = session.model().max_batch_tokens()};
  std::map<std::string_view, size_t> by_type;
  for (const NamedTensor& tensor : session.files().stored_tensors()) {
    subject.size += tensor.view.data.size();
    subject.num_parameters += size_t(tensor.num_parameters);
    by_type[dtype_info(tensor.view.dtype).name] += tensor.view.data.size();
  }
  std::ranges::transform(subject.kv_type, subject.kv_type.begin(),
                         [](unsigned char letter) { return char(std::tolower(letter)); });
  const double millions = double(subject.num_parameters) / 1e6;
  subject.type +=
      millions < 1000 ? fmt::format(" {:.0f}M", millions) : fmt::format(" {:.1f}B", millions / 1000);
  const auto largest = std::ranges::max_element(by_type, {}, [](const auto& entry) { return entry.second; });
  if (largest != by_type.end()) subject.type += fmt::format(" {}", largest->first);
  return subject;
}

Row test_row(const BenchSubject& subject, const BenchmarkTest& test, const BenchmarkSamples& samples) {
  const std::string name = test_name(test);
  Row row{common_fields(subject, name), common_cells(subject, name)};
  add_counts(row.fields, test);
  std::vector<double> times;
  for (auto time : samples.times) times.push_back(double(time.count()));
  add_samples(row.fields, times, test.num_tokens());
  row.cells.push_back(speed_cell(row.fields));
  return row;
}

Row batch_row(const BenchSubject& subject, const BatchTest& test, std::span<const BatchSample> samples) {
  const double prompt = median_of(samples, &BatchSample::prompt);
  const double generate = median_of(samples, &BatchSample::generate);
  const double total = prompt + generate;
  const auto prompt_tokens = double(test.num_prompt_tokens());
  const auto generated_tokens = double(test.num_generated_tokens());
  Row row{common_fields(subject, "batch"), {}};
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, size_t>>{{"n_depth", test.depth},
                                                             {"is_pp_shared", size_t(test.shared_prefix)},
                                                             {"pp", test.num_prompt},
                                                             {"tg", test.num_generate},
                                                             {"pl", test.num_parallel},
                                                             {"n_kv", test.num_cached_tokens()}}) {
    row.fields[name] = value;
  }
  const std::pair<const char*, double> figures[] = {
      {"t_pp", prompt},   {"speed_pp", rate(prompt_tokens, prompt)},
      {"t_tg", generate}, {"speed_tg", rate(generated_tokens, generate)},
      {"t", total},       {"speed", rate(prompt_tokens + generated_tokens, total)}};
  for (const auto& [name, value] : figures) row.fields[name] = value;
  row.fields["samples_pp_ns"] = all_of(samples, &BatchSample::prompt);
  row.fields["samples_tg_ns"] = all_of(samples, &BatchSample::generate);
  if (test.depth > 0) row.cells.push_back({"depth", std::to_string(test.depth)});
  for (const auto& [title, value] :
       std::initializer_list<std::pair<const char*, size_t>>{{"PP", test.num_prompt},
                                                             {"TG", test.num_generate},
                                                             {"B", test.num_parallel},
                                                             {"N_KV", test.num_cached_tokens()}}) {
    row.cells.push_back({title, std::to_string(value)});
  }
  const char* titles[] = {"T_PP s", "S_PP t/s", "T_TG s", "S_TG t/s", "T s", "S t/s"};
  for (size_t i = 0; i < std::size(titles); ++i) {
    row.cells.push_back({titles[i], fmt::format("{:.{}f}", figures[i].second, i % 2 == 0 ? 3 : 2)});
  }
  return row;
}

Row request_row(const BenchSubject& subject, const BenchmarkTest& test,
                std::span<const RequestSample> samples) {
  const std::string name = test_name(test) + " sampled";
  Row row{common_fields(subject, name), common_cells(subject, name)};
  add_counts(row.fields, test);
  std::vector<double> times;
  std::vector<double> decode_rates;
  for (const RequestSample& sample : samples) {
    times.push_back(double(sample.total.count()));
    decode_rates.push_back(rate(double(test.num_generate) - 1, seconds(sample.total - sample.first_token)));
  }
  add_samples(row.fields, times, test.num_tokens());
  const double first_token = median_of(samples, &RequestSample::first_token);
  const double decode_rate = median(std::move(decode_rates));
  row.fields["first_token_s"] = first_token;
  row.fields["decode_ts"] = decode_rate;
  row.cells.push_back(speed_cell(row.fields));
  row.cells.push_back({"first token s", fmt::format("{:.3f}", first_token)});
  row.cells.push_back({"decode t/s", fmt::format("{:.2f}", decode_rate)});
  return row;
}

Row load_row(const BenchSubject& subject, std::span<const LoadSample> samples) {
  Row row{common_fields(subject, "load"), common_cells(subject, "load")};
  const double load = median_of(samples, &LoadSample::load);
  const double vocabulary = median_of(samples, &LoadSample::vocabulary);
  const double first_token = median_of(samples, &LoadSample::first_token);
  const std::pair<const char*, double> figures[] = {{"load", load},
                                                    {"vocabulary", vocabulary},
                                                    {"first_token", first_token},
                                                    {"total", load + vocabulary + first_token}};
  row.fields["test_time"] = time_now();
  for (const auto& [name, value] : figures) {
    row.fields[fmt::format("{}_s", name)] = value;
    std::string title = name;
    std::ranges::replace(title, '_', ' ');
    row.cells.push_back({title + " s", fmt::format("{:.3f}", value)});
  }
  row.fields["samples_load_ns"] = all_of(samples, &LoadSample::load);
  return row;
}

}  // namespace hearth::cli
