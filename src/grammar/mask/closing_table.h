#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/mask/token_table.h"
#include "grammar/mask/transition_table.h"

namespace hearth::grammar {

/// How texts of one automaton can be brought to an end soon. A bounded search, the ways with few choices
/// first, so what it finds is short, if not the shortest; what it found once, it keeps.
class ClosingTable {
 public:
  /// Keeps references.
  ClosingTable(const TokenTable& tokens, Automaton& automaton, TransitionTable& steps)
      : tokens_(&tokens), automaton_(&automaton), steps_(&steps) {}

  /// Tokens behind which the text may end, none where it may end here; nothing where no such were found. The
  /// longest token each time, so that behind the first one the others are the answer.
  std::optional<std::vector<TokenId>> closing(StateId state);
  /// How many these are.
  std::optional<uint32_t> num_tokens(StateId state);

  void clear() { known_.clear(); }
  size_t memory_size() const { return known_.size() * (sizeof(Known) + 48); }

 private:
  static constexpr uint32_t kNotFound = UINT32_MAX;

  struct Known {
    uint32_t num_bytes = 0;  ///< to the end; kNotFound
    uint32_t num_tokens = kNotFound;
    StateId next = kDeadState;
    uint8_t byte = 0;
  };
  struct Node {
    StateId state;
    uint32_t parent;
    uint8_t byte;
  };
  struct Edge {
    StateId state;
    uint8_t byte;
    uint32_t num_bytes;  ///< that lead there
  };
  struct Open {
    uint32_t cost, node;
    bool operator>(const Open& other) const {
      return cost != other.cost ? cost > other.cost : node < other.node;  // of equals, the latest
    }
  };
  using Queue = std::priority_queue<Open, std::vector<Open>, std::greater<>>;

  const Known& find(StateId state);
  bool search(StateId state);
  void expand(const Open& from, Queue& queue);
  void list_edges(StateId state);
  void keep_path(uint32_t node);
  std::string bytes_to_end(StateId state) const;
  std::string_view longest_token(std::string_view text, TokenId& id) const;

  const TokenTable* tokens_;
  Automaton* automaton_;
  TransitionTable* steps_;
  std::unordered_map<StateId, Known> known_;
  std::vector<Node> nodes_;  ///< of the search under way
  std::vector<Edge> edges_;
  std::unordered_map<StateId, uint32_t> cost_;
};

}  // namespace hearth::grammar
