// What a newcomer does in the first minute, on a phone and on a desk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, go, visit, widths, withBrowser } from './house.mjs';

withBrowser();

for (const [device, width] of Object.entries(widths)) {
  for (const script of [true, false]) {
    test(`finds a baker near Isbergues, ${device}, ${script ? 'with' : 'without'} scripts`, () => visit({ width, script }, async (page) => {
      await go(page, '/');
      await page.locator('input[name=q]').first().fill('boulanger');
      await page.locator('input[name=near]').first().fill('Isbergues');
      await page.locator('form[role=search] button').first().click();
      await page.waitForURL(/annuaire/);
      assert.match(await page.locator('h1').innerText(), /Isbergues/);
      const first = page.locator('main a[href*="/entreprises/"]').first();
      const name = await first.innerText();
      await first.click();
      await page.waitForURL(/entreprises/);
      assert.ok((await page.locator('h1').innerText()).includes(name.split('\n')[0]), `the page of ${name}`);
      assert.match(await page.locator('main').innerText(), /Pourquoi/);
    }));
  }
}

test('finds a Scop near Isbergues by the word, and by its label', () => visit({ width: widths.desk }, async (page) => {
  await go(page, '/annuaire?q=scop&near=isbergues&radius_km=10');
  assert.ok(await page.locator('main a[href*="/entreprises/"]').count() > 0, 'a Scop by the word');
  await go(page, '/annuaire?label=scop&near=isbergues&radius_km=10');
  assert.ok(await page.locator('main a[href*="/entreprises/"]').count() > 0, 'a Scop by its label');
}));

test('the page and the API say the same', () => visit({ width: widths.desk }, async (page) => {
  const { total, results } = await api('establishments?q=menuisier&territory=artois&per_page=20');
  await go(page, '/annuaire?q=menuisier&territory=artois');
  const digits = (await page.locator('h1').innerText()).replace(/\D/g, '');
  assert.equal(digits, String(total), 'the number in the title');
  const links = await page.locator('main a[href*="/entreprises/"]').evaluateAll((all) => [...new Set(all.map((a) => a.getAttribute('href').match(/\d{14}/)[0]))]);
  assert.deepEqual(links.slice(0, results.length), results.map((e) => e.siret));
}));

test('a list can be taken away', () => visit({ width: widths.desk }, async (page) => {
  await go(page, '/annuaire?q=boulanger&near=isbergues&radius_km=10');
  const { total } = await api('establishments?q=boulanger&near=isbergues&radius_km=10');
  const csv = await page.request.get('/annuaire.csv?q=boulanger&near=isbergues&radius_km=10');
  assert.equal(csv.status(), 200);
  assert.equal((await csv.text()).trim().split('\r\n').length, total + 1, 'a row for each, and the header');
  const xlsx = await page.request.get('/annuaire.xlsx?q=boulanger&near=isbergues&radius_km=10');
  assert.equal((await xlsx.body()).subarray(0, 2).toString(), 'PK');
}));

test('everything can be reached with the keyboard', () => visit({ width: widths.desk }, async (page) => {
  await go(page, '/annuaire?q=boulanger&near=isbergues');
  const stops = new Set();
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const style = getComputedStyle(e);
      const box = e.getBoundingClientRect();
      return { what: `${e.tagName} ${e.getAttribute('href') ?? e.getAttribute('name') ?? e.textContent.trim().slice(0, 30)}`, seen: box.width > 0 && box.height > 0, ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none' };
    });
    if (!at) break;
    assert.ok(at.seen, `${at.what} has the focus and is not to be seen`);
    stops.add(at.what);
  }
  assert.ok([...stops].some((s) => s.includes('/entreprises/')), 'the results are among the stops');
  assert.ok([...stops].some((s) => /INPUT q/.test(s)), 'the search box is among the stops');
}));

test('the map shows clusters, and a list beside it', () => visit({ width: widths.desk }, async (page) => {
  await go(page, '/carte');
  await page.waitForLoadState('networkidle');
  assert.ok(await page.locator('.leaflet-marker-icon').count() > 3, 'clusters on the map');
}));

test('English is one link away and stays', () => visit({ width: widths.desk }, async (page) => {
  await go(page, '/annuaire?q=boulanger&near=isbergues');
  await page.getByRole('link', { name: 'English' }).click();
  await page.waitForURL(/\/en\/annuaire/);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.match(page.url(), /near=/);
}));
