#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/call/api_model.h"
#include "base/file.h"
#include "engine/pool/loaded_model.h"
#include "store/stored_model.h"

namespace hearth::server {

/// What stays the same for as long as the same seed gives the same text: the program, and the state of all
/// files of the weights as they were opened.
std::string fingerprint_of(std::span<const FileStamp> weights, std::string_view program_version);

/// What dialects must know of a loaded model, under the name `id`. Its tokenizer and template are made for
/// it, which may take a while. Errors: those of the vocabulary.
Result<api::ApiModel> describe_model(LoadedModel& model, std::string id, std::string_view program_version,
                                     const LogSink& log);

/// What a model's maker has set for its conversations, as its manifest says it; null: nothing. What is not
/// JSON is left out, which the log says.
std::shared_ptr<const api::ModelPreset> preset_of(const StoredModel& stored, const LogSink& log);

/// `defaults` with what a preset's options say of sampling, as far as it is legal.
SamplingParams preset_sampling(const api::ModelPreset& preset, SamplingParams defaults);

}  // namespace hearth::server
