#include "cli/chat/line_editor.h"

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <histedit.h>
#include <langinfo.h>

#include "base/file.h"

namespace hearth::cli {
namespace {

/// libedit reads characters as the locale says; ours are UTF-8 whatever it says.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

/// Whether there is a file that libedit reads its settings from; it would wait for ever for a pipe.
bool has_settings() {
  if (const char* named = std::getenv("EDITRC"); named != nullptr && *named != '\0') {
    return open_file(named).has_value();
  }
  const char* home = std::getenv("HOME");
  return home != nullptr && open_file(std::filesystem::path(home) / ".editrc").has_value();
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string prompt;
  std::optional<ChatHistory> file;
  LogSink log;

  void enter(const std::string& entry) { ::history(history, &event, H_ENTER, entry.c_str()); }
  static const char* show_prompt(EditLine* editor) {
    void* state = nullptr;
    el_get(editor, EL_CLIENTDATA, &state);
    return static_cast<State*>(state)->prompt.c_str();
  }
};

LineEditor::LineEditor(std::optional<ChatHistory> history, LogSink log) : state_(std::make_unique<State>()) {
  use_utf8();
  State& state = *state_;
  state.editor = el_init("hearth", stdin, stdout, stderr);
  state.history = history_init();
  ::history(state.history, &state.event, H_SETSIZE, int(ChatHistory::kMostEntries));
  ::history(state.history, &state.event, H_SETUNIQUE, 1);
  state.log = std::move(log);
  state.file = std::move(history);
  if (state.file) {
    for (const std::string& entry : state.file->entries()) state.enter(entry);
  }
  if (state.editor == nullptr) return;
  el_set(state.editor, EL_CLIENTDATA, &state);
  el_set(state.editor, EL_PROMPT, &State::show_prompt);
  el_set(state.editor, EL_EDITOR, "emacs");
  el_set(state.editor, EL_HIST, ::history, state.history);
  el_set(state.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  if (has_settings()) el_source(state.editor, nullptr);
}

LineEditor::~LineEditor() {
  if (state_->editor != nullptr) el_end(state_->editor);
  if (state_->history != nullptr) history_end(state_->history);
}

LineInput LineEditor::read(const std::string& prompt) {
  if (state_->editor == nullptr) return {};
  state_->prompt = prompt;
  errno = 0;
  int size = 0;
  const char* line = el_gets(state_->editor, &size);
  if (line == nullptr || size <= 0) {
    if (size < 0 && errno == EINTR) {
      el_set(state_->editor, EL_REFRESH);
      return {LineInput::Kind::kInterrupted, {}};
    }
    return {};
  }
  std::string text(line, size_t(size));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return {LineInput::Kind::kLine, std::move(text)};
}

void LineEditor::remember(const std::string& entry) {
  if (entry.empty() || state_->history == nullptr) return;
  state_->enter(entry);
  if (!state_->file) return;
  if (const Status added = state_->file->add(entry); !added) {
    state_->log(LogLevel::kWarning,
                fmt::format("{}; the history is not kept from here on", added.error().message));
    state_->file.reset();
  }
}

}  // namespace hearth::cli
