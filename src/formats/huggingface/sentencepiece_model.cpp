#include "formats/huggingface/sentencepiece_model.h"

#include <bit>
#include <cmath>
#include <string>

#include "formats/encoding/protobuf_reader.h"
#include "formats/huggingface/token_table.h"
#include "formats/model/config_keys.h"

namespace hearth {
namespace {

/// Of the messages TrainerSpec and NormalizerSpec, what encoding needs; the values are the defaults.
struct SentencePieceOptions {
  uint64_t kind = 1;
  bool space_behind = false, dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  int64_t unk_id = 0, bos_id = 1, eos_id = 2, pad_id = -1;
  std::string charsmap;
};

Status read_piece(std::string_view bytes, std::string_view file, TokenTable& table,
                  std::vector<float>& scores) {
  constexpr uint64_t kLastType = uint64_t(TokenType::kByte);
  ProtobufReader reader(bytes, file);
  std::string text;
  float score = 0;
  uint64_t type = uint64_t(TokenType::kNormal);
  while (const auto field = TRY(reader.next())) {
    if (field->number == 1) text = field->bytes;
    if (field->number == 2) score = std::bit_cast<float>(uint32_t(field->value));
    if (field->number == 3) type = field->value;
  }
  if (type == 0 || type > kLastType || std::isnan(score)) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{}: the piece {} has the type {} and the score {}", file, table.size(), type, score);
  }
  scores.push_back(score);
  return table.add(std::move(text), table.size(), TokenType(type));
}

Status read_trainer(std::string_view bytes, std::string_view file, SentencePieceOptions& options) {
  const std::string name = fmt::format("{}: trainer_spec", file);
  ProtobufReader reader(bytes, name);
  while (const auto field = TRY(reader.next())) {
    const auto id = int64_t(int32_t(field->value));
    if (field->number == 3) options.kind = field->value;
    if (field->number == 24) options.space_behind = field->value != 0;
    if (field->number == 40) options.unk_id = id;
    if (field->number == 41) options.bos_id = id;
    if (field->number == 42) options.eos_id = id;
    if (field->number == 43) options.pad_id = id;
  }
  return {};
}

Status read_normalizer_spec(std::string_view bytes, std::string_view file, SentencePieceOptions& options) {
  const std::string name = fmt::format("{}: normalizer_spec", file);
  ProtobufReader reader(bytes, name);
  while (const auto field = TRY(reader.next())) {
    if (field->number == 2) options.charsmap = field->bytes;
    if (field->number == 3) options.dummy_prefix = field->value != 0;
    if (field->number == 4) options.remove_extra_whitespaces = field->value != 0;
    if (field->number == 5) options.escape_whitespaces = field->value != 0;
  }
  return {};
}

Status refuse(std::string_view file, std::string_view what) {
  return fail_hint(ErrorCode::kUnsupported, "use the model's tokenizer.json, or a GGUF file of it",
                   "{}: {} is not read by this build", file, what);
}

std::optional<TokenId> role(int64_t id, const VocabData& data) {
  if (id < 0 || size_t(id) >= data.tokens.size()) return std::nullopt;
  return TokenId(id);
}

}  // namespace

Result<VocabData> parse_sentencepiece_model(std::string_view bytes, std::string_view file) {
  TokenTable table{std::string(file)};
  VocabData data;
  SentencePieceOptions options;
  ProtobufReader reader(bytes, file);
  while (const auto field = TRY(reader.next())) {
    if (field->number == 1) TRY(read_piece(field->bytes, file, table, data.scores));
    if (field->number == 2) TRY(read_trainer(field->bytes, file, options));
    if (field->number == 3) TRY(read_normalizer_spec(field->bytes, file, options));
  }
  TRY(table.move_to(data));
  if (options.kind != 1 && options.kind != 2) TRY(refuse(file, "a model of words or characters"));
  if (options.space_behind) TRY(refuse(file, "spaces behind words"));
  if (!options.escape_whitespaces) TRY(refuse(file, "a vocabulary without escaped spaces"));
  data.model = options.kind == 1 ? "t5" : "llama";
  data.charsmap = std::move(options.charsmap);
  data.add_space_prefix = options.dummy_prefix;
  data.remove_extra_whitespaces = options.remove_extra_whitespaces;
  data.unk_id = role(options.unk_id, data);
  data.bos_id = role(options.bos_id, data);
  data.eos_id = role(options.eos_id, data);
  data.pad_id = role(options.pad_id, data);
  return data;
}

}  // namespace hearth
