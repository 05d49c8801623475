#include "cli/process_setup.h"

#include <algorithm>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "cli/testing/run_program.h"

// The program under what a system may do to it: closed and full streams, limits, what is no file in a file's
// place.

namespace hearth::cli {
namespace {

const std::string kTiny = HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf";
const std::string kRun =
    "\"$HEARTH\" run '" + kTiny + "' hi --raw -n 4 --ignore-eos --temperature 0 -t 1 -c 256 ";

/// No signal ended it, and no exception that nobody caught.
::testing::AssertionResult ended_in_order(const ProgramRun& run) {
  if (run.exit_code < 128 && run.err.find("terminate") == std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "exit code " << run.exit_code << ", " << run.err;
}

TEST(StandardStreams, ClosedOnesTakeNoOtherFilesPlace) {
  const std::string measure =
      "for i in 1 2 3 4 5 6 7 8 9; do echo some words of text; done >text; \"$HEARTH\" perplexity -m '" +
      kTiny + "' text -c 16 -t 1 --save-base base ";
  const ProgramRun whole = run_script(measure + "&& sha256sum base");
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  const std::string sum = whole.out.substr(whole.out.rfind("\n", whole.out.size() - 2) + 1);
  for (const char* closed : {"2>&-", "<&-", "<&- 2>&-", "<&- >&- 2>&-", ">&- 2>&-"}) {
    const ProgramRun run = run_script(measure + closed + "; sha256sum base");
    EXPECT_TRUE(run.out.ends_with(sum)) << closed << ": " << run.out << run.err;
  }
}

TEST(StandardStreams, WhatStandardOutputDoesNotTakeIsAnError) {
  for (const std::string& command :
       {kRun, "\"$HEARTH\" fit '" + kTiny + "' ", std::string("\"$HEARTH\" --help "),
        "\"$HEARTH\" inspect '" + kTiny + "' "}) {
    for (const char* output : {">/dev/full", ">&-"}) {
      const ProgramRun run = run_script(command + output);
      EXPECT_EQ(run.exit_code, 8) << command << output << run.err;
      EXPECT_NE(run.err.find("cannot write"), std::string::npos) << command << output << run.err;
    }
  }
}

TEST(StandardStreams, WhatStandardErrorDoesNotTakeIsNone) {
  const ProgramRun whole = run_script(kRun);
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  ASSERT_NE(whole.out, "");
  for (const char* errors : {"2>/dev/full", "2>&-"}) {
    const ProgramRun run = run_script(kRun + errors);
    EXPECT_EQ(run.exit_code, 0) << errors;
    EXPECT_EQ(run.out, whole.out);
  }
}

TEST(StandardStreams, AReaderThatLeavesEndsTheAnswer) {
  // Some parents ignore SIGPIPE, and their children with them.
  for (const char* trap : {"", "trap '' PIPE; "}) {
    const ProgramRun run = run_script(trap + ("{ \"$HEARTH\" run '" + kTiny +
                                              "' hi --raw -n 100000000 -c 1000000 --ignore-eos -t 1; echo $? "
                                              ">code; } | head -c 1 >/dev/null; cat code"));
    EXPECT_EQ(run.out, *trap == '\0' ? "141\n" : "8\n") << run.err;
  }
}

TEST(Limits, AFileThatMayNotGrowIsAnError) {
  const ProgramRun run =
      run_script("yes some words of text | head -1000 >text; ulimit -f 8; \"$HEARTH\" perplexity -m '" +
                 kTiny + "' text -c 64 -t 1 --save-base base 2>&1 >/dev/null");
  EXPECT_EQ(run.exit_code, 8) << run.out;
  EXPECT_NE(run.out.find("base"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("ulimit -f"), std::string::npos) << run.out;
}

TEST(Limits, TooFewOpenFilesAreAnError) {
  for (const int limit : {4, 6, 8, 10, 15, 20, 25}) {
    const ProgramRun run =
        run_script("ulimit -n " + std::to_string(limit) + "; XDG_DATA_HOME=\"$PWD\" \"$HEARTH\" serve '" +
                   kTiny + "' --port 0 -t 1");
    EXPECT_TRUE(ended_in_order(run)) << limit;
    EXPECT_NE(run.exit_code, 0) << limit;
    EXPECT_NE(run.err, "") << limit;
    // With fewer than that it may find no descriptor for a library.
    if (limit >= 15) EXPECT_NE(run.err.find("ulimit -n"), std::string::npos) << limit << run.err;
  }
}

TEST(Limits, TooLittleMemoryIsAnError) {
  if (kSanitized) return;  // a sanitizer takes terabytes of addresses
  int num_errors = 0;
  for (int megabytes = 20; megabytes <= 200; megabytes += 20) {
    const ProgramRun run = run_script("ulimit -v " + std::to_string(megabytes * 1024) + "; " + kRun + "-t 4");
    EXPECT_TRUE(ended_in_order(run)) << megabytes;
    if (run.exit_code == 0) continue;
    EXPECT_NE(run.err.find("error"), std::string::npos) << megabytes << ": " << run.err;
    ++num_errors;
  }
  EXPECT_GT(num_errors, 0);
}

/// As a user for whom limits hold: root may have as many processes as it wants.
std::string as_somebody(const std::string& script) {
  if (::geteuid() != 0) return script;
  return "chmod 777 . .. && setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '" + script + "'";
}

TEST(Limits, TooFewThreadsAreFewerOrAnError) {
  if (kSanitized) return;  // a sanitizer has threads of its own
  if (run_script(as_somebody("test -x \"$HEARTH\"")).exit_code != 0) {
    return;  // nobody else may run the program here
  }
  for (int limit = 1; limit <= 6; ++limit) {
    const std::string model = "cp \"" + kTiny + "\" m.gguf; chmod 644 m.gguf; ";
    const ProgramRun answer = run_script(
        model + as_somebody("ulimit -u " + std::to_string(limit) +
                            "; exec \"$HEARTH\" run m.gguf hi --raw -n 4 --ignore-eos --temperature 0 -t 4"));
    EXPECT_TRUE(ended_in_order(answer)) << limit;
    EXPECT_TRUE(answer.exit_code == 0 || answer.exit_code == 6) << answer.exit_code << answer.err;
  }
}

TEST(NoFiles, AreRefusedAtOnceByEveryCommand) {
  const std::string serve = "\"$HEARTH\" serve '" + kTiny + "' --port 0 -t 1 ";
  const std::string perplexity = "\"$HEARTH\" perplexity -t 1 -m '" + kTiny + "' ";
  const std::string commands[] = {
      "\"$HEARTH\" run X hi",
      "\"$HEARTH\" run '" + kTiny + "' hi --draft-model X",
      serve + "--tls-cert X --tls-key X",
      serve + "--tls-cert ../in --tls-key X",
      perplexity + "X",
      perplexity + "--kl-divergence-base X",
      perplexity + "text -c 16 --save-base X",
      "\"$HEARTH\" inspect X",
      "\"$HEARTH\" tokenize -m X hi",
      "\"$HEARTH\" detokenize -m X 1",
      "\"$HEARTH\" fit X",
      "\"$HEARTH\" bench -m X",
  };
  const std::pair<std::string, std::string> kinds[] = {
      {"pipe", "a pipe"}, {"folder", "a folder"}, {"/dev/zero", "a device"}};
  for (const std::string& command : commands) {
    for (const auto& [name, kind] : kinds) {
      // These take a folder for its tokenizer.
      if (std::string_view(name) == "folder" && command.contains("tokenize")) continue;
      std::string script = command;
      for (size_t at = 0; (at = script.find('X', at)) != std::string::npos; at += name.size()) {
        script.replace(at, 1, name);
      }
      const ProgramRun run = run_script(
          "mkfifo pipe; mkdir folder; yes some words | head -100 >text; export XDG_DATA_HOME=\"$PWD\"; " +
          script);
      EXPECT_EQ(run.exit_code, 2) << script << run.err;
      EXPECT_NE(run.err.find(kind), std::string::npos) << script << ": " << run.err;
    }
  }
}

TEST(Limits, AStackOfAnySizeWillDo) {
  if (kSanitized) return;  // a sanitizer's frames are larger
  const ProgramRun expected = run_script(kRun);
  ASSERT_EQ(expected.exit_code, 0) << expected.err;
  for (const int kilobytes : {32, 64, 128, 1024, 100'000}) {
    const ProgramRun run = run_script(fmt::format("ulimit -s {}; ", kilobytes) + kRun + "-t 3");
    EXPECT_EQ(run.exit_code, 0) << kilobytes << run.err;
    EXPECT_EQ(run.out, expected.out) << kilobytes;
  }
}

template <typename Exception>
Error error_for(const Exception& exception) {
  return error_of(std::make_exception_ptr(exception));
}

TEST(Exceptions, HaveACodeOfTheirOwn) {
  EXPECT_EQ(error_for(std::bad_alloc()).code, ErrorCode::kResourceLimit);
  EXPECT_EQ(error_for(std::system_error(ENOSPC, std::system_category(), "x")).code, ErrorCode::kNoSpace);
  const Error files = error_for(std::system_error(EMFILE, std::system_category(), "epoll"));
  EXPECT_EQ(files.code, ErrorCode::kResourceLimit);
  EXPECT_NE(files.message.find("epoll"), std::string::npos);
  EXPECT_NE(files.hint.find("ulimit -n"), std::string::npos);
  EXPECT_EQ(error_for(std::out_of_range("x")).code, ErrorCode::kInternal);
  EXPECT_EQ(error_for(5).code, ErrorCode::kInternal);
}

TEST(ExceptionsDeathTest, ThatNobodyCatchesAreALineAndACode) {
  const auto die = [](const auto& exception) {
    set_up_process();
    std::thread([&] { throw exception; }).join();
  };
  EXPECT_EXIT(die(std::bad_alloc()), testing::ExitedWithCode(6), "^error: there is not enough memory\n$");
  EXPECT_EXIT(die(std::runtime_error("some reason")), testing::ExitedWithCode(70),
              "^error: the program has a fault: some reason\n$");
  EXPECT_EXIT(die(5), testing::ExitedWithCode(70), "unknown kind\n$");
}

}  // namespace
}  // namespace hearth::cli
