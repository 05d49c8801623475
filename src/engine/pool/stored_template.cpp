#include "engine/pool/stored_template.h"

#include "text/template/chat_template.h"

namespace hearth {

std::optional<std::string> stored_chat_template(const StoredModel& stored, const LogSink& log) {
  if (!stored.chat_template) return std::nullopt;
  const auto parsed = ChatTemplate::parse(*stored.chat_template);
  if (parsed) return stored.chat_template;
  log(LogLevel::kWarning, fmt::format("{}: {}; the template of its files is used in its place",
                                      stored.name.text(), parsed.error().message));
  return std::nullopt;
}

}  // namespace hearth
