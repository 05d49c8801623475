#include "cli/grammar/schema_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"
#include "grammar/mask/matcher.h"
#include "grammar/schema/json_text.h"
#include "grammar/schema/schema_error.h"

namespace hearth::cli {

namespace {

using grammar::JsonDocument;
using grammar::JsonId;
using grammar::JsonKind;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kFuel = 100'000'000;  // of an instance
/// Of the files, which hold more than a schema.
constexpr grammar::Limits kFileLimits = {
    .max_source_size = size_t(256) << 20, .max_depth = 2000, .max_nodes = 20'000'000};

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

nlohmann::ordered_json summary(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::ranges::sort(values);
  const auto rounded = [](double value) { return std::round(value * 10) / 10; };
  const auto quantile = [&](double share) {
    return rounded(values[size_t(share * double(values.size() - 1))]);
  };
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {{"avg", rounded(sum / double(values.size()))},
          {"p50", quantile(0.5)},
          {"p99", quantile(0.99)},
          {"max", quantile(1)}};
}

Result<JsonId> member(const JsonDocument& document, JsonId object, std::string_view key) {
  const auto found = document.is(object, JsonKind::kObject) ? document.find(object, key) : std::nullopt;
  if (!found)
    return fail(ErrorCode::kInvalidArgument, "there is no \"{}\" in the object at {}", key,
                document.pointer(object));
  return *found;
}

}  // namespace

Result<SchemaBench> SchemaBench::create(const Tokenizer* tokenizer) {
  SchemaBench bench(tokenizer);
  if (tokenizer) bench.tokens_ = TRY(grammar::TokenTable::create(*tokenizer));
  return bench;
}

Result<grammar::GrammarPtr> SchemaBench::compile(std::string schema) {
  grammar::SchemaOptions options;
  options.form = {grammar::JsonForm::Order::kAny, grammar::JsonForm::Whitespace::kAny};
  const auto start = Clock::now();
  auto compiled = grammar::compile_json_schema(std::move(schema), options, grammar::Limits());
  if (!compiled || !tokenizer_) return compiled;
  pool_ = std::make_shared<grammar::AutomatonPool>(*compiled, tokens_, grammar::Limits());
  std::vector<uint64_t> mask(tokens_->num_words());
  // An error comes again where the mask is needed.
  (void)grammar::Matcher(pool_).fill_mask(mask);
  compile_us_.push_back(us_since(start));
  return compiled;
}

Result<bool> SchemaBench::reads(const grammar::GrammarPtr& schema, std::string_view text) {
  if (tokenizer_) return reads_tokens(text);
  const auto automaton = schema->make_automaton();
  automaton->fuel() = {kFuel, false};
  return grammar::check_text(*automaton, text).accepted;
}

Result<bool> SchemaBench::reads_tokens(std::string_view text) {
  grammar::Matcher matcher(pool_);
  std::vector<uint64_t> mask(tokens_->num_words());
  for (const TokenId id : TRY(tokenizer_->encode(text, {.add_special = false}))) {
    std::ranges::fill(mask, 0);
    const auto start = Clock::now();
    const Status filled = matcher.fill_mask(mask);
    mask_us_.push_back(us_since(start));
    const bool allowed = filled && (mask[size_t(id) / 64] >> (id % 64) & 1) != 0;
    if (!allowed || !matcher.accept(id)) return false;
  }
  return matcher.may_end();
}

Status SchemaBench::run(const std::string& path) {
  JsonDocument document;
  const JsonId root = TRY(document.add(TRY(read_file(path, kFileLimits.max_source_size)), kFileLimits));
  const JsonId schema = TRY(member(document, root, "schema"));
  const JsonId tests = TRY(member(document, root, "tests"));
  if (!document.is(tests, JsonKind::kArray))
    return fail(ErrorCode::kInvalidArgument, "\"tests\" must be an array");
  ++num_schemas_;
  const auto compiled = compile(std::string(document.source(schema)));
  if (!compiled) {
    const std::string_view keyword = grammar::keyword_of(compiled.error());
    ++refused_[std::string(keyword.empty() ? "(schema)" : keyword)];
    return {};
  }
  ++num_compiled_;
  bool all_right = true;
  for (const JsonId test : document.items(tests)) {
    const bool valid = document.is(TRY(member(document, test, "valid")), JsonKind::kTrue);
    const JsonId data = TRY(member(document, test, "data"));
    const bool accepted = TRY(reads(*compiled, grammar::json_text(document, data)));
    if (accepted == valid) continue;
    all_right = false;
    ++(accepted ? num_wrong_accepts_ : num_wrong_rejects_);
  }
  num_right_ += all_right ? 1 : 0;
  return {};
}

nlohmann::ordered_json SchemaBench::report() const {
  nlohmann::ordered_json report = {{"schemas", num_schemas_},
                                   {"compiled", num_compiled_},
                                   {"all_instances_right", num_right_},
                                   {"wrong_accepts", num_wrong_accepts_},
                                   {"wrong_rejects", num_wrong_rejects_},
                                   {"refused", nlohmann::ordered_json::object()}};
  for (const auto& [keyword, count] : refused_) report["refused"][keyword] = count;
  if (tokenizer_) {
    report["compile_us"] = summary(compile_us_);
    report["mask_us"] = summary(mask_us_);
  }
  return report;
}

}  // namespace hearth::cli
