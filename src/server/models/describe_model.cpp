#include "server/models/describe_model.h"

#include <vector>

#include <sys/stat.h>

#include "api/tools/chat_tools.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "engine/sample/generation_defaults.h"

namespace hearth::server {
namespace {

int64_t written_at(const std::filesystem::path& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 ? int64_t(info.st_mtime) : 0;
}

}  // namespace

std::string fingerprint_of(std::span<const FileStamp> weights, std::string_view program_version) {
  std::string facts(program_version);
  // Without what a restart of the machine may change: the numbers of devices.
  for (const FileStamp& part : weights) {
    facts += fmt::format(" {} {} {}", part.num_bytes, part.written_ns, part.changed_ns);
  }
  Sha256 hash;
  hash.update(std::as_bytes(std::span(facts)));
  return "fp_" + to_hex(hash.finish()).substr(0, 12);
}

Result<api::ApiModel> describe_model(LoadedModel& loaded, std::string id, std::string_view program_version,
                                     const LogSink& log) {
  api::ApiModel model;
  model.id = std::move(id);
  model.created = written_at(loaded.path());
  std::vector<FileStamp> parts;
  for (const MappedFile* file : loaded.files().files()) parts.push_back(file->stamp());
  model.fingerprint = fingerprint_of(parts, program_version);
  model.context = loaded.context();
  model.hidden_size = loaded.embedding_size();
  model.generates = !loaded.is_encoder();
  model.scores = loaded.scores();
  model.pooling = loaded.pooling();
  model.embedding = loaded.model().config().embedding;
  model.num_token_types = loaded.num_token_types();
  model.rerank_template = loaded.rerank_template();
  model.relevant_label = loaded.relevant_label();
  model.tokenizer = TRY(loaded.tokenizer());
  model.chat_template = TRY(loaded.chat_template());
  if (model.generates) {
    model.grammars = loaded.grammars();
    model.reasoning = find_reasoning_format(*model.chat_template);
    model.tools = find_tool_format(*model.chat_template);
    model.mark_tokens = api::mark_tokens(api::call_format(model), model.reasoning, *model.tokenizer);
  }
  const auto recommended = recommended_sampling(loaded.files().generation(log));
  model.default_sampling = recommended.value_or(SamplingParams{});
  model.recommends_sampling = recommended.has_value();
  return model;
}

SamplingParams preset_sampling(const api::ModelPreset& preset, SamplingParams defaults) {
  using Params = SamplingParams;
  constexpr std::pair<const char*, float Params::*> kReals[] = {
      {"temperature", &Params::temperature},
      {"top_p", &Params::top_p},
      {"min_p", &Params::min_p},
      {"typical_p", &Params::typical_p},
      {"repeat_penalty", &Params::repetition_penalty},
      {"presence_penalty", &Params::presence_penalty},
      {"frequency_penalty", &Params::frequency_penalty},
  };
  constexpr std::pair<const char*, int Params::*> kIntegers[] = {{"top_k", &Params::top_k},
                                                                 {"repeat_last_n", &Params::penalty_last_n}};
  const auto set = [&](const auto& names, auto is_right) {
    for (const auto& [name, member] : names) {
      const auto given = preset.options.find(name);
      if (given == preset.options.end() || !is_right(*given)) continue;
      Params changed = defaults;
      given->get_to(changed.*member);
      if (validate(changed, 1)) defaults = std::move(changed);
    }
  };
  set(kReals, [](const api::Json& value) { return value.is_number(); });
  set(kIntegers, [](const api::Json& value) { return value.is_number_integer(); });
  return defaults;
}

std::shared_ptr<const api::ModelPreset> preset_of(const StoredModel& stored, const LogSink& log) {
  api::ModelPreset preset;
  preset.system = stored.system.value_or("");
  const auto read = [&](const std::string& text, const char* what, bool is_right(const api::Json&),
                        api::Json& into) {
    if (text.empty()) return;
    auto json = api::parse_json(text);
    if (json && is_right(*json)) {
      into = *std::move(json);
    } else {
      log(LogLevel::kWarning,
          fmt::format("the {} of {} cannot be read and are left out", what, stored.name.text()));
    }
  };
  read(stored.messages, "messages", [](const api::Json& json) { return json.is_array(); }, preset.messages);
  read(
      stored.parameters, "parameters", [](const api::Json& json) { return json.is_object(); },
      preset.options);
  if (preset.system.empty() && preset.messages.empty() && preset.options.empty()) return nullptr;
  return std::make_shared<const api::ModelPreset>(std::move(preset));
}

}  // namespace hearth::server
