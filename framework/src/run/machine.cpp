#include "run/machine.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <thread>

namespace cofi::run {
namespace {

// The text after "label:" of the first line of a file under /proc that begins so; else empty.
std::string proc_field(const std::string& file, const std::string& label) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, label.size(), label) != 0) continue;
    const std::size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return {};
}

template <class Function>
Function* loaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

int gpu_count() { return at::hasCUDA() ? static_cast<int>(at::getNumGPUs()) : 0; }

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void use_one_library_thread() {
  at::set_num_threads(1);
  // LibTorch uses whatever BLAS the system gives it; OpenBLAS has a pool of its own.
  if (auto* set_threads = loaded<void(int)>("openblas_set_num_threads")) set_threads(1);
  // cuBLAS is deterministic only with a workspace of its own, fixed before it starts.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::globalContext().setDeterministicAlgorithms(true, false);
}

c10::Device device_named(const std::string& name, int local_rank) {
  const int gpus = gpu_count();
  if (name == "cpu" || (name == "auto" && gpus == 0)) return {c10::kCPU};
  if (name == "auto") return {c10::kCUDA, static_cast<c10::DeviceIndex>(local_rank % gpus)};
  int index = local_rank;
  if (name.compare(0, 5, "cuda:") == 0) index = std::atoi(name.c_str() + 5);
  if (index < gpus) return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
  std::string there = "there is: cpu";
  for (int n = 0; n < gpus; ++n) there += ", cuda:" + std::to_string(n);
  throw Error("device: '", name, "': no such device",
              at::hasCUDA() ? "" : " (this LibTorch is built without CUDA)", "; ", there,
              "; 'auto' takes a GPU where there is one");
}

void reset_peak_memory() {
  malloc_trim(0);  // what is free is nobody's
  std::ofstream("/proc/self/clear_refs") << 5;
}

double peak_memory_mb() {
  return std::strtod(proc_field("/proc/self/status", "VmHWM").c_str(), nullptr) / 1024;
}

double available_memory_mb() {
  return std::strtod(proc_field("/proc/meminfo", "MemAvailable").c_str(), nullptr) / 1024;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string cpu_name() {
  const std::string name = proc_field("/proc/cpuinfo", "model name");
  return name.empty() ? "unknown" : name;
}

std::string gpu_names() {
  std::string names;
  std::error_code none;
  for (const auto& gpu : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", none)) {
    names += (names.empty() ? "" : ", ") + proc_field(gpu.path() / "information", "Model");
  }
  return names;
}

std::string blas_name() {
  if (auto* config = loaded<char*()>("openblas_get_config")) return config();
  Dl_info info{};
  void* gemm = dlsym(RTLD_DEFAULT, "sgemm_");
  return gemm != nullptr && dladdr(gemm, &info) != 0 ? info.dli_fname : "within LibTorch";
}

}  // namespace cofi::run
