#include "cli/chat/repl.h"

#include <deque>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

/// A chat with a model that answers with what it was asked.
class ReplTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("repl_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Repl make() {
    ReplModel model;
    model.context = 1000;
    model.info = "the info";
    model.chat_template = "the template";
    model.check = [](const ReplSettings& settings) { return validate(settings.sampling, 100); };
    model.count_tokens = [](const Conversation& conversation) { return 10 * conversation.num_turns(); };
    model.thinks = thinks_;
    model.answer = [this](const Conversation& conversation, const ReplSettings& settings,
                          const AnswerSink& sink) -> Result<Answer> {
      levels_.push_back(settings.thinking.level);
      if (fail_next_) return fail(ErrorCode::kContextOverflow, "the prompt has 2000 tokens");
      Answer answer;
      answer.text = "you said " + conversation.last_text();
      answer.result.reason = reason_;
      answer.result.usage = {.num_prompt_tokens = 200, .num_cached_tokens = 0, .num_generated_tokens = 50};
      answer.result.timings.generate = std::chrono::seconds(1);
      if (thinks_ && settings.thinking.level != "off") {
        answer.reasoning = "hm";
        sink(PartKind::kReasoning, answer.reasoning);
      }
      if (only_thinks_) answer.text.clear();
      if (!answer.text.empty()) sink(PartKind::kContent, answer.text);
      return answer;
    };
    ReplIo io;
    io.read = [this](const std::string& prompt) {
      prompts_.push_back(prompt);
      if (lines_.empty()) return LineInput{};
      LineInput line = lines_.front();
      lines_.pop_front();
      return line;
    };
    io.remember = [this](const std::string& entry) { history_.push_back(entry); };
    io.answers = [this](std::string_view text) { answers_ += text; };
    io.thoughts = [this](std::string_view text) { thoughts_ += text; };
    io.messages = [this](std::string_view text) { messages_ += text; };
    io.chats = folder_ / "chats";
    return Repl(std::move(model), {}, {}, std::move(io));
  }

  Repl run(std::initializer_list<std::string> lines) {
    for (const std::string& line : lines) lines_.push_back({LineInput::Kind::kLine, line});
    Repl repl = make();
    repl.run();
    return repl;
  }
  bool told(std::string_view text) const { return messages_.find(text) != std::string::npos; }

  fs::path folder_;
  std::deque<LineInput> lines_;
  std::vector<std::string> prompts_, history_, levels_;
  std::string answers_, thoughts_, messages_;
  bool fail_next_ = false, thinks_ = false, only_thinks_ = false;
  FinishReason reason_ = FinishReason::kStop;
};

TEST_F(ReplTest, AnswersAndKeepsTheConversation) {
  const Repl repl = run({"hello", "", "   ", "again"});
  EXPECT_EQ(answers_, "you said hello\n\nyou said again\n\n");
  EXPECT_EQ(repl.conversation().num_turns(), 4u);
  EXPECT_TRUE(told("[250 of 1000 tokens, 25 % | 49.0 tok/s]")) << messages_;
  EXPECT_EQ(history_.front(), "hello");
}

TEST_F(ReplTest, ThoughtsAreShownApartAndKept) {
  thinks_ = true;
  const Repl repl = run({"a", "/save talk", "/set nothink", "b", "/set think low", "c", "/set think loud"});
  EXPECT_EQ(thoughts_, "hm\n\nhm\n\n");
  EXPECT_EQ(answers_, "you said a\n\nyou said b\n\nyou said c\n\n");
  EXPECT_EQ(levels_, (std::vector<std::string>{"", "off", "low"}));
  EXPECT_TRUE(told("thinking is off") && told("thinking is low") && told("there is no level 'loud'"))
      << messages_;
  const auto saved = nlohmann::ordered_json::parse(*read_file(folder_ / "chats" / "talk.json", 1 << 20));
  EXPECT_EQ(saved["messages"][1]["reasoning_content"], "hm");
  EXPECT_EQ(saved["messages"][1]["content"], "you said a");
  EXPECT_EQ(Conversation::from_json(saved)->to_json(), saved);
}

TEST_F(ReplTest, AnAnswerOfThoughtsAloneIsToldOf) {
  thinks_ = only_thinks_ = true;
  run({"a"});
  EXPECT_EQ(thoughts_, "hm\n");
  EXPECT_TRUE(told("note: the model has only thought so far")) << messages_;
  thinks_ = only_thinks_ = false;
  run({"/set think"});
  EXPECT_TRUE(told("this model does not think"));
}

