#include "api/tools/part_writer.h"

namespace hearth::api {

void PartWriter::append(PartKind kind, char character) {
  if (parts_->empty() || parts_->back().kind != kind) parts_->push_back({.kind = kind, .text = {}});
  parts_->back().text += character;
}

void PartWriter::text(PartKind kind, char character) {
  const bool is_space = character == ' ' || character == '\n' || character == '\t' || character == '\r';
  if (is_space) {
    if (!skips_space_) {
      held_ += character;
      held_kind_ = kind;
    }
    return;
  }
  for (const char space : held_) append(held_kind_, space);
  held_.clear();
  skips_space_ = false;
  is_fresh_ = false;
  append(kind, character);
}

void PartWriter::begin_call(std::string_view name) {
  mark();
  parts_->push_back({.kind = PartKind::kToolName, .text = std::string(name)});
  ++num_calls_;
}

void PartWriter::end() {
  for (const char space : held_) append(held_kind_, space);
  held_.clear();
}

}  // namespace hearth::api
