#include "api/parameters/token_ids.h"

#include "api/parameters/parameter_reader.h"

namespace hearth::api {

std::vector<TokenId> read_token_ids(const Json& ids) {
  std::vector<TokenId> read;
  read.reserve(ids.size());
  for (const Json& id : ids) read.push_back(TokenId(as_integer(id).value()));
  return read;
}

}  // namespace hearth::api
