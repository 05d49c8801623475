#include "formats/huggingface/vocabulary_files.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/sentencepiece_model.h"
#include "formats/huggingface/tokenizer_json.h"
#include "formats/model/config_keys.h"

namespace hearth {

namespace {

using Json = nlohmann::json;

/// Of Qwen's tokenizer.json files, which its class does without.
constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// How a class of byte-level BPE splits, and what it puts around a text.
struct MergesClass {
  std::string_view name;         ///< without "TokenizerFast"
  std::string_view model_types;  ///< that have it, each between spaces
  const char* pattern;           ///< null: GPT-2's
  bool is_nfc;
  std::string_view first, last;  ///< where the config names no others; empty: none
};

constexpr MergesClass kMergesClasses[] = {
    {"GPT2", " gpt2 gpt_neo gptj opt phi starcoder2 codegen ", nullptr, false, "", ""},
    {"CodeGen", "", nullptr, false, "", ""},
    {"Roberta", " roberta longformer xlm-roberta-xl ", nullptr, false, "<s>", "</s>"},
    {"Bart", " bart ", nullptr, false, "<s>", "</s>"},
    {"Longformer", "", nullptr, false, "<s>", "</s>"},
    {"Qwen2", " qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next ", kQwen2Pattern, true, "", ""},
};

/// BERT's, and those that differ from it by their special tokens alone.
struct WordPieceClass {
  std::string_view name;
  std::string_view unknown, first, last;
};

constexpr WordPieceClass kWordPieceClasses[] = {
    {"Bert", "[UNK]", "[CLS]", "[SEP]"},     {"DistilBert", "[UNK]", "[CLS]", "[SEP]"},
    {"Electra", "[UNK]", "[CLS]", "[SEP]"},  {"MobileBert", "[UNK]", "[CLS]", "[SEP]"},
    {"ConvBert", "[UNK]", "[CLS]", "[SEP]"}, {"SqueezeBert", "[UNK]", "[CLS]", "[SEP]"},
    {"LayoutLM", "[UNK]", "[CLS]", "[SEP]"}, {"Retribert", "[UNK]", "[CLS]", "[SEP]"},
    {"MPNet", "[UNK]", "<s>", "</s>"},
};

std::string_view class_stem(std::string_view name) {
  for (const std::string_view end : {"Fast", "Tokenizer"}) {
    if (name.ends_with(end)) name.remove_suffix(end.size());
  }
  return name;
}

std::unexpected<Error> unknown_class(std::string_view files, std::string_view name) {
  return fail_hint(
      ErrorCode::kUnsupported,
      "use the model's tokenizer.json (AutoTokenizer.from_pretrained(...).save_pretrained writes it)",
      "{} are of the tokenizer_class {}, which is not one that this build knows without a tokenizer.json",
      files, hearth::quoted(name));
}

/// How a class makes its vocabulary of SentencePiece's pieces, and what it puts around a text.
struct PieceClass {
  std::string_view name, model_types;
  std::vector<std::pair<std::string_view, double>> first;  ///< tokens before the pieces, with their scores
  size_t num_left_out;                                     ///< pieces that those stand in the place of
  std::string_view begin, end;                             ///< around a text; empty: nothing
  uint64_t unk_id;
  bool has_mask;         ///< behind the pieces
  bool mask_is_eager;    ///< it takes the spaces before it
  size_t num_sentinels;  ///< tokens <extra_id_N> behind the pieces, unless the config says how many
};

const std::vector<PieceClass>& piece_classes() {
  static const std::vector<PieceClass> classes = {
      {.name = "XLMRoberta",
       .model_types = " xlm-roberta xlm-roberta-xl ",
       .first = {{"<s>", 0.0}, {"<pad>", 0.0}, {"</s>", 0.0}, {"<unk>", 0.0}},
       .num_left_out = 3,
       .begin = "<s>",
       .end = "</s>",
       .unk_id = 3,
       .has_mask = true,
       .mask_is_eager = false,
       .num_sentinels = 0},
      {.name = "Camembert",
       .model_types = " camembert ",
       .first = {{"<s>NOTUSED", 0.0},
                 {"<pad>", 0.0},
                 {"</s>NOTUSED", 0.0},
                 {"<unk>", 0.0},
                 {"<unk>NOTUSED", -100.0}},
       .num_left_out = 1,
       .begin = "<s>",
       .end = "</s>",
       .unk_id = 3,
       .has_mask = true,
       .mask_is_eager = true,
       .num_sentinels = 0},
      {.name = "T5",
       .model_types = " t5 mt5 umt5 ",
       .first = {},
       .num_left_out = 0,
       .begin = "",
       .end = "</s>",
       .unk_id = 2,
       .has_mask = false,
       .mask_is_eager = false,
       .num_sentinels = 100},
  };
  return classes;
}

/// The id that a token has in the vocabulary, or that the config gives it.
std::optional<uint64_t> id_of(const std::string& token, const Json& vocab, const TokenizerConfig& config) {
  if (const auto found = vocab.find(token); found != vocab.end() && found->is_number_unsigned())
    return found->get<uint64_t>();
  const auto added = std::ranges::find(config.added_tokens, token, &AddedToken::content);
  return added != config.added_tokens.end() ? std::optional(uint64_t(added->id)) : std::nullopt;
}

Json added_token(const AddedToken& token) {
  return {{"id", uint64_t(token.id)}, {"content", token.content}, {"special", token.special},
          {"lstrip", token.lstrip},   {"rstrip", token.rstrip},   {"single_word", token.single_word},
          {"normalized", false}};
}

/// Those that the config lists, then the roles that it does not list.
Json added_tokens(const std::vector<std::string>& roles, const Json& vocab, const TokenizerConfig& config) {
  Json list = Json::array();
  for (const AddedToken& token : config.added_tokens) list.push_back(added_token(token));
  std::vector<std::string> listed;
  for (const std::string& role : roles) {
    const auto id = id_of(role, vocab, config);
    const bool is_known =
        std::ranges::find(config.added_tokens, role, &AddedToken::content) != config.added_tokens.end() ||
        std::ranges::find(listed, role) != listed.end();
    if (!id || is_known) continue;
    listed.push_back(role);
    list.push_back(added_token({.id = TokenId(*id), .content = role, .special = true}));
  }
  return list;
}

/// FIRST, the text, LAST, and what `type` makes of two texts. Where the vocabulary lacks one, there is
/// nothing around a text.
Json frame(const char* type, const std::string& first, const std::string& last, const Json& vocab,
           const TokenizerConfig& config) {
  const auto first_id = id_of(first, vocab, config), last_id = id_of(last, vocab, config);
  if (!first_id || !last_id) return nullptr;
  return {{"type", type}, {"cls", Json::array({first, *first_id})}, {"sep", Json::array({last, *last_id})}};
}

/// The lines of a text, without the empty ones at its end.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

/// The class that the config names, or else that of the model's type.
template <typename Classes>
auto find_class(const Classes& classes, const TokenizerConfig& config, std::string_view model_type) {
  const std::string_view stem = class_stem(config.tokenizer_class);
  const std::string type = " " + std::string(model_type) + " ";
  return std::ranges::find_if(classes, [&](const auto& one) {
    return stem.empty() ? !model_type.empty() && one.model_types.find(type) != std::string_view::npos
                        : one.name == stem;
  });
}

/// A special token as the config calls it.
std::string own_name(std::string_view token, const TokenizerConfig& config) {
  const std::pair<std::string_view, const std::optional<std::string>*> roles[] = {{"<s>", &config.bos},
                                                                                  {"<pad>", &config.pad},
                                                                                  {"</s>", &config.eos},
                                                                                  {"<unk>", &config.unk},
                                                                                  {"<mask>", &config.mask}};
  for (const auto& [usual, own] : roles) {
    if (usual == token) return own->value_or(std::string(usual));
  }
  return std::string(token);
}

/// The vocabulary of a class by id: [[token, score], ...]; `ids` are those of the tokens that are no text.
Json piece_list(const VocabData& pieces, const PieceClass& kind, const TokenizerConfig& config, Json& ids) {
  Json list = Json::array();
  const auto add = [&](std::string text, double score, bool is_text) {
    if (!is_text) ids[text] = uint64_t(list.size());
    list.push_back(Json::array({std::move(text), score}));
  };
  for (const auto& [token, score] : kind.first) add(own_name(token, config), score, false);
  for (size_t i = kind.num_left_out; i < pieces.tokens.size(); ++i) {
    const TokenType type = pieces.token_types[i];
    const bool is_text = type == TokenType::kNormal || type == TokenType::kByte || type == TokenType::kUnused;
    add(pieces.tokens[i], pieces.scores[i], is_text);
  }
  if (kind.has_mask) add(own_name("<mask>", config), 0.0, false);
  const uint64_t num_sentinels = kind.num_sentinels > 0 ? config.extra_ids.value_or(kind.num_sentinels) : 0;
  for (uint64_t i = num_sentinels; i-- > 0;) add(fmt::format("<extra_id_{}>", i), 0.0, false);
  return list;
}

/// Roles and sentinels are special; what the trainer was told to keep whole is not.
Json piece_added_tokens(const VocabData& pieces, const PieceClass& kind, const TokenizerConfig& config,
                        const Json& ids) {
  std::vector<std::string> roles;
  for (const char* role : {"<s>", "<pad>", "</s>", "<unk>", "<mask>"})
    roles.push_back(own_name(role, config));
  for (const auto& [token, id] : ids.items()) {
    if (token.starts_with("<extra_id_")) roles.push_back(token);
  }
  Json list = added_tokens(roles, ids, config);
  std::set<std::string> listed;
  for (const Json& one : list) listed.insert(one["content"].get<std::string>());
  for (size_t i = kind.num_left_out; i < pieces.tokens.size(); ++i) {
    const std::string& token = pieces.tokens[i];
    const bool is_control = pieces.token_types[i] == TokenType::kControl;
    if (!is_control && pieces.token_types[i] != TokenType::kUserDefined) continue;
    if (!listed.insert(token).second) continue;
    list.push_back(
        added_token({.id = TokenId(ids[token].get<uint64_t>()), .content = token, .special = is_control}));
  }
  const std::string mask = own_name("<mask>", config);
  for (Json& one : list) {
    if (kind.mask_is_eager && one["content"] == mask) one["lstrip"] = true;
  }
  return list;
}

/// A text and END, and between two texts END as well.
Json ended(const std::string& end, const Json& ids) {
  const auto found = ids.find(end);
  if (found == ids.end()) return nullptr;
  const auto text = [](const char* name) { return Json{{"Sequence", {{"id", name}, {"type_id", 0u}}}}; };
  const Json last{{"SpecialToken", {{"id", end}, {"type_id", 0u}}}};
  return {{"type", "TemplateProcessing"},
          {"single", {text("A"), last}},
          {"pair", {text("A"), last, text("B"), last}},
          {"special_tokens", {{end, {{"id", end}, {"ids", {*found}}, {"tokens", {end}}}}}}};
}

Json byte_level(bool prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

}  // namespace

Result<Json> merges_pipeline(std::string_view vocab, std::string_view merges, const TokenizerConfig& config,
                             std::string_view model_type) {
  const auto* kind = find_class(kMergesClasses, config, model_type);
  // The class that all others are derived from, where nothing is said.
  if (config.tokenizer_class.empty() && model_type.empty()) kind = std::begin(kMergesClasses);
  if (kind == std::end(kMergesClasses)) {
    return unknown_class("vocab.json and merges.txt",
                         config.tokenizer_class.empty() ? model_type : config.tokenizer_class);
  }
  Json tokens = TRY(parse_json_object(vocab, "vocab.json"));
  std::vector<std::string> lines = lines_of(merges);
  if (!lines.empty() && lines.front().starts_with("#version:")) lines.erase(lines.begin());
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  const std::string first = config.cls.value_or(std::string(kind->first)),
                    last = config.sep.value_or(std::string(kind->last));
  std::vector<std::string> roles;
  for (const auto& role : {config.bos, config.eos, config.unk, config.pad, config.mask}) {
    if (role) roles.push_back(*role);
  }
  if (!config.eos) roles.emplace_back("<|endoftext|>");
  const bool has_frame = !kind->first.empty();
  if (has_frame) roles.insert(roles.end(), {first, last, "<pad>", "<unk>", "<mask>"});
  const bool prefix_space = config.add_prefix_space.value_or(false);
  Json pipeline = {
      {"added_tokens", added_tokens(roles, tokens, config)},
      {"pre_tokenizer", byte_level(prefix_space, kind->pattern == nullptr)},
      {"post_processor", has_frame ? frame("RobertaProcessing", first, last, tokens, config) : Json(nullptr)},
      {"decoder", byte_level(true, true)}};
  if (kind->is_nfc) pipeline["normalizer"] = {{"type", "NFC"}};
  if (kind->pattern != nullptr) {
    const Json split = {{"type", "Split"},
                        {"pattern", {{"Regex", kind->pattern}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    pipeline["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, pipeline["pre_tokenizer"]}}};
  }
  pipeline["model"] = {{"type", "BPE"}, {"vocab", std::move(tokens)}, {"merges", std::move(lines)}};
  return pipeline;
}

Result<VocabData> read_pieces(std::string_view bytes, std::string_view file, const TokenizerConfig& config,
                              std::string_view model_type) {
  const auto kind = find_class(piece_classes(), config, model_type);
  if (kind == piece_classes().end()) {
    return unknown_class(fmt::format("the pieces of {}", file),
                         config.tokenizer_class.empty() ? model_type : config.tokenizer_class);
  }
  const VocabData pieces = TRY(parse_sentencepiece_model(bytes, file));
  if (pieces.model != "t5" || pieces.tokens.size() < kind->num_left_out) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{} holds {} pieces of {}, which are none of the tokenizer_class {}Tokenizer", file,
                     pieces.tokens.size(), pieces.model == "t5" ? "Unigram" : "BPE", kind->name);
  }
  Json ids = Json::object();
  Json vocab = piece_list(pieces, *kind, config, ids);
  const bool has_prefix = kind->begin.empty() || config.add_prefix_space.value_or(true);
  const Json metaspace = {{"type", "Metaspace"},
                          {"replacement", "\u2581"},
                          {"prepend_scheme", has_prefix ? "always" : "never"},
                          {"split", true}};
  const std::string begin = own_name(kind->begin, config), end = own_name(kind->end, config);
  const Json pipeline = {
      {"added_tokens", piece_added_tokens(pieces, *kind, config, ids)},
      {"pre_tokenizer",
       {{"type", "Sequence"}, {"pretokenizers", {{{"type", "WhitespaceSplit"}}, metaspace}}}},
      {"post_processor",
       kind->begin.empty() ? ended(end, ids) : frame("RobertaProcessing", begin, end, ids, config)},
      {"decoder", metaspace},
      {"model", {{"type", "Unigram"}, {"unk_id", kind->unk_id}, {"vocab", std::move(vocab)}}}};
  VocabData data = TRY(read_tokenizer_json(pipeline, std::string(file)));
  if (!pieces.charsmap.empty())
    data.spec->normalizer = {{.kind = NormalizerStep::Kind::kGraphemeCharsmap, .content = pieces.charsmap}};
  return data;
}

Result<Json> word_piece_pipeline(std::string_view vocab, const TokenizerConfig& config) {
  const std::string_view stem = class_stem(config.tokenizer_class);
  const auto* kind = stem.empty() ? &kWordPieceClasses[0]
                                  : std::ranges::find(kWordPieceClasses, stem, &WordPieceClass::name);
  if (kind == std::end(kWordPieceClasses))
    return unknown_class("the tokens of vocab.txt", config.tokenizer_class);
  Json tokens = Json::object();
  uint64_t id = 0;
  for (const std::string& line : lines_of(vocab)) tokens[line] = id++;
  const std::string first = config.cls.value_or(std::string(kind->first)),
                    last = config.sep.value_or(std::string(kind->last)),
                    unknown = config.unk.value_or(std::string(kind->unknown));
  const std::vector<std::string> roles{unknown, last, config.pad.value_or("[PAD]"), first,
                                       config.mask.value_or("[MASK]")};
  const Json strip = config.strip_accents ? Json(*config.strip_accents) : Json(nullptr);
  Json pipeline = {{"added_tokens", added_tokens(roles, tokens, config)},
                   {"normalizer",
                    {{"type", "BertNormalizer"},
                     {"clean_text", true},
                     {"handle_chinese_chars", config.tokenize_chinese_chars.value_or(true)},
                     {"strip_accents", strip},
                     {"lowercase", config.do_lower_case.value_or(true)}}},
                   {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
                   {"post_processor", frame("BertProcessing", first, last, tokens, config)},
                   {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}}};
  pipeline["model"] = {{"type", "WordPiece"},
                       {"unk_token", unknown},
                       {"continuing_subword_prefix", "##"},
                       {"max_input_chars_per_word", 100u},
                       {"vocab", std::move(tokens)}};
  return pipeline;
}

}  // namespace hearth
