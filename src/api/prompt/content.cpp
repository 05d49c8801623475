#include "api/prompt/content.h"

#include <algorithm>

#include "api/parameters/parameter_reader.h"
#include "text/template/message_form.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxParts = 4096;
constexpr size_t kMaxTextSize = size_t(32) << 20;

bool is_known_medium(std::string_view type) {
  static constexpr std::string_view kMedia[] = {"image_url", "image",      "input_image",     "input_audio",
                                                "audio",     "video_url",  "video",           "file",
                                                "document",  "input_file", "container_upload"};
  return std::ranges::find(kMedia, type) != std::end(kMedia);
}

/// The member of a part that holds its picture, sound or file: "image_url", "source", ...; "type" where none
/// does.
std::string_view member_of_medium(const Json& part, std::string_view type) {
  static constexpr std::string_view kMembers[] = {"source",    "image_url", "input_audio", "video_url",
                                                  "file",      "file_data", "file_url",    "file_id",
                                                  "audio_url", "image",     "audio",       "video"};
  if (part.contains(type)) return type;
  const auto* found =
      std::ranges::find_if(kMembers, [&](std::string_view name) { return part.contains(name); });
  return found == std::end(kMembers) ? "type" : *found;
}

}  // namespace

Result<std::string> read_text_part(const Json& part, const std::string& path) {
  if (part.is_string()) return part.get<std::string>();
  auto reader = TRY(ParameterReader::of(part, path));
  const auto type = TRY(reader.text("type", 64)).value_or("");
  if (is_known_medium(type)) {
    return fail_hint(ErrorCode::kUnsupported, "send text alone", "{}: '{}' is not supported",
                     reader.path_of(member_of_medium(part, type)), type);
  }
  const bool is_text = type == "text" || type == "input_text" || type == "output_text" || type == "refusal";
  if (!is_text) {
    return fail_hint(ErrorCode::kInvalidArgument, "parts are {\"type\": \"text\", \"text\": ...}",
                     "{}: is not a type of part that is understood", reader.path_of("type"));
  }
  // Marks for others' machinery: where to cache, what was cited, how sure the writer was.
  for (const std::string_view harmless :
       {"cache_control", "prompt_cache_breakpoint", "citations", "annotations", "logprobs"}) {
    reader.find(harmless);
  }
  auto text = TRY(reader.text(type == "refusal" ? "refusal" : "text", kMaxTextSize));
  if (!text) return fail(ErrorCode::kInvalidArgument, "{}: is missing", reader.path_of("text"));
  TRY(reader.finish(false));
  return *std::move(text);
}

Result<Json> read_content(const Json& content, const std::string& path) {
  if (content.is_string()) return content;
  if (!content.is_array()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be a string or an array of parts, not {}", path,
                kind_of(content));
  }
  if (content.size() > kMaxParts) {
    return fail(ErrorCode::kInvalidArgument, "{}: has {} parts, the limit is {}", path, content.size(),
                kMaxParts);
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < content.size(); ++i) {
    texts.push_back(TRY(read_text_part(content[i], fmt::format("{}[{}]", path, i))));
  }
  return texts.empty() ? Json("") : content_of(texts);
}

}  // namespace hearth::api
