#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "cli/testing/models.h"
#include "cli/testing/run_program.h"

// What the program does with what it cannot do: one line of cause, one of remedy, an exit code of its own.

namespace hearth::cli {
namespace {

const std::string kTiny = HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf";
// Of another architecture, with the same vocabulary.
const std::string kOther = HEARTH_SOURCE_DIR "/tests/fixtures/models/gemma3.gguf";

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

struct BadCall {
  const char* name;
  std::string arguments;
  int exit_code;
  std::string says;
  std::string setup = "";
};

void PrintTo(const BadCall& call, std::ostream* stream) { *stream << call.arguments; }

class BadCalls : public testing::TestWithParam<BadCall> {};

TEST_P(BadCalls, SayCauseAndRemedy) {
  const BadCall& call = GetParam();
  const ProgramRun run = run_program(call.arguments, "", call.setup);
  EXPECT_EQ(run.exit_code, call.exit_code) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(run.err.starts_with("error: ")) << run.err;
  EXPECT_NE(run.err.find(call.says), std::string::npos) << run.err;
  EXPECT_LE(std::count(run.err.begin(), run.err.end(), '\n'), 2) << run.err;
}

INSTANTIATE_TEST_SUITE_P(
    Cli, BadCalls,
    testing::Values(
        BadCall{"unknown_command", "walk", 2, "walk"},
        BadCall{"unknown_flag", "run m.gguf --walk", 2, "--walk"},
        BadCall{"missing_model", "fit", 2, "MODEL"},
        BadCall{"no_default_model", "run", 3, "the default one, smollm2, is not here",
                "HOME=/nowhere XDG_CACHE_HOME=/nowhere XDG_DATA_HOME=/nowhere"},
        BadCall{"missing_file", "run nothing.gguf hi", 3, "nothing.gguf"},
        BadCall{"folder", "run / hi", 2, "/"}, BadCall{"bad_magic", "run '" HEARTH_PROGRAM "' hi", 4, "GGUF"},
        BadCall{"bad_number", "run m.gguf hi --temperature hot", 2, "--temperature"},
        BadCall{"bad_threads", "run m.gguf hi --threads 0", 2, "threads"},
        BadCall{"bad_precision", "run '" + kTiny + "' hi --precision f7", 2, "f7"},
        BadCall{"bad_kv_type", "run '" + kTiny + "' hi --kv-type q9", 2, "q9"},
        BadCall{"bad_isa", "fit '" + kTiny + "'", 2, "mmx", "HEARTH_ISA=mmx"},
        BadCall{"too_little_memory", "fit '" + kTiny + "' --ctx 1000000000", 6, "available"},
        BadCall{"missing_draft", "run '" + kTiny + "' hi --draft-model nothing.gguf", 3, "nothing.gguf"},
        BadCall{"draft_that_is_no_model", "serve '" + kTiny + "' --draft-model '" HEARTH_PROGRAM "'", 4,
                "GGUF"},
        BadCall{"draft_of_no_tokens", "run '" + kTiny + "' hi --draft-tokens 0 --draft-model '" + kTiny + "'",
                2, "draft model"},
        BadCall{"no_memory_for_the_draft",
                "fit '" + kTiny + "' --ctx 1000000000 --draft-model '" + kTiny + "'", 6, "draft model"},
        BadCall{"no_model", "run '" HEARTH_SOURCE_DIR "/tests/fixtures/models/rope_angles.gguf' hi", 5,
                "not supported"},
        BadCall{"bad_token", "logits -m '" + kTiny + "' --tokens 1,x", 2, "x"},
        BadCall{"token_out_of_range", "logits -m '" + kTiny + "' --tokens 1,99999999", 2, "99999999"},
        BadCall{"no_tokens", "logits -m '" + kTiny + "' --tokens ,", 2, "tokens"},
        BadCall{"tokens_beyond_context", "logits -m '" + kTiny + "' --tokens 1,2,3,4,5 --ctx 4", 7,
                "5 tokens"},
        BadCall{"no_bench_model", "bench", 2, "model"},
        BadCall{"bad_bench_format", "bench -m '" + kTiny + "' -o xml", 2, "xml"},
        BadCall{"shared_prefix_alone", "bench -m '" + kTiny + "' --shared-prefix", 2, "--parallel"},
        BadCall{"no_perplexity_text", "perplexity -m '" + kTiny + "'", 2, "text"},
        BadCall{"bad_base", "perplexity -m '" + kTiny + "' --kl-divergence-base '" + kTiny + "'", 4,
                "_logits_"},
        BadCall{"bad_shell", "completion tcsh", 2, "tcsh"}),
    [](const auto& test) { return test.param.name; });

TEST(Program, HelpAndVersionAreNoErrors) {
  for (const char* arguments :
       {"--help", "--version", "run --help", "bench --help", "bench machine --help"}) {
    const ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.exit_code, 0) << arguments;
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out, "");
  }
}

