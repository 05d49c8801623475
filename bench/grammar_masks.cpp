// How long the masks of JSON schemas take, and whether they are right: bench_masks MODEL CASES [--check N]
// [--slowest N]. CASES holds a line of JSON for each schema: `name`, its text in `schema`, texts to walk
// along in `texts` (grammar_speed.py writes them). --check compares up to N masks of each schema with trying
// every token, the slow ones before others.

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "formats/open_model_files.h"
#include "grammar/json/compile_json_schema.h"
#include "grammar/mask/matcher.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {
namespace {

using namespace grammar;
using Clock = std::chrono::steady_clock;
using Words = std::vector<uint64_t>;

constexpr size_t kMaxTokens = 400;  // of one text

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

nlohmann::ordered_json summary(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::ranges::sort(values);
  const auto at = [&](double share) { return values[size_t(share * double(values.size() - 1))]; };
  double sum = 0;
  for (const double value : values) sum += value;
  return {{"n", values.size()}, {"avg", sum / double(values.size())},
          {"p50", at(0.5)},     {"p90", at(0.9)},
          {"p99", at(0.99)},    {"p99.9", at(0.999)},
          {"max", at(1)}};
}

/// The mask of a state by each token tried byte by byte, without the ends of the turn. States are taken back
/// whenever they become many.
Words try_each_token(Automaton& automaton, StateId& state, const TokenTable& tokens) {
  Words words(tokens.num_words());
  for (size_t id = 0; id < tokens.num_tokens(); ++id) {
    if (automaton.memory_size() > size_t(256) << 20) automaton.keep_only(std::span(&state, 1));
    StateId at = state;
    for (const char byte : tokens.bytes(TokenId(id))) {
      at = automaton.step(at, uint8_t(byte));
      if (at == kDeadState) break;
    }
    if (at != kDeadState && !tokens.bytes(TokenId(id)).empty()) words[id / 64] |= uint64_t(1) << (id % 64);
  }
  return words;
}

class Bench {
 public:
  Bench(const Tokenizer& tokenizer, TokenTablePtr table, size_t num_checks)
      : tokenizer_(&tokenizer), table_(std::move(table)), num_checks_(num_checks) {}

  void run(const nlohmann::json& one) {
    ++num_schemas_;
    const Clock::time_point start = Clock::now();
    const auto made = compile_json_schema(one["schema"].get<std::string>(), {}, Limits{});
    if (!made) {
      ++num_refused_;
      return;
    }
    const auto pool = std::make_shared<AutomatonPool>(*made, table_, Limits{});
    Words words(table_->num_words());
    num_out_of_fuel_ += Matcher(pool).fill_mask(words) ? 0 : 1;
    compile_us_.push_back(us_since(start));
    size_t checked = 0;
    for (const auto& text : one["texts"]) walk(one["name"], **made, pool, text.get<std::string>(), checked);
  }

  nlohmann::ordered_json report(size_t num_slowest) {
    nlohmann::ordered_json report = {{"schemas", num_schemas_},
                                     {"refused", num_refused_},
                                     {"rejected", num_rejected_},
                                     {"out_of_fuel", num_out_of_fuel_},
                                     {"checked", num_checked_},
                                     {"wrong", num_wrong_},
                                     {"compile_us", summary(compile_us_)},
                                     {"mask_us", summary(mask_us_)}};
    std::ranges::sort(slow_, std::greater());
    for (size_t i = 0; i < std::min(num_slowest, slow_.size()); ++i) {
      report["slowest"].push_back({slow_[i].first, slow_[i].second});
    }
    return report;
  }

 private:
  void walk(const std::string& name, const Grammar& made, const std::shared_ptr<AutomatonPool>& pool,
            const std::string& text, size_t& checked) {
    auto ids = tokenizer_->encode(text, {.add_special = false});
    if (!ids) return;
    ids->resize(std::min(ids->size(), kMaxTokens));
    Matcher matcher(pool);
    const auto plain = made.make_automaton();
    StateId state = plain->start();
    std::string so_far;
    for (const TokenId id : *ids) {
      Words words(table_->num_words());
      const Clock::time_point start = Clock::now();
      const bool has_mask = matcher.fill_mask(words).has_value();
      mask_us_.push_back(us_since(start));
      const std::string end = so_far.substr(so_far.size() - std::min<size_t>(so_far.size(), 60));
      if (mask_us_.back() > 100) slow_.emplace_back(mask_us_.back(), name + " " + end);
      const bool is_slow = mask_us_.back() > 100 && checked < 2 * num_checks_;
      if (has_mask && (is_slow || checked < num_checks_)) {
        ++checked;
        check(words, *plain, state, name + " " + end);
      }
      if (!has_mask) ++num_out_of_fuel_;
      const bool is_taken = has_mask && matcher.accept(id);
      if (!is_taken) ++num_rejected_;
      if (!is_taken) return;
      so_far += table_->bytes(id);
      if (num_checks_ == 0) continue;
      for (const char byte : table_->bytes(id)) state = plain->step(state, uint8_t(byte));
    }
  }

  void check(Words words, Automaton& plain, StateId& state, const std::string& where) {
    ++num_checked_;
    if (plain.accepts(state)) {  // of an end, the text alone is compared
      for (const TokenId id : table_->end_ids())
        words[size_t(id) / 64] &= ~(uint64_t(1) << (size_t(id) % 64));
    }
    if (words == try_each_token(plain, state, *table_)) return;
    ++num_wrong_;
    fmt::print(stderr, "wrong: {}\n", where);
  }

  const Tokenizer* tokenizer_;
  TokenTablePtr table_;
  size_t num_checks_;
  size_t num_schemas_ = 0, num_refused_ = 0, num_rejected_ = 0, num_out_of_fuel_ = 0;
  size_t num_checked_ = 0, num_wrong_ = 0;
  std::vector<double> compile_us_, mask_us_;
  std::vector<std::pair<double, std::string>> slow_;
};

Status run(const std::string& model, const std::string& cases, size_t num_checks, size_t num_slowest) {
  const Tokenizer tokenizer = TRY(Tokenizer::create(TRY(open_vocabulary(model))));
  const Clock::time_point start = Clock::now();
  const TokenTablePtr table = TRY(TokenTable::create(tokenizer));
  const double table_us = us_since(start);
  Bench bench(tokenizer, table, num_checks);
  std::ifstream file(cases);
  for (std::string line; std::getline(file, line);) bench.run(nlohmann::json::parse(line));
  nlohmann::ordered_json report = bench.report(num_slowest);
  report["table_ms"] = table_us / 1000;
  report["table_bytes"] = table->memory_size();
  fmt::print("{}\n", report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return {};
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) {
  CLI::App app("Times the masks of JSON schemas, and compares them with trying every token");
  std::string model, cases;
  size_t num_checks = 0, num_slowest = 0;
  app.add_option("model", model)->required();
  app.add_option("cases", cases)->required();
  app.add_option("--check", num_checks);
  app.add_option("--slowest", num_slowest);
  CLI11_PARSE(app, argc, argv);
  const auto status = hearth::run(model, cases, num_checks, num_slowest);
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  return status ? 0 : 1;
}
