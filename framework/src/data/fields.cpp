#include "data/fields.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "cofi/error.hpp"

namespace cofi::data {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string_view line = text.substr(at, end - at);
  at = std::min(end + 1, text.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_blank(std::string_view line) { return std::all_of(line.begin(), line.end(), blank); }

bool is_passed_over(std::string_view line, const std::string& comment) {
  return is_blank(line) || (!comment.empty() && line.substr(0, comment.size()) == comment);
}

std::int64_t line_number(std::string_view text, std::size_t at) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
}

std::string escaped(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", byte);
      out += code;
    } else {
      out += c;
    }
  }
  return text.size() > kMost ? out + "..." : out;
}

std::string shown(std::string_view text) { return "'" + escaped(text) + "'"; }

FieldSplitter::FieldSplitter(std::string separator, bool quotes)
    : separator_(std::move(separator)), quotes_(quotes), blanks_(separator_ == " ") {
  if (separator_.empty()) throw Error("separator: is empty; give one or more characters");
  if (separator_.find_first_of("\r\n") != kNone) {
    throw Error("separator: a line's end cannot separate fields");
  }
  if (quotes_ && separator_.find('"') != kNone) {
    throw Error("separator: ", shown(separator_), " holds a quote; set quotes: false");
  }
}

std::string FieldSplitter::separator_name() const {
  if (blanks_) return "blanks";
  return separator_ == "\t" ? "tabs" : shown(separator_);
}

// Where the separator at `at` ends, or kNone where there is none.
std::size_t FieldSplitter::separator_end(std::string_view line, std::size_t at) const {
  if (!blanks_) {
    return line.compare(at, separator_.size(), separator_) == 0 ? at + separator_.size() : kNone;
  }
  std::size_t end = at;
  while (end < line.size() && blank(line[end])) ++end;
  return end == at ? kNone : end;
}

// Where the unquoted field at `at` ends: at a separator or at the line's end.
std::size_t FieldSplitter::field_end(std::string_view line, std::size_t at) const {
  std::size_t end = at;
  if (blanks_) {
    while (end < line.size() && !blank(line[end])) ++end;
  } else if (separator_.size() == 1) {
    while (end < line.size() && line[end] != separator_[0]) ++end;
  } else {
    end = std::min(line.find(separator_, at), line.size());
  }
  return end;
}

// The quoted field whose text begins at `at`; moves `at` behind its closing quote. False where it
// has none.
bool FieldSplitter::quoted(std::string_view line, std::size_t& at, std::string_view& field,
                           std::string& scratch) const {
  std::size_t quote = line.find('"', at);
  if (quote == kNone) return false;
  const std::size_t kept = scratch.size();
  while (quote + 1 < line.size() && line[quote + 1] == '"') {
    scratch.append(line, at, quote + 1 - at);
    at = quote + 2;
    quote = line.find('"', at);
    if (quote == kNone) return false;
  }
  field = line.substr(at, quote - at);
  if (scratch.size() > kept) {
    scratch.append(field);
    field = std::string_view(scratch).substr(kept);
  }
  at = quote + 1;
  return true;
}

const char* FieldSplitter::split(std::string_view line, std::vector<std::string_view>& fields,
                                 std::string& scratch) const {
  fields.clear();
  if (blanks_) line = trimmed(line);
  if (quotes_) {
    scratch.clear();
    scratch.reserve(line.size());  // it must not move within a line: fields point into it
  }
  std::size_t at = 0;
  while (true) {
    std::size_t start = at;
    if (quotes_) {
      while (start < line.size() && line[start] == ' ') ++start;
    }
    std::size_t next = kNone;
    if (quotes_ && start < line.size() && line[start] == '"') {
      at = start + 1;
      std::string_view field;
      if (!quoted(line, at, field, scratch)) {
        return "a quoted field that does not end on its line (none may span lines)";
      }
      fields.push_back(field);
      next = separator_end(line, at);
      if (next == kNone) {
        while (at < line.size() && line[at] == ' ') ++at;
        if (at == line.size()) return nullptr;
        next = separator_end(line, at);
      }
      if (next == kNone) return "text behind the closing quote of a field";
    } else {
      const std::size_t end = field_end(line, at);
      fields.push_back(trimmed(line.substr(at, end - at)));
      if (end == line.size()) return nullptr;
      next = separator_end(line, end);
    }
    at = next;
  }
}

}  // namespace cofi::data
