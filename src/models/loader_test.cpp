#include "models/loader.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/backends.h"
#include "base/file.h"
#include "formats/gguf/gguf_model_files.h"
#include "models/testing/gguf_editor.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

namespace hearth {

namespace {

using testing::HasSubstr;

/// Loads files that tests make up, and runs what does load.
class LoaderTest : public testing::Test {
 protected:
  static std::string fixture(const std::string& name) { return *read_file(TinyModel::path(name), 1 << 20); }

  /// The error of loading; nothing where the model loaded and a batch ran.
  std::optional<Error> load(const std::string& file) {
    Result<GgufFile> gguf = GgufFile::parse(as_bytes(file));
    if (!gguf) return gguf.error();
    std::vector<GgufFile> parts;
    parts.push_back(std::move(*gguf));
    Result<std::unique_ptr<GgufModelFiles>> files = GgufModelFiles::from_parts(std::move(parts));
    if (!files) return files.error();
    notes_.clear();
    const LogSink log = [this](LogLevel, std::string_view line) { notes_.emplace_back(line); };
    Result<std::unique_ptr<CausalModel>> model =
        load_causal_model(**files, *backend_, {.max_batch_tokens = 8, .log = log});
    // What is known before a load fails alike.
    const auto memory = plan_model_memory(**files, *backend_, {.max_batch_tokens = 8});
    EXPECT_EQ(memory.has_value(), model.has_value());
    if (!model) return model.error();
    const int32_t tokens[] = {3, 1, 2};
    const PagedCache cache(**model, DType::kF32, 1, 3);
    const SequencePart part{0, tokens, 0, 3};
    run_batch(**model, cache, {&part, 1});
    return std::nullopt;
  }

  static ModelConfig config_of(const std::string& file) {
    std::vector<GgufFile> parts;
    parts.push_back(*GgufFile::parse(as_bytes(file)));
    return describe_model(**GgufModelFiles::from_parts(std::move(parts)))->config;
  }

  /// Whether the tensor is of a layer that the model is computed without.
  static bool is_left_out(const ModelConfig& config, std::string_view tensor) {
    return config.num_nextn_layers > 0 &&
           tensor.starts_with(fmt::format("blk.{}.", config.num_hidden_layers));
  }

  /// Demands a load error that names `name`.
  void expect_error(const std::string& file, const std::string& name) {
    const std::optional<Error> error = load(file);
    ASSERT_TRUE(error.has_value()) << "loaded, but for " << name;
    EXPECT_THAT(error->message, HasSubstr(name));
    EXPECT_TRUE(error->code == ErrorCode::kCorruptData || error->code == ErrorCode::kUnsupported)
        << error->message;
  }

  /// Demands that the file loads, with one note that names `key`.
  void expect_note(const std::string& file, const std::string& key) {
    const std::optional<Error> error = load(file);
    ASSERT_FALSE(error.has_value()) << key << ": " << error->message;
    EXPECT_THAT(notes_, testing::ElementsAre(testing::StartsWith(key + " is ")));
  }

