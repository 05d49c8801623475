#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/private_file.h"
#include "cli/chat/repl.h"
#include "cli/sampling_options.h"

// The commands of the chat.

namespace hearth::cli {
namespace {

constexpr size_t kMaxChatSize = size_t(64) << 20;

LogSink note_to(const TextSink& messages) {
  return [&messages](LogLevel, std::string_view line) { messages(fmt::format("note: {}\n", line)); };
}

/// Whether a saved chat is all that `text` holds, so that no other file of the user's is taken for one.
bool is_saved_chat(std::string_view text) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) return false;
  const auto conversation = Conversation::from_json(json);
  return conversation && conversation->to_json() == json;
}

/// Error: where something is at `file` that a saved chat must not replace.
Status require_replaceable(const std::filesystem::path& file) {
  const Result<std::string> text = read_file(file, kMaxChatSize);
  if (!text && text.error().code == ErrorCode::kNotFound) return {};
  if (!text && text.error().code != ErrorCode::kResourceLimit) return std::unexpected(text.error());
  if (text && (text->empty() || is_saved_chat(*text))) return {};
  return fail_hint(ErrorCode::kInvalidArgument, "choose another name, or move the file away first",
                   "{} is there already and is no saved chat: it is not overwritten", file.string());
}

}  // namespace

std::span<const Repl::Entry> Repl::commands() {
  static constexpr Entry kCommands[] = {
      {"/set parameter", "NAME VALUE", "change a sampling parameter or max_tokens", &Repl::set_parameter},
      {"/set system", "TEXT", "change the system message", &Repl::set_system},
      {"/set verbose", "", "say more after each answer", &Repl::set_verbose},
      {"/set quiet", "", "say less", &Repl::set_quiet},
      {"/set think", "LEVEL", "let the model think: on, or low, medium, high", &Repl::set_think},
      {"/set nothink", "", "let it answer at once", &Repl::set_no_think},
      {"/show info", "", "the model and how it runs", &Repl::show_info},
      {"/show parameters", "", "the sampling parameters", &Repl::show_parameters},
      {"/show system", "", "the system message", &Repl::show_system},
      {"/show template", "", "the chat template", &Repl::show_template},
      {"/show context", "", "how full the context is", &Repl::show_context},
      {"/regen", "", "answer the last message again", &Repl::regenerate},
      {"/undo", "", "take the last message and its answer back", &Repl::undo},
      {"/clear", "", "forget the conversation", &Repl::clear},
      {"/save", "NAME", "save the conversation; a path, or a name", &Repl::save},
      {"/load", "NAME", "load a saved conversation", &Repl::load},
      {"/?", "", "this help; also /help", &Repl::help},
      {"/help", "", "", &Repl::help},
      {"/bye", "", "leave; also Ctrl-D", &Repl::leave},
      {"/exit", "", "", &Repl::leave},
      {"/quit", "", "", &Repl::leave},
  };
  return kCommands;
}

Status Repl::set_parameter(std::string_view arguments) {
  const size_t space = arguments.find(' ');
  if (space == std::string_view::npos) {
    return fail_hint(ErrorCode::kInvalidArgument, "write /set parameter temperature 0.5",
                     "a name and a value are needed");
  }
  const std::string_view name = arguments.substr(0, space);
  const std::string_view value = arguments.substr(arguments.find_first_not_of(' ', space));
  ReplSettings changed = settings_;
  if (name == "max_tokens") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), changed.max_tokens);
    if (error != std::errc() || end != value.data() + value.size()) {
      return fail_hint(ErrorCode::kInvalidArgument, "give a whole number; 0 is no limit",
                       "max_tokens is '{}'", value);
    }
  } else {
    TRY(set_sampling_parameter(changed.sampling, name, value));
  }
  TRY(model_.check(changed));
  settings_ = std::move(changed);
  tell(fmt::format("{} is {}", name, value));
  return {};
}

Status Repl::set_system(std::string_view arguments) {
  conversation_.set_system(std::string(arguments));
  tell(arguments.empty() ? "there is no system message" : "the system message is set");
  return {};
}

Status Repl::set_verbose(std::string_view) {
  settings_.verbose = true;
  return {};
}

Status Repl::set_quiet(std::string_view) {
  settings_.verbose = false;
  return {};
}

Status Repl::set_think(std::string_view arguments) {
  const std::string level(arguments.empty() ? "on" : arguments);
  if (const auto levels = thinking_levels(); std::ranges::find(levels, level) == levels.end()) {
    return fail_hint(ErrorCode::kInvalidArgument, "use " + either(levels), "there is no level '{}'", level);
  }
  settings_.thinking.level = level;
  settings_.thinking.max_tokens.reset();
  tell(model_.thinks ? fmt::format("thinking is {}", level) : "this model does not think");
  return {};
}

