// A click on a table's head sorts by it: up, down, and back to the order of the run. Numbers count as
// numbers, empty cells come last, and rows that compete with none stay below.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const order = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    return "number" in cell.dataset ? Number(cell.dataset.number) : cell.textContent.trim();
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b
      : typeof a === "number" ? -1
      : typeof b === "number" ? 1
      : a.localeCompare(b, "en", {numeric: true});
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const now = before === "ascending" ? "descending" : before === "descending" ? null : "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      if (now) head.setAttribute("aria-sort", now);
      const rank = (row) => row.classList.contains("last") ? 2 : value(row, column) === "" ? 1 : 0;
      const sorted = !now ? order : [...order].sort((a, b) => {
        const ranks = rank(a) - rank(b);
        if (ranks !== 0 || rank(a) > 0) return ranks;
        const difference = compare(value(a, column), value(b, column));
        return now === "ascending" ? difference : -difference;
      });
      body.append(...sorted);
    });
  });
}
