#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/code_point_set.h"

namespace hearth::grammar {

class JointAlphabet;

/// Code points in classes that an automaton does not tell apart. Class 0 holds the surrogates, which no text
/// has; every scalar value is of a class from 1 on.
class Alphabet {
 public:
  static constexpr uint32_t kNoClass = 0;
  static constexpr uint32_t kMaxClasses = 60'000;  // a class stands in 16 bits

  /// Code points of one class, up to the next run's first.
  struct Run {
    char32_t first;
    uint32_t class_id;

    bool operator==(const Run&) const = default;
  };

  /// One class of all scalar values.
  Alphabet();
  /// The coarsest alphabet in which each of the sets is a union of classes. Takes a unit for each run it
  /// looks at; where they end, or the classes are too many, fuel.exhausted.
  static Alphabet of_sets(std::span<const CodePointSet* const> sets, Fuel& fuel);
  /// Each of the letters, which are sorted and at most kMaxClasses - 1, in a class of its own.
  static Alphabet of_letters(std::span<const char32_t> letters);
  /// Joint classes as classes, numbered from 1 on.
  static Alphabet of(const JointAlphabet& joint);
  /// With the classes renumbered: `class_ids[old]` is the new one. 0 stays 0.
  Alphabet merged(std::span<const uint32_t> class_ids) const;

  uint32_t class_of(char32_t code_point) const {
    return code_point < 128 ? ascii_[code_point] : class_beyond_ascii(code_point);
  }
  /// With class 0.
  uint32_t num_classes() const { return uint32_t(representatives_.size()); }
  /// The least code point of the class.
  char32_t representative(uint32_t class_id) const { return representatives_[class_id]; }
  std::span<const Run> runs() const { return runs_; }
  /// Which ASCII characters are of the class, whether others are, and of how many classes others are.
  const std::bitset<128>& ascii(uint32_t class_id) const { return ascii_members_[class_id]; }
  bool is_beyond_ascii(uint32_t class_id) const { return class_id != kNoClass && beyond_ascii_[class_id]; }
  uint32_t num_beyond_ascii() const { return num_beyond_ascii_; }
  /// The classes of a set that is a union of classes.
  std::vector<uint32_t> classes_of(const CodePointSet& set) const;
  /// The members above U+007F of some classes.
  CodePointSet beyond_ascii(std::span<const uint32_t> class_ids) const;
  /// The members of each class from 1 on.
  std::vector<CodePointSet> class_sets() const;
  size_t memory_size() const;

 private:
  explicit Alphabet(std::vector<Run> runs);
  uint32_t class_beyond_ascii(char32_t code_point) const;

  std::vector<Run> runs_;  ///< sorted; neighbours differ
  std::vector<char32_t> representatives_;
  std::vector<std::bitset<128>> ascii_members_;
  std::vector<bool> beyond_ascii_;
  uint32_t num_beyond_ascii_ = 0;
  std::array<uint16_t, 128> ascii_;
};

/// The alphabet in which several automata are searched together: of each joint class a code point, and its
/// class in each.
class JointAlphabet {
 public:
  explicit JointAlphabet(std::span<const Alphabet* const> alphabets);

  /// Without one for surrogates: all of them may be in a text.
  uint32_t num_classes() const { return uint32_t(representatives_.size()); }
  char32_t representative(uint32_t joint) const { return representatives_[joint]; }
  /// The class in each alphabet, in the order that they came in.
  std::span<const uint32_t> classes(uint32_t joint) const {
    return std::span(classes_).subspan(size_t(joint) * num_alphabets_, num_alphabets_);
  }
  struct Run {
    char32_t first;
    uint32_t joint;  ///< kSurrogates: none
  };
  static constexpr uint32_t kSurrogates = UINT32_MAX;
  std::span<const Run> runs() const { return runs_; }

 private:
  size_t num_alphabets_;
  std::vector<char32_t> representatives_;
  std::vector<uint32_t> classes_;
  std::vector<Run> runs_;
};

}  // namespace hearth::grammar
