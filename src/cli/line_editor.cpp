#include "cli/line_editor.h"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <histedit.h>
#include <langinfo.h>

#include "base/file.h"

namespace hearth {
namespace {

constexpr int kHistorySize = 1000;

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
  std::filesystem::path file;

  void save();
  static const char* show_prompt(EditLine* editor) {
    void* state = nullptr;
    el_get(editor, EL_CLIENTDATA, &state);
    return static_cast<State*>(state)->prompt.c_str();
  }
};

LineEditor::LineEditor(std::optional<std::filesystem::path> history) : state_(std::make_unique<State>()) {
  use_utf8();
  State& state = *state_;
  state.editor = el_init("hearth", stdin, stdout, stderr);
  state.history = history_init();
  ::history(state.history, &state.event, H_SETSIZE, kHistorySize);
  ::history(state.history, &state.event, H_SETUNIQUE, 1);
  if (history) {
    state.file = *history;
    if (open_file(state.file)) ::history(state.history, &state.event, H_LOAD, state.file.c_str());
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
  ::history(state_->history, &state_->event, H_ENTER, entry.c_str());
  if (!state_->file.empty()) state_->save();
}

/// All of it at once: libedit would empty the file and write it anew, and lose all where the disk is full.
void LineEditor::State::save() {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = ::open_memstream(&text, &size);
  if (stream == nullptr) return;
  const bool done = ::history(history, &event, H_SAVE_FP, stream) >= 0;
  if (std::fclose(stream) == 0 && done) {
    (void)write_file_atomic(file, std::string_view(text, size), Durability::kCheckable);
  }
  std::free(text);
}

}  // namespace hearth
