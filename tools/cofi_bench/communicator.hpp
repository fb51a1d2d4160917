// What a Communicator costs beside the c10d process group under it.
#pragma once

namespace cofi::bench {

// Two ranks, each a thread, over 127.0.0.1 by Gloo: all_reduce of 10.8 MB and of 4 bytes by
// backend/gloo and by c10d itself, in turn.
void run_communicator();

}  // namespace cofi::bench
