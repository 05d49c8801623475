#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hearth::cli {

/// One measurement: its fields for programs, and its cells of a table for people.
struct Row {
  struct Cell {
    std::string title, text;
    bool is_number = true;
  };
  nlohmann::ordered_json fields;
  std::vector<Cell> cells;
};

enum class RowFormat : uint8_t { kMarkdown, kJson, kJsonLines, kCsv };

/// Prints rows on standard output as they come; JSON, which is one array, in finish(). Where titles or fields
/// change, a new table begins. Not thread-safe.
class RowPrinter {
 public:
  explicit RowPrinter(RowFormat format) : format_(format) {}

  void print(const Row& row);
  void finish();

 private:
  RowFormat format_;
  std::vector<std::string> titles_;
  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
};

}  // namespace hearth::cli
