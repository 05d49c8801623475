#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/schedule/output_parser.h"

namespace hearth::api {

/// Writes the parts of a completion as a parser finds them. White space beside marks belongs to them: it is
/// held back until it is known what follows.
class PartWriter {
 public:
  /// Where the parts go from now on.
  void write_to(std::vector<OutputPart>& parts) { parts_ = &parts; }

  /// Content or reasoning.
  void text(PartKind kind, char character);
  void text(PartKind kind, std::string_view characters) {
    for (const char c : characters) text(kind, c);
  }
  /// A mark was read here: white space around it is none of the text's.
  void mark() {
    held_.clear();
    skips_space_ = true;
    is_fresh_ = true;
  }
  /// Whether nothing but white space was written since the last mark, or since the beginning.
  bool is_fresh() const { return is_fresh_; }

  void begin_call(std::string_view name);
  void arguments(char character) { append(PartKind::kToolArguments, character); }
  void arguments(std::string_view characters) {
    for (const char c : characters) arguments(c);
  }
  size_t num_calls() const { return num_calls_; }

  /// The completion has ended: white space that waited was text.
  void end();

 private:
  void append(PartKind kind, char character);

  std::vector<OutputPart>* parts_ = nullptr;
  std::string held_;  ///< white space, of the kind that was written last
  PartKind held_kind_ = PartKind::kContent;
  bool skips_space_ = false, is_fresh_ = true;
  size_t num_calls_ = 0;
};

}  // namespace hearth::api
