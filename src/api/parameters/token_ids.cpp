#include "api/parameters/token_ids.h"

#include "api/parameters/parameter_reader.h"

namespace hearth::api {

Result<std::vector<TokenId>> read_token_ids(const Json& ids, const std::string& path, const Vocab& vocab) {
  if (!ids.is_array()) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be an array of token ids, not {}", path, kind_of(ids));
  }
  std::vector<TokenId> read;
  read.reserve(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto number = as_integer(ids[i]);
    if (!number || *number < 0 || size_t(*number) >= vocab.size()) {
      return fail(ErrorCode::kInvalidArgument, "{}[{}]: token ids are integers from 0 to {}", path, i,
                  vocab.size() - 1);
    }
    read.push_back(TokenId(*number));
  }
  return read;
}

}  // namespace hearth::api
