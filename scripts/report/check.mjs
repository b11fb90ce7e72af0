// Looks at pages of `gopahole report` as people do, in a headless Chromium: no errors, nothing
// loaded, nothing that axe objects to, in both themes and on a phone; the ways through them by
// keyboard; and what is left without scripts. Screenshots go to a directory.
//
//	node check.mjs CHROMIUM SCREENSHOTS PAGE...
import { readFileSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const [chromium, shots, ...pages] = process.argv.slice(2);
if (!pages.length) {
  console.error("usage: node check.mjs CHROMIUM SCREENSHOTS PAGE...");
  process.exit(2);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(shots, { recursive: true });

let passed = 0, failed = 0;
const check = (what, ok, detail = "") => {
  if (ok) passed++;
  else {
    failed++;
    console.log(`FAIL ${what}${detail ? ": " + detail : ""}`);
  }
};
const sizes = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 800, isMobile: true, hasTouch: true } };

const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--allow-file-access-from-files=false"] });

// visit opens a page, in a theme and a width, and collects what it complains about.
async function visit(file, theme, size, script = true) {
  const page = await browser.newPage();
  const complaints = [], requests = [];
  page.on("console", m => { if (["error", "warn"].includes(m.type())) complaints.push(m.text()); });
  page.on("pageerror", e => complaints.push(String(e)));
  page.on("request", r => { if (!r.url().startsWith("data:")) requests.push(r.url()); });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" }]);
  await page.setViewport(sizes[size]);
  await page.setJavaScriptEnabled(script);
  const began = Date.now();
  const url = pathToFileURL(resolve(file)).href;
  await page.goto(url, { waitUntil: "load", timeout: 60_000 });
  return { page, complaints, requests, url, took: Date.now() - began };
}

// violations asks axe. Its script comes in past the policy of the page, as that of a debugger.
async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.map(v => `${v.id} (${v.nodes.length}): ${v.help}: ${v.nodes[0].target.join(" ")} ${v.nodes[0].failureSummary?.split("\n")[1] ?? ""}`);
}

const press = async (page, ...keys) => { for (const k of keys) await page.keyboard.press(k); };
const settle = page => page.evaluate(() => new Promise(r => setTimeout(r, 200)));
const focused = page => page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName);

// keyboard goes the ways through a page that need no pointer.
async function keyboard(name, page) {
  await press(page, "Tab");
  check(`${name}: the first Tab offers to skip the head`, await focused(page) === "skip");
  await press(page, "/");
  check(`${name}: / leads to the search`, await focused(page) === "search");
  const tree = await page.$("#treemap button");
  if (tree) {
    await tree.focus();
    const before = await page.$eval("#tree-path", e => e.textContent);
    await press(page, "ArrowRight");
    await press(page, "Enter");
    check(`${name}: Enter opens a rectangle`, await page.$eval("#tree-path", e => e.textContent) !== before);
    await press(page, "Backspace");
    check(`${name}: Backspace goes back`, await page.$eval("#tree-path", e => e.textContent) === before);
    check(`${name}: focus stays in the treemap`, (await focused(page)).startsWith("tile"), await focused(page));
  }
  const first = await page.$("#struct-list button");
  if (first) {
    const names = await page.$$eval("#struct-list .name", all => all.map(e => e.textContent));
    await first.focus();
    await press(page, "ArrowDown", "Enter");
    check(`${name}: the list of structs by arrow keys and Enter`,
      (await page.$eval("#struct h3", e => e.textContent)).endsWith(names[Math.min(1, names.length - 1)]));
    check(`${name}: focus goes to the struct`, await focused(page) === "struct");
    await page.focus("#search");
    await page.keyboard.type(names[0]);
    await settle(page);
    check(`${name}: the search finds a struct`, (await page.$eval("#struct-list .name", e => e.textContent)) === names[0]);
    check(`${name}: and says how many`, /\d/.test(await page.$eval(".found[data-of=structs]", e => e.textContent)));
    await press(page, "Enter");
    check(`${name}: Enter shows the first`, (await page.$eval("#struct h3", e => e.textContent)).endsWith(names[0]));
    await press(page, "Escape");
    await settle(page);
    check(`${name}: Escape empties the search`, (await page.$eval("#search", e => e.value)) === "");
  }
  await page.focus("#theme");
  for (const theme of ["light", "dark", undefined]) {
    await press(page, "Enter");
    check(`${name}: the theme becomes ${theme}`, (await page.evaluate(() => document.documentElement.dataset.theme)) === theme);
  }
}

for (const file of pages) {
  const name = basename(file, ".html");
  for (const theme of ["light", "dark"]) {
    for (const size of ["wide", "narrow"]) {
      const title = `${name}, ${theme}, ${size}`;
      const { page, complaints, requests, url, took } = await visit(file, theme, size);
      await settle(page);
      check(`${title}: nothing on the console`, complaints.length === 0, complaints.join("; "));
      check(`${title}: nothing is loaded`, requests.length === 1 && requests[0] === url, requests.slice(1).join(" "));
      check(`${title}: loads in 20 s`, took < 20_000, `${took} ms`);
      check(`${title}: no wider than the window`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), await page.evaluate(() => String(document.documentElement.scrollWidth)));
      await page.evaluate(() => { for (const d of document.querySelectorAll("details:first-of-type")) d.open = true; });
      const found = await violations(page);
      check(`${title}: axe`, found.length === 0, found.join("\n     "));
      await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = false; });
      await page.screenshot({ path: join(shots, `${name}-${theme}-${size}.png`) });
      for (const part of await page.$$eval("main section", all => all.map(s => s.id))) {
        await page.$eval("#" + part, s => s.scrollIntoView());
        await page.screenshot({ path: join(shots, `${name}-${theme}-${size}-${part}.png`) });
      }
      console.log(`${title}: ${took} ms`);
      await page.close();
    }
  }
  const { page } = await visit(file, "light", "wide");
  await keyboard(name, page);
  check(`${name}: no script but the page's own runs`, await page.evaluate(() => globalThis.forged === undefined));
  await page.pdf({ path: join(shots, `${name}.pdf`), timeout: 120_000 }).catch(e => check(`${name}: printing`, false, String(e)));
  await page.close();

  const bare = await visit(file, "light", "wide", false);
  const shown = await bare.page.evaluate(() => 1).catch(() => 0);
  check(`${name}: without scripts there is nothing that needs them`,
    (await bare.page.$$eval(".script-only", all => all.every(e => e.getBoundingClientRect().height === 0)).catch(() => shown === 0)));
  await bare.page.screenshot({ path: join(shots, `${name}-bare.png`) });
  await bare.page.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
