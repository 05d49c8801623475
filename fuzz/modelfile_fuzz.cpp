// A Modelfile: read, written, and read again to the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "store/modelfile/modelfile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)hearth::parameters_of_json(text);
  const auto file = hearth::Modelfile::parse(text);
  if (!file) return 0;
  (void)file->parameters_json();
  const auto written = file->write();
  if (!written) return 0;
  const auto again = hearth::Modelfile::parse(*written);
  const bool same = again && again->from == file->from && again->system == file->system &&
                    again->chat_template == file->chat_template && again->parameters == file->parameters;
  if (!same) __builtin_trap();
  return 0;
}
