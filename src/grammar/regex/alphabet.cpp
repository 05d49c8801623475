#include "grammar/regex/alphabet.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"

namespace hearth::grammar {
namespace {

/// Where one of the sets begins or ends: each stretch from one cut to the next is in one class.
std::vector<char32_t> cuts_of(std::span<const CodePointSet* const> sets) {
  std::vector<char32_t> cuts{0, kFirstSurrogate, kLastSurrogate + 1};
  for (const CodePointSet* set : sets) {
    for (const CodePointRange& range : set->ranges()) {
      cuts.push_back(range.first);
      if (range.last < kMaxCodePoint) cuts.push_back(range.last + 1);
    }
  }
  std::ranges::sort(cuts);
  const auto rest = std::ranges::unique(cuts);
  cuts.erase(rest.begin(), rest.end());
  return cuts;
}

/// Classes of stretches, split by one set after the other.
class Refinement {
 public:
  explicit Refinement(std::span<const char32_t> cuts)
      : classes_(cuts.size(), 1), sizes_(2), inside_(2), targets_(2) {
    for (size_t i = 0; i < cuts.size(); ++i)
      if (cuts[i] == kFirstSurrogate) classes_[i] = Alphabet::kNoClass;
    sizes_[0] = 1;
    sizes_[1] = uint32_t(cuts.size()) - 1;
  }

  /// `members`: the stretches of the set.
  void split(std::span<const uint32_t> members) {
    for (const uint32_t member : members)
      if (inside_[classes_[member]]++ == 0) touched_.push_back(classes_[member]);
    for (const uint32_t old : touched_) {
      targets_[old] = old;
      if (inside_[old] == sizes_[old]) continue;
      targets_[old] = uint32_t(sizes_.size());
      sizes_[old] -= inside_[old];
      sizes_.push_back(inside_[old]);
      inside_.push_back(0);
      targets_.push_back(0);
    }
    for (const uint32_t member : members) classes_[member] = targets_[classes_[member]];
    for (const uint32_t old : touched_) inside_[old] = 0;
    touched_.clear();
  }

  const std::vector<uint32_t>& classes() const { return classes_; }
  size_t num_classes() const { return sizes_.size(); }

