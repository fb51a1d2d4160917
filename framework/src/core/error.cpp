#include "cofi/error.hpp"

namespace cofi {

Error::~Error() = default;

Interrupted::Interrupted() : std::runtime_error("interrupted") {}
Interrupted::~Interrupted() = default;

}  // namespace cofi
