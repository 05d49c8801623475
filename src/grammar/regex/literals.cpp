#include <algorithm>
#include <bitset>
#include <unordered_set>

#include "grammar/regex/languages.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// Builds the least automaton of texts that come in order: J. Daciuk et al., "Incremental construction of
/// minimal acyclic finite-state automata" (2000). Only the path of the last text can still change; what it
/// leaves is looked up among the finished states.
class LiteralsBuilder {
 public:
  explicit LiteralsBuilder(const Alphabet& alphabet) : finished_(16, Hash{this}, Equal{this}) {
    table_.num_classes = alphabet.num_classes();
    path_.emplace_back();
  }

  /// `classes` comes behind those of all texts before.
  void add(const std::vector<uint32_t>& classes) {
    size_t common = 0;
    while (common < classes.size() && common + 1 < path_.size() &&
           path_[common].open_class == classes[common])
      ++common;
    finish_to(common);
    for (size_t i = common; i < classes.size(); ++i) {
      path_.back().open_class = classes[i];
      path_.emplace_back();
    }
    path_.back().accepts = true;
  }

  DfaTable build() {
    if (path_.size() == 1 && !path_[0].accepts && path_[0].edges.empty()) {  // there was no text
      DfaTable none;
      none.num_classes = table_.num_classes;
      return none;
    }
    finish_to(0);
    table_.start = finished(path_[0]);
    return std::move(table_);
  }

 private:
  struct Node {
    std::vector<DfaTable::Edge> edges;
    uint32_t open_class = 0;  ///< of the edge to the next of the path
    bool accepts = false;
  };
  struct Hash {
    const LiteralsBuilder* builder;
    size_t operator()(StateId state) const {
      uint64_t hash = builder->table_.accepting[state];
      for (const auto& [class_id, next] : builder->table_.edges_of(state)) {
        hash = (hash ^ (uint64_t(class_id) << 32 | next)) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 30;
      }
      return hash;
    }
  };
  struct Equal {
    const LiteralsBuilder* builder;
    bool operator()(StateId a, StateId b) const {
      return builder->table_.accepting[a] == builder->table_.accepting[b] &&
             std::ranges::equal(builder->table_.edges_of(a), builder->table_.edges_of(b));
    }
  };

  void finish_to(size_t length) {
    while (path_.size() > length + 1) {
      const StateId state = finished(path_.back());
      path_.pop_back();
      path_.back().edges.push_back({path_.back().open_class, state});
    }
  }

  StateId finished(const Node& node) {
    table_.edges.insert(table_.edges.end(), node.edges.begin(), node.edges.end());
    const StateId state = table_.add_state(node.accepts);
    const auto [known, is_new] = finished_.insert(state);
    if (is_new) return state;
    table_.edges.resize(table_.edges.size() - node.edges.size());
    table_.edge_begin.pop_back();
    table_.accepting.pop_back();
    return *known;
  }

  DfaTable table_;
  std::vector<Node> path_;
  std::unordered_set<StateId, Hash, Equal> finished_;
};

/// The code points of UTF-8; nothing where it is not.
std::optional<std::u32string> decoded(std::string_view text) {
  std::u32string code_points;
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    if (step.code_point == Utf8Step::kBadByte) return std::nullopt;
    code_points.push_back(step.code_point);
    text.remove_prefix(step.size);
  }
  return code_points;
}

std::vector<char32_t> letters_of(std::span<const std::u32string> texts) {
  std::bitset<128> ascii;
  std::unordered_set<char32_t> others;
  for (const std::u32string& text : texts) {
    for (const char32_t c : text) {
      if (c < 128)
        ascii.set(c);
      else
        others.insert(c);
    }
  }
  std::vector<char32_t> letters(others.begin(), others.end());
  for (char32_t c = 0; c < 128; ++c)
    if (ascii[c]) letters.push_back(c);
  std::ranges::sort(letters);
  return letters;
}

}  // namespace

Result<TextDfaPtr> literals_language(std::span<const std::string> texts, const Limits& limits) {
  size_t size = 0;
  for (const std::string& text : texts) size += text.size() + 1;
  if (size > limits.max_source_size)
    return fail(ErrorCode::kResourceLimit, "the texts are longer than {} bytes together",
                limits.max_source_size);
  std::vector<std::u32string> decoded_texts;
  decoded_texts.reserve(texts.size());
  for (const std::string& text : texts)
    if (auto code_points = decoded(text)) decoded_texts.push_back(std::move(*code_points));
  std::ranges::sort(decoded_texts);
  const std::vector<char32_t> letters = letters_of(decoded_texts);
  if (letters.size() >= Alphabet::kMaxClasses)
    return fail(ErrorCode::kResourceLimit, "the texts have more than {} different characters",
                Alphabet::kMaxClasses - 1);
  const Alphabet alphabet = Alphabet::of_letters(letters);

  LiteralsBuilder builder(alphabet);
  std::vector<uint32_t> classes;
  for (const std::u32string& text : decoded_texts) {
    classes.clear();
    for (const char32_t c : text) classes.push_back(alphabet.class_of(c));
    builder.add(classes);
  }
  return std::make_shared<const TextDfa>(TextDfa::of_minimal(alphabet, builder.build()));
}

}  // namespace hearth::grammar