 private:
  std::vector<uint32_t> classes_;                   ///< [stretch]
  std::vector<uint32_t> sizes_, inside_, targets_;  ///< [class]
  std::vector<uint32_t> touched_;
};

}  // namespace

Alphabet::Alphabet() : Alphabet(std::vector<Run>{{0, 1}, {kFirstSurrogate, 0}, {kLastSurrogate + 1, 1}}) {}

Alphabet Alphabet::of_sets(std::span<const CodePointSet* const> sets, Fuel& fuel) {
  const std::vector<char32_t> cuts = cuts_of(sets);
  if (!fuel.take(cuts.size())) return {};
  Refinement refinement(cuts);
  std::vector<uint32_t> members;
  for (const CodePointSet* set : sets) {
    members.clear();
    for (const CodePointRange& range : set->ranges()) {
      auto cut = std::ranges::lower_bound(cuts, range.first);
      for (; cut != cuts.end() && *cut <= range.last; ++cut) members.push_back(uint32_t(cut - cuts.begin()));
    }
    if (!fuel.take(1 + members.size())) return {};
    refinement.split(members);
    if (refinement.num_classes() > kMaxClasses) {
      fuel.exhausted = true;
      return {};
    }
  }
  std::vector<Run> runs;
  for (size_t i = 0; i < cuts.size(); ++i) runs.push_back({cuts[i], refinement.classes()[i]});
  return Alphabet(std::move(runs));
}

Alphabet Alphabet::of(const JointAlphabet& joint) {
  std::vector<Run> runs;
  for (const auto& [first, id] : joint.runs())
    runs.push_back({first, id == JointAlphabet::kSurrogates ? kNoClass : id + 1});
  return Alphabet(std::move(runs));
}

Alphabet Alphabet::of_letters(std::span<const char32_t> letters) {
  std::vector<Run> runs{{0, 1}};
  bool surrogates = false;
  uint32_t num_classes = 2;
  const auto add_surrogates = [&] {
    runs.push_back({kFirstSurrogate, kNoClass});
    runs.push_back({kLastSurrogate + 1, 1});
    surrogates = true;
  };
  for (const char32_t letter : letters) {
    if (letter > kLastSurrogate && !surrogates) add_surrogates();
    if (runs.back().first == letter) runs.pop_back();
    runs.push_back({letter, num_classes++});
    if (letter + 1 != kFirstSurrogate && letter != kMaxCodePoint) runs.push_back({letter + 1, 1});
  }
  if (!surrogates) add_surrogates();
  return Alphabet(std::move(runs));
}

Alphabet::Alphabet(std::vector<Run> runs) {
  std::vector<uint32_t> numbers{kNoClass};  // classes are numbered as they are met
  uint32_t num_classes = 1;
  for (Run& run : runs) {
    if (run.class_id >= numbers.size()) numbers.resize(run.class_id + 1, kNoClass);
    if (run.class_id != kNoClass && numbers[run.class_id] == kNoClass) numbers[run.class_id] = num_classes++;
    run.class_id = numbers[run.class_id];
    if (runs_.empty() || runs_.back().class_id != run.class_id) runs_.push_back(run);
  }
  CHECK(num_classes <= kMaxClasses + 1);
  representatives_.assign(num_classes, kFirstSurrogate);
  ascii_members_.resize(num_classes);
  beyond_ascii_.resize(num_classes);
  std::vector<bool> met(num_classes);
  for (size_t i = 0; i < runs_.size(); ++i) {
    const auto [first, id] = runs_[i];
    const char32_t end = i + 1 < runs_.size() ? runs_[i + 1].first : kMaxCodePoint + 1;
    if (!met[id]) representatives_[id] = first;
    met[id] = true;
    for (char32_t c = first; c < std::min<char32_t>(end, 128); ++c) {
      ascii_members_[id].set(c);
      ascii_[c] = uint16_t(id);
    }
    if (end > 128) beyond_ascii_[id] = true;
  }
  for (uint32_t id = 1; id < num_classes; ++id) num_beyond_ascii_ += beyond_ascii_[id];
}

Alphabet Alphabet::merged(std::span<const uint32_t> class_ids) const {
  std::vector<Run> runs = runs_;
  for (Run& run : runs) run.class_id = class_ids[run.class_id];
  return Alphabet(std::move(runs));
}

CodePointSet Alphabet::beyond_ascii(std::span<const uint32_t> class_ids) const {
  std::vector<bool> is_wanted(num_classes());
  for (const uint32_t id : class_ids) is_wanted[id] = true;
  std::vector<CodePointRange> ranges;
  for (size_t i = 0; i < runs_.size(); ++i) {
    const char32_t last = i + 1 < runs_.size() ? runs_[i + 1].first - 1 : kMaxCodePoint;
    if (is_wanted[runs_[i].class_id] && last >= 128)
      ranges.push_back({std::max<char32_t>(runs_[i].first, 128), last});
  }
  return CodePointSet(std::move(ranges));
}

uint32_t Alphabet::class_beyond_ascii(char32_t code_point) const {
  if (code_point > kMaxCodePoint) return kNoClass;
  const auto behind = std::ranges::upper_bound(runs_, code_point, {}, &Run::first);
  return std::prev(behind)->class_id;
}

std::vector<uint32_t> Alphabet::classes_of(const CodePointSet& set) const {
  std::vector<uint32_t> classes;
  for (const CodePointRange& range : set.ranges()) {
    auto run = std::prev(std::ranges::upper_bound(runs_, range.first, {}, &Run::first));
    for (; run != runs_.end() && run->first <= range.last; ++run) classes.push_back(run->class_id);
  }
  std::ranges::sort(classes);
  const auto rest = std::ranges::unique(classes);
  classes.erase(rest.begin(), rest.end());
  return classes;
}

std::vector<CodePointSet> Alphabet::class_sets() const {
  std::vector<std::vector<CodePointRange>> ranges(num_classes());
  for (size_t i = 0; i < runs_.size(); ++i) {
    const char32_t end = i + 1 < runs_.size() ? runs_[i + 1].first : kMaxCodePoint + 1;
    ranges[runs_[i].class_id].push_back({runs_[i].first, end - 1});
  }
  std::vector<CodePointSet> sets;
  for (size_t c = 1; c < ranges.size(); ++c) sets.emplace_back(std::move(ranges[c]));
  return sets;
}

size_t Alphabet::memory_size() const {
  return runs_.capacity() * sizeof(Run) +
         representatives_.size() * (sizeof(char32_t) + sizeof(std::bitset<128>) + 1) + sizeof(*this);
}

JointAlphabet::JointAlphabet(std::span<const Alphabet* const> alphabets) : num_alphabets_(alphabets.size()) {
  std::vector<char32_t> cuts{0, kFirstSurrogate, kLastSurrogate + 1};
  for (const Alphabet* alphabet : alphabets)
    for (const Alphabet::Run& run : alphabet->runs()) cuts.push_back(run.first);
  std::ranges::sort(cuts);
  const auto rest = std::ranges::unique(cuts);
  cuts.erase(rest.begin(), rest.end());

  // Split by one alphabet after the other: a class before, and the class in this one, make a class behind.
  std::vector<uint32_t> joint(cuts.size(), 0);
  for (const Alphabet* alphabet : alphabets) {
    std::unordered_map<uint64_t, uint32_t> ids;
    size_t run = 0;
    for (size_t i = 0; i < cuts.size(); ++i) {
      while (run + 1 < alphabet->runs().size() && alphabet->runs()[run + 1].first <= cuts[i]) ++run;
      const uint64_t pair = uint64_t(joint[i]) << 32 | alphabet->runs()[run].class_id;
      joint[i] = ids.try_emplace(pair, uint32_t(ids.size())).first->second;
    }
  }
  std::vector<uint32_t> numbers(cuts.size(), kSurrogates);
  for (size_t i = 0; i < cuts.size(); ++i) {
    const bool surrogates = cuts[i] >= kFirstSurrogate && cuts[i] <= kLastSurrogate;
    if (!surrogates && numbers[joint[i]] == kSurrogates) {
      numbers[joint[i]] = num_classes();
      representatives_.push_back(cuts[i]);
      for (const Alphabet* alphabet : alphabets) classes_.push_back(alphabet->class_of(cuts[i]));
    }
    const uint32_t id = surrogates ? kSurrogates : numbers[joint[i]];
    if (runs_.empty() || runs_.back().joint != id) runs_.push_back({cuts[i], id});
  }
}

}  // namespace hearth::grammar
