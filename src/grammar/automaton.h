#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>

#include "grammar/loop_set.h"

namespace hearth::grammar {

struct TrieWalk;

/// A state of an Automaton, interned: equal ids have the same futures.
using StateId = uint32_t;
/// From here no text of the language can be reached. The same id in every automaton.
inline constexpr StateId kDeadState = 0;

/// The work that may still be done. Who steps an automaton fills it; the automaton takes a unit for each
/// state that it must compute anew, and more where that costs more.
struct Fuel {
  uint64_t left = 0;
  bool exhausted = false;  ///< something was wanted behind the last unit; answers since then mean nothing

  bool take(uint64_t units = 1) {
    if (left < units) exhausted = true;
    left = exhausted ? 0 : left - units;
    return !exhausted;
  }
};

/// What a state says of texts over a part of the alphabet, so that masks need not try them one by one: a text
/// whose code points are all of the set (well-formed UTF-8) is alive up to `count` code points and dead
/// behind (kEndless: always alive); the state behind it depends on their number alone. With kEndless it is
/// mostly this state itself; where it is not (a least length), later ones say the same of themselves. Where
/// code points above U+007F are of the set, what is not UTF-8 is dead, but for control tokens. Where it
/// `leads_apart`, which is always endless, the states behind may be any, as long as they are alive.
struct Loop {
  static constexpr uint32_t kEndless = UINT32_MAX;

  LoopSet set;
  uint32_t count = 0;  ///< 0: nothing is said
  bool leads_apart = false;

  bool operator==(const Loop&) const = default;
};

/// What a state has in common with another, of which masks are then made: the same states follow the same
/// bytes, but for those of `differs`. Where `is_short`, other states may follow; the texts that are alive are
/// the same, as far as they do not begin with such a byte and hold fewer than three quotation marks.
struct Likeness {
  StateId state = kDeadState;  ///< the dead state: nothing is said
  std::bitset<256> differs;
  bool is_short = false;
};

/// Bytes in groups, by byte: where one byte of a group leads is where all of it lead. Group 0's bytes are
/// each by themselves.
using ByteGroups = std::array<uint8_t, 256>;

/// A language of byte strings, read byte by byte and deterministically. Its states are made as they are met
/// and kept until keep_only(). Every state but the dead one is alive: some text of the language goes on from
/// it, as far as that can be told; what it accepts is exact. Text is UTF-8; the byte 0xFF, which UTF-8 lacks,
/// starts a control token (control_token.h). One belongs to one thread at a time; many are made from one
/// Grammar.
class Automaton {
 public:
  virtual ~Automaton() = default;

  virtual StateId start() = 0;
  /// The state behind one more byte. `state` is alive. kDeadState too where the fuel ended.
  virtual StateId step(StateId state, uint8_t byte) = 0;
  /// Whether the text so far is of the language.
  virtual bool accepts(StateId state) = 0;
  /// See Loop; nothing said is always right.
  virtual Loop loop(StateId) { return {}; }
  /// See Likeness. Leads on to ever other states, never in a circle.
  virtual Likeness like(StateId) { return {}; }
  /// Of every text of at most so many bytes: it is alive behind both states or behind neither. A lower bound.
  virtual uint32_t alike_depth(StateId, StateId) { return 0; }
  /// Bytes that a state does not tell apart, until keep_only(); null: nothing is said.
  virtual const ByteGroups* groups(StateId) { return nullptr; }
  /// Goes from a state through all of a trie, where that is cheaper than by step(): no state is made for what
  /// is met. False, with nothing done: it is not.
  virtual bool walk(StateId, TrieWalk&) { return false; }

  /// Forgets all states but these, and writes their new ids in place.
  virtual void keep_only(std::span<StateId> states) = 0;
  /// Bytes that states and memos take.
  virtual size_t memory_size() const = 0;

  Fuel& fuel() { return *fuel_; }
  /// Of an automaton inside of another: takes from the other's fuel.
  void share_fuel(Fuel& fuel) { fuel_ = &fuel; }

 private:
  Fuel own_fuel_{UINT64_MAX, false};
  Fuel* fuel_ = &own_fuel_;
};

}  // namespace hearth::grammar
