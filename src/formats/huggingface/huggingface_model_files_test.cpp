#include "formats/huggingface/huggingface_model_files.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/config.h"
#include "formats/open_model_files.h"
#include "formats/testing/model_folder.h"
#include "formats/testing/safetensors_builder.h"

namespace hearth {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// A folder whose config.json a test changes. Its tensors are only those that the configuration looks at.
class HuggingFaceTest : public testing::Test {
 protected:
  HuggingFaceTest() {
    folder_.write("model.safetensors",
                  SafetensorsBuilder()
                      .add("model.embed_tokens.weight", "F32", "[4,8]", std::string(128, '\0'))
                      .add("lm_head.weight", "F32", "[4,8]", std::string(128, '\0'))
                      .build());
  }

  Result<std::unique_ptr<HuggingFaceModelFiles>> open() {
    folder_.write("config.json", config_.dump());
    return HuggingFaceModelFiles::open(folder_.path());
  }
  Result<ModelConfig> read(const CheckpointConventions& conventions = {}) {
    notes_.clear();
    const auto files = TRY(open());
    return read_config(*files, conventions,
                       [&](LogLevel, std::string_view line) { notes_.emplace_back(line); });
  }
  void expect_error(ErrorCode code, const std::string& message) {
    const Result<ModelConfig> config = read();
    ASSERT_FALSE(config.has_value()) << message;
    EXPECT_EQ(config.error().code, code) << config.error().message;
    EXPECT_THAT(config.error().message, HasSubstr(message));
  }

  ModelFolder folder_{"huggingface"};
  std::vector<std::string> notes_;
  json config_ = json::parse(R"({
    "architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
    "head_dim": 16, "hidden_act": "silu", "rope_theta": 500000.0, "sliding_window": null, "eos_token_id": 3})");
};

TEST_F(HuggingFaceTest, ReadsSizes) {
  const Result<ModelConfig> config = read();
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->architecture, "LlamaForCausalLM");
  EXPECT_EQ(config->vocab_size, 4);
  EXPECT_EQ(config->hidden_size, 8);
  EXPECT_EQ(config->num_key_value_heads, 1);
  EXPECT_EQ(config->head_dim, 16);
  EXPECT_EQ(config->value_head_dim, 16);
  EXPECT_EQ(config->rotary_dim, 16);
  EXPECT_EQ(config->rope_theta, 500000.0f);
  EXPECT_EQ(config->sliding_window, 0);
  EXPECT_FALSE(config->tie_word_embeddings);
  EXPECT_EQ(config->rope_scaling.type, RopeScaling::Type::kNone);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(HuggingFaceTest, DerivesWhatIsNotGiven) {
  config_.erase("head_dim");
  config_.erase("num_key_value_heads");
  config_["partial_rotary_factor"] = 0.5;
  const ModelConfig config = read().value();
  EXPECT_EQ(config.head_dim, 4);
  EXPECT_EQ(config.value_head_dim, 4);
  EXPECT_EQ(config.num_key_value_heads, 2);
  EXPECT_EQ(config.rotary_dim, 2);
  EXPECT_EQ(config.attention_scale, 0.5f);
}

TEST_F(HuggingFaceTest, ADefaultStandsInForWhatIsAbsentButNotForNull) {
  const CheckpointConventions conventions{.defaults = {{"final_logit_softcapping", 30.0}}};
  EXPECT_EQ(read(conventions)->final_logit_softcapping, 30.0f);
  config_["final_logit_softcapping"] = nullptr;
  EXPECT_EQ(read(conventions)->final_logit_softcapping, 0.0f);
  EXPECT_TRUE(notes_.empty());
  // Null in one place, a value in another.
  config_["rope_scaling"] = nullptr;
  config_["rope_parameters"] = {{"rope_theta", nullptr}};
  EXPECT_EQ(read(conventions)->rope_theta, 500000.0f);
}

TEST_F(HuggingFaceTest, TiedHeadsAreTheEmbedding) {
  config_["tie_word_embeddings"] = true;
  EXPECT_TRUE(read()->tie_word_embeddings);
  EXPECT_EQ(open().value()->tensors({}).value()->find("output.weight"), nullptr);
}

