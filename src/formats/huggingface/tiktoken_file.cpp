#include "formats/huggingface/tiktoken_file.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/printable.h"
#include "formats/encoding/base64.h"
#include "formats/huggingface/token_table.h"
#include "formats/model/config_keys.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr size_t kMaxTokenBytes = 4096;  // the search for merges is quadratic

using Ranks = std::unordered_map<std::string, uint32_t>;

std::string spelled(std::string_view bytes) {
  std::string letters;
  for (const char byte : bytes) append_utf8(letters, alphabet_code_point(uint8_t(byte)));
  return letters;
}

/// The two parts that a token is merged from: what merging by lower ranks leaves of its bytes. Empty where it
/// leaves another number.
std::string merge_of(const std::string& token, uint32_t rank, const Ranks& ranks) {
  std::vector<size_t> cuts;  // where parts begin, and the end
  for (size_t i = 0; i <= token.size(); ++i) cuts.push_back(i);
  while (cuts.size() > 3) {
    uint32_t best_rank = rank;
    size_t best = 0;
    for (size_t i = 0; i + 2 < cuts.size(); ++i) {
      const auto found = ranks.find(token.substr(cuts[i], cuts[i + 2] - cuts[i]));
      if (found == ranks.end() || found->second >= best_rank) continue;
      best_rank = found->second;
      best = i + 1;
    }
    if (best == 0) return {};
    cuts.erase(cuts.begin() + std::ptrdiff_t(best));
  }
  if (cuts.size() != 3) return {};
  const std::string_view all = token;
  return spelled(all.substr(0, cuts[1])) + ' ' + spelled(all.substr(cuts[1]));
}

struct KnownPattern {
  std::string_view tokenizer_class;
  size_t num_ranks;
  std::string_view pre;  ///< GGUF's name
};

constexpr KnownPattern kPatterns[] = {
    {"QWenTokenizer", 151643, "qwen2"},    {"TikTokenTokenizer", 163584, "kimi-k2"},
    {"ChatGLM4Tokenizer", 151329, "glm4"}, {"TiktokenTokenizer", 128000, "llama-bpe"},
    {"GPT4Tokenizer", 100256, "dbrx"},     {"GPT4oTokenizer", 199998, "gpt-4o"},
    {"GPT2Tokenizer", 50256, "gpt-2"},
};

Result<std::string> pattern_of(std::string_view tokenizer_class, size_t num_ranks) {
  for (const KnownPattern& known : kPatterns) {
    if (known.tokenizer_class == tokenizer_class) return std::string(known.pre);
  }
  for (const KnownPattern& known : kPatterns) {
    if (known.num_ranks == num_ranks) return std::string(known.pre);
  }
  return fail_hint(
      ErrorCode::kUnsupported,
      "use the model's tokenizer.json (AutoTokenizer.from_pretrained(...).save_pretrained writes it)",
      "the tiktoken file of {} ranks does not say how text is split, and the tokenizer_class {} is not "
      "one that this build knows",
      num_ranks, hearth::quoted(tokenizer_class));
}

struct Line {
  std::string token;
  uint32_t rank = 0;
};

Result<Line> parse_line(std::string_view line, size_t number) {
  const size_t space = line.find(' ');
  Line parsed;
  const std::string_view digits =
      space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.rank);
  if (digits.empty() || end.ec != std::errc() || end.ptr != digits.data() + digits.size()) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "the tiktoken file: line {} is not a token and its rank", number);
  }
  parsed.token = TRY(decode_base64(line.substr(0, space), fmt::format("the tiktoken file: line {}", number)));
  if (parsed.token.empty() || parsed.token.size() > kMaxTokenBytes) {
    return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                     "the tiktoken file: the token of line {} has {} bytes; it must have 1 to {}", number,
                     parsed.token.size(), kMaxTokenBytes);
  }
  return parsed;
}

}  // namespace

bool is_tiktoken_file(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.size() < 2 * kMaxTokenBytes && parse_line(line, 1).has_value();
}

Result<VocabData> parse_tiktoken_file(std::string_view text, std::string_view tokenizer_class) {
  TokenTable table("the tiktoken file");
  std::vector<Line> lines;
  Ranks ranks;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (line.empty()) continue;
    lines.push_back(TRY(parse_line(line, number)));
    TRY(table.add(spelled(lines.back().token), lines.back().rank, TokenType::kNormal));
    ranks.emplace(lines.back().token, lines.back().rank);
  }
  VocabData data;
  data.model = "gpt2";
  data.pre = TRY(pattern_of(tokenizer_class, lines.size()));
  data.ignore_merges = true;  // a word that has a rank is that token
  std::ranges::sort(lines, {}, &Line::rank);
  for (const Line& line : lines) {
    if (line.token.size() < 2) continue;
    std::string merge = merge_of(line.token, line.rank, ranks);
    if (!merge.empty()) data.merges.push_back(std::move(merge));
  }
  TRY(table.move_to(data));
  return data;
}

}  // namespace hearth
