#include "cofi/fit_context.hpp"

namespace cofi {

FitContext FitContext::child(const std::string& name, Monitor& own) const {
  return {train,    validation, users,        items,
          user_ids, item_ids,   user_counts,  item_counts,
          scale,    feedback,   paths,        random.stream("child").stream(name),
          device,   pool,       communicator, optimizer,
          options,  own,        nullptr,      shared};
}

}  // namespace cofi
