#include "cli/row_printer.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal.h"

namespace hearth::cli {
namespace {

/// Names of files need not be UTF-8. As ASCII, so that a terminal obeys none of it.
std::string to_text(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string csv_field(const nlohmann::ordered_json& value) {
  std::string quoted = "\"";
  for (char letter : value.is_string() ? value.get<std::string>() : to_text(value, -1)) {
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
  if (format_ == RowFormat::kJsonLines) return print_text(stdout, to_text(row.fields, -1) + "\n");
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
  print_text(stdout, (titles == titles_ ? "" : head) + line + "\n");
  titles_ = std::move(titles);
}

void RowPrinter::finish() {
  if (format_ == RowFormat::kJson) print_text(stdout, to_text(rows_, 2) + "\n");
}

}  // namespace hearth::cli
