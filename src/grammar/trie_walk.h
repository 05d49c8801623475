#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth::grammar {

class ByteTrie;

/// What an automaton is asked that walks a trie of byte strings by itself (Automaton::walk), and its answer.
struct TrieWalk {
  const ByteTrie* trie;
  /// Bits by value: those of the nodes whose strings are alive are set.
  std::span<uint64_t> words;
  /// Bytes that no text has: what has them is dead.
  std::bitset<256> dead;
  /// Bytes that are not its to judge. The walk ends at them; the nodes that have them last, behind strings
  /// that are alive, come to `open`.
  std::bitset<256> foreign;
  /// Of these, the ones that count only behind a text that is accepted.
  std::bitset<256> foreign_at_end;
  std::vector<uint32_t> open;
};

}  // namespace hearth::grammar
