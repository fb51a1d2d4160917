// Any bytes, read in any format: rows that fit together, or an Error that names a line. The first
// bytes choose the format, the rest is the file.
#include <cmath>
#include <cstdlib>

#include "cofi/delimited.hpp"

#include "input_file.hpp"

namespace {

void check(const cofi::Data& data, const cofi::DelimitedFormat& format) {
  const cofi::Interactions& rows = data.interactions;
  const std::size_t size = rows.users.size();
  if (rows.items.size() != size || rows.values.size() != size) std::abort();
  if (!rows.times.empty() && (format.time.empty() || rows.times.size() != size)) std::abort();
  for (std::size_t n = 0; n < size; ++n) {
    if (rows.users[n] < 0 || rows.users[n] >= data.users.size()) std::abort();
    if (rows.items[n] < 0 || rows.items[n] >= data.items.size()) std::abort();
    if (!std::isfinite(rows.values[n])) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const cofi::ThreadPool pool(1);
  if (size < 3) return 0;
  const char* const separators[] = {",", "\t", "::", " ", ";", "|"};
  const char* const duplicates[] = {"keep", "first", "last", "mean", "error"};
  cofi::DelimitedFormat format;
  format.separator = separators[bytes[0] % 6];
  format.duplicates = duplicates[bytes[1] % 5];
  format.header = (bytes[2] & 1) != 0;
  format.skip_malformed = (bytes[2] & 2) != 0;
  format.quotes = (bytes[2] & 4) != 0;
  if ((bytes[2] & 8) != 0) format.time = "4";
  if ((bytes[2] & 16) != 0) format.value = "";
  if ((bytes[2] & 32) != 0) format.scale = cofi::RatingScale{0.5f, 5};
  const int more = bytes[0] / 6;
  if ((more & 1) != 0) format.section = ":";
  if ((more & 2) != 0) format.comment = "%";
  if ((more & 4) != 0) format.time_unit = cofi::TimeUnit::kDate;
  if ((more & 8) != 0) format.latin1 = true;
  if ((more & 16) != 0) format.unrated = 3;
  const std::string& path = cofi::fuzz::input_file(".csv", bytes + 3, size - 3);
  try {
    check(cofi::read_delimited(cofi::FileBytes::open(path), format, pool), format);
  } catch (const cofi::Error& error) {
    if (std::string(error.what()).find(path) == std::string::npos) std::abort();
  }
  return 0;
}