/// `text` for the shell, as one word.
std::string in_quotes(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

TEST(Program, WordsArriveUnchangedWhateverStandsAroundThem) {
  for (const char* text : {"[a,b]", "a,b", "{\"a\": [1, 2]}", "it's \"so\"", "++", "-", "--text with dashes",
                           "", "--seed", "run", "/x", "a\nb", "C:\\n"}) {
    const std::string word = in_quotes(text);
    const std::string expected = run_program("tokenize --ids -m '" + kTiny + "' -", text).out;
    const std::string input = *text == '-' && text[1] == '\0' ? "-" : "";
    for (const std::string& line :
         {"--ids -m '" + kTiny + "' -- " + word, "--ids -m'" + kTiny + "' -- " + word,
          "--no-bos --model='" + kTiny + "' --ids -- " + word}) {
      const ProgramRun run = run_program("tokenize " + line, input);
      EXPECT_EQ(run.exit_code, 0) << line << run.err;
      if (!line.starts_with("--no-bos")) EXPECT_EQ(run.out, expected) << line;
    }
  }
}

TEST(Program, OptionsStandAnywhereAroundThePrompt) {
  const std::string model = "'" + kTiny + "'", options = "--raw -q --temperature 0 --seed 12";
  const ProgramRun first = run_program("run " + model + " -n 8 'once upon a time' " + options);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  for (const std::string& line :
       {"--seed 12 " + model + " once upon a time -n8 --raw -q --temperature=0",
        "once upon a time --model=" + model + " --seed 12 --raw -q --temperature 0 -n 8",
        model + " --seed 12 --raw --temperature 0 -qn 8 once upon a time",
        model +
            " --logit-bias 3=-inf --seed 12 once --temperature 0 upon -n 8 a --raw time -q --logit-bias 3=0",
        "--raw -q --stop 'never said' --temperature 1 --temperature 0 " + model +
            " -n=8 -- once upon a time"}) {
    const ProgramRun run = run_program("run " + line);
    EXPECT_EQ(run.exit_code, 0) << line << run.err;
    EXPECT_EQ(run.out, first.out) << line;
  }
}

TEST(Program, WithoutAnythingItShowsWhatThereIs) {
  const ProgramRun run = run_program("");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("Complete a prompt, or chat"), std::string::npos);
  EXPECT_EQ(run_program("help").out, run_program("--help").out);
  EXPECT_EQ(run_program("help bench machine").out, run_program("bench machine -h").out);
}

TEST(Program, ADraftModelChangesNoText) {
  const std::string ask = "run '" + kTiny + "' hi -n 60 --raw --ignore-eos --seed 1 -v --temperature ";
  for (const char* temperature : {"0", "0.5"}) {
    const ProgramRun alone = run_program(ask + temperature);
    const ProgramRun drafted = run_program(ask + temperature + " --draft-model '" + kOther + "'");
    ASSERT_EQ(drafted.exit_code, 0) << drafted.err;
    EXPECT_EQ(drafted.out, alone.out);
    EXPECT_NE(drafted.err.find("drafts: "), std::string::npos) << drafted.err;
  }
}