  std::vector<std::string> notes_;  ///< of the last load
  ThreadPool pool_{1};
  std::unique_ptr<Backend> backend_ = make_reference_backend(pool_);
};

TEST_F(LoaderTest, LoadsTheUnchangedFile) {
  const std::string file = fixture("llama3");
  EXPECT_EQ(GgufEditor(file).bytes(), file);
  EXPECT_FALSE(load(file).has_value());
}

TEST_F(LoaderTest, NamesAnUnknownArchitectureAndItsRelatives) {
  const std::string file = fixture("llama3");
  GgufEditor editor(file);
  editor.set_text("general.architecture", "perceptron");
  const std::optional<Error> error = load(editor.bytes());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kUnsupported);
  EXPECT_THAT(error->message, HasSubstr("perceptron"));
  EXPECT_EQ(error->hint, "`hearth architectures` lists all that this build runs");
  editor.set_text("general.architecture", "starcoder9");
  EXPECT_THAT(load(editor.bytes())->hint, HasSubstr("of its family there are "));
  EXPECT_THAT(load(editor.bytes())->hint, HasSubstr("starcoder2"));
  editor.set_text("general.architecture", "clip");
  EXPECT_EQ(load(editor.bytes())->hint, "name the file of the model that it belongs to");
}

TEST_F(LoaderTest, RefusesAnArchitectureThatIsNoName) {
  const std::string file = fixture("llama3");
  for (const std::string& name : {std::string(), std::string("\x1b[31m"), std::string(1000, 'a')}) {
    GgufEditor editor(file);
    editor.set_text("general.architecture", name);
    expect_error(editor.bytes(), "general.architecture");
  }
  GgufEditor editor(file);
  editor.erase("general.architecture");
  expect_error(editor.bytes(), "general.architecture");
}

TEST_F(LoaderTest, NamesTheMissingKey) {
  const std::string file = fixture("llama3");
  for (const char* key :
       {"llama.block_count", "llama.embedding_length", "llama.feed_forward_length",
        "llama.attention.head_count", "llama.context_length", "llama.attention.layer_norm_rms_epsilon"}) {
    GgufEditor editor(file);
    editor.erase(key);
    expect_error(editor.bytes(), key);
  }
}

struct KeyOfFixture {
  const char* fixture;
  const char* key;
};

constexpr KeyOfFixture kCounts[] = {
    {"llama3", "llama.block_count"},
    {"llama3", "llama.embedding_length"},
    {"llama3", "llama.feed_forward_length"},
    {"llama3", "llama.attention.head_count"},
    {"llama3", "llama.attention.head_count_kv"},
    {"llama3", "llama.attention.key_length"},
    {"llama3", "llama.attention.value_length"},
    {"llama3", "llama.rope.dimension_count"},
    {"llama3", "llama.context_length"},
    {"qwen3_moe", "qwen3moe.expert_count"},
    {"qwen3_moe", "qwen3moe.expert_used_count"},
    {"qwen3_moe", "qwen3moe.expert_feed_forward_length"},
    {"deepseek_v3", "deepseek2.attention.q_lora_rank"},
    {"deepseek_v3", "deepseek2.attention.kv_lora_rank"},
    {"deepseek_v3", "deepseek2.attention.key_length_mla"},
    {"deepseek_v3", "deepseek2.attention.value_length_mla"},
    {"deepseek_v3", "deepseek2.rope.dimension_count"},
    {"deepseek_v3", "deepseek2.expert_group_count"},
    {"deepseek_v3", "deepseek2.expert_group_used_count"},
    {"deepseek_v3", "deepseek2.leading_dense_block_count"},
    {"qwen2_moe", "qwen2moe.expert_shared_feed_forward_length"},
    {"mamba2_groups", "mamba2.block_count"},
    {"mamba2_groups", "mamba2.ssm.conv_kernel"},
    {"mamba2_groups", "mamba2.ssm.inner_size"},
    {"mamba2_groups", "mamba2.ssm.state_size"},
    {"mamba2_groups", "mamba2.ssm.time_step_rank"},
    {"mamba2_groups", "mamba2.ssm.group_count"},
};

TEST_F(LoaderTest, RefusesCountsBeyondAllBounds) {
  for (const auto& [name, key] : kCounts) {
    const std::string file = fixture(name);
    for (const int64_t value : {int64_t{-2}, int64_t{1} << 31, (int64_t{1} << 32) - 2, int64_t{1} << 32,
                                std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kInt64, value);
      expect_error(editor.bytes(), key);
    }
    GgufEditor editor(file);
    editor.set(key, MetadataType::kUint64, std::numeric_limits<uint64_t>::max());
    expect_error(editor.bytes(), key);
    editor.set_text(key, "4");
    expect_error(editor.bytes(), key);
  }
}

TEST_F(LoaderTest, RefusesCountsThatMustBeThereAndSayNone) {
  for (const char* key :
       {"qwen3moe.block_count", "qwen3moe.embedding_length", "qwen3moe.feed_forward_length",
        "qwen3moe.attention.head_count", "qwen3moe.context_length", "qwen3moe.expert_used_count"}) {
    const std::string file = fixture("qwen3_moe");
    for (const int64_t none : {int64_t{0}, int64_t{-1}, int64_t{0xffffffff}}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kInt64, none);
      expect_error(editor.bytes(), key);
    }
  }
}

TEST_F(LoaderTest, RefusesModelsWithoutWhatTheirArchitectureIs) {
  for (const auto& [name, key] :
       {KeyOfFixture{"qwen3_moe", "qwen3moe.expert_count"}, KeyOfFixture{"gpt_oss", "gpt-oss.expert_count"},
        KeyOfFixture{"gpt_oss", "gpt-oss.attention.sliding_window"},
        KeyOfFixture{"cohere2", "cohere2.attention.sliding_window"},
        KeyOfFixture{"qwen2_moe", "qwen2moe.expert_count"},
        KeyOfFixture{"qwen2_moe", "qwen2moe.expert_shared_feed_forward_length"}}) {
    const std::string file = fixture(name);
    GgufEditor editor(file);
    editor.erase(key);
    expect_error(editor.bytes(), key);
    editor.set(key, MetadataType::kUint32, 0u);
    expect_error(editor.bytes(), key);
  }
}

