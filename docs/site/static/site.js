// A field above each declared table: rows without all of its words are hidden.  A row without a name of its
// own, such as a setting of a lever, belongs to the last one that has one, and shows it.
for (const table of document.querySelectorAll("table.filterable")) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  let owner = null;
  const owners = rows.map((row) => {
    [...row.cells].forEach((cell, place) => { cell.dataset.head = heads[place]; }); // shown on a phone
    if (row.cells[0].textContent.trim()) owner = row;
    return owner;
  });
  const texts = rows.map((row, place) => `${owners[place].cells[0].textContent} ${row.textContent}`.toLowerCase());
  const field = document.createElement("input");
  field.type = "search";
  field.className = "filter";
  field.placeholder = "Filter by any words of a row";
  field.setAttribute("aria-label", field.placeholder);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, place) => {
      row.hidden = !words.every((word) => texts[place].includes(word));
      if (!row.hidden) owners[place].hidden = false;
    });
  });
  (table.closest(".table-wrapper") ?? table).before(field);
}

// Excerpts under search results are fetched, which a browser forbids for pages opened from a folder.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