TEST(Program, LogitsAreLogProbabilitiesInTheAgreedForm) {
  const std::string model = "logits -m '" + kTiny + "' ";
  const ProgramRun run = run_program(model + "--tokens 1,2,3 --json --precision f32");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(run.out.starts_with("{\"positions\":[{\"top\":[["));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '{'), 4);
  const ProgramRun piped = run_program(model + "--tokens - --json --precision f32", "1 2\n3");
  EXPECT_EQ(piped.out, run.out);
  const ProgramRun top = run_program(model + "--tokens 1,2,3 --json --precision f32 --top 1");
  EXPECT_LT(top.out.size(), 200u);
  EXPECT_TRUE(run.out.starts_with(top.out.substr(0, top.out.find(']')))) << "the highest comes first";
}

TEST(Program, FitPrintsJson) {
  const ProgramRun run = run_program("fit '" + kTiny + "' --json --ctx 100");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const char* key : {"\"context\": 100", "\"kv_bytes\"", "\"weight_bytes\"", "\"total_bytes\""}) {
    EXPECT_NE(run.out.find(key), std::string::npos) << key;
  }
}

/// The one kind of memory grows with a context, the other does not; only what there is, is printed.
TEST(Program, FitTellsStatesFromTheKvCache) {
  const std::string of_states = HEARTH_SOURCE_DIR "/tests/fixtures/models/mamba2.gguf";
  const ProgramRun states = run_program("fit '" + of_states + "'"), keys = run_program("fit '" + kTiny + "'");
  EXPECT_NE(states.out.find("\n  states "), std::string::npos) << states.out << states.err;
  EXPECT_EQ(states.out.find("KV cache"), std::string::npos) << states.out;
  EXPECT_EQ(keys.out.find("states"), std::string::npos) << keys.out;
  EXPECT_NE(keys.out.find("\n  KV cache "), std::string::npos) << keys.out << keys.err;
}

const std::string kBench = "bench -m '" + kTiny + "' -p 16 -n 4 -r 2 -t 1 ";

TEST(Program, BenchUsesLlamaBenchsNames) {
  const ProgramRun run = run_program(kBench + "-d 0,8 --kv-type f16,q8_0 --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* key :
       {"model_filename", "model_type", "n_prompt", "n_gen", "n_threads", "n_depth", "avg_ts", "stddev_ts",
        "samples_ts", "avg_ns", "stddev_ns", "samples_ns", "backend"}) {
    EXPECT_NE(run.out.find("\"" + std::string(key) + "\""), std::string::npos) << key;
  }
  EXPECT_EQ(count(run.out, "\"avg_ts\""), 2u * 2u * 2u) << "types, depths, prompt and generation";
  EXPECT_EQ(count(run.out, "\"type_k\": \"q8_0\""), 4u);
}

TEST(Program, BenchUsesBatchedBenchsNames) {
  for (const char* shared : {"", " --shared-prefix"}) {
    const ProgramRun run = run_program(kBench + "-d 40 --parallel 1,3 -o jsonl" + shared);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(count(run.out, "\n"), 2u);
    for (const char* key : {"pp", "tg", "pl", "n_kv", "t_pp", "speed_pp", "t_tg", "speed_tg", "t", "speed"}) {
      EXPECT_EQ(count(run.out, "\"" + std::string(key) + "\":"), 2u) << key;
    }
    EXPECT_NE(run.out.find(*shared == 0 ? "\"n_kv\":180," : "\"n_kv\":68,"), std::string::npos) << run.out;
  }
}

