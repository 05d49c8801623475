#include "formats/open_model_files.h"

#include "formats/gguf/gguf_model_files.h"
#include "formats/gguf/vocabulary.h"

namespace hearth {

Result<std::unique_ptr<ModelFiles>> open_model_files(const std::filesystem::path& path, const LogSink& log) {
  return TRY(GgufModelFiles::open(path, log));
}

Result<VocabData> open_vocabulary(const std::filesystem::path& path, const LogSink& log) {
  return read_vocabulary(TRY(GgufFile::open(path)), log);
}

}  // namespace hearth
