#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "cli/chat/interrupt.h"
#include "cli/command.h"
#include "cli/embedding/embed_texts.h"
#include "cli/embedding/result_file.h"
#include "cli/embedding/vector_writer.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "text/input/text_input.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxInput = size_t(1) << 30;

struct EmbedOptions {
  SessionOptions session;
  std::vector<std::string> words;
  std::string file, output, format = "json";
  std::optional<std::string> prompt_name;
  std::optional<size_t> dimensions;
  bool normalize = true;  ///< where the files do not say otherwise
  bool truncate = false;
  bool quiet = false;
};

/// The texts that are embedded. Views into `storage`.
struct Texts {
  std::string storage;
  std::vector<std::string_view> all;
  bool are_lines = false;

  /// "line 3", "text 1".
  std::string name(size_t index) const {
    return fmt::format("{} {}", are_lines ? "line" : "text", index + 1);
  }
};

/// A line of input is a text, also an empty one; an end of line at the end of input begins none.
void split_lines(Texts& texts) {
  texts.are_lines = true;
  std::string_view rest = texts.storage;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    texts.all.push_back(line);
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
}

Result<std::unique_ptr<Texts>> read_texts(const EmbedOptions& options) {
  auto texts = std::make_unique<Texts>();
  const bool is_input = options.words.empty() || (options.words.size() == 1 && options.words[0] == "-");
  if (!options.file.empty() && !options.words.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give one of the two", "there are texts and --file {}",
                     options.file);
  }
  if (options.file.empty() && !is_input) {
    texts->all.assign(options.words.begin(), options.words.end());
    return texts;
  }
  const bool from_file = !options.file.empty() && options.file != "-";
  texts->storage = from_file ? TRY(read_file(options.file, kMaxInput)) : TRY(read_standard_input(kMaxInput));
  split_lines(*texts);
  if (!texts->all.empty()) return texts;
  return fail_hint(ErrorCode::kInvalidArgument,
                   "give one as an argument, or lines in a file or on standard input", "there is no text");
}

/// Turns texts into requests, all in the same way.
class RequestMaker {
 public:
  static Result<RequestMaker> create(LoadedModel& session, const Texts& texts, const EmbedOptions& options) {
    const EmbeddingConfig& config = session.model().config().embedding;
    RequestMaker maker(texts);
    maker.tokenizer_ = TRY(session.tokenizer());
    maker.most_ = session.context();
    maker.truncates_ = options.truncate;
    maker.prompt_ = TRY(prompt_text(config, options.prompt_name));
    maker.vector_ = {.pooling = session.pooling(),
                     .normalize = options.normalize && config.normalize.value_or(true),
                     .dimensions = options.dimensions.value_or(0)};
    if (maker.vector_.pooling == Pooling::kRank) {
      return fail_hint(
          ErrorCode::kUnsupported, "serve it and ask POST /v1/rerank, or pool otherwise (--pooling cls)",
          "{} is a reranker, which gives scores and no vectors", session.path().filename().string());
    }
    if (maker.vector_.dimensions <= session.embedding_size()) return maker;
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("use 1 to {}", session.embedding_size()),
                     "--dimensions is {}, but the model's vectors have {}", maker.vector_.dimensions,
                     session.embedding_size());
  }

  Result<GenerateRequest> make(size_t index) {
    const auto named = [&](Error error) {
      error.message = fmt::format("{}: {}", texts_->name(index), error.message);
      return std::unexpected(std::move(error));
    };
    const std::string_view text = texts_->all[index];
    Result<TextInput> input =
        encode_text(*tokenizer_, prompt_.empty() ? text : whole_.assign(prompt_).append(text),
                    truncates_ ? most_ : kWholeText);
    if (!input) return named(std::move(input.error()));
    if (input->ids.size() > most_) {
      return named({ErrorCode::kContextOverflow,
                    fmt::format("has {} tokens, but the model reads {} at most", input->ids.size(), most_),
                    "shorten it, or have what is too long cut (--truncate)"});
    }
    if (input->ids.empty()) {
      return named({ErrorCode::kInvalidArgument, "has no tokens", "leave it out: there is nothing to embed"});
    }
    is_cut_.push_back(input->is_cut());
    GenerateRequest request;
    request.task = Task::kEmbed;
    request.vector = vector_;
    request.prompt = Prompt(std::move(input->ids));
    return request;
  }

  bool is_cut(size_t index) const { return is_cut_[index]; }
  size_t num_cut() const { return size_t(std::ranges::count(is_cut_, true)); }
  size_t most() const { return most_; }

 private:
  explicit RequestMaker(const Texts& texts) : texts_(&texts) {}

  const Texts* texts_;
  const Tokenizer* tokenizer_ = nullptr;
  size_t most_ = 0;
  bool truncates_ = false;
  std::string prompt_, whole_;
  VectorOptions vector_;
  std::vector<bool> is_cut_;
};

