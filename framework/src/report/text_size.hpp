// How much room text takes in a picture, whatever sans-serif font it is shown in.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::report {

constexpr double kTextSize = 12;    // pixels, of all text in pictures
constexpr double kLineHeight = 16;  // of text in several lines

// In pixels, of UTF-8 text without line breaks: by the widths of DejaVu Sans, the widest of the
// fonts that systems show sans-serif text in, so that it is rather too much than too little.
COFI_API double text_width(const std::string& text, double size);

// The text in lines of at most this width: broken behind a blank or comma where there is one, else
// where the line is full.
COFI_API std::vector<std::string> wrapped(const std::string& text, double size, double width);

// The text without what cannot be shown: control characters become blanks, bytes that are no UTF-8
// question marks.
COFI_API std::string printable(const std::string& text);

}  // namespace cofi::report