TEST_F(LoaderTest, RefusesStateSpacesWithoutSizes) {
  const std::string file = fixture("mamba2_groups");
  for (const char* key : {"mamba2.ssm.conv_kernel", "mamba2.ssm.inner_size", "mamba2.ssm.state_size",
                          "mamba2.ssm.time_step_rank"}) {
    GgufEditor editor(file);
    editor.erase(key);
    expect_error(editor.bytes(), key);
    editor.set(key, MetadataType::kUint32, 0u);
    expect_error(editor.bytes(), key);
  }
  for (const char* key : {"mamba2.ssm.time_step_rank", "mamba2.ssm.group_count"}) {
    GgufEditor editor(file);
    editor.set(key, MetadataType::kUint32, 3u);
    expect_error(editor.bytes(), key);
  }
}

/// Converters leave out, or set to 0, what a model without attention and feed-forwards has not.
TEST_F(LoaderTest, StateSpacesNeedNoHeads) {
  const std::string file = fixture("mamba2");
  for (const char* key : {"mamba2.attention.head_count", "mamba2.feed_forward_length"}) {
    GgufEditor editor(file);
    editor.erase(key);
    EXPECT_FALSE(load(editor.bytes()).has_value());
    EXPECT_THAT(notes_, testing::IsEmpty());
  }
}

TEST_F(LoaderTest, TakesWhatSaysNoneAsNotGiven) {
  // The fixture has what each stands for where it is absent.
  constexpr KeyOfFixture kCountKeys[] = {
      {"qwen2", "qwen2.attention.key_length"},
      {"qwen2", "qwen2.attention.value_length"},
      {"qwen2", "qwen2.rope.dimension_count"},
      {"qwen2", "qwen2.rope.scaling.original_context_length"},
  };
  for (const auto& [name, key] : kCountKeys) {
    const std::string file = fixture(name);
    for (const int64_t none : {int64_t{0}, int64_t{-1}, int64_t{0xffffffff}}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kInt64, none);
      expect_note(editor.bytes(), key);
    }
    GgufEditor editor(file);
    editor.set(key, MetadataType::kFloat32, 0.0f);
    expect_note(editor.bytes(), key);
    editor.set_text(key, "");
    expect_note(editor.bytes(), key);
    editor.set_array(key, MetadataType::kUint32, std::vector<uint32_t>{});
    expect_note(editor.bytes(), key);
  }
  constexpr KeyOfFixture kNumberKeys[] = {
      {"qwen2", "qwen2.rope.freq_base"},       {"qwen2", "qwen2.rope.scale_linear"},
      {"qwen2", "qwen2.rope.scaling.factor"},  {"qwen2", "qwen2.rope.scaling.attn_factor"},
      {"qwen2", "qwen2.attention.scale"},      {"qwen3_yarn", "qwen3.rope.scaling.yarn_beta_fast"},
      {"gemma3", "gemma3.rope.freq_base_swa"},
  };
  for (const auto& [name, key] : kNumberKeys) {
    const std::string file = fixture(name);
    for (const float none : {0.0f, -1.0f}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kFloat32, none);
      expect_note(editor.bytes(), key);
    }
  }
}

TEST_F(LoaderTest, TakesAnUnusableNameAsNotGiven) {
  const std::string file = fixture("llama3");
  GgufEditor editor(file);
  editor.set("general.name", MetadataType::kUint32, 7u);
  expect_note(editor.bytes(), "general.name");
  editor = GgufEditor(file);
  editor.set_text("llama.rope.scaling.type", "");
  expect_note(editor.bytes(), "llama.rope.scaling.type");
}

TEST_F(LoaderTest, ZeroOfWhatMayBeZeroIsNoNote) {
  const std::string file = fixture("llama3");
  for (const char* key : {"llama.expert_count", "llama.attention.sliding_window"}) {
    GgufEditor editor(file);
    editor.set(key, MetadataType::kUint32, 0u);
    EXPECT_FALSE(load(editor.bytes()).has_value()) << key;
    EXPECT_THAT(notes_, testing::IsEmpty());
    editor.set(key, MetadataType::kUint32, 0xffffffffu);
    expect_note(editor.bytes(), key);
  }
  for (const char* key : {"llama.attn_logit_softcapping", "llama.final_logit_softcapping"}) {
    GgufEditor editor(file);
    editor.set(key, MetadataType::kFloat32, 0.0f);
    EXPECT_FALSE(load(editor.bytes()).has_value()) << key;
    EXPECT_THAT(notes_, testing::IsEmpty());
  }
}

