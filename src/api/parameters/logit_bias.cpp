#include "api/parameters/logit_bias.h"

#include <charconv>
#include <limits>

#include "api/parameters/generation_parameters.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

constexpr double kMaxBias = 100;
constexpr size_t kMaxTextLength = 256;
constexpr char kForm[] = "give {\"token id\": number}, or false to forbid a token";

class BiasReader {
 public:
  BiasReader(const Tokenizer& tokenizer, std::vector<std::pair<TokenId, float>>& out)
      : tokenizer_(tokenizer), out_(out) {}

  /// A member's name: an id in digits, else a text.
  Status add_name(std::string_view name, const Json& bias) {
    int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error == std::errc{} && end == name.data() + name.size()) return add_id(id, bias);
    return add_text(name, bias);
  }

  Status add_pair(const Json& pair) {
    if (!pair.is_array() || pair.size() != 2) return malformed();
    if (pair[0].is_string()) return add_text(pair[0].get_ref<const std::string&>(), pair[1]);
    const auto id = as_integer(pair[0]);
    return id ? add_id(*id, pair[1]) : malformed();
  }

  static Status malformed() {
    return fail_hint(ErrorCode::kInvalidArgument, kForm,
                     "logit_bias: must pair tokens with numbers from -100 to 100");
  }

 private:
  Status add_id(int64_t id, const Json& bias) {
    // A text stands for several tokens, so the number of entries alone bounds nothing.
    if (out_.size() >= kMaxBiases) {
      return fail(ErrorCode::kInvalidArgument, "logit_bias: names more than {} tokens", kMaxBiases);
    }
    if (id < 0 || size_t(id) >= tokenizer_.vocab().size()) {
      return fail(ErrorCode::kInvalidArgument, "logit_bias: names token {}, but ids go from 0 to {}", id,
                  tokenizer_.vocab().size() - 1);
    }
    if (bias.is_boolean() && !bias.get<bool>()) {
      out_.emplace_back(TokenId(id), -std::numeric_limits<float>::infinity());
      return {};
    }
    if (!bias.is_number()) return malformed();
    const double value = bias.get<double>();
    if (!(value >= -kMaxBias && value <= kMaxBias)) return malformed();
    out_.emplace_back(TokenId(id), float(value));
    return {};
  }

  Status add_text(std::string_view text, const Json& bias) {
    const size_t length = count_code_points(text);
    if (length < 1 || length > kMaxTextLength) {
      return fail(ErrorCode::kInvalidArgument, "logit_bias: names a text that has not 1 to {} characters",
                  kMaxTextLength);
    }
    const auto ids = TRY(tokenizer_.encode(text, {.add_special = false, .parse_special = false}));
    for (const TokenId id : ids) TRY(add_id(id, bias));
    return {};
  }

  const Tokenizer& tokenizer_;
  std::vector<std::pair<TokenId, float>>& out_;
};

}  // namespace

Status read_logit_bias(ParameterReader& reader, const Tokenizer& tokenizer,
                       std::vector<std::pair<TokenId, float>>& out) {
  const Json* biases = reader.find("logit_bias");
  if (biases == nullptr) return {};
  if (!biases->is_object() && !biases->is_array()) return BiasReader::malformed();
  if (biases->size() > kMaxBiases) {
    return fail(ErrorCode::kInvalidArgument, "logit_bias: has {} entries, the limit is {}", biases->size(),
                kMaxBiases);
  }
  BiasReader bias_reader(tokenizer, out);
  if (biases->is_array()) {
    for (const Json& pair : *biases) TRY(bias_reader.add_pair(pair));
    return {};
  }
  for (const auto& [name, bias] : biases->items()) TRY(bias_reader.add_name(name, bias));
  return {};
}

}  // namespace hearth::api
