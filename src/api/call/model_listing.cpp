#include "api/call/model_listing.h"

#include "api/call/model_task.h"

namespace hearth::api {

ModelFacts facts_of(const ApiModel& model) {
  return {.context = model.context,
          .hidden_size = model.hidden_size,
          .vocab_size = model.tokenizer->vocab().size(),
          .capabilities = capabilities(model)};
}

ModelListing listing_of(const ApiModel& model) {
  return {.id = model.id, .created = model.created, .facts = facts_of(model)};
}

}  // namespace hearth::api
