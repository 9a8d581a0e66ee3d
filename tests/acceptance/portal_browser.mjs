// Walks through the portal in a real browser and prints what it saw as one JSON document; the test judges it.
// Arguments: folder of node_modules, browser, base address, JSON {pages, languages, widths, shots}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, executablePath, base, asked] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { pages, languages, widths, shots, hands = true } = JSON.parse(asked);
const saw = { outside: [], console: [], wide: [], axe: [], statuses: {}, keyboard: {}, plain: {} };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("request", (request) => request.url().startsWith(base) || saw.outside.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && saw.console.push(`${page.url()} ${message.text()}`));
  page.on("pageerror", (error) => saw.console.push(`${page.url()} ${error.message}`));
  return page;
}

for (const [width, colorScheme] of [...widths.map((width) => [width, "light"]), [widths[0], "dark"]]) {
  // axe is put into the page by the test, which the page's own policy rightly forbids to anybody else.
  const page = await open({ viewport: { width, height: 800 }, bypassCSP: true, colorScheme });
  // By night the words are the same and the colours others: one language shows them all.
  for (const language of colorScheme === "dark" ? languages.slice(0, 1) : languages) {
    for (const [name, path] of Object.entries(pages)) {
      const answer = await page.goto(`${base}/${language}${path}`);
      saw.statuses[`${language} ${name}`] = answer.status();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) saw.wide.push(`${language} ${name} at ${width}: ${over} px too wide`);
      if (shots) await page.screenshot({ path: `${shots}/${name}-${language}-${width}-${colorScheme}.png`, fullPage: true });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const v of violations) saw.axe.push(`${language} ${name} at ${width}, ${colorScheme}: ${v.id} (${v.impact}) ${v.nodes[0].html.slice(0, 200)}`);
    }
  }
  await page.context().close();
}

if (hands) { // With the keyboard alone, under the page's own policy.
  const page = await open({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${base}/kk/`);
  await page.keyboard.press("Tab");
  saw.keyboard.first = await page.evaluate(() => document.activeElement.getAttribute("href"));
  saw.keyboard.visible = await page.evaluate(() => document.activeElement.getBoundingClientRect().left >= 0);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  saw.keyboard.inMain = await page.evaluate(() => document.querySelector("main").contains(document.activeElement));
  saw.keyboard.outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  await page.focus("#years input[type=range]");
  for (let i = 0; i < 3; i += 1) await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelector("#map-title").textContent.includes("2020"), null, { timeout: 5000 }).catch(() => {});
  saw.keyboard.title = await page.textContent("#map-title");
  await page.focus("#q");
  await page.keyboard.type("караганды");
  await Promise.all([page.waitForURL(/search/), page.keyboard.press("Enter")]);
  saw.keyboard.found = await page.textContent("main");
  await page.context().close();
}

if (hands) { // Without scripts.
  const page = await open({ viewport: { width: 360, height: 800 }, javaScriptEnabled: false });
  await page.goto(`${base}/ru/`);
  await page.selectOption("#year", "2005");
  await page.click("#years button");
  saw.plain.title = await page.textContent("#map-title");
  await page.fill("#q", "qaraghandy");
  await page.click(".find button");
  saw.plain.found = await page.textContent("main");
  await page.goto(`${base}/en/measures`);
  await page.click(".card a");
  await page.click("table tbody td a");
  saw.plain.drilled = new URL(page.url()).pathname;
  await page.context().close();
}

await browser.close();
process.stdout.write(JSON.stringify(saw));