TEST_F(LoaderTest, FlagsMayBeNumbers) {
  const std::string file = fixture("qwen3_moe");
  GgufEditor editor(file);
  editor.set("qwen3moe.expert_weights_norm", MetadataType::kUint8, uint8_t{1});
  EXPECT_FALSE(load(editor.bytes()).has_value());
  editor.set("qwen3moe.expert_weights_norm", MetadataType::kUint8, uint8_t{2});
  expect_error(editor.bytes(), "qwen3moe.expert_weights_norm");
}

TEST_F(LoaderTest, SurvivesEveryCountNearby) {
  for (const auto& [name, key] : kCounts) {
    const std::string file = fixture(name);
    for (const uint32_t value :
         {1u, 2u, 3u, 5u, 7u, 15u, 17u, 31u, 33u, 47u, 49u, 63u, 65u, 1024u, 4096u, 65536u}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kUint32, value);
      const std::optional<Error> error = load(editor.bytes());
      if (error) EXPECT_NE(error->code, ErrorCode::kInternal) << key << " = " << value;
    }
  }
}

constexpr KeyOfFixture kNumbers[] = {
    {"llama3", "llama.attention.layer_norm_rms_epsilon"},
    {"llama3", "llama.rope.freq_base"},
    {"llama3", "llama.attention.scale"},
    {"llama_linear", "llama.rope.scaling.factor"},
    {"qwen3_yarn", "qwen3.rope.scaling.yarn_beta_fast"},
    {"qwen3_yarn", "qwen3.rope.scaling.yarn_beta_slow"},
    {"qwen3_yarn", "qwen3.rope.scaling.attn_factor"},
    {"gemma3", "gemma3.rope.freq_base_swa"},
    {"gptneox", "gptneox.attention.layer_norm_epsilon"},
    {"command_r", "command-r.logit_scale"},
    {"deepseek_v3", "deepseek2.expert_weights_scale"},
};

TEST_F(LoaderTest, RefusesNumbersThatAreNone) {
  for (const auto& [name, key] : kNumbers) {
    const std::string file = fixture(name);
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(), -2.0f, 1e38f, 1e-38f}) {
      GgufEditor editor(file);
      editor.set(key, MetadataType::kFloat32, value);
      expect_error(editor.bytes(), key);
    }
  }
}

TEST_F(LoaderTest, RefusesArraysOfOtherLengthsThanTheLayers) {
  const std::string file = fixture("llama3");
  for (const char* key :
       {"llama.attention.head_count", "llama.attention.head_count_kv", "llama.feed_forward_length"}) {
    GgufEditor editor(file);
    for (const std::vector<int32_t>& values : std::vector<std::vector<int32_t>>{
             {2}, {2, 2}, {2, 2, 2, 2}, std::vector<int32_t>(1000, 2), {2, 2, -1}, {0, 2, 2}}) {
      editor.set_array(key, MetadataType::kInt32, values);
      expect_error(editor.bytes(), key);
    }
    editor.set_array(key, MetadataType::kFloat32, std::vector<float>{2, 2, 2});
    expect_error(editor.bytes(), key);
    editor.set_array(key, MetadataType::kUint64,
                     std::vector<uint64_t>(3, std::numeric_limits<uint64_t>::max()));
    expect_error(editor.bytes(), key);
  }
  GgufEditor editor(file);
  editor.set_array("llama.attention.head_count_kv", MetadataType::kInt32, std::vector<int32_t>{2, 2, 2});
  EXPECT_FALSE(load(editor.bytes()).has_value());
  editor.set_array("llama.attention.head_count_kv", MetadataType::kInt32, std::vector<int32_t>{2, 3, 2});
  expect_error(editor.bytes(), "llama.attention.head_count_kv is 3, which does not divide the 4");
}

TEST_F(LoaderTest, RefusesLayersThatDifferWhereTheyMayNot) {
  const std::string file = fixture("qwen2");
  for (const char* key :
       {"qwen2.attention.head_count", "qwen2.attention.head_count_kv", "qwen2.feed_forward_length"}) {
    GgufEditor editor(file);
    editor.set_array(key, MetadataType::kInt32, std::vector<int32_t>{4, 2});
    expect_error(editor.bytes(), std::string(key) + " is 2 for layer 1 but 4 for others");
  }
}

