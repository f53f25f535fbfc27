"use strict";
(() => {
  const minus = "\u2212", thin = "\u202f";
  const value = text => {
    const found = text.replaceAll(minus, "-").replaceAll(thin, "").match(/[-+]?\d+(\.\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const digits = (mean, low, high) => {
    const away = low > 0 || high < 0;
    const size = away ? Math.abs(mean) : Math.max(Math.abs(mean), Math.abs(low), Math.abs(high));
    let d = 0;
    while (d < 4 && size * 10 ** d < 9.95) d++;
    return size ? d : 1;
  };
  const signed = (number, d) => {
    const text = Math.abs(number).toFixed(d);
    return (Number(text) === 0 ? "" : number > 0 ? "+" : minus) + text;
  };
  const said = cell => {
    if (!cell || cell[0] === null) return ["\u2013", ""];
    const [mean, low, high, clear] = cell, d = digits(mean, low, high);
    return [signed(mean, d) + (clear ? "*" : ""), low === null ? "" : `${signed(low, d)} to ${signed(high, d)}`];
  };

  // A click on a head sorts its table; a second one turns the order.
  for (const table of document.querySelectorAll(".table:not(.words) table")) {
    table.querySelectorAll("thead th").forEach((head, column) => {
      head.tabIndex = 0;
      head.addEventListener("keydown", event => { if (event.key === "Enter") head.click(); });
      head.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        table.querySelectorAll("thead th").forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const key = row => {
          const cell = row.cells[column];
          return column ? value((cell.querySelector("span") || cell).firstChild.textContent) : cell.textContent;
        };
        const order = (a, b) => {
          const [one, other] = [key(a), key(b)];
          if (one === null || other === null) return (one === null) - (other === null);
          const by = typeof one === "string" ? other.localeCompare(one) : one - other;
          return down ? -by : by;
        };
        body.append(...[...body.rows].sort(order));
      });
    });
  }

  // What folds is folded on a phone, and printed whole.
  const folds = document.querySelectorAll(".table > details");
  if (matchMedia("screen and (max-width: 44rem)").matches) folds.forEach(each => { each.open = false; });
  addEventListener("beforeprint", () => folds.forEach(each => { each.open = true; }));

  const read = id => {
    const place = document.getElementById(id);
    return place && JSON.parse(place.textContent);
  };
  const chosen = form => [...form.querySelectorAll("select")].map(select => Number(select.value));

  // Effects of all policies on one measure, in one group and year.
  const numbers = read("explorer-data");
  if (numbers) {
    const form = document.getElementById("explorer-form"), list = document.getElementById("explorer-list");
    const show = () => {
      const [measure, group, year] = chosen(form);
      const cells = numbers.effects[measure][group][year];
      const order = numbers.policies.map((_, at) => at).filter(at => cells[at][0] !== null);
      order.sort((a, b) => cells[a][0] - cells[b][0]);
      const most = Math.max(...order.map(at => Math.abs(cells[at][0])), 1e-12);
      list.replaceChildren(...order.map(at => {
        const row = document.createElement("li"), [mean, ends] = said(cells[at]);
        const name = document.createElement("span"), bar = document.createElement("i"), text = document.createElement("b");
        name.textContent = numbers.policies[at];
        text.textContent = mean;
        text.title = ends && `nine in ten futures: ${ends}`;
        bar.style.setProperty("--size", `${50 * Math.abs(cells[at][0]) / most}%`);
        bar.className = (cells[at][0] < 0 ? "falls" : "rises") + (mean.endsWith("*") ? "" : " unclear");
        row.append(name, bar, text);
        return row;
      }));
    };
    form.addEventListener("change", show);
    show();
  }

  // The map: colour by effect, its number under the pointer or the finger.
  const places = read("map-data");
  if (places) {
    const form = document.getElementById("map-form"), drawn = document.getElementById("map-drawn");
    const note = document.getElementById("map-note"), paths = [...drawn.querySelectorAll("path")];
    const mixed = (color, share) => `color-mix(in srgb, ${color} ${Math.round(100 * share)}%, #eceff1)`;
    const show = () => {
      const [policy, measure] = chosen(form), cells = places.effects[measure][policy];
      const sizes = cells.filter(c => c[0] !== null && c[3]).map(c => Math.abs(c[0])).sort((a, b) => a - b);
      const most = sizes[Math.floor(0.95 * (sizes.length - 1))] || 1;
      for (const path of paths) {
        const cell = cells[Number(path.dataset.at)], [mean, ends] = said(cell), clear = mean.endsWith("*");
        path.style.fill = clear ? mixed(cell[0] < 0 ? "#4b2a85" : "#7a3b00", 0.2 + 0.75 * Math.min(1, Math.abs(cell[0]) / most)) : "#eceff1";
        path.querySelector("title").textContent =
          `${places.economies[Number(path.dataset.at)]}: ${mean.replace("*", "")} points${ends && ` (nine in ten futures: ${ends})`}`;
      }
    };
    const tell = event => {
      const path = event.target.closest("path");
      if (path) note.textContent = path.querySelector("title").textContent;
    };
    form.addEventListener("change", show);
    drawn.addEventListener("pointerover", tell);
    drawn.addEventListener("click", tell);
    show();
  }
})();
