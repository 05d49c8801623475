#include "grammar/mask/closing_table.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "grammar/control_token.h"

namespace hearth::grammar {
namespace {

constexpr size_t kMaxExpanded = 4096;

/// What closes something comes first; what opens something, goes on with it, or says nothing leads away.
constexpr uint32_t kQuoteCost = 1, kByteCost = 2, kOpeningCost = 5, kFreeTextCost = 8, kBlankCost = 12;
constexpr size_t kMaxBeyondAscii = 4;
/// So many bytes that lead to one state are free text.
constexpr uint32_t kFreeTextBytes = 24;

bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r'; }

uint32_t cost_of(uint8_t byte) {
  if (is_blank(byte) || byte >= 0x80) return kBlankCost;
  if (std::string_view("}])>").find(char(byte)) != std::string_view::npos) return 0;
  if (std::string_view("{[(<,").find(char(byte)) != std::string_view::npos) return kOpeningCost;
  return byte == '"' ? kQuoteCost : kByteCost;
}

}  // namespace

std::optional<std::vector<TokenId>> ClosingTable::closing(StateId state) {
  if (find(state).num_bytes == kNotFound) return std::nullopt;
  const std::string text = bytes_to_end(state);
  std::vector<TokenId> ids;
  for (std::string_view rest = text; !rest.empty();) {
    TokenId id = -1;
    rest.remove_prefix(longest_token(rest, id).size());
    if (id < 0) return std::nullopt;  // no token spells this byte
    ids.push_back(id);
  }
  return ids;
}

std::optional<uint32_t> ClosingTable::num_tokens(StateId state) {
  const Known& known = find(state);
  if (known.num_bytes == kNotFound) return std::nullopt;
  if (known.num_tokens != kNotFound) return known.num_tokens;
  const auto ids = closing(state);
  if (!ids) return std::nullopt;
  known_.at(state).num_tokens = uint32_t(ids->size());
  return uint32_t(ids->size());
}

std::string ClosingTable::bytes_to_end(StateId state) const {
  std::string bytes;
  for (const Known* at = &known_.at(state); at->num_bytes > 0; at = &known_.at(at->next)) {
    bytes += char(at->byte);
  }
  return bytes;
}

const ClosingTable::Known& ClosingTable::find(StateId state) {
  const auto found = known_.find(state);
  if (found != known_.end()) return found->second;
  if (!search(state) && !automaton_->fuel().exhausted) known_[state].num_bytes = kNotFound;
  static constexpr Known kNone = {kNotFound, kNotFound, kDeadState, 0};
  const auto now = known_.find(state);
  return now == known_.end() ? kNone : now->second;
}

bool ClosingTable::search(StateId state) {
  nodes_.assign(1, {state, 0, 0});
  cost_.clear();
  cost_[state] = 0;
  Queue queue;
  queue.push({0, 0});
  for (size_t expanded = 0; !queue.empty() && expanded < kMaxExpanded;) {
    const Open open = queue.top();
    queue.pop();
    const StateId at = nodes_[open.node].state;
    if (open.cost > cost_[at]) continue;  // met again by a cheaper way
    const auto known = known_.find(at);
    const bool is_end =
        known != known_.end() ? known->second.num_bytes != kNotFound : automaton_->accepts(at);
    if (is_end) {
      keep_path(open.node);
      return true;
    }
    if (known != known_.end()) continue;  // searched in vain
    ++expanded;
    expand(open, queue);
    if (automaton_->fuel().exhausted) return false;
  }
  return false;
}

void ClosingTable::expand(const Open& from, Queue& queue) {
  list_edges(nodes_[from.node].state);
  for (const Edge& edge : edges_) {
    uint32_t cost = from.cost;
    // What must come costs nothing: names and words once begun.
    if (edges_.size() > 1) cost += edge.num_bytes >= kFreeTextBytes ? kFreeTextCost : cost_of(edge.byte);
    const auto [known, is_new] = cost_.emplace(edge.state, cost);
    if (!is_new && known->second <= cost) continue;
    known->second = cost;
    nodes_.push_back({edge.state, from.node, edge.byte});
    queue.push({cost, uint32_t(nodes_.size()) - 1});
  }
}

void ClosingTable::list_edges(StateId state) {
  edges_.clear();
  TransitionTable::Row& row = steps_->row(state);
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const StateId to = steps_->step(row, uint8_t(byte));
    if (to != kDeadState && to != state) edges_.push_back({to, uint8_t(byte), 1});
  }
  // One edge for each state, by the first byte that is no blank.
  std::ranges::sort(edges_, {},
                    [](const Edge& edge) { return std::tuple(edge.state, is_blank(edge.byte), edge.byte); });
  size_t kept = 0;
  for (const Edge& edge : edges_) {
    if (kept > 0 && edges_[kept - 1].state == edge.state) {
      ++edges_[kept - 1].num_bytes;
    } else {
      edges_[kept++] = edge;
    }
  }
  edges_.resize(kept);
  // Code points beyond ASCII lead nowhere that others do not: a few, where there is nothing else.
  const auto is_beyond = [](const Edge& edge) { return edge.byte >= 0x80 && edge.byte != kControlTokenByte; };
  const auto beyond = std::ranges::partition(edges_, std::not_fn(is_beyond));
  const size_t num_ascii = edges_.size() - beyond.size();
  edges_.resize(std::min(edges_.size(), num_ascii > 0 ? num_ascii : kMaxBeyondAscii));
}

void ClosingTable::keep_path(uint32_t node) {
  const auto end = known_.find(nodes_[node].state);
  uint32_t num_bytes = end != known_.end() ? end->second.num_bytes : 0;
  if (end == known_.end()) known_[nodes_[node].state] = {0, 0, kDeadState, 0};
  while (node != 0) {
    const Node& to = nodes_[node];
    node = to.parent;
    known_[nodes_[node].state] = {++num_bytes, kNotFound, to.state, to.byte};
  }
}

std::string_view ClosingTable::longest_token(std::string_view text, TokenId& id) const {
  const auto nodes = tokens_->trie().nodes();
  uint32_t longest = 0, node = tokens_->root(uint8_t(text[0])), end = tokens_->trie().num_nodes();
  for (uint32_t depth = 1; node < end; ++depth) {
    if (nodes[node + 1].first_value > nodes[node].first_value) {
      longest = depth;
      id = TokenId(tokens_->trie().values()[nodes[node].first_value]);
    }
    if (depth == text.size()) break;
    end = nodes[node].end;
    uint32_t child = node + 1;
    while (child < end && uint8_t(nodes[child].byte) != uint8_t(text[depth])) child = nodes[child].end;
    node = child;
  }
  return text.substr(0, longest);
}

}  // namespace hearth::grammar
