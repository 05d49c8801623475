#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/printable.h"
#include "cli/testing/run_program.h"
#include "models/testing/gguf_editor.h"

// Names, files and arguments that try to steer the terminal: whatever command reads them, none of their
// control characters reaches standard output or standard error.

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

// Clears the screen, sets the title, ends a line, goes back, turns the direction of writing; as C0, DEL and
// C1.
const std::string kAttack =
    "x\x1b[2J\x1b]0;pwned\x07\r\x08\x7f\xc2\x9b"
    "31m\xe2\x80\xae\xe2\x80\xa8\xff\n\x1b[1A";

/// Where a text differs from what it would be made visible as; the end where it does not.
void expect_tame(const std::string& text, const std::string& what) {
  EXPECT_EQ(text, visible(text)) << what;
  EXPECT_EQ(text.find("\x1b"), std::string::npos) << what;
}

void expect_tame(const ProgramRun& run, const std::string& what) {
  expect_tame(run.out, what + ", on standard output");
  expect_tame(run.err, what + ", on standard error");
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

class HostileOutput : public testing::Test {
 protected:
  HostileOutput() {
    std::string pattern = fs::temp_directory_path() / "hearth_hostile_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~HostileOutput() override { fs::remove_all(folder_); }

  static std::string fixture() {
    return *read_file(HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf", size_t(1) << 20);
  }
  std::string write(const std::string& name, const std::string& content) const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string setup() const {
    return "XDG_DATA_HOME='" + folder_.string() + "/data' XDG_CACHE_HOME='" + folder_.string() + "/cache'";
  }
  ProgramRun run(const std::string& arguments, const std::string& input = "") const {
    return run_program(arguments, input, setup());
  }

  /// Commands that read a model, of this one: one of each way in which its texts are said, or all forms.
  void expect_tame_model(const std::string& path, const std::string& what, bool in_all_forms = false) const {
    const std::string model = shell_quoted(path);
    std::vector<std::string> commands = {"tokenize -m " + model + " hi", "inspect " + model, "fit " + model,
                                         "logits -m " + model + " --tokens 1,2 --top 2",
                                         "serve " + model + " --host 256.0.0.1"};
    if (in_all_forms) {
      for (const std::string& more :
           {"inspect --json " + model, "fit --json " + model, "logits -m " + model + " --tokens 1,2 --json",
            "tokenize -m " + model + " --ids hi", "perplexity -m " + model + " - --ctx 8",
            "bench -m " + model + " -p 4 -n 2 -r 1", "bench -m " + model + " -p 4 -n 2 -r 1 -o json",
            "bench -m " + model + " -p 4 -n 2 -r 1 -o jsonl", "bench -m " + model + " -p 4 -n 2 -r 1 -o csv",
            "fit " + model + " --draft-model " + model}) {
        commands.push_back(more);
      }
    }
    for (const std::string& arguments : commands) {
      expect_tame(run(arguments, "a text that is long enough to be scored by a model of bytes"),
                  what + ": " + visible(arguments));
    }
    // What an answer holds, and what ids stand for, is exact where a program reads it.
    for (const std::string& arguments : {"run " + model + " -v -n 2 hi", "detokenize -m " + model + " 1 2"}) {
      expect_tame(run(arguments).err, what + ": " + visible(arguments));
    }
  }

  fs::path folder_;
};

TEST_F(HostileOutput, OfTextsInAModel) {
  const std::string file = fixture();
  for (const char* key :
       {"general.architecture", "general.name", "tokenizer.ggml.model", "tokenizer.ggml.pre",
        "tokenizer.chat_template", "llama.rope.scaling.type", "llama.block_count", "split.count",
        "tokenizer.ggml.bos_token_id", "general.sampling.temp"}) {
    GgufEditor editor(file);
    editor.set_text(key, kAttack);
    expect_tame_model(write("text.gguf", editor.bytes()), key, key == std::string_view("general.name"));
  }
}

TEST_F(HostileOutput, OfNamesInAModel) {
  const std::string file = fixture();
  {
    GgufEditor editor(file);
    editor.set_text("tokenizer.chat_template." + kAttack, kAttack);
    editor.set(kAttack, MetadataType::kUint32, 7u);
    expect_tame_model(write("key.gguf", editor.bytes()), "a key");
    editor.set("tokenizer.chat_template." + kAttack, MetadataType::kUint32, 7u);
    expect_tame_model(write("key.gguf", editor.bytes()), "a key of a wrong type");
  }
  for (const char* tensor : {"blk.1.attn_k.weight", "output_norm.weight"}) {
    GgufEditor editor(file);
    editor.tensor(tensor).name = kAttack;
    expect_tame_model(write("tensor.gguf", editor.bytes()), tensor);
  }
  expect_tame_model(write("magic.gguf", "\x1b[2J" + file), "the magic number");
  expect_tame_model(write(kAttack.substr(0, 20) + ".gguf", file), "the file's name", true);
}

TEST_F(HostileOutput, OfTemplatesThatRaise) {
  const std::string file = fixture();
  for (const std::string& source :
       {"{{ raise_exception('" + kAttack + "') }}", "{{ '" + kAttack + "' | nothing }}", "{% " + kAttack,
        "{{ messages['" + kAttack + "'].x.y }}", "{{ '" + kAttack + "' + 1 }}"}) {
    GgufEditor editor(file);
    editor.set_text("tokenizer.chat_template", source);
    expect_tame_model(write("template.gguf", editor.bytes()), visible(source));
  }
}

TEST_F(HostileOutput, OfTokens) {
  // Spellings of other lengths than their own would move the tensors.
  std::string file = fixture();
  const std::string spelling = "<|im_start|>";
  const size_t at = file.find(spelling);
  ASSERT_NE(at, std::string::npos);
  file.replace(at, spelling.size(), "\x1b[2J\x1b[31m\xc2\x9b\x07");
  const std::string path = shell_quoted(write("tokens.gguf", file));
  for (const std::string& arguments :
       {"tokenize -m " + path + " hi", "inspect " + path, "inspect --json " + path}) {
    expect_tame(run(arguments), arguments);
  }
  std::string all;
  for (int id = 0; id < 264; ++id) all += fmt::format("{} ", id);
  expect_tame(
      run("tokenize -m " + path + " --special -", run("detokenize --special -m " + path + " -", all).out),
      "all tokens");
}

TEST_F(HostileOutput, OfArguments) {
  const std::string model = "'" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf'";
  const std::string bad = shell_quoted(kAttack);
  for (const std::string& arguments :
       std::vector<std::string>{bad,
                                "--" + bad,
                                "run " + bad,
                                "run " + model + " hi --precision " + bad,
                                "run " + model + " hi --kv-type " + bad,
                                "run " + model + " hi --seed " + bad,
                                "run " + model + " hi --logit-bias " + bad,
                                "run " + model + " hi --samplers " + bad,
                                "run " + model + " hi --draft-model " + bad,
                                "run " + model + " --" + bad,
                                "tokenize -m " + bad + " hi",
                                "tokenize -m " + model + " " + bad,
                                "detokenize -m " + model + " " + bad,
                                "inspect " + bad,
                                "fit " + bad,
                                "audit " + bad,
                                "completion " + bad,
                                "logits -m " + model + " --tokens " + bad,
                                "perplexity -m " + model + " " + bad,
                                "perplexity -m " + model + " --kl-divergence-base " + bad,
                                "bench -m " + bad,
                                "bench -m " + model + " -o " + bad,
                                "bench machine --only " + bad,
                                "keys create --name " + bad,
                                "keys create --scopes " + bad,
                                "keys create --expires " + bad,
                                "keys revoke " + bad,
                                "keys list",
                                "keys list --json",
                                "serve " + bad,
                                "serve " + model + " --host " + bad,
                                "serve " + model + " --tls-cert " + bad + " --tls-key " + bad,
                                "serve " + model + " --audit-log " + bad + "/x",
                                "serve " + model + " --port 0 --allow-host " + bad + " --host 256.1.1.1"}) {
    expect_tame(run(arguments), visible(arguments));
  }
  expect_tame(run_program("run " + model + " hi", "", setup() + " HEARTH_ISA=" + bad), "HEARTH_ISA");
  expect_tame(run_program("run nothing hi", "", "HEARTH_MODELS=" + bad), "HEARTH_MODELS");
  expect_tame(run_program("keys list", "", "XDG_DATA_HOME=" + bad), "XDG_DATA_HOME");
  write(kAttack.substr(0, 20) + ".gguf", "");
  const std::string models = "HEARTH_MODELS='" + folder_.string() + "'";
  expect_tame(run_program("completion models", "", models), "names of models");
  expect_tame(run_program("run nothing hi", "", models), "names of models in a hint");
  expect_tame(run("audit " + shell_quoted(write("audit", kAttack + "\n"))), "an audit log");
}

/// What comes out of the program where its output is a terminal.
std::string on_a_terminal(const std::string& arguments) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    const std::string command = std::string("exec '" HEARTH_PROGRAM "' ") + arguments + " </dev/null";
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t size; (size = ::read(terminal, part.data(), part.size())) > 0;)
    text.append(part.data(), size_t(size));
  ::close(terminal);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << text;
  std::erase(text, '\r');  // the terminal's own, in front of each line's end
  return text;
}

TEST_F(HostileOutput, OfAnswers) {
  // A model that says nothing but the byte of an escape character.
  const std::string model =
      "'" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf' hi --raw -n 3 --ignore-eos";
  const ProgramRun spelt =
      run("tokenize -m '" HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf' --ids --no-bos -", "\x1b");
  const std::string id = spelt.out.substr(0, spelt.out.find('\n'));
  const std::string ask = "run " + model + " --logit-bias " + id + "=1000 -q";
  EXPECT_EQ(run(ask).out, "\x1b\x1b\x1b\n") << "exact where a program reads it";
  expect_tame(on_a_terminal(ask), "an answer on a terminal");
}

}  // namespace
}  // namespace hearth::cli
