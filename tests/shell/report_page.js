// Put into a copy of a report behind its own script: uses the page as a reader does, and leaves what
// it found as JSON in an element with the id "found".
"use strict";
const found = {columns: {}};

const table = document.querySelector("table.sortable");
const heads = [...table.tHead.rows[0].cells];
const click = (column) => heads[column].querySelector("button").click();
const rows = (column) => [...table.tBodies[0].rows].map((row) => row.cells[column].textContent);
heads.forEach((head, column) => {
  const states = found.columns[head.textContent] = {before: rows(column)};
  for (const state of ["up", "down", "back"]) {
    click(column);
    states[state] = rows(column);
    states[state + "_sort"] = head.getAttribute("aria-sort");
  }
});

// Texts of pictures that stick out of theirs, or lie upon each other.
found.clipped = [];
found.overlapping = [];
for (const picture of document.querySelectorAll("svg.picture")) {
  const frame = picture.getBoundingClientRect();
  const name = picture.getAttribute("aria-label") + " ";
  const texts = [...picture.querySelectorAll("text")]
    .map((text) => ({words: text.textContent, box: text.getBoundingClientRect()}))
    .filter(({words, box}) => words.trim() !== "" && box.width > 0);
  texts.forEach(({words, box}, n) => {
    if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) {
      found.clipped.push(name + words);
    }
    for (const other of texts.slice(0, n)) {
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      // Boxes of lines are higher than their letters.
      if (wide > 1 && high > 5) found.overlapping.push(name + other.words + " / " + words);
    }
  });
}

found.pictures = document.querySelectorAll("svg.picture").length;
found.sections = [...document.querySelectorAll("section")].map((section) => section.id);
found.width = document.documentElement.clientWidth;
found.page_width = document.documentElement.scrollWidth;
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
found.double_ids = ids.filter((id, n) => ids.indexOf(id) !== n);
const style = getComputedStyle(document.body);
found.colours = [style.color, style.backgroundColor, getComputedStyle(document.querySelector("svg .f0")).fill];

// Requests, and refusals of them, may come a while later.
addEventListener("load", () => setTimeout(() => {
  found.errors = window.pageErrors;
  found.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
}, 500));
