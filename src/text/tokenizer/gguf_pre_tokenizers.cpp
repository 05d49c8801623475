#include "text/tokenizer/gguf_pre_tokenizers.h"

#include <algorithm>
#include <string>

namespace hearth {
namespace {

using Text = std::string_view;

// The patterns are facts of the models: each is what the tokenizer.json (or tiktoken file) it was trained
// with splits by, written with literal characters as \uXXXX.

#define CONTRACTION "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define WHITE_SPACE_TAIL "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define ASCII_PUNCTUATION "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]\\^_`{|}~]"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define NOT_HAN_UPPER "(?:(?!\\p{Han})" UPPER ")"
#define NOT_HAN_LOWER "(?:(?!\\p{Han})" LOWER ")"
/// cl100k and its kin differ in the numbers and in what may follow punctuation.
#define CL100K(letters, numbers, other) \
  CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?" letters "+|" numbers "| ?" other "+[\\r\\n]*|" WHITE_SPACE_TAIL
#define O200K(upper, lower, suffix, numbers, after)                                                        \
  "[^\\r\\n\\p{L}\\p{N}]?" upper "*" lower "+" suffix "|[^\\r\\n\\p{L}\\p{N}]?" upper "+" lower "*" suffix \
  "|" numbers "| ?[^\\s\\p{L}\\p{N}]+" after "|" WHITE_SPACE_TAIL
#define NO_WORD "[^\\s\\p{L}\\p{N}]"

/// Stages that are no pattern.
constexpr Text kDigitTriplesStage = "\\d from the right by three";
constexpr Text kDigitTriplesAtBoundaryStage = "\\d from the right by three, before no letter";
constexpr Text kNumberTriplesStage = "\\p{N} from the right by three";

constexpr Text kDeepseek3Words = ASCII_PUNCTUATION
    "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" WHITE_SPACE_TAIL;
constexpr Text kDeepseekLetters =
    "\\s?[A-Za-z\\u00B5\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u01BA\\u01BC-\\u01BF\\u01C4-\\u0293\\u0295-"
    "\\u02AF"
    "\\u0370-\\u0373\\u0376\\u0377\\u037B-\\u037D\\u037F\\u0386\\u0388-\\u038A\\u038C\\u038E-\\u03A1\\u03A3-"
    "\\u03F5"
    "\\u03F7-\\u0481\\u048A-\\u052F\\u0531-\\u0556\\u10A0-\\u10C5\\u13A0-\\u13F5\\u13F8-\\u13FD\\u1C90-"
    "\\u1CBA"
    "\\u1CBD-\\u1CBF\\u1D00-\\u1D2B\\u1D6B-\\u1D77\\u1D79-\\u1D9A\\u1E00-\\u1F15\\u1F18-\\u1F1D\\u1F20-"
    "\\u1F45"
    "\\u1F48-\\u1F4D\\u1F50-\\u1F57\\u1F59\\u1F5B\\u1F5D\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6-\\u1FBC\\u1FBE"
    "\\u1FC2-\\u1FC4\\u1FC6-\\u1FCC\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-"
    "\\u1FFC"
    "\\u2102\\u2107\\u210A-\\u2113\\u2115\\u2119-\\u211D\\u2124\\u2126\\u2128\\u212A-\\u212D\\u212F-"
    "\\u2134\\u2139"
    "\\u213C-\\u213F\\u2145-\\u2149\\u214E\\u2183\\u2184\\u2C00-\\u2C7B\\u2C7E-\\u2CE4\\u2CEB-"
    "\\u2CEE\\u2CF2\\u2CF3"
    "\\uA640-\\uA66D\\uA680-\\uA69B\\uA722-\\uA76F\\uA771-\\uA787\\uA78B-\\uA78E\\uAB70-\\uABBF\\uFB00-"
    "\\uFB06"
    "\\uFB13-\\uFB17\\uFF21-\\uFF3A\\uFF41-\\uFF5A\\U00010400-\\U0001044F\\U000104B0-\\U000104D3"
    "\\U000104D8-\\U000104FB\\U00010C80-\\U00010CB2\\U00010CC0-\\U00010CF2\\U000118A0-\\U000118DF"
    "\\U0001E900-\\U0001E943]+";
constexpr Text kDeepseekCjk = "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+";
constexpr Text kBloomWords = " ?[^(\\s|.,!?\\u2026\\u3002\\uFF0C\\u3001\\u0964\\u06D4\\u060C)]+";
constexpr Text kHanKana = "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+";

constexpr Text kGpt2Stages[] = {kGpt2Pattern};
constexpr Text kDigitGpt2Stages[] = {"\\p{N}", kGpt2Pattern};
constexpr Text kLlama3Stages[] = {CL100K("\\p{L}", "\\p{N}{1,3}", NO_WORD)};
constexpr Text kQwen2Stages[] = {CL100K("\\p{L}", "\\p{N}", NO_WORD)};
constexpr Text kQwen35Stages[] = {CL100K("[\\p{L}\\p{M}]", "\\p{N}", "[^\\s\\p{L}\\p{M}\\p{N}]")};
constexpr Text kUfakzekaStages[] = {
    "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" WHITE_SPACE_TAIL};
constexpr Text kMinicpm5Stages[] = {"\\p{N}{1,3}", CL100K("\\p{L}", "\\p{N}+", NO_WORD)};
constexpr Text kJais2Stages[] = {
    CONTRACTION
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
    "\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!"
    "\\S)|"
    "\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"};
constexpr Text kBailingStages[] = {
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| "
    "?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|"
    "\\s+(?!\\S)|\\s+"};
constexpr Text kSeedCoderStages[] = {
    CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" WHITE_SPACE_TAIL};
constexpr Text kExaoneMoeStages[] = {
    CONTRACTION
    "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|"
    "\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"};
constexpr Text kGpt4oStages[] = {O200K(UPPER, LOWER, CONTRACTION "?", "\\p{N}{1,3}", "[\\r\\n/]*")};
constexpr Text kTekkenStages[] = {O200K(UPPER, LOWER, "", "\\p{N}", "[\\r\\n/]*")};
constexpr Text kTinyAyaStages[] = {kDigitTriplesAtBoundaryStage, kGpt4oStages[0]};
constexpr Text kKimiK2Stages[] = {
    "\\p{Han}+|" O200K(NOT_HAN_UPPER, NOT_HAN_LOWER, CONTRACTION "?", "\\p{N}{1,3}", "[\\r\\n]*")};
constexpr Text kYoutuStages[] = {
    "[\\uAC00-\\uD7A3\\u3131-\\u318E]+|["
    "\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014\\uFF1A\\uFF1B\\uFF0C"
    "\\u3001-\\u303F\\uFE30-\\uFE4F]+|[\\u3105-\\u312F]+|[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+",
    O200K(UPPER, LOWER, CONTRACTION "?", "\\p{N}", "[\\r\\n/]*")};
constexpr Text kDeepseek3Stages[] = {"\\p{N}{1,3}", kHanKana, kDeepseek3Words};
constexpr Text kSparkStages[] = {
    "\\p{N}{1,3}", kHanKana,
    ASCII_PUNCTUATION
    "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+",
    "\\p{N}"};
constexpr Text kAfmoeStages[] = {kNumberTriplesStage,
                                 "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\uF900-\\uFAFF\\u3040-\\u309F\\u30A0-"
                                 "\\u30FF\\uFF65-\\uFF9F\\u2F00-\\u2FDF"
                                 "\\u0E40-\\u0E7F\\u0E80-\\u0EFF\\u1780-\\u17FF\\u1000-\\u109F\\uAA60-"
                                 "\\uAA7F\\uA9E0-\\uA9FF\\uAC00-\\uD7AF"
                                 "\\u1100-\\u11FF]+",
                                 kDeepseek3Words};
constexpr Text kDeepseekLlmStages[] = {
    "[\\r\\n]", kDeepseekLetters, "\\s?[!-/:-~\\uFF01-\\uFF0F\\uFF1A-\\uFF5E\\u2018-\\u201F\\u3000-\\u3002]+",
    "\\s+$",    kDeepseekCjk,     "\\p{N}+"};
constexpr Text kDeepseekCoderStages[] = {"[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", kDeepseekCjk, "\\p{N}"};
constexpr Text kFalconStages[] = {"[\\p{P}\\$\\+<=>\\^~\\|`]+", kGpt2Pattern, "[0-9][0-9][0-9]"};
constexpr Text kDefaultStages[] = {"[\\p{P}\\$\\+<=>\\^~\\|]+", kGpt2Pattern, "\\p{N}+", "[0-9][0-9][0-9]"};
constexpr Text kBloomStages[] = {kBloomWords};
constexpr Text kVikingStages[] = {kBloomWords, "\\p{N}"};
constexpr Text kChameleonStages[] = {"<sentinel:[0-9]+>",      "IMGIMG[ABCDEFGHI]{1,4}Z",
                                     "[\\t\\n]|    |  ",       "\\p{N}",
                                     "[\\p{P}!-/:-@\\[-`{-~]", kGpt2Pattern};
constexpr Text kSuperBpeStages[] = {"\\p{N}+", kDigitTriplesStage};
constexpr Text kNewlineStages[] = {"[^\\n]+|[\\n]+"};
constexpr Text kLagunaStages[] = {kNewlineStages[0], kQwen2Stages[0]};
constexpr Text kK2HorizonStages[] = {CL100K("[\\p{L}\\p{M}\\u200C\\u200D]", "\\p{N}{1,3}", NO_WORD)};

constexpr Text kGpt2Names[] = {"gpt-2",    "phi-2",      "jina-es",         "jina-de",
                               "gigachat", "jina-v2-es", "jina-v2-de",      "a.x-4.0",
                               "mellum",   "jina-v1-en", "jina-v2-code",    "roberta-bpe",
                               "jais",     "trillion",   "granite-docling", "exaone4"};
constexpr Text kGpt2NfcNames[] = {"mpt", "olmo", "modern-bert"};
constexpr Text kClaudeNames[] = {"claude"};
constexpr Text kDigitGpt2Names[] = {"smollm", "starcoder",  "refact", "codeshell",
                                    "exaone", "minerva-7b", "mellum2"};
constexpr Text kCommandRNames[] = {"command-r"};
constexpr Text kLlama3Names[] = {"llama-bpe", "llama3",   "llama-v3", "falcon3",     "falcon-h1",
                                 "pixtral",   "midm-2.0", "lfm2",     "jina-v5-nano"};
constexpr Text kCl100kNames[] = {"dbrx", "smaug-bpe", "glm4", "chatglm-bpe", "glm5"};
constexpr Text kQwen2Names[] = {"qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"};
constexpr Text kQwen2PlainNames[] = {"stablelm2", "hunyuan", "solar-open", "grok-2"};
constexpr Text kQwen35Names[] = {"qwen35"};
constexpr Text kUfakzekaNames[] = {"ufakzeka"};
constexpr Text kMinicpm5Names[] = {"minicpm5"};
constexpr Text kJais2Names[] = {"jais-2"};
constexpr Text kBailingNames[] = {"bailingmoe", "bailingmoe2", "llada-moe"};
constexpr Text kSeedCoderNames[] = {"seed-coder"};
constexpr Text kExaoneMoeNames[] = {"exaone-moe"};
constexpr Text kGpt4oNames[] = {"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"};
constexpr Text kGraniteMultiNames[] = {"granite-embed-multi-97m"};
constexpr Text kTekkenNames[] = {"tekken"};
constexpr Text kTinyAyaNames[] = {"tiny_aya", "cohere2moe"};
constexpr Text kKimiK2Names[] = {"kimi-k2"};
constexpr Text kYoutuNames[] = {"youtu"};
constexpr Text kDeepseek3Names[] = {"deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"};
constexpr Text kSparkNames[] = {"spark2_5"};
constexpr Text kLagunaNames[] = {"laguna"};
constexpr Text kK2HorizonNames[] = {"k2-horizon"};
constexpr Text kAfmoeNames[] = {"afmoe"};
constexpr Text kDeepseekLlmNames[] = {"deepseek-llm"};
constexpr Text kDeepseekCoderNames[] = {"deepseek-coder"};
constexpr Text kFalconNames[] = {"falcon"};
constexpr Text kDefaultNames[] = {"default", ""};
constexpr Text kBloomNames[] = {"bloom", "poro-chat", "gpt3-finnish"};
constexpr Text kVikingNames[] = {"viking"};
constexpr Text kChameleonNames[] = {"chameleon"};
constexpr Text kSuperBpeNames[] = {"superbpe"};
constexpr Text kGemma4Names[] = {"gemma4", "granite-embed-multi-311m", "mmbert"};
constexpr Text kSarvamNames[] = {"sarvam-moe"};

// The normal form is that of the model's own tokenizer.json: GGUF does not carry it, and llama.cpp puts no
// text of a byte-level vocabulary into a normal form, so that its ids for decomposed letters are others.
// Where no source is known, none is applied. The sources, name by name: docs/design/tokenizers.md.
constexpr PreTokenizerTraits kPlain = {};
constexpr PreTokenizerTraits kNfc = {.normal_form = NormalForm::kNfc};
constexpr PreTokenizerTraits kNfkc = {.normal_form = NormalForm::kNfkc};
constexpr PreTokenizerTraits kWholeWords = {.ignore_merges = true};
constexpr PreTokenizerTraits kWholeWordsBos = {.ignore_merges = true, .add_bos = true};

constexpr GgufPreTokenizer kTable[] = {
    {kGpt2Names, kGpt2Stages, kPlain},
    {kGpt2NfcNames, kGpt2Stages, kNfc},
    {kClaudeNames, kGpt2Stages, kNfkc},
    {kDigitGpt2Names, kDigitGpt2Stages, kPlain},
    {kCommandRNames, kDigitGpt2Stages, kNfc},
    {kLlama3Names, kLlama3Stages, kWholeWordsBos},
    {kCl100kNames, kLlama3Stages, kPlain},
    {kQwen2Names, kQwen2Stages, kNfc},
    {kQwen2PlainNames, kQwen2Stages, kPlain},
    {kQwen35Names, kQwen35Stages, kNfc},
    {kUfakzekaNames, kUfakzekaStages, kPlain},
    {kMinicpm5Names, kMinicpm5Stages, kWholeWords},
    {kJais2Names, kJais2Stages, kPlain},
    {kBailingNames, kBailingStages, kPlain},
    {kSeedCoderNames, kSeedCoderStages, kPlain},
    {kExaoneMoeNames, kExaoneMoeStages, kPlain},
    {kGpt4oNames, kGpt4oStages, kPlain},
    {kGraniteMultiNames, kGpt4oStages, kWholeWords},
    {kTekkenNames, kTekkenStages, kWholeWordsBos},
    {kTinyAyaNames, kTinyAyaStages, kPlain},
    {kKimiK2Names, kKimiK2Stages, kPlain},
    {kYoutuNames, kYoutuStages, kWholeWords},
    {kDeepseek3Names, kDeepseek3Stages, kPlain},
    {kSparkNames, kSparkStages, kPlain},
    {kLagunaNames, kLagunaStages, kPlain},
    {kK2HorizonNames, kK2HorizonStages, kPlain},
    {kAfmoeNames, kAfmoeStages, kPlain},
    {kDeepseekLlmNames, kDeepseekLlmStages, kPlain},
    {kDeepseekCoderNames, kDeepseekCoderStages, kPlain},
    {kFalconNames, kFalconStages, kPlain},
    {kDefaultNames, kDefaultStages, kPlain},
    {kBloomNames, kBloomStages, kPlain},
    {kVikingNames, kVikingStages, kPlain},
    {kChameleonNames, kChameleonStages, {.add_bos = true}},
    {kSuperBpeNames, kSuperBpeStages, kPlain},
    {kGemma4Names, kNewlineStages, {.force_add_bos = true, .byte_level = false, .newline_runs = true}},
    {kSarvamNames, kNewlineStages, {.byte_level = false}},
};

PreTokenizerStep step_of(Text stage) {
  using Kind = PreTokenizerStep::Kind;
  if (stage == kDigitTriplesStage) return {.kind = Kind::kDigitTriples};
  if (stage == kDigitTriplesAtBoundaryStage) return {.kind = Kind::kDigitTriplesAtBoundary};
  if (stage == kNumberTriplesStage) return {.kind = Kind::kNumberTriples};
  return {.kind = Kind::kSplit, .pattern = std::string(stage)};
}

}  // namespace

std::vector<PreTokenizerStep> GgufPreTokenizer::steps() const {
  std::vector<PreTokenizerStep> steps;
  for (const Text stage : stages) steps.push_back(step_of(stage));
  return steps;
}

const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name) {
  for (const GgufPreTokenizer& entry : kTable) {
    if (std::ranges::find(entry.names, name) != entry.names.end()) return &entry;
  }
  return nullptr;
}

std::vector<std::string_view> gguf_pre_tokenizer_names() {
  std::vector<std::string_view> names;
  for (const GgufPreTokenizer& entry : kTable)
    names.insert(names.end(), entry.names.begin(), entry.names.end());
  return names;
}

}  // namespace hearth
