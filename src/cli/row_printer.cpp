#include "cli/row_printer.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal.h"

namespace hearth {
namespace {

std::string csv_field(const nlohmann::ordered_json& value) {
  std::string quoted = "\"";
  for (char letter : value.is_string() ? value.get<std::string>() : value.dump()) {
    quoted += letter;
    if (letter == '"') quoted += letter;
  }
  return quoted + "\"";
}

std::string markdown_head(const std::vector<Row::Cell>& cells) {
  std::string names = "|", rule = "|";
  for (const Row::Cell& cell : cells) {
    names += fmt::format(" {} |", cell.title);
    rule += cell.is_number ? " ---: |" : " --- |";
  }
  return names + "\n" + rule + "\n";
}

}  // namespace

void RowPrinter::print(const Row& row) {
  if (format_ == RowFormat::kJson) {
    rows_.push_back(row.fields);
    return;
  }
  if (format_ == RowFormat::kJsonLines) return print_now(stdout, row.fields.dump() + "\n");
  std::vector<std::string> titles;
  std::string head, line = format_ == RowFormat::kMarkdown ? "|" : "";
  if (format_ == RowFormat::kMarkdown) {
    for (const Row::Cell& cell : row.cells) {
      titles.push_back(cell.title);
      line += fmt::format(" {} |", cell.text);
    }
    head = (titles_.empty() ? "" : "\n") + markdown_head(row.cells);
  } else {
    for (const auto& [name, value] : row.fields.items()) {
      titles.push_back(name);
      head += (head.empty() ? "" : ",") + name;
      line += (line.empty() ? "" : ",") + csv_field(value);
    }
    head += "\n";
  }
  print_now(stdout, (titles == titles_ ? "" : head) + line + "\n");
  titles_ = std::move(titles);
}

void RowPrinter::finish() {
  if (format_ == RowFormat::kJson) print_now(stdout, rows_.dump(2) + "\n");
}

}  // namespace hearth
