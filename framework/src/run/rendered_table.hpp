// A table as people read it: rounded, standard deviations beside their means, the best marked.
#pragma once

#include <string>
#include <vector>

#include "run/table.hpp"

namespace cofi::run {

struct RenderedTable {
  struct Column {
    std::string name;
    bool right = false;  // numbers align to the right
  };
  struct Cell {
    std::string text;
    bool best = false;
  };

  RenderedTable(const Table& table, const std::string& plus_minus);

  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

// Characters of UTF-8 text.
std::size_t display_width(const std::string& text);

}  // namespace cofi::run