TEST_F(LoaderTest, ReadsWindowPatterns) {
  const std::string file = fixture("gemma3");
  const std::string key = "gemma3.attention.sliding_window_pattern";
  GgufEditor editor(file);
  editor.set(key, MetadataType::kUint32, uint32_t{0xfffffffe});
  expect_error(editor.bytes(), key);
  editor.set(key, MetadataType::kUint32, uint32_t{0xffffffff});
  expect_note(editor.bytes(), key);
  editor.set_array(key, MetadataType::kBool, std::vector<uint8_t>{});
  expect_note(editor.bytes(), key);
  editor.set_array(key, MetadataType::kBool, std::vector<uint8_t>(6, 1));
  expect_error(editor.bytes(), key);
  editor.set_array(key, MetadataType::kInt32, std::vector<int32_t>(7, 1));
  expect_error(editor.bytes(), key);
  editor.set_array(key, MetadataType::kBool, std::vector<uint8_t>{1, 0, 1, 0, 1, 0, 1});
  EXPECT_FALSE(load(editor.bytes()).has_value());
}

/// Early files of Gemma 2 say less than later ones.
TEST_F(LoaderTest, Gemma2HasCapsAndWindowsThatFilesLeaveOut) {
  const std::string file = fixture("gemma2");
  GgufEditor editor(file);
  for (const char* key : {"attn_logit_softcapping", "final_logit_softcapping", "attention.sliding_window"})
    editor.erase(std::string("gemma2.") + key);
  const ModelConfig config = config_of(editor.bytes());
  EXPECT_EQ(config.attn_logit_softcapping, 50.0f);
  EXPECT_EQ(config.final_logit_softcapping, 30.0f);
  EXPECT_EQ(config.sliding_window, 4096);
  EXPECT_EQ(config.layer_types[0], LayerType::kSlidingAttention);
  EXPECT_EQ(config.layer_types[1], LayerType::kFullAttention);
}

TEST_F(LoaderTest, OlmoeMayClip) {
  const std::string file = fixture("olmoe");
  EXPECT_EQ(config_of(file).clip_qkv, 0.0f);
  GgufEditor editor(file);
  editor.set("olmoe.attention.clamp_kqv", MetadataType::kFloat32, 8.0f);
  const std::string edited = editor.bytes();
  EXPECT_EQ(config_of(edited).clip_qkv, 8.0f);
  EXPECT_FALSE(load(edited).has_value());
}

TEST_F(LoaderTest, GraniteMayHaveNoPositions) {
  const std::string file = fixture("granite");
  GgufEditor editor(file);
  editor.set("granite.rope.scaling.finetuned", MetadataType::kBool, uint8_t{0});
  const std::string edited = editor.bytes();
  const ModelConfig config = config_of(edited);
  EXPECT_EQ(config.rope_layers, std::vector<bool>(2, false));
  EXPECT_FALSE(load(edited).has_value());
}

TEST_F(LoaderTest, NamesTheTensorAndBothShapes) {
  const std::string file = fixture("llama3");
  GgufEditor editor(file);
  std::swap(editor.tensor("blk.1.attn_k.weight").dimensions[0],
            editor.tensor("blk.1.attn_k.weight").dimensions[1]);
  const std::optional<Error> error = load(editor.bytes());
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("blk.1.attn_k.weight"));
  EXPECT_THAT(error->message, HasSubstr("48"));
  EXPECT_THAT(error->message, HasSubstr("32"));
}

TEST_F(LoaderTest, RefusesEveryTensorMissingMisshapenOrOfAnotherType) {
  for (const std::string& name : TinyModel::names()) {
    const std::string file = fixture(name);
    const GgufEditor original(file);
    const ModelConfig config = config_of(file);
    for (const GgufEditor::Tensor& tensor : original.tensors) {
      if (is_left_out(config, tensor.name)) continue;
      // A tensor of an own meaning where it is absent.
      const bool optional = tensor.name == "output.weight" || tensor.name.starts_with("rope_f");
      GgufEditor editor(file);
      std::erase_if(editor.tensors, [&](const auto& other) { return other.name == tensor.name; });
      const std::optional<Error> missing = load(editor.bytes());
      EXPECT_TRUE(missing.has_value() || optional) << tensor.name;

      editor = GgufEditor(file);
      editor.tensor(tensor.name).dimensions.back() -= 1;
      expect_error(editor.bytes(), tensor.name == "token_embd.weight" ? "token" : tensor.name);

      editor = GgufEditor(file);
      editor.tensor(tensor.name).type = uint32_t(DType::kI32);
      expect_error(editor.bytes(), tensor.name);
    }
  }
}