Status Repl::set_no_think(std::string_view) { return set_think("off"); }

Status Repl::show_info(std::string_view) {
  tell(model_.info);
  return {};
}

Status Repl::show_parameters(std::string_view) {
  for (const SamplingParameter& parameter : sampling_parameters()) {
    tell(fmt::format("{:<20} {:<12} {}", parameter.name, parameter.get(settings_.sampling), parameter.help));
  }
  tell(fmt::format("{:<20} {:<12} most tokens of an answer; 0: as far as the context goes", "max_tokens",
                   settings_.max_tokens));
  return {};
}

Status Repl::show_system(std::string_view) {
  tell(conversation_.system().empty() ? "there is no system message" : conversation_.system());
  return {};
}

Status Repl::show_template(std::string_view) {
  tell(model_.chat_template);
  return {};
}

Status Repl::show_context(std::string_view) {
  constexpr size_t kWidth = 40;
  const size_t num_tokens = conversation_.empty() ? 0 : TRY(model_.count_tokens(conversation_));
  const size_t filled = std::min(kWidth, num_tokens * kWidth / std::max<size_t>(model_.context, 1));
  tell(fmt::format("[{}{}] {} of {} tokens", std::string(filled, '#'), std::string(kWidth - filled, '.'),
                   num_tokens, model_.context));
  return {};
}

Status Repl::clear(std::string_view) {
  conversation_.clear();
  tell("the conversation is forgotten");
  return {};
}

std::filesystem::path Repl::chat_file(std::string_view name) const {
  const bool is_path = name.find('/') != std::string_view::npos || name.ends_with(".json");
  return is_path ? expand_home(name) : io_.chats / (std::string(name) + ".json");
}

/// The folder of a conversation: made where it is missing, and where it is ours, for its owner alone.
Status Repl::prepare_chats(const std::filesystem::path& file) const {
  const std::filesystem::path folder = file.parent_path();
  std::error_code error;
  // To make "new/.." would be to take over the folder that "new" lies in.
  const std::filesystem::path plain = folder.lexically_normal();
  if (folder.empty() || (folder != io_.chats && std::filesystem::is_directory(plain, error))) return {};
  return make_private_folder(plain, note_to(io_.messages));
}

Status Repl::save(std::string_view arguments) {
  if (arguments.empty())
    return fail_hint(ErrorCode::kInvalidArgument, "write /save NAME", "a name is needed");
  const std::filesystem::path file = chat_file(arguments);
  TRY(prepare_chats(file));
  TRY(require_replaceable(file));
  TRY(write_named_file(file, conversation_.to_json().dump(2) + "\n"));
  tell(fmt::format("saved to {}", file.string()));
  return {};
}

Status Repl::load(std::string_view arguments) {
  if (arguments.empty())
    return fail_hint(ErrorCode::kInvalidArgument, "write /load NAME", "a name is needed");
  const std::filesystem::path file = chat_file(arguments);
  if (file.parent_path() == io_.chats) TRY(keep_private(file, note_to(io_.messages)));
  const std::string text = TRY(read_file(file, kMaxChatSize));
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return fail_hint(ErrorCode::kCorruptData, "load a file that /save wrote", "{} holds no JSON",
                     file.string());
  }
  conversation_ = TRY(Conversation::from_json(json));
  tell(fmt::format("loaded {} messages", conversation_.num_turns()));
  return {};
}

Status Repl::regenerate(std::string_view) {
  Conversation before = conversation_;
  if (!conversation_.empty() && !conversation_.ends_with_user()) conversation_.drop_last();
  if (!conversation_.ends_with_user()) {
    conversation_ = std::move(before);
    return fail(ErrorCode::kInvalidArgument, "there is no message to answer");
  }
  const Status status = respond();
  if (!status) conversation_ = std::move(before);
  return status;
}

Status Repl::undo(std::string_view) {
  if (conversation_.empty()) return fail(ErrorCode::kInvalidArgument, "there is nothing to take back");
  if (!conversation_.ends_with_user()) conversation_.drop_last();
  if (conversation_.ends_with_user()) conversation_.drop_last();
  tell(fmt::format("{} messages are left", conversation_.num_turns()));
  return {};
}

Status Repl::help(std::string_view) {
  for (const Entry& entry : commands()) {
    if (entry.help.empty()) continue;
    tell(fmt::format("{:<28} {}", fmt::format("{} {}", entry.words, entry.arguments), entry.help));
  }
  tell("\"\"\"                          begins and ends a message of several lines");
  tell("PATH, or @PATH in a message  the text of that file");
  tell("Ctrl-C                       stops the answer");
  return {};
}

Status Repl::leave(std::string_view) {
  done_ = true;
  return {};
}

}  // namespace hearth::cli
