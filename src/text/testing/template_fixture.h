#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

namespace hearth::testing {

inline const std::filesystem::path kTemplateFixtures =
    std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/fixtures/templates";

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A file of tests/fixtures/templates/, made by tools/make_template_fixtures.py or
/// tools/make_prompt_fixtures.py.
inline nlohmann::ordered_json load_template_fixture(const std::string& name) {
  return nlohmann::ordered_json::parse(read_text(kTemplateFixtures / name));
}

/// Published chat templates and our own, by name.
inline std::map<std::string, std::string> load_templates() {
  std::map<std::string, std::string> templates;
  const nlohmann::ordered_json real = load_template_fixture("real.json");
  for (const nlohmann::ordered_json& entry : real["cases"]) templates[entry["name"]] = entry["template"];
  for (const auto& file : std::filesystem::directory_iterator(kTemplateFixtures / "own")) {
    templates[file.path().stem()] = read_text(file.path());
  }
  return templates;
}

}  // namespace hearth::testing
