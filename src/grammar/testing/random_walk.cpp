#include "grammar/testing/random_walk.h"

#include <string_view>
#include <utility>
#include <vector>

#include "grammar/limits.h"

namespace hearth::grammar {

namespace {

using Step = std::pair<uint8_t, StateId>;

/// Of all bytes; beyond ASCII only where nothing else is allowed.
std::vector<Step> allowed_steps(Automaton& automaton, StateId state) {
  std::vector<Step> steps;
  const auto collect = [&](int begin, int end) {
    for (int byte = begin; byte < end; ++byte)
      if (const StateId next = automaton.step(state, uint8_t(byte)); next != kDeadState)
        steps.emplace_back(uint8_t(byte), next);
  };
  collect(0x20, 0x7F);
  if (steps.empty()) collect(0x7F, 0x100);
  return steps;
}

Step choose(const std::vector<Step>& steps, Random& random, bool closes) {
  Step chosen = steps[below(random, steps.size())];
  for (const char wanted : closes ? std::string_view("0,:\"]}") : std::string_view("0,:ab]}\""))
    for (const Step& step : steps)
      if (step.first == uint8_t(wanted) && (closes || below(random, 2) != 0)) chosen = step;
  return chosen;
}

}  // namespace

RandomWalk random_walk(Automaton& automaton, Random& random, size_t max_size) {
  RandomWalk walk;
  StateId state = automaton.start();
  while (walk.text.size() < 2 * max_size) {
    const bool closes = walk.text.size() >= max_size;
    const bool is_whole = automaton.accepts(state);
    automaton.fuel() = {Limits().mask_fuel, false};
    const std::vector<Step> steps = allowed_steps(automaton, state);
    if (automaton.fuel().exhausted) return walk;
    if (is_whole && (steps.empty() || closes || below(random, 2) == 0)) {
      walk.end = RandomWalk::End::kWhole;
      return walk;
    }
    if (steps.empty()) {
      walk.end = RandomWalk::End::kStuck;
      return walk;
    }
    const Step step = choose(steps, random, closes);
    walk.text.push_back(char(step.first));
    state = step.second;
  }
  return walk;
}

}  // namespace hearth::grammar