TEST_F(ReplTest, QuotesHoldSeveralLines) {
  const Repl repl = run({"\"\"\"one", "two", "", "three\"\"\"", "\"\"\"/not a command\"\"\""});
  EXPECT_EQ(answers_, "you said one\ntwo\n\nthree\n\nyou said /not a command\n\n");
  EXPECT_EQ(prompts_[1], "... ");
  EXPECT_EQ(history_[0], "one\ntwo\n\nthree");
}

TEST_F(ReplTest, InterruptStartsTheLineOver) {
  lines_.push_back({LineInput::Kind::kInterrupted, ""});
  lines_.push_back({LineInput::Kind::kLine, "\"\"\"half"});
  lines_.push_back({LineInput::Kind::kInterrupted, ""});
  run({"hello"});
  EXPECT_EQ(answers_, "you said hello\n\n");
}

TEST_F(ReplTest, AStoppedAnswerCounts) {
  reason_ = FinishReason::kCancelled;
  const Repl repl = run({"hello"});
  EXPECT_EQ(repl.conversation().num_turns(), 2u);
  EXPECT_TRUE(told("cancelled"));
}

TEST_F(ReplTest, AMessageThatFailsIsTakenBack) {
  fail_next_ = true;
  const Repl repl = run({"too long"});
  EXPECT_TRUE(repl.conversation().empty());
  EXPECT_TRUE(told("error: the prompt has 2000 tokens"));
}

TEST_F(ReplTest, ParametersAreSetAndChecked) {
  const Repl repl =
      run({"/set parameter temperature 0.25", "/set parameter top_p 7", "/set parameter nonsense 1",
           "/set parameter max_tokens 12", "/set parameter max_tokens x", "/set parameter seed 5",
           "/set parameter temperature", "/show parameters"});
  EXPECT_EQ(repl.settings().sampling.temperature, 0.25f);
  EXPECT_EQ(repl.settings().sampling.top_p, 0.95f) << "7 is no probability";
  EXPECT_EQ(repl.settings().sampling.seed, 5u);
  EXPECT_EQ(repl.settings().max_tokens, 12u);
  EXPECT_TRUE(told("top_p is 7"));
  EXPECT_TRUE(told("no parameter 'nonsense'"));
  EXPECT_TRUE(told("temperature          0.25"));
}

TEST_F(ReplTest, SystemShowAndHelp) {
  const Repl repl = run({"/set system Be brief.", "/show system", "/show info", "/show template",
                         "/show context", "/set verbose", "/?"});
  EXPECT_EQ(repl.conversation().system(), "Be brief.");
  EXPECT_TRUE(repl.settings().verbose);
  for (const char* text : {"Be brief.", "the info", "the template", "0 of 1000", "/set parameter", "/load"}) {
    EXPECT_TRUE(told(text)) << text;
  }
}

TEST_F(ReplTest, UnknownCommandsAreNotSent) {
  run({"/nonsense now", "/sets", "/"});
  EXPECT_EQ(answers_, "");
  EXPECT_TRUE(told("there is no command /nonsense"));
  EXPECT_TRUE(told("there is no command /sets"));
}

TEST_F(ReplTest, RegenUndoAndClear) {
  const Repl repl = run({"/regen", "/undo", "one", "two", "/regen", "/undo"});
  EXPECT_EQ(answers_, "you said one\n\nyou said two\n\nyou said two\n\n");
  EXPECT_EQ(repl.conversation().num_turns(), 2u);
  EXPECT_TRUE(told("there is no message to answer"));
  EXPECT_TRUE(told("there is nothing to take back"));
  EXPECT_TRUE(run({"one", "/clear"}).conversation().empty());
}

