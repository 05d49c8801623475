#include "server/connection/frame_source.h"

namespace hearth::server {

std::string RunFrames::take() {
  std::string text = reader_.take();
  if (!reader_.lost()) return text;
  return reader_.run().error_text(api::api_error(
      {ErrorCode::kCancelled, "events were lost: they were not read in time", {}}, "stream_lost"));
}

std::string JobFrames::take() {
  std::string text = reader_.take();
  if (!reader_.at_end()) return text;
  if (const auto error = reader_.error()) {
    text += api::kJsonLines.write(api::error_frame(dialect_, api::api_error(*error)));
  }
  return text;
}

}  // namespace hearth::server
