// The day of a meeting: two helpers keep the door on two phones without a
// network, and their lists become one; a lead is noted by keyboard; two people
// write the minutes at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, network, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

/** Opens the desk of the first meeting of the demonstration. */
async function desk(page) {
  await signIn(page, 'nadia@demo.example', '/animation');
  await go(page, '/animation/reunions');
  const path = await page.locator('main a[href^="/animation/reunions/0"]').first().getAttribute('href');
  await go(page, path);
  return path;
}

const came = async (page) => Number(await page.locator('[data-came]').innerText());
const here = 'button[value=present]:visible';

test('two phones keep the door without a network, and agree afterwards', { timeout: 120_000 }, () => visit({ width: widths.desk }, async (nadia) => {
  const path = await desk(nadia);
  const door = new URL(await nadia.locator('.code.wrap-any').innerText()).pathname;
  await visit({ width: widths.phone }, (first) => visit({ width: widths.phone }, async (second) => {
    for (const phone of [first, second]) {
      await go(phone, door);
      await phone.waitForSelector('[data-keeps]');
      await network(phone, false);
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
      await network(phone, true);
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
    await network(second, false);
    await assert.rejects(second.goto(door));
  }));
}));

test('who comes while there is no network stays on the phone, once each, and goes later', { timeout: 60_000 }, () => visit({ width: widths.desk }, async (nadia) => {
  await desk(nadia);
  const door = new URL(await nadia.locator('.code.wrap-any').innerText()).pathname;
  await visit({ width: widths.phone }, async (phone) => {
    await go(phone, door);
    await phone.waitForSelector('[data-keeps]');
    assert.equal(await phone.locator('[data-later]').isVisible(), false); // it is days ahead
    const opens = Number(await phone.locator('[data-opens]').getAttribute('data-opens'));
    await phone.clock.setFixedTime(opens + 60_000);
    await network(phone, false);
    await phone.reload({ waitUntil: 'load' });
    await phone.waitForSelector('[data-keeps]');
    await phone.locator('[data-later] button').click(); // without a name nothing is kept
    for (const [name, seats] of [['Léa Passante', '2'], ['Omar Voisin', '1']]) {
      await phone.fill('[data-later] #nom', name);
      await phone.fill('[data-later] #places', seats);
      await phone.locator('[data-later] button').click();
      await phone.locator('[data-walkins]').getByText(name).waitFor();
    }
    await phone.reload({ waitUntil: 'load' });
    await phone.getByText('2 à envoyer').waitFor();
    assert.deepEqual((await phone.locator('[data-walkins] .door-name').allInnerTexts()).sort(), ['Léa Passante · 2', 'Omar Voisin']);
    await fits(phone);
    await accessible(phone);
    await shot(phone, 'day-door-walkins-360');
    const sent = phone.waitForRequest((r) => r.url().endsWith('/marques') && r.postData().includes('Léa'), { timeout: 25_000 }); // a phone asks every 15 s
    await network(phone, true);
    const { arrivals } = JSON.parse((await sent).postData());
    assert.deepEqual(arrivals.map((a) => [a.name, a.seats]).sort(), [['Léa Passante', 2], ['Omar Voisin', 1]]);
    assert.equal(new Set(arrivals.map((a) => a.device)).size, 1);
    await phone.locator('[data-walkins]').waitFor({ state: 'hidden' });
  });
}));

test('a lead is noted by keyboard alone, and leads back to its meeting', { timeout: 120_000 }, () => visit({ width: widths.desk }, async (nadia) => {
  const path = await desk(nadia);
  await go(nadia, `${path}/pistes`);
  await accessible(nadia);
  const [first, second] = await nadia.locator('#presents option').evaluateAll((list) => list.map((o) => o.value));
  await nadia.keyboard.type(first);
  await nadia.keyboard.press('Tab');
  await nadia.keyboard.type(second);
  await nadia.keyboard.press('Tab');
  await nadia.keyboard.type('Une visite de l’atelier');
  await nadia.keyboard.press('Enter');
  await nadia.waitForSelector('.notice.ok');
  await shot(nadia, 'day-leads-1440');
  await nadia.setViewportSize({ width: widths.phone, height: 900 });
  await fits(nadia);
  await shot(nadia, 'day-leads-360');
  await nadia.click('.caught-list a');
  await nadia.waitForURL('**/pistes/0*');
  await nadia.click(`a[href="${path}"]`);
  await nadia.getByText('1 piste notée').waitFor();
  await fits(nadia);
  await shot(nadia, 'day-desk-360');
  await go(nadia, `${path}/paires`);
  await fits(nadia);
  await accessible(nadia);
}));

test('two people write the same minutes at once, and nothing is lost', { timeout: 120_000 }, () => visit({ width: widths.desk }, (nadia) => visit({ width: 768 }, async (paul) => {
  const path = `${await desk(nadia)}/compte-rendu`;
  await signIn(paul, 'nadia@demo.example', '/animation');
  for (const page of [nadia, paul]) await go(page, path);
  await accessible(nadia);
  await nadia.fill('#texte0', 'Quarante personnes sont venues.\n- Café offert');
  await paul.fill('#texte0', 'La salle était pleine.');
  await paul.fill('#texte1', 'Trois exemples ont été montrés.');
  for (const page of [nadia, paul]) {
    await page.getByRole('button', { name: 'Enregistrer' }).click();
    await page.waitForSelector('.notice');
  }
  await paul.getByText('Quelqu’un a écrit en même temps').waitFor();
  const text = await paul.inputValue('#texte0');
  for (const words of ['Quarante personnes sont venues.', 'Café offert', 'La salle était pleine.']) assert.ok(text.includes(words), `${words} in ${text}`);
  await paul.locator('.bullets a').first().click();
  await paul.waitForSelector('ins');
  await fits(paul);
  await accessible(paul);
  await shot(paul, 'day-minutes-768');
  await paul.getByRole('button', { name: 'Publier' }).click();
  await paul.getByRole('link', { name: 'Lire la page publique' }).click();
  await paul.waitForURL('**/reunions/*/compte-rendu');
  await accessible(paul);
  await shot(paul, 'day-read-768');
  await paul.setViewportSize({ width: widths.phone, height: 900 });
  await fits(paul);
})));