TEST(Program, BenchPrintsTablesAndCsv) {
  const ProgramRun table = run_program(kBench + "--kv-type f16,q8_0 -o md");
  EXPECT_EQ(count(table.out, "| t/s |"), 2u) << "the type that is not the usual one has a column";
  EXPECT_EQ(count(table.out, "| pp16 |"), 2u) << table.out;
  const ProgramRun csv = run_program(kBench + "-o csv");
  EXPECT_TRUE(csv.out.starts_with("build_commit,")) << csv.out;
  EXPECT_EQ(count(csv.out, "\n"), 3u);
  const ProgramRun requests = run_program(kBench + "--end-to-end -o jsonl");
  EXPECT_EQ(count(requests.out, "\"test\":\"pp16+tg4 sampled\""), 1u) << requests.err;
  EXPECT_EQ(count(requests.out, "\"first_token_s\""), 1u);
  const ProgramRun load = run_program(kBench + "--load -o json");
  EXPECT_NE(load.out.find("\"first_token_s\""), std::string::npos) << load.err;
}

const std::string kBenchEncoder =
    "bench -m '" HEARTH_SOURCE_DIR "/tests/fixtures/models/bert.gguf' -r 2 -t 1 -o jsonl";

TEST(Program, BenchOfAnEncoderReadsTextsAndGeneratesNone) {
  const ProgramRun usual = run_program(kBenchEncoder);
  ASSERT_EQ(usual.exit_code, 0) << usual.err;
  EXPECT_EQ(count(usual.out, "\n"), 1u) << "no row of generation: " << usual.out;
  EXPECT_EQ(count(usual.out, "\"test\":\"pp96\""), 1u) << "as long as it reads: " << usual.out;
  EXPECT_EQ(count(usual.out, "\"n_prompt\":96,\"n_gen\":0,"), 1u) << usual.out;
  const ProgramRun asked = run_program(kBenchEncoder + " -p 0,8,32 -n 0");
  EXPECT_EQ(count(asked.out, "\n"), 2u) << asked.out << asked.err;
  EXPECT_EQ(count(asked.out, "\"test\":\"pp8\""), 1u) << asked.out;
  const ProgramRun many = run_program(kBenchEncoder + " -p 32 --parallel 1,40");
  EXPECT_EQ(count(many.out, "\"pp\":32,\"tg\":0,"), 2u) << many.out << many.err;
  EXPECT_EQ(count(many.out, "\"pl\":40,\"n_kv\":1280,"), 1u) << many.out;
}

TEST(Program, BenchOfAnEncoderRefusesWhatItCannotMeasure) {
  for (const char* option : {"--n-gen 16", "--n-depth 8", "--kv-type q8_0", "--end-to-end", "--load",
                             "--parallel 2 --shared-prefix"}) {
    const ProgramRun run = run_program(kBenchEncoder + " " + option);
    EXPECT_EQ(run.exit_code, 5) << option << run.out;
    EXPECT_NE(run.err.find("is an encoder"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("hearth embed"), std::string::npos) << run.err;
  }
  const ProgramRun longer = run_program(kBenchEncoder + " -p 97");
  EXPECT_EQ(longer.exit_code, 2);
  EXPECT_NE(longer.err.find("97 tokens is more than the 96 positions"), std::string::npos) << longer.err;
}

TEST(Program, BenchMachineMeasuresWhatIsAsked) {
  const ProgramRun run = run_program("bench machine --only f32 -t 1 --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("\"threads\":1,\"f32_gflops\":"), std::string::npos) << run.out;
  EXPECT_TRUE(run_program("bench machine --only int8 -t 1 --json", "", "HEARTH_ISA=scalar")
                  .out.starts_with("{\"isa\":\"scalar\",\"threads\":1,\"int8_gops\":null"));
  EXPECT_EQ(run_program("bench machine --only f7").exit_code, 2);
}

