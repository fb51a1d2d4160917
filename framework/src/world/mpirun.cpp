#include "world/mpirun.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "core/own_process.hpp"

namespace cofi::world {

void start_by_mpirun(const Launch& options) {
  if (options.count != options.world) {
    throw Error("backend: mpi: its ranks are started by mpirun, on all machines at once: ",
                "mpirun -np ", options.world, " --host A,B cofi ..., without --ranks and --world");
  }
  std::vector<std::string> words = {"mpirun", "-n", std::to_string(options.world),
                                    "--oversubscribe"};
  // mpirun does not as root what it is not told to; whoever runs cofi as root has decided that.
  if (geteuid() == 0) words.emplace_back("--allow-run-as-root");
  const std::vector<std::string> own = own_arguments();
  words.push_back(own_program());
  words.insert(words.end(), own.begin() + 1, own.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execvp("mpirun", argv.data());
  throw Error("backend: mpi: cannot start mpirun: ", std::strerror(errno),
              "; install it (Debian: openmpi-bin), or choose backend: gloo");
}

}  // namespace cofi::world
