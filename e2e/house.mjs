// What the stories share: a browser, pages that watch over themselves, and
// the questions asked of every page.
import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

/** The address of the house, without a slash at its end. */
export const url = (process.env.E2E_URL ?? 'http://localhost:8080').replace(/\/$/, '');

const shots = join(dirname(fileURLToPath(import.meta.url)), 'shots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The widths at which every page is looked at. */
export const widths = { phone: 360, desk: 1440 };

/** Returns the path of a Chromium. */
function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    for (const dir of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(dir, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch { /* not there */ }
    }
  }
  throw new Error('no Chromium found: install it (apt-get install chromium) or name it with CHROMIUM=/path');
}

let browser;

/** Starts a browser for the stories of a file, and ends it after them. */
export function withBrowser() {
  before(async () => {
    const args = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
    // Chromium as root has no sandbox to offer.
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    browser = await chromium.launch({ executablePath: findBrowser(), args });
  });
  after(() => browser?.close());
}

/**
 * Opens a page that records what must never happen: an error of a script or
 * on the console, a violation of the content policy, a request that leaves
 * the machine, a broken resource. `visit` ends by asserting that nothing did.
 */
export async function visit({ width = widths.phone, height = 900, dark = false, script = true, base = url }, story) {
  const context = await browser.newContext({
    // Each visitor comes from a place of their own: a house gives one client so many links an hour.
    extraHTTPHeaders: { 'X-Forwarded-For': `198.18.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 254) + 1}` },
    baseURL: base, viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', javaScriptEnabled: script, locale: 'fr-FR', reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(10_000);
  const wrong = [];
  const home = new URL(base).host;
  await context.route('**', (route) => {
    const to = new URL(route.request().url());
    if (to.host === home || to.protocol === 'data:' || to.protocol === 'blob:') return route.continue();
    wrong.push(`a request leaves the machine: ${to}`);
    return route.abort();
  });
  const page = await context.newPage();
  // The status of the page itself is the story's to judge.
  page.on('console', (m) => {
    if (unplugged.has(context) && /net::ERR_(FAILED|INTERNET_DISCONNECTED)/.test(m.text())) return; // what was asked for without a network
    const statusOfThePage = m.text().startsWith('Failed to load resource') && m.location().url === page.url();
    if (m.type() === 'error' && !statusOfThePage) wrong.push(`console: ${m.text()} (${m.location().url})`);
  });
  page.on('pageerror', (err) => wrong.push(`script: ${err.message}`));
  page.on('response', (res) => {
    if (res.status() >= 400 && !res.request().isNavigationRequest()) wrong.push(`${res.status()} for ${res.url()}`);
  });
  try {
    await story(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

const unplugged = new WeakSet();

/** Takes the network from a page's browser, or gives it back. */
export async function network(page, on) {
  const context = page.context();
  if (!on) unplugged.add(context);
  await context.setOffline(!on);
}

/** Goes to a path of the house and returns the answer. */
export async function go(page, path, status = 200) {
  const res = await page.goto(path, { waitUntil: 'load' });
  assert.equal(res.status(), status, `status of ${path}`);
  return res;
}

/**
 * Asserts that the page breaks no rule of WCAG 2.2 AA that axe can see; of
 * colours alone, the rules that look at them: the rest of a page is by night
 * what it is by day.
 */
export async function accessible(page, { colours = false } = {}) {
  await page.waitForLoadState('load'); // before its styles a page is another
  await page.evaluate(axe);
  const found = await page.evaluate(async (colours) => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: colours ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    });
    return violations.map((v) => `${v.id}: ${v.help} — ${v.nodes.slice(0, 4).map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  }, colours);
  assert.deepEqual(found, [], `accessibility of ${page.url()}`);
}

/** Asserts that nothing sticks out of the page sideways. */
export async function fits(page) {
  await page.waitForLoadState('load');
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    return [...document.querySelectorAll('body *')]
      .filter((e) => e.getBoundingClientRect().right > room + 1)
      .slice(0, 5).map((e) => `${e.tagName.toLowerCase()}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)}`)
      .concat(`the page is ${document.documentElement.scrollWidth} wide for ${room}`);
  });
  assert.deepEqual(wide, [], `width of ${page.url()}`);
}

/** Keeps a picture of the page when SHOTS=1. */
export async function shot(page, name) {
  if (process.env.SHOTS !== '1') return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/** Asks the API of the house. */
export async function api(path) {
  const res = await fetch(`${url}/api/v1/${path}`);
  assert.equal(res.status, 200, `${path}: ${res.status}`);
  return res.json();
}

/**
 * Signs an address in, by the link in the mail that the demonstration shows.
 * Those whom the demonstration has anyway sign in once for all stories: a house
 * gives one address five links an hour.
 */
export async function signIn(page, mail, next = '/mon-espace') {
  const kept = mail.endsWith('@demo.example') && process.env.E2E_KEPT ? join(process.env.E2E_KEPT, `${mail}.cookies`) : undefined;
  if (kept && existsSync(kept)) {
    await page.context().addCookies(JSON.parse(readFileSync(kept, 'utf8')));
    await page.goto(next, { waitUntil: 'load' });
    if (new URL(page.url()).pathname === next) return;
  }
  await signInByMail(page, mail, next);
  if (kept) writeFileSync(kept, JSON.stringify(await page.context().cookies()));
}

/** Signs an address in by a link of its own, kept for nobody. */
export async function signInByMail(page, mail, next = '/mon-espace') {
  await go(page, `/connexion?suite=${encodeURIComponent(next)}`);
  await page.fill('#email', mail);
  await page.click('main form button');
  await page.waitForURL('**/connexion/courriel');
  await enterByMail(page, mail, next);
}

/** Uses the link of the last mail to an address, as the demonstration shows it. */
export async function enterByMail(page, mail, next = '/mon-espace') {
  await go(page, '/courriels');
  const text = await page.locator('.mail', { hasText: mail }).first().locator('.mail-text').innerText();
  await page.goto(text.match(/http\S+\/connexion\/lien\/\S+/)[0].replace(/^http:\/\/[^/]+/, ''));
  await page.click('main form button');
  await page.waitForURL(`**${next}`);
}
