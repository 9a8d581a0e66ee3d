// Comfort only: every page works without this file.
"use strict";
const years = document.getElementById("years");
if (years) {
  const select = years.querySelector("select");
  const range = document.createElement("input");
  const output = document.createElement("output");
  Object.assign(range, { type: "range", min: 0, max: select.options.length - 1, value: select.selectedIndex });
  range.setAttribute("aria-label", years.querySelector("label").textContent);
  output.textContent = select.value;
  range.addEventListener("input", () => { output.textContent = select.options[range.value].value; });
  range.addEventListener("change", () => { select.selectedIndex = range.value; years.requestSubmit(); });
  select.addEventListener("change", () => years.requestSubmit());
  years.querySelector("button").before(range, output);
  years.querySelector("button").hidden = true; // the slider and the list send themselves
}
for (const form of document.querySelectorAll("form.filters")) {
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
}