TEST_F(HuggingFaceTest, NamesEveryKeyThatIsWrong) {
  struct Fault {
    const char* key;
    json value;
    const char* message;
    ErrorCode code = ErrorCode::kCorruptData;
  };
  const Fault kFaults[] = {
      {"num_hidden_layers", nullptr, "config.json: num_hidden_layers is missing"},
      {"num_hidden_layers", 0, "config.json: num_hidden_layers is 0, but must be 1 to 4096"},
      {"hidden_size", "8", "config.json: hidden_size is the string \"8\", not an integer"},
      {"hidden_size", 8.5, "config.json: hidden_size is the number 8.5, not an integer"},
      {"hidden_size", json::array({1, 2}), "config.json: hidden_size is an array of 2, not an integer"},
      {"intermediate_size", json::array({16, 8}), "is 8 for layer 1 but 16 for others",
       ErrorCode::kUnsupported},
      {"num_attention_heads", -7, "config.json: num_attention_heads is -7"},
      {"num_key_value_heads", 5, "config.json: num_key_value_heads is 5, which does not divide"},
      {"head_dim", 1000000, "config.json: head_dim is 1000000"},
      {"rms_norm_eps", 7, "config.json: rms_norm_eps is 7"},
      {"rope_theta", "x", "config.json: rope_theta is the string"},
      {"partial_rotary_factor", 1.5, "config.json: partial_rotary_factor is 1.5"},
      {"hidden_act", "snake", "config.json: hidden_act is \"snake\"", ErrorCode::kUnsupported},
      {"num_experts", 5000, "config.json: num_experts is 5000"},
      {"num_local_experts", 4, "config.json: num_experts_per_tok is missing"},
      {"n_shared_experts", 0, ""},
      {"is_causal", false, "is_causal is false", ErrorCode::kUnsupported},
      {"architectures", "LlamaForCausalLM", "architectures is missing or no list"},
      {"architectures", json::array(), "architectures is missing or no list"},
      {"architectures", json::array({"a b"}), "architectures[0] is \"a b\""},
      {"tie_word_embeddings", "yes", "config.json: tie_word_embeddings is the string"},
      {"quantization_config", {{"quant_method", "gptq"}}, "quantised by \"gptq\"", ErrorCode::kUnsupported},
      {"quantization_config", {{"quant_method", "mxfp4"}}, ""},
      {"quantization_config", {{"bits", 4}}, "a method that it does not name", ErrorCode::kUnsupported},
  };
  const json original = config_;
  for (const Fault& fault : kFaults) {
    SCOPED_TRACE(fault.key);
    config_ = original;
    config_[fault.key] = fault.value;
    if (*fault.message == '\0') {
      EXPECT_TRUE(read().has_value());
    } else {
      expect_error(fault.code, fault.message);
    }
  }
}

TEST_F(HuggingFaceTest, NotesWhatSaysNone) {
  config_["num_key_value_heads"] = 0;
  EXPECT_EQ(read()->num_key_value_heads, 2);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("config.json: num_key_value_heads is the number 0")));
}