Status embed_all(LoadedModel& session, const Texts& texts, const EmbedOptions& options,
                 VectorWriter& writer) {
  RequestMaker maker = TRY(RequestMaker::create(session, texts, options));
  Engine* engine = TRY(session.engine());
  TRY(writer.begin(texts.all.size(), options.dimensions.value_or(session.embedding_size())));
  InterruptGuard interrupt;
  const bool shows = !options.quiet && is_terminal(stderr);
  const EmbedJob job{.count = texts.all.size(),
                     .request = [&](size_t index) { return maker.make(index); },
                     .take = [&](size_t index, const GenerateResult& result) -> Status {
                       if (shows) show_progress(fmt::format("{} of {} texts", index + 1, texts.all.size()));
                       return writer.add({.index = index,
                                          .num_tokens = result.usage.num_prompt_tokens,
                                          .is_cut = maker.is_cut(index),
                                          .values = result.embedding});
                     },
                     .is_stopped = [&] { return interrupt.take(); }};
  const Status embedded = embed_texts(*engine, job);
  if (shows) show_progress("");
  TRY(embedded);
  if (maker.num_cut() > 0) {
    print_line(fmt::format("note: {} of {} texts were cut to {} tokens", maker.num_cut(), texts.all.size(),
                           maker.most()));
  }
  return {};
}

std::unique_ptr<VectorWriter> make_writer(const EmbedOptions& options, ByteSink sink) {
  return options.format == "npy" ? npy_vector_writer(std::move(sink)) : json_vector_writer(std::move(sink));
}

Status embed(const EmbedOptions& options) {
  if (options.format == "npy" && options.output.empty() && is_terminal(stdout)) {
    return fail_hint(ErrorCode::kInvalidArgument, "name a file with --output",
                     "npy is nothing for a terminal");
  }
  const std::unique_ptr<Texts> texts = TRY(read_texts(options));
  const auto session = TRY(open_session(options.session, stderr_log(false)));
  if (options.output.empty()) {
    const auto writer = make_writer(options, [](std::string_view bytes) { return print_exact(bytes); });
    return embed_all(*session, *texts, options, *writer);
  }
  ResultFile file = TRY(ResultFile::create(options.output));
  const auto writer = make_writer(options, [&](std::string_view bytes) { return file.write(bytes); });
  TRY(embed_all(*session, *texts, options, *writer));
  return file.finish();
}

void add_options(Arguments& arguments, EmbedOptions& options) {
  add_model(arguments, "MODEL,-m,--model", options.session.model).required();
  arguments.words("TEXT", options.words, "what to embed, each by itself; - is standard input, a text a line")
      .unless_given("standard input");
  arguments.option("-f,--file", options.file, word("FILE"), "a file with a text a line; - is standard input");
  arguments.option("-o,--output", options.output, word("FILE"), "where the vectors go")
      .unless_given("standard output");
  arguments.option("--format", options.format, choice({"json", "npy"}),
                   "a JSON object a line, or one matrix of NumPy's");
  arguments
      .option("--dimensions", options.dimensions, number(size_t(1), size_t(1) << 20),
              "the vectors' first so many numbers alone")
      .unless_given("all of them");
  arguments.flag("--no-normalize", options.normalize, "leave the vectors as long as they are", false);
  arguments.flag("--truncate", options.truncate, "cut texts that are too long, and say so");
  arguments
      .option("--prompt-name", options.prompt_name, word("NAME"),
              "the prompt of the model's that stands in front of each text")
      .unless_given("the model's default, if it has one");
  arguments.flag("-q,--quiet", options.quiet, "do not show how far it is");
  add_pooling_option(arguments, options.session);
  add_session_options(arguments, options.session);
}

}  // namespace

Command command_embed() {
  return {"embed", "Make vectors of texts", [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<EmbedOptions>();
            options->session.load.num_sequences = 64;
            options->session.load.kv_tokens = 65'536;
            add_options(arguments, *options);
            return [options] { return embed(*options); };
          }};
}

}  // namespace hearth::cli
