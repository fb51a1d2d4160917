// page/page.css and page/page.js, put into the library by its build.
#pragma once

namespace cofi::report {

extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace cofi::report
