// The day of a meeting: two helpers keep the door on two phones without a
// network, and their lists become one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

/** Opens the desk of a meeting of the demonstration, by its place in the list. */
async function desk(page, n) {
  await signIn(page, 'nadia@demo.example', '/animation');
  await go(page, '/animation/reunions');
  const path = await page.locator('main a[href^="/animation/reunions/0"]').nth(n).getAttribute('href');
  await go(page, path);
  return path;
}

const came = async (page) => Number(await page.locator('[data-came]').innerText());
const here = 'button[value=present]:visible';

test('two phones keep the door without a network, and agree afterwards', { timeout: 120_000 }, () => visit({ width: widths.desk }, async (nadia) => {
  const path = await desk(nadia, 0);
  const door = new URL(await nadia.locator('.code.wrap-any').innerText()).pathname;
  await visit({ width: widths.phone }, (first) => visit({ width: widths.phone }, async (second) => {
    for (const phone of [first, second]) {
      await go(phone, door);
      await phone.waitForSelector('[data-keeps]');
      await phone.context().setOffline(true);
      await phone.reload({ waitUntil: 'load' }); // from what the phone keeps
      await phone.waitForSelector('[data-keeps]');
      assert.match(await phone.locator('.door-said').innerText(), /gardée sur ce téléphone/);
    }
    const rows = first.locator('.door-guest');
    const names = await rows.locator('.door-name').allInnerTexts();
    for (let n = 0; n < 10; n++) await rows.nth(n).locator(here).click();
    await first.getByText('10 à envoyer').waitFor();
    await fits(first);
    await accessible(first);
    await shot(first, 'day-door-offline-360');
    // The other sees four of them, and one who is excused.
    for (let n = 8; n < 12; n++) await second.locator('.door-guest').nth(n).locator(here).click();
    await second.locator('.door-guest').nth(12).getByRole('button', { name: 'Excusé' }).click();
    await second.fill('#q', names[9].split(' ')[0]); // searching needs no network
    assert.ok(await second.locator('.door-guest:visible').count() < names.length);
    await second.fill('#q', '');
    await second.reload({ waitUntil: 'load' });
    await second.getByText('5 à envoyer').waitFor();
    for (const phone of [first, second]) {
      await phone.context().setOffline(false);
      await phone.getByText('Tout est envoyé').waitFor();
    }
    await first.reload({ waitUntil: 'load' });
    await first.waitForSelector('[data-keeps]');
    assert.equal(await first.locator('.door-guest.present').count(), 12);
    assert.equal(await first.locator('.door-guest.excused').count(), 1);
    await go(nadia, `${path}/pointage`);
    assert.equal(await nadia.locator('.door-guest.present').count(), 12);
    assert.equal(await came(nadia), await came(first));
    await accessible(nadia);
    await shot(nadia, 'day-door-1440');

    // Another link: the list with its names leaves the phones.
    await go(nadia, path);
    await nadia.locator(`form[action="${path}/lien"] button`).click();
    await nadia.waitForSelector('.notice.ok');
    await go(second, door, 404);
    assert.deepEqual(await second.evaluate(() => caches.keys()), []);
    await second.context().setOffline(true);
    await assert.rejects(second.goto(door));
  }));
}));