/// A file whose weights are numbers, and one whose are not; both compute none.
TEST(Program, WhatIsNoNumberIsAnErrorInEveryCommand) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / fmt::format("hearth_nan_{}.gguf", ::getpid());
  const std::string model = "'" + path.string() + "'";
  const std::string commands[] = {"run " + model + " hi --raw -n 3 --temperature 0",
                                  "run " + model + " hi --raw -n 3",
                                  "run " + model + " hi --raw -n 3 --precision f32",
                                  "logits -m " + model + " --tokens 1,2",
                                  "bench -m " + model + " -p 4 -n 2 -r 1",
                                  "bench -m " + model + " -p 4 -n 2 -r 1 --end-to-end",
                                  "perplexity -m " + model + " - --ctx 8"};
  const std::string text = "a text that is long enough to be scored by a model of bytes";
  write_bytes(path, with_values("output_norm.weight", 3e38f));
  for (const std::string& command : commands) {
    const ProgramRun run = run_program(command, text);
    EXPECT_EQ(run.exit_code, 10) << command << run.err;
    EXPECT_NE(run.err.find("error: the model computed the logit of token "), std::string::npos) << run.err;
    EXPECT_NE(run.err.find(" at position "), std::string::npos) << run.err;
  }
  write_bytes(path, with_values("blk.1.attn_norm.weight", std::nanf("")));
  for (const std::string& command : commands) {
    const ProgramRun run = run_program(command, text);
    EXPECT_EQ(run.exit_code, 4) << command << run.err;
    EXPECT_NE(run.err.find("tensor \"blk.1.attn_norm.weight\" holds nan at row 0, column 0"),
              std::string::npos)
        << run.err;
  }
  EXPECT_EQ(run_program("serve " + model + " --port 0").exit_code, 4);
  std::filesystem::remove(path);
}

TEST(Program, WhatCannotBeUsedIsSaidOnce) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / fmt::format("hearth_notes_{}.gguf", ::getpid());
  const std::string bytes = tiny_model_bytes();
  GgufEditor editor(bytes);
  editor.set("tokenizer.ggml.padding_token_id", MetadataType::kUint32, 264u);
  editor.set("tokenizer.ggml.eot_token_id", MetadataType::kUint32, 0xffffffffu);
  editor.set("split.count", MetadataType::kUint16, uint16_t{0});
  editor.set("llama.rope.dimension_count", MetadataType::kUint32, 0u);
  editor.set("general.sampling.top_p", MetadataType::kFloat32, 3.0f);
  editor.set_text("tokenizer.chat_template", "{% if %}");
  write_bytes(path, editor.bytes());
  const ProgramRun plain = run_program("run '" + kTiny + "' hi -q -n 5 --temperature 0 --raw");
  const std::string model = "'" + path.string() + "'";
  const ProgramRun raw = run_program("run " + model + " hi -q -n 5 --temperature 0 --raw");
  EXPECT_EQ(raw.exit_code, 0) << raw.err;
  EXPECT_EQ(raw.out, plain.out);
  for (const char* key : {"tokenizer.ggml.padding_token_id", "tokenizer.ggml.eot_token_id", "split.count",
                          "llama.rope.dimension_count", "general.sampling.top_p"}) {
    EXPECT_EQ(count(raw.err, fmt::format("note: {} is ", key)), 1u) << raw.err;
  }
  const ProgramRun chat = run_program("run " + model + " hi -q -n 5 --temperature 0");
  EXPECT_EQ(chat.exit_code, 0) << chat.err;
  EXPECT_EQ(count(chat.err, "note: the model's chat template: line 1: "), 1u) << chat.err;
  EXPECT_NE(chat.err.find("; ChatML is used in its place"), std::string::npos);
  std::filesystem::remove(path);
}

TEST(Program, ModelsAreFoundByName) {
  const std::string setup = "HEARTH_MODELS='" HEARTH_SOURCE_DIR "/tests/fixtures/models'";
  EXPECT_EQ(run_program("fit llama3", "", setup).exit_code, 0);
  EXPECT_EQ(run_program("inspect llama3", "", setup).exit_code, 0);
  const ProgramRun none = run_program("fit", "", setup);
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.err.find("MODEL is missing"), std::string::npos) << none.err;
  EXPECT_NE(none.err.find("; at hand: \""), std::string::npos) << none.err;
  const ProgramRun names = run_program("completion models", "", setup);
  EXPECT_NE(names.out.find("llama3.gguf\n"), std::string::npos);
}

}  // namespace
}  // namespace hearth::cli
