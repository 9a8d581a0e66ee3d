// Comfort only: every page works without this file.
"use strict";

// The map through the years: the page holds every year's numbers, so that playing through them asks for nothing.
function playMap(map, form) {
  const { years, bounds, total, values } = JSON.parse(map.dataset.years);
  const select = form.querySelector("select");
  const format = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en" : "ru", { maximumFractionDigits: 6 });
  const written = (n) => (n === null || n === undefined ? "—" : format.format(n));
  const place = (n) => bounds.reduce((found, low, i) => (n >= low ? i : found), 0);
  const pattern = map.querySelector("tbody a").getAttribute("href");
  const shownYear = select.value;

  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: 0, max: years.length - 1, value: select.selectedIndex });
  range.setAttribute("aria-label", form.querySelector("label").textContent);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `▶ ${map.dataset.play}`;
  let playing = 0;

  function rowsOf(code, year) {
    const address = new URL(pattern, location.href);
    for (const [name, old] of [...address.searchParams]) {
      if (old === shownYear) address.searchParams.set(name, year);
      else if (old in values) address.searchParams.set(name, code);
    }
    return address.pathname + address.search;
  }

  function show(index) {
    const year = years[index];
    range.value = index;
    range.setAttribute("aria-valuetext", year);
    select.selectedIndex = index;
    map.querySelector("#map-year").textContent = year;
    map.querySelector("#map-total").textContent = written(total[index]);
    for (const path of map.querySelectorAll("path[data-code]")) {
      const value = values[path.dataset.code][index];
      const text = `${path.dataset.name}: ${value === null ? map.dataset.none : written(value)}`;
      path.setAttribute("class", value === null ? "cx" : `c${place(value)}`);
      path.querySelector("title").textContent = text;
      const around = path.parentNode;
      if (around.localName !== "a") continue;
      around.setAttribute("aria-label", text);
      if (value === null) around.removeAttribute("href");
      else around.setAttribute("href", rowsOf(path.dataset.code, year));
    }
    const rows = [...map.querySelectorAll("tbody tr")];
    for (const row of rows) {
      const code = row.dataset.code;
      const value = values[code][index];
      const cell = row.querySelector("td");
      const link = document.createElement("a");
      link.href = rowsOf(code, year);
      link.textContent = written(value);
      cell.replaceChildren(value === null ? "—" : link);
      const mark = row.querySelector(".break");
      if (mark) mark.hidden = value !== null && Number(mark.dataset.until) <= year;
    }
    rows.sort((a, b) => (values[b.dataset.code][index] ?? 0) - (values[a.dataset.code][index] ?? 0));
    rows[0].parentNode.append(...rows);
    const gaps = Object.values(values).some((all) => all[index] === null);
    for (const note of map.querySelectorAll(".missing")) note.hidden = !gaps;
    const here = new URL(location.href);
    here.searchParams.set(select.name, year);
    history.replaceState(null, "", here);
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
    button.textContent = `▶ ${map.dataset.play}`;
  }

  range.addEventListener("input", () => { stop(); show(Number(range.value)); });
  select.addEventListener("change", () => { stop(); show(select.selectedIndex); });
  button.addEventListener("click", () => {
    if (playing) { stop(); return; }
    if (Number(range.value) === years.length - 1) show(0);
    button.textContent = `❚❚ ${map.dataset.pause}`;
    playing = setInterval(() => {
      const next = Number(range.value) + 1;
      if (next >= years.length) stop();
      else show(next);
    }, 700);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("button").replaceWith(range, button);
}

const map = document.getElementById("map");
const years = document.getElementById("years");
if (map && years) playMap(map, years);

for (const form of document.querySelectorAll("form.filters")) {
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
}
