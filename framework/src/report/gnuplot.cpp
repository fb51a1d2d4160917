#include "report/gnuplot.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cofi/files.hpp"

#include "report/script.hpp"
#include "report/svg.hpp"

namespace cofi::report {
namespace fs = std::filesystem;
namespace {

class WorkFolder {
 public:
  WorkFolder() : path_((fs::temp_directory_path() / "cofi-report-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) {
      throw Error("cannot make a folder for gnuplot's files in ",
                  fs::temp_directory_path().string(), ": ", std::strerror(errno),
                  "; set TMPDIR to a folder that can be written");
    }
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string content_of(const std::string& path) {
  return std::string(FileBytes::open(path).bytes());
}

// gnuplot in the PATH with the script's file; what it says goes to `said`.
void run_gnuplot(std::string script, const std::string& said) {
  std::string program = "gnuplot", defaults = "-d";  // -d: no settings of the user's own
  char* arguments[] = {program.data(), defaults.data(), script.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, said.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, "gnuplot", &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (failure == ENOENT) {
    throw Error(
        "cofi report draws with gnuplot, and there is none in the PATH; install it: "
        "apt-get install gnuplot-nox");
  }
  if (failure != 0) throw Error("cannot start gnuplot: ", std::strerror(failure));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw Error("cannot wait for gnuplot: ", std::strerror(errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw Error("gnuplot failed: ", content_of(said),
              "\ncofi report needs gnuplot 5 with its terminals svg and pngcairo (Debian's "
              "gnuplot-nox)");
}

}  // namespace

std::vector<Picture> draw(const std::vector<Chart>& charts) {
  const WorkFolder folder;
  std::string script;
  for (std::size_t n = 0; n < charts.size(); ++n) {
    const std::string number = std::to_string(n);
    script += script_of(charts[n], folder / (number + ".svg"), folder / (number + ".png"));
  }
  write_file(folder / "script.gp", script);
  run_gnuplot(folder / "script.gp", folder / "said");
  std::vector<Picture> pictures;
  for (std::size_t n = 0; n < charts.size(); ++n) {
    const Chart& chart = charts[n];
    const std::string number = std::to_string(n);
    pictures.push_back(
        {chart.name,
         themed_svg(content_of(folder / (number + ".svg")), chart.name, chart.alt, tips_of(chart)),
         content_of(folder / (number + ".png"))});
  }
  return pictures;
}

}  // namespace cofi::report
