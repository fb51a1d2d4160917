#include "cofi/communicator.hpp"

namespace cofi {

Work::~Work() = default;
Communicator::~Communicator() = default;
Store::~Store() = default;
Backend::~Backend() = default;

}  // namespace cofi
