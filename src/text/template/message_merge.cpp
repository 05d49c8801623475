#include "text/template/message_merge.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "text/template/message_form.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBlankLine = "\n\n";

std::string role_of(const Json& message) { return message.value("role", std::string()); }

std::string text_of(const Json& message) { return join_texts(texts_of(message["content"]), "\n"); }

/// The second content behind the first; where either is empty, the other.
Json joined(const Json& first, const Json& second) {
  if (is_empty_content(first)) return second;
  if (is_empty_content(second)) return first;
  return join_texts({join_texts(texts_of(first), "\n"), join_texts(texts_of(second), "\n")}, kBlankLine);
}

/// The messages that are not the system's; `system` gets the texts of those that are.
Json without_system(const Json& messages, std::vector<std::string>& system) {
  Json others = Json::array();
  for (const Json& message : messages) {
    if (role_of(message) != "system") {
      others.push_back(message);
    } else if (std::string text = text_of(message); !text.empty()) {
      system.push_back(std::move(text));
    }
  }
  return others;
}

Json system_first(const Json& messages) {
  std::vector<std::string> system;
  Json others = without_system(messages, system);
  if (system.empty()) return others;
  others.insert(others.begin(), Json{{"role", "system"}, {"content", join_texts(system, kBlankLine)}});
  return others;
}

Json system_in_user(const Json& messages) {
  std::vector<std::string> system;
  Json others = without_system(messages, system);
  if (system.empty()) return others;
  const Json text = join_texts(system, kBlankLine);
  const auto user =
      std::ranges::find_if(others, [](const Json& message) { return role_of(message) == "user"; });
  if (user == others.end()) {
    others.insert(others.begin(), Json{{"role", "user"}, {"content", text}});
  } else {
    (*user)["content"] = joined(text, (*user)["content"]);
  }
  return others;
}

/// A message that its neighbour behind can be added to without changing the order of anything.
bool can_join(const Json& first, const Json& second) {
  const std::string role = role_of(first);
  return (role == "user" || role == "assistant") && role == role_of(second) &&
         !first.contains("tool_calls") && first.value("name", Json()) == second.value("name", Json());
}

Json neighbours_joined(const Json& messages) {
  Json out = Json::array();
  for (const Json& message : messages) {
    if (out.empty() || !can_join(out.back(), message)) {
      out.push_back(message);
      continue;
    }
    Json& last = out.back();
    for (const auto& [name, value] : message.items()) {
      last[name] = name == "content" || name == "reasoning_content" ? joined(last[name], value) : value;
    }
  }
  return out;
}

}  // namespace

std::vector<Json> rearranged(const Json& messages) {
  std::vector<Json> arrangements;
  const Json* latest = &messages;
  arrangements.reserve(3);
  const auto offer = [&](Json arrangement) {
    if (arrangement == *latest) return;
    latest = &arrangements.emplace_back(std::move(arrangement));
  };
  offer(system_first(messages));
  offer(neighbours_joined(*latest));
  offer(neighbours_joined(system_in_user(*latest)));
  return arrangements;
}

}  // namespace hearth
