#include "api/tools/mark_reader.h"

namespace hearth::api {
namespace {

bool is_space(int c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

Reading<int> MarkReader::one_of(std::vector<std::string> marks) {
  int c = co_await feed_.next();
  while (is_space(c)) c = co_await feed_.next();
  std::string seen;
  for (;; c = co_await feed_.next()) {
    if (c != CharacterFeed::kEnd) seen += char(c);
    bool may_come = false;
    for (size_t i = 0; i < marks.size() && c != CharacterFeed::kEnd; ++i) {
      if (marks[i] == seen) co_return int(i);
      may_come = may_come || std::string_view(marks[i]).starts_with(seen);
    }
    if (may_come) continue;
    feed_.unread(seen);
    co_return -1;
  }
}

Reading<bool> MarkReader::all_of(std::vector<std::string> marks) {
  for (const std::string& mark : marks) {
    if (co_await one_of({mark}) != 0) co_return false;
  }
  co_return true;
}

Reading<bool> MarkReader::any_of(std::vector<std::string> marks) {
  bool came = false;
  while (!marks.empty()) {
    const int found = co_await one_of(marks);
    if (found < 0) break;
    came = true;
    marks.erase(marks.begin(), marks.begin() + found + 1);
  }
  co_return came;
}

Reading<bool> MarkReader::text_before(std::string mark, std::string* text, size_t max_size) {
  MarkWindow window(std::move(mark));
  while (text->size() < max_size) {
    const int c = co_await feed_.next();
    if (c == CharacterFeed::kEnd) co_return false;
    if (window.put(char(c), [&](char character) { *text += character; })) co_return true;
  }
  co_return false;
}

}  // namespace hearth::api
