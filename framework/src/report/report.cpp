#include "report/report.hpp"

#include <filesystem>
#include <set>

#include "cofi/files.hpp"

#include "report/gnuplot.hpp"
#include "report/page.hpp"
#include "report/svg.hpp"

namespace cofi::report {
namespace fs = std::filesystem;
namespace {

// Pictures of an earlier report that this one has no more.
void remove_others(const std::string& folder, const std::set<std::string>& written) {
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder, none)) {
    const std::string kind = file.path().extension();
    if (kind != ".svg" && kind != ".png") continue;
    if (written.count(file.path().filename()) == 0) fs::remove(file.path(), none);
  }
}

void write_pictures(const std::string& folder, const std::vector<Picture>& pictures) {
  std::set<std::string> written;
  if (!pictures.empty()) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) throw Error("cannot create the folder ", folder, ": ", failure.message());
  }
  for (const Picture& picture : pictures) {
    write_file(folder + "/" + picture.name + ".svg", standalone_svg(picture.svg));
    write_file(folder + "/" + picture.name + ".png", picture.png);
    written.insert({picture.name + ".svg", picture.name + ".png"});
  }
  remove_others(folder, written);
}

}  // namespace

std::string write_report(const std::string& folder) {
  const RunFiles run = read_run(folder);
  const std::vector<PictureSection> sections = picture_sections(run);
  std::vector<Chart> charts;
  for (const PictureSection& section : sections) {
    for (const ChartGroup& group : section.groups) {
      charts.insert(charts.end(), group.charts.begin(), group.charts.end());
    }
  }
  const std::vector<Picture> pictures = draw(charts);
  write_pictures(folder + "/pictures", pictures);
  const std::string path = folder + "/report.html";
  write_file(path, page_of(run, sections, pictures));
  return path;
}

}  // namespace cofi::report
