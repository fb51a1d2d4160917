#include "plugin/tag.hpp"

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <optional>
#include <string_view>

#include "cofi/files.hpp"
#include "cofi/plugin/build_tag.hpp"

namespace cofi::plugin {
namespace {

constexpr char kFields[][10] = {"kind=", "name=", "version=", "summary="};

// dlopen kills the process (SIGBUS) on a library that is cut short, so its extent is checked here.
void check_elf(const std::string& path, std::string_view bytes) {
  const auto refuse = [&](const std::string& why) {
    throw Error(path, " is not a cofi plugin: ", why);
  };
  Elf64_Ehdr header;
  if (bytes.substr(0, SELFMAG) != ELFMAG) refuse("it is not an ELF shared library");
  const auto cut_short = [&] { refuse("it is cut short; build or copy it again"); };
  if (bytes.size() < sizeof header) cut_short();
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN) {
    refuse("it is not an ELF shared library of 64 bits");
  }
  const auto beyond = [&](std::uint64_t offset, std::uint64_t size) {
    return offset > bytes.size() || size > bytes.size() - offset;
  };
  if (beyond(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize)) cut_short();
  if (header.e_phentsize != sizeof(Elf64_Phdr)) refuse("its ELF header is damaged");
  if (beyond(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr))) cut_short();
  for (unsigned n = 0; n < header.e_phnum; ++n) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + n * sizeof segment, sizeof segment);
    if (segment.p_type == PT_LOAD && beyond(segment.p_offset, segment.p_filesz)) cut_short();
  }
}

// The lines "tag\nkind=...\nname=...\nversion=...\nsummary=...\n" at the front of text.
std::optional<Listing> parse(std::string_view text) {
  Listing listing;
  const auto take_line = [&](std::string_view start, std::string& into) {
    const std::size_t end = text.find('\n');
    if (end == text.npos || text.substr(0, start.size()) != start) return false;
    into = text.substr(start.size(), end - start.size());
    text.remove_prefix(end + 1);
    return into.find('\0') == into.npos;
  };
  std::string* const fields[] = {&listing.kind, &listing.name, &listing.version, &listing.summary};
  bool whole = take_line("", listing.tag) && !listing.tag.empty();
  for (std::size_t n = 0; whole && n < 4; ++n) whole = take_line(kFields[n], *fields[n]);
  if (!whole) return std::nullopt;
  return listing;
}

}  // namespace

std::string runner_tag() { return COFI_BUILD_TAG; }

Listing read_tag(const std::string& path) {
  const FileBytes file = FileBytes::open(path);
  const std::string_view bytes = file.bytes();
  check_elf(path, bytes);
  constexpr std::string_view kMark = COFI_TAG_MARK;
  for (std::size_t at = bytes.find(kMark); at != bytes.npos; at = bytes.find(kMark, at + 1)) {
    if (std::optional<Listing> listing = parse(bytes.substr(at + kMark.size()))) {
      listing->path = path;
      listing->same_build = listing->tag == runner_tag();
      return *listing;
    }
  }
  throw Error(path, " is not a cofi plugin: it carries no build tag (see COFI_PLUGIN)");
}

}  // namespace cofi::plugin