TEST_F(HuggingFaceTest, ReadsRopeScalingOfOldAndNewFiles) {
  using Type = RopeScaling::Type;
  config_["rope_scaling"] = {{"type", "linear"}, {"factor", 4.0}};
  EXPECT_EQ(read()->rope_scaling.type, Type::kLinear);
  EXPECT_EQ(read()->rope_scaling.factor, 4.0f);
  config_["rope_scaling"] = {
      {"rope_type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 1024}};
  const RopeScaling yarn = read()->rope_scaling;
  EXPECT_EQ(yarn.type, Type::kYarn);
  EXPECT_EQ(yarn.original_max_position_embeddings, 1024);
  EXPECT_NEAR(yarn.attention_factor, 0.1 * std::log(4.0) + 1.0, 1e-6);
  config_["rope_scaling"]["mscale"] = 1.0;
  config_["rope_scaling"]["mscale_all_dim"] = 1.0;
  EXPECT_EQ(read()->rope_scaling.attention_factor, 1.0f);
  config_["rope_scaling"]["attention_factor"] = 1.5;
  EXPECT_EQ(read()->rope_scaling.attention_factor, 1.5f);
  EXPECT_TRUE(read()->rope_scaling.truncate);
  config_["rope_scaling"]["truncate"] = false;
  EXPECT_FALSE(read()->rope_scaling.truncate);

  config_.erase("rope_scaling");
  config_.erase("rope_theta");
  config_["rope_parameters"] = {{"rope_type", "llama3"},   {"rope_theta", 1e4},
                                {"factor", 8.0},           {"low_freq_factor", 1.0},
                                {"high_freq_factor", 4.0}, {"original_max_position_embeddings", 64}};
  const ModelConfig llama3 = read().value();
  EXPECT_EQ(llama3.rope_theta, 1e4f);
  ASSERT_EQ(llama3.rope_scaling.freq_factors.size(), 8u);
  EXPECT_EQ(llama3.rope_scaling.freq_factors.front(), 1.0f);
  EXPECT_EQ(llama3.rope_scaling.freq_factors.back(), 8.0f);
  config_["rope_parameters"]["high_freq_factor"] = 1.0;
  expect_error(ErrorCode::kCorruptData, "rope_parameters.high_freq_factor is 1, but must be above");
  config_["rope_parameters"].erase("low_freq_factor");
  expect_error(ErrorCode::kCorruptData, "rope_parameters.low_freq_factor is missing");
  config_["rope_parameters"]["rope_type"] = "proportional";
  expect_error(ErrorCode::kUnsupported, "rope_parameters.rope_type is \"proportional\"");
  config_["rope_parameters"]["rope_type"] = "dynamic";
  const RopeScaling dynamic = read()->rope_scaling;
  EXPECT_EQ(dynamic.type, Type::kDynamic);
  EXPECT_EQ(dynamic.factor, 8.0f);
  EXPECT_EQ(dynamic.original_max_position_embeddings, 4096);
  config_["rope_parameters"]["alpha"] = 1000.0;
  const RopeScaling alpha = read()->rope_scaling;
  EXPECT_EQ(alpha.type, Type::kNtkAlpha);
  EXPECT_EQ(alpha.factor, 1000.0f);
}

TEST_F(HuggingFaceTest, ReadsLongRope) {
  config_["original_max_position_embeddings"] = 1024;
  config_["rope_scaling"] = {{"type", "longrope"},
                             {"short_factor", std::vector<float>(8, 1.0f)},
                             {"long_factor", std::vector<float>(8, 4.0f)}};
  const RopeScaling scaling = read()->rope_scaling;
  EXPECT_EQ(scaling.type, RopeScaling::Type::kLongRope);
  EXPECT_EQ(scaling.original_max_position_embeddings, 1024);
  EXPECT_THAT(scaling.long_factors, testing::Each(4.0f));
  EXPECT_NEAR(scaling.attention_factor, std::sqrt(1 + std::log(4.0) / std::log(1024.0)), 1e-6);
  config_["rope_scaling"]["long_factor"] = std::vector<float>(7, 4.0f);
  expect_error(ErrorCode::kCorruptData, "rope_scaling.long_factor has 7 entries, but must have 8");
  config_["rope_scaling"]["long_factor"] = std::vector<float>(8, 0.0f);
  expect_error(ErrorCode::kCorruptData, "rope_scaling.long_factor[0] is 0");
  config_["rope_scaling"].erase("long_factor");
  expect_error(ErrorCode::kCorruptData, "is missing");
  config_.erase("original_max_position_embeddings");
}

TEST_F(HuggingFaceTest, ReadsWindows) {
  config_["sliding_window"] = 64;
  config_["layer_types"] = {"sliding_attention", "full_attention"};
  const auto set = [&](const std::function<Status(ModelConfig&, const ConfigKeys&)>& set_layers) {
    ModelConfig config = read().value();
    const auto files = open().value();
    const Status status = set_layers(config, files->config({}, no_log()));
    return status ? config.layer_types : std::vector<LayerType>();
  };
  const auto by_period = [](ModelConfig& config, const ConfigKeys& keys) {
    return set_sliding_layers(config, keys, 0);
  };
  constexpr auto kFull = LayerType::kFullAttention, kSliding = LayerType::kSlidingAttention;
  EXPECT_THAT(set(by_period), ElementsAre(kSliding, kFull));
  EXPECT_THAT(set(&set_used_sliding_layers), ElementsAre(kFull, kFull));
  config_["use_sliding_window"] = true;
  EXPECT_THAT(set(&set_used_sliding_layers), ElementsAre(kSliding, kFull));
  config_.erase("layer_types");
  EXPECT_THAT(set(by_period), ElementsAre(kSliding, kSliding));
  for (const auto& [letters, first] : {std::pair("LG", kSliding), {"GL", kFull}, {"LLLG", kSliding}}) {
    config_["sliding_window_pattern"] = letters;
    EXPECT_THAT(set(by_period), ElementsAre(first, kFull)) << letters;
  }
  for (const char* letters : {"", "LX", "lg"}) {
    config_["sliding_window_pattern"] = letters;
    EXPECT_THAT(set(by_period), testing::IsEmpty()) << letters;
  }
  config_.erase("sliding_window_pattern");
  EXPECT_THAT(set(&set_used_sliding_layers), testing::IsEmpty()) << "max_window_layers is missing";
  config_["max_window_layers"] = 1;
  EXPECT_THAT(set(&set_used_sliding_layers), ElementsAre(kFull, kSliding));
  config_["layer_types"] = {"sliding_attention", "chunked_attention"};
  EXPECT_THAT(set(by_period), testing::IsEmpty());
  config_["layer_types"] = {"sliding_attention"};
  EXPECT_THAT(set(by_period), testing::IsEmpty());
}

TEST_F(HuggingFaceTest, TakesDefaultsOfTheArchitecture) {
  config_["num_experts"] = 4;
  config_["num_experts_per_tok"] = 2;
  EXPECT_TRUE(read()->norm_topk_prob);
  EXPECT_FALSE(read({.defaults = {{"norm_topk_prob", false}}})->norm_topk_prob);
  config_["norm_topk_prob"] = true;
  EXPECT_TRUE(read({.defaults = {{"norm_topk_prob", false}}})->norm_topk_prob);
}

TEST_F(HuggingFaceTest, ReadsWhichLayersHaveExperts) {
  config_["num_hidden_layers"] = 6;
  config_["moe_num_experts"] = 4;
  config_["moe_k"] = 2;
  const auto layers = [&] {
    std::vector<int> found;
    const Result<ModelConfig> config = read();
    for (size_t layer = 0; config && layer < config->expert_layers.size(); ++layer) {
      if (config->expert_layers[layer]) found.push_back(int(layer));
    }
    return found;
  };
  EXPECT_THAT(layers(), ElementsAre(0, 1, 2, 3, 4, 5));
  config_["moe_layer_end_index"] = -1;
  config_["moe_layer_start_index"] = 1;
  EXPECT_THAT(layers(), ElementsAre(1, 2, 3, 4, 5));
  config_["moe_layer_interval"] = 2;
  EXPECT_THAT(layers(), ElementsAre(1, 3, 5));
  config_["moe_layer_end_index"] = 4;
  EXPECT_THAT(layers(), ElementsAre(1, 3));
  config_["mlp_only_layers"] = {1};
  EXPECT_THAT(layers(), ElementsAre(3));
  config_["moe_layers"] = {0, 1, 5};
  EXPECT_THAT(layers(), ElementsAre(0, 5));
}

/// As Hunyuan A13B gives them.
TEST_F(HuggingFaceTest, ReadsExpertsOfLayersThatAreAllAlike) {
  config_["num_experts"] = 8;
  config_["moe_topk"] = {3, 3};
  config_["moe_intermediate_size"] = {12, 12};
  config_["num_shared_expert"] = {2, 2};
  const ModelConfig config = read().value();
  EXPECT_EQ(config.num_experts_per_tok, 3);
  EXPECT_EQ(config.moe_intermediate_size, 12);
  EXPECT_EQ(config.shared_expert_intermediate_size, 24);
  config_["moe_topk"] = {3, 4};
  expect_error(ErrorCode::kUnsupported, "moe_topk is 4 for layer 1 but 3 for others");
}

TEST_F(HuggingFaceTest, TakesOneMagnitudeOfShortAndLongContexts) {
  config_["original_max_position_embeddings"] = 1024;
  config_["rope_scaling"] = {{"type", "longrope"},
                             {"short_factor", std::vector<float>(8, 1.0f)},
                             {"long_factor", std::vector<float>(8, 4.0f)},
                             {"short_mscale", 1.25},
                             {"long_mscale", 1.25}};
  EXPECT_EQ(read()->rope_scaling.attention_factor, 1.25f);
  config_["rope_scaling"]["long_mscale"] = 1.5;
  expect_error(ErrorCode::kUnsupported,
               "rope_scaling.short_mscale is 1.25 and config.json: rope_scaling.long_mscale 1.5");
}

TEST_F(HuggingFaceTest, RefusesBoundedTimeSteps) {
  config_["expand"] = 2;
  config_["num_heads"] = 4;
  config_["state_size"] = 8;
  config_["conv_kernel"] = 4;
  const auto read_limits = [&](const std::string& limits) {
    const std::string text = config_.dump();
    folder_.write("config.json", text.substr(0, text.size() - 1) + ",\"time_step_limit\":" + limits + "}");
    const auto files = HuggingFaceModelFiles::open(folder_.path()).value();
    return read_config(*files, {}, no_log(), {.attention = true, .feed_forward = true, .state_space = true});
  };
  for (const char* none : {"null", "[0.0, Infinity]", R"([0.0, {"__float__": "Infinity"}])", "[0, NaN]"}) {
    EXPECT_TRUE(read_limits(none).has_value()) << none;
  }
  for (const char* some : {"[0.0, 0.1]", "[0.001, Infinity]", "[1, 2]"}) {
    const auto config = read_limits(some);
    ASSERT_FALSE(config.has_value()) << some;
    EXPECT_EQ(config.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(config.error().message, HasSubstr("config.json: time_step_limit"));
  }
}

TEST_F(HuggingFaceTest, TakesNumbersThatOnlyPythonWrites) {
  const std::string text = config_.dump();
  folder_.write("config.json", text.substr(0, text.size() - 1) +
                                   R"(,"a":-Infinity,"b":[NaN],"c":"NaN\"Infinity","\\":NaN})");
  const auto files = HuggingFaceModelFiles::open(folder_.path());
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_TRUE((*files)->config_json()["a"].is_null());
  EXPECT_TRUE((*files)->config_json()["b"][0].is_null());
  EXPECT_EQ((*files)->config_json()["c"], "NaN\"Infinity");
  EXPECT_TRUE((*files)->config_json()["\\"].is_null());
}

TEST_F(HuggingFaceTest, ReadsTheTextModelOfAModelOfSeveralInputs) {
  folder_.write("model.safetensors",
                SafetensorsBuilder()
                    .add("language_model.model.embed_tokens.weight", "F32", "[4,8]", std::string(128, '\0'))
                    .build());
  const json text = config_;
  config_ = {{"architectures", {"ThingForConditionalGeneration"}}, {"text_config", text}};
  ModelConfig config = read().value();
  EXPECT_EQ(config.architecture, "LlamaForCausalLM");
  EXPECT_EQ(config.head_dim, 16);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_THAT(open().value()->eos_token_ids().value(), ElementsAre(3));
  config_["text_config"]["hidden_size"] = "8";
  expect_error(ErrorCode::kCorruptData, "config.json: text_config.hidden_size is the string");
  config_["text_config"].erase("hidden_size");
  expect_error(ErrorCode::kCorruptData, "config.json: text_config.hidden_size is missing");
  config_["hidden_size"] = 8;
  EXPECT_EQ(read()->hidden_size, 8) << "what the text model does not say, its whole does";
  config_["text_config"]["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 2.0}};
  EXPECT_EQ(read()->rope_scaling.type, RopeScaling::Type::kLinear);

  config_["text_config"]["architectures"] = nullptr;
  const std::pair<const char*, const char*> kTypes[] = {{"llama", "LlamaForCausalLM"},
                                                        {"gemma3_text", "Gemma3ForCausalLM"},
                                                        {"qwen3_moe", "Qwen3MoeForCausalLM"},
                                                        {"gpt_oss", "GptOssForCausalLM"}};
  for (const auto& [type, name] : kTypes) {
    config_["text_config"]["model_type"] = type;
    EXPECT_EQ(read()->architecture, name);
  }
  for (const json& none : {json(7), json("a b"), json("")}) {
    config_["text_config"]["model_type"] = none;
    expect_error(ErrorCode::kCorruptData, "text_config.model_type is missing or no name");
  }
}

TEST_F(HuggingFaceTest, RefusesTensorsOfTypesThatCannotBeRead) {
  folder_.write("model.safetensors", SafetensorsBuilder().add("a", "F8_E5M2", "[4]", "1234").build());
  const auto files = open();
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(files.error().message, HasSubstr("F8_E5M2"));
}

TEST_F(HuggingFaceTest, ReadsWhatEndsACompletion) {
  EXPECT_THAT(open().value()->eos_token_ids().value(), ElementsAre(3));
  folder_.write("generation_config.json", R"({"eos_token_id": [2, 1], "temperature": 0.5})");
  const auto files = open().value();
  EXPECT_THAT(files->eos_token_ids().value(), ElementsAre(2, 1));
  EXPECT_EQ(files->generation(no_log()).usable<float>("temperature"), 0.5f);
  folder_.write("generation_config.json", R"({"eos_token_id": "x"})");
  EXPECT_FALSE(open().value()->eos_token_ids().has_value());
  folder_.write("generation_config.json", R"({"eos_token_id": [-1]})");
  EXPECT_FALSE(open().value()->eos_token_ids().has_value());
}

TEST_F(HuggingFaceTest, RefusesFilesThatAreNoJson) {
  for (const char* text : {"", "[]", "{", "{\"a\":1e999}", "\xff", "7"}) {
    folder_.write("generation_config.json", text);
    const auto files = open();
    ASSERT_FALSE(files.has_value()) << text;
    EXPECT_EQ(files.error().code, ErrorCode::kCorruptData);
    EXPECT_THAT(files.error().message, HasSubstr("generation_config.json"));
  }
  folder_.write("generation_config.json",
                "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}");
  EXPECT_EQ(open().error().code, ErrorCode::kResourceLimit);
}

TEST_F(HuggingFaceTest, HasNoVocabularyYet) {
  const auto files = open().value();
  EXPECT_EQ(files->num_tokens(), 0u);
  const auto vocabulary = files->vocabulary(no_log());
  EXPECT_EQ(vocabulary.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(vocabulary.error().message, HasSubstr("text needs a vocabulary"));
  EXPECT_EQ(open_vocabulary(folder_.path()).error().message, vocabulary.error().message);
  EXPECT_FALSE(files->chat_templates(no_log()).default_source.has_value());
  folder_.write("chat_template.jinja", "{{ messages }}");
  EXPECT_EQ(files->chat_templates(no_log()).default_source, "{{ messages }}");
}

TEST_F(HuggingFaceTest, IsIdentifiedByAllThatIsComputedWith) {
  const auto files = open().value();
  std::vector<std::string> names;
  for (const MappedFile* file : files->files()) names.push_back(file->path().filename());
  EXPECT_THAT(names, ElementsAre("config.json", "model.safetensors"));
}

TEST(OpenModelFiles, TellsFilesFromFolders) {
  const ModelFolder folder("parts");
  EXPECT_EQ(open_model_files(folder.path()).error().code, ErrorCode::kInvalidArgument);
  folder.write("model.safetensors", "x");
  for (const char* name : {"model.safetensors", "config.json"}) {
    const auto files = open_model_files(folder.path() / name);
    EXPECT_EQ(files.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(files.error().hint, HasSubstr("name the folder: " + folder.path().string()));
  }
}

}  // namespace
}  // namespace hearth