/// As GLM 4.5 has one at its end.
TEST_F(LoaderTest, LeavesOutLayersThatPredictFurtherTokens) {
  const std::string file = fixture("glm4_moe");
  EXPECT_EQ(config_of(file).num_hidden_layers, 2);
  GgufEditor editor(file);
  editor.set("glm4moe.nextn_predict_layers", MetadataType::kUint32, uint32_t(0));
  expect_error(editor.bytes(), "blk.2.nextn");
  editor.set("glm4moe.nextn_predict_layers", MetadataType::kUint32, uint32_t(3));
  expect_error(editor.bytes(), "glm4moe.nextn_predict_layers is 3");
}

TEST_F(LoaderTest, RefusesTensorsThatTheArchitectureDoesNotKnow) {
  const std::string file = fixture("qwen3_yarn");
  GgufEditor editor(file);
  editor.tensor("blk.1.attn_q_norm.weight").name = "blk.1.attn_q_scale.weight";
  expect_error(editor.bytes(), "blk.1.attn_q_norm.weight");
  editor = GgufEditor(file);
  editor.set_text("general.architecture", "qwen2");
  expect_error(editor.bytes(), "qwen2.");
}

TEST_F(LoaderTest, RefusesBadRopeFactors) {
  const std::string file = fixture("llama3");
  const GgufEditor original(file);
  const auto factors = std::ranges::find(original.tensors, "rope_freqs.weight", &GgufEditor::Tensor::name);
  ASSERT_NE(factors, original.tensors.end());
  for (const float value : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    std::string changed = file;
    const size_t data = GgufFile::parse(as_bytes(file))->find_tensor("rope_freqs.weight")->offset;
    std::memcpy(changed.data() + data + sizeof(float), &value, sizeof(value));
    expect_error(changed, "rope_freqs.weight");
  }
}

TEST_F(LoaderTest, NamesTheWeightThatIsNoNumber) {
  const std::unique_ptr<Backend> cpu = *make_cpu_backend(pool_, "scalar");
  for (const std::string& name : TinyModel::names()) {
    const std::string file = fixture(name);
    const GgufFile gguf = *GgufFile::parse(as_bytes(file));
    const ModelConfig config = config_of(file);
    for (const GgufTensor& tensor : gguf.tensors()) {
      if (tensor.name.starts_with("rope_") || is_left_out(config, tensor.name)) continue;
      const DTypeInfo info = *dtype_info(tensor.type_id);
      // The block of a value in the last row: all bits set make an exponent of no number.
      const int64_t column = tensor.shape.cols() / 2 / info.block_size * info.block_size;
      const int64_t row = tensor.shape.rows() - 1;
      const auto block = size_t((row * tensor.shape.cols() + column) / info.block_size) * info.block_bytes;
      std::string changed = file;
      std::fill_n(changed.begin() + ptrdiff_t(tensor.offset + block), info.block_bytes, char(0xff));
      std::vector<GgufFile> parts;
      parts.push_back(*GgufFile::parse(as_bytes(changed)));
      const auto files = *GgufModelFiles::from_parts(std::move(parts));
      for (Backend* backend : {backend_.get(), cpu.get()}) {
        const auto model = load_causal_model(*files, *backend, {.max_batch_tokens = 8});
        ASSERT_FALSE(model.has_value()) << tensor.name;
        EXPECT_EQ(model.error().code, ErrorCode::kCorruptData);
        EXPECT_THAT(model.error().message, HasSubstr(fmt::format("tensor \"{}\" holds ", tensor.name)));
        EXPECT_THAT(model.error().message, HasSubstr(fmt::format(" at row {}, column {}", row, column)));
        EXPECT_THAT(model.error().hint, HasSubstr("download it again"));
      }
    }
  }
}

TEST_F(LoaderTest, RefusesMoreTokensThanEmbeddings) {
  const std::string file = fixture("llama3");
  GgufEditor editor(file);
  editor.set_array("tokenizer.ggml.tokens", MetadataType::kInt32, std::vector<int32_t>(265));
  expect_error(editor.bytes(), "the vocabulary has 265 tokens");
}

}  // namespace

}  // namespace hearth
