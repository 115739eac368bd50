// Looks at pages of a site as Lighthouse does on a phone and fails unless each
// has 100 in every category: NODE_MODULES=… node lighthouse.mjs BASE PATH …
//
// Lighthouse reads robots.txt from inside the page, which our policy of
// default-src 'none' forbids to everybody, so it says that there is none
// (GoogleChrome/lighthouse issue 4386). Therefore the policy is bypassed here;
// that pages keep it is held by the tests of the header policy.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.NODE_MODULES + "/");
const load = async name => import(pathToFileURL(require.resolve(name)));
const { default: lighthouse } = await load("lighthouse");
const { default: puppeteer } = await load("puppeteer-core");

const [base, ...paths] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// look returns whether a page has 100 in each of the four categories.
async function look(path) {
  const page = await browser.newPage();
  await page.setBypassCSP(true);
  const { lhr } = await lighthouse(base + path, { logLevel: "error" }, undefined, page);
  await page.close();
  const scores = Object.values(lhr.categories).map(c => [c.title, Math.round(c.score * 100)]);
  console.log(path, scores.map(([title, score]) => `${title} ${score}`).join(", "));
  const good = scores.length === 4 && scores.every(([, score]) => score === 100);
  if (!good) {
    for (const a of Object.values(lhr.audits)) {
      if (a.score !== null && a.score < 1 && a.scoreDisplayMode !== "informative") console.log(`  ${a.id}: ${a.title} ${a.displayValue || a.explanation || ""}`);
    }
  }
  return good;
}

let wrong = 0;
for (const path of paths) {
  // A busy machine makes a page look slow: three tries. Nothing else varies.
  let good = false;
  for (let n = 0; n < 3 && !good; n++) good = await look(path);
  if (!good) wrong++;
}
await browser.close();
process.exit(wrong ? 1 : 0);