TEST_F(ReplTest, LeaveEndsTheChat) {
  run({"/bye", "never read"});
  EXPECT_EQ(answers_, "");
  EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(ReplTest, SavesAndLoads) {
  run({"/set system Be kind.", "hello \"you\"", "/save first", "/save"});
  ASSERT_TRUE(fs::exists(folder_ / "chats" / "first.json"));
  const std::string by_path = (folder_ / "copy.json").string();
  fs::copy_file(folder_ / "chats" / "first.json", by_path);
  for (const std::string& name : {std::string("first"), by_path}) {
    const Repl repl = run({"/load " + name});
    EXPECT_EQ(repl.conversation().system(), "Be kind.");
    EXPECT_EQ(repl.conversation().num_turns(), 2u);
    EXPECT_EQ(repl.conversation().last_text(), "you said hello \"you\"");
  }
  std::ofstream(folder_ / "bad.json") << "{\"messages\": [{\"role\": \"user\"}]}";
  run({"/load " + (folder_ / "bad.json").string(), "/load missing"});
  EXPECT_TRUE(told("'content' is not a text"));
}

TEST_F(ReplTest, FilesAreInput) {
  const std::string path = (folder_ / "notes.txt").string();
  std::ofstream(path) << "first line\nsecond line";
  std::ofstream(folder_ / "picture.bin") << std::string("a\0b", 3);
  run({path});
  EXPECT_EQ(answers_, "you said notes.txt:\n```\nfirst line\nsecond line\n```\n\n");
  answers_.clear();
  run({"sum up @" + path + " for me@home @nobody"});
  EXPECT_EQ(answers_,
            "you said sum up notes.txt:\n```\nfirst line\nsecond line\n``` for me@home @nobody\n\n");
  answers_.clear();
  run({"what is @" + (folder_ / "picture.bin").string()});
  EXPECT_EQ(answers_, "");
  EXPECT_TRUE(told("is no text"));
}

TEST_F(ReplTest, TellsHowFullALoadedContextIs) {
  run({"hello", "again", "/save full"});
  messages_.clear();
  run({"/load full", "/show context"});
  EXPECT_TRUE(told("] 40 of 1000 tokens")) << messages_;
  messages_.clear();
  run({"/load full", "/undo", "/show context"});
  EXPECT_TRUE(told("] 20 of 1000 tokens")) << messages_;
}

TEST_F(ReplTest, SavesOverNothingButSavedChats) {
  const std::string text = (folder_ / "notes.txt").string(), request = (folder_ / "request.json").string();
  std::ofstream(text) << "mine";
  const std::string message = R"({"messages": [{"role": "user", "content": "a"}], "model": "x"})";
  std::ofstream(request) << message;
  std::ofstream{folder_ / "empty.json"}.flush();
  run({"hello", "/save " + text, "/save " + request});
  EXPECT_TRUE(told(text + " is there already")) << messages_;
  EXPECT_TRUE(told(request + " is there already")) << messages_;
  EXPECT_FALSE(told("saved to")) << messages_;
  EXPECT_EQ(*read_file(text, 100), "mine");
  EXPECT_EQ(*read_file(request, 1000), message);
  const std::string saved = (folder_ / "empty.json").string();
  run({"hello", "/save " + saved, "more", "/save " + saved});
  EXPECT_EQ(run({"/load " + saved}).conversation().num_turns(), 4u);
}

TEST_F(ReplTest, SavesToNothingButFiles) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_directory(folder_ / "folder");
  fs::create_symlink("/dev/null", folder_ / "device");
  for (const char* name : {"pipe", "folder", "device"}) {
    const fs::path path = folder_ / name;
    const fs::file_type before = fs::symlink_status(path).type();
    run({"hello", "/save " + path.string()});
    EXPECT_TRUE(told("not a file")) << name << ": " << messages_;
    EXPECT_FALSE(told("saved to")) << name << ": " << messages_;
    EXPECT_EQ(fs::symlink_status(path).type(), before) << name;
    messages_.clear();
  }
}

TEST_F(ReplTest, SavesThroughLinks) {
  fs::create_directory(folder_ / "elsewhere");
  fs::create_symlink("elsewhere/chat.json", folder_ / "link");
  for (int i = 0; i < 2; ++i) run({"hello", "/save " + (folder_ / "link").string()});
  EXPECT_TRUE(fs::is_symlink(fs::symlink_status(folder_ / "link")));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder_ / "elsewhere" / "chat.json")));
  EXPECT_EQ(run({"/load " + (folder_ / "link").string()}).conversation().num_turns(), 2u);
  fs::create_symlink("round", folder_ / "round");
  run({"hello", "/save " + (folder_ / "round").string()});
  EXPECT_TRUE(told("error: ")) << messages_;
}

TEST_F(ReplTest, AFolderThatIsOnlyPassedStaysAsItIs) {
  ::chmod(folder_.c_str(), 0755);
  run({"hello", "/save " + (folder_ / "none" / ".." / "chat.json").string()});
  struct stat info = {};
  ASSERT_EQ(::stat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

TEST_F(ReplTest, APathThatIsNoFileIsSaidAndNotSent) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const std::string folder = folder_.string();
  for (const std::string& message :
       {"sum up @" + folder + "/none.txt", "sum up @" + folder, "@" + folder + "/pipe what", folder + "/none",
        folder, folder + "/pipe", std::string("@./none"), std::string("@~/none what is it")}) {
    messages_.clear();
    const Repl repl = run({message});
    EXPECT_TRUE(told("error: ")) << message;
    EXPECT_FALSE(told("there is no command")) << message;
    EXPECT_EQ(repl.conversation().num_turns(), 0u) << message;
  }
  EXPECT_EQ(answers_, "");
  run({"/nothing to see"});
  EXPECT_TRUE(told("there is no command /nothing")) << messages_;
}

}  // namespace
}  // namespace hearth::cli
