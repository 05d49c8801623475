#include "api/parameters/logit_bias.h"

#include <charconv>
#include <limits>

#include "api/parameters/generation_parameters.h"
#include "api/parameters/parameter_reader.h"

namespace hearth::api {
namespace {

constexpr double kMaxBias = 100;
constexpr size_t kMaxTextLength = 256;

constexpr Schema kBiasForms[] = {Schema::number(-kMaxBias, kMaxBias),
                                 Schema::only("[false]", "true forbids nothing: false forbids a token")};
constexpr Schema kTokenForms[] = {Schema::token_id(), Schema::text(1, kMaxTextLength)};
constexpr Schema kPairItems[] = {Schema::either(kTokenForms), Schema::either(kBiasForms)};
constexpr Schema kPair = Schema::tuple(kPairItems);
constexpr Schema kMember[] = {Schema::either(kBiasForms), Schema::text(1, kMaxTextLength)};
constexpr Schema kForms[] = {Schema::map(kMember, kMaxBiases), Schema::array(kPair, 0, kMaxBiases)};

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
    if (pair[0].is_string()) return add_text(pair[0].get_ref<const std::string&>(), pair[1]);
    return add_id(*as_integer(pair[0]), pair[1]);
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
    const bool forbids = bias.is_boolean();
    out_.emplace_back(TokenId(id), forbids ? -std::numeric_limits<float>::infinity() : bias.get<float>());
    return {};
  }

  Status add_text(std::string_view text, const Json& bias) {
    const auto ids = TRY(tokenizer_.encode(text, {.add_special = false, .parse_special = false}));
    for (const TokenId id : ids) TRY(add_id(id, bias));
    return {};
  }

  const Tokenizer& tokenizer_;
  std::vector<std::pair<TokenId, float>>& out_;
};

}  // namespace

constexpr Parameter kLogitBias = {"logit_bias", Schema::either(kForms),
                                  "Added to the logits of tokens, by id or by text; false forbids a token."};

Status read_logit_bias(Parameters& parameters, const Tokenizer& tokenizer,
                       std::vector<std::pair<TokenId, float>>& out) {
  const Json* biases = parameters.find(kLogitBias.name);
  if (biases == nullptr) return {};
  BiasReader bias_reader(tokenizer, out);
  if (biases->is_array()) {
    for (const Json& pair : *biases) TRY(bias_reader.add_pair(pair));
    return {};
  }
  for (const auto& [name, bias] : biases->items()) TRY(bias_reader.add_name(name, bias));
  return {};
}

}  // namespace hearth::api
