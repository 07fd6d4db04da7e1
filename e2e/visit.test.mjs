// A host opens slots, eight craftspeople ask to come, the host says yes to each
// and marks who is there; somebody else wishes for a date that is not open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, api, fits, go, shot, signIn, url, visit, widths, withBrowser } from './house.mjs';

withBrowser();

for (const [width, script] of [[widths.phone, true], [widths.desk, false]]) {
  test(`a workshop is opened and visited, ${script ? 'on a phone' : 'at a desk without scripts'}`, { timeout: 120_000 }, () => visit({ width, script }, async (page) => {
    const look = async (name) => {
      await fits(page);
      if (script) await accessible(page);
      await shot(page, `visit-${name}-${width}`);
    };
    const [scop] = (await api('establishments?family=association&near=62473&per_page=1')).results;
    const base = `/mon-espace/entreprises/${scop.siret}/visites`;
    await signIn(page, 'nadia@demo.example', base);
    await look('host');
    await page.getByRole('link', { name: 'Proposer une visite' }).click();
    await page.fill('#sees', '');
    await page.getByRole('button', { name: 'Enregistrer et choisir des dates' }).click();
    await page.waitForSelector('.field-error');
    await look('offer-fault');
    await page.fill('#title', `L’atelier ouvert ${width}`);
    await page.fill('#sees', 'Le tri, la réparation, la remise en vente.');
    await page.fill('#where', 'À l’accueil');
    await page.check('#approval');
    await page.getByRole('button', { name: 'Enregistrer et choisir des dates' }).click();
    await page.waitForURL('**?fait=1*');
    const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    await page.fill('#first', day);
    await page.fill('#at', '14:00');
    await page.getByRole('button', { name: 'Ouvrir ces dates' }).click();
    await page.waitForSelector('.sessions');
    await look('offer');
    await page.getByRole('link', { name: 'Voir la page publique' }).click();
    await look('public');
    const slot = await page.inputValue('input[name=creneau]');
    for (let n = 0; n < 7; n++) {
      const res = await fetch(`${url}/api/v1/events/${slot}/registrations`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: `Artisan ${n}`, email: `artisan${n}-${width}@exemple.fr`, seats: 1, siret: null }),
      });
      assert.equal(res.status, 201);
      assert.equal((await res.json()).status, 'asked');
    }
    await page.fill('#nom', 'Amina Pouille');
    await page.fill('#courriel', `amina-${width}@exemple.fr`);
    await page.waitForTimeout(2_100); // no person is faster
    await page.getByRole('button', { name: 'Je demande à venir' }).click();
    await page.waitForURL('**/inscrit?*');
    await look('asked');
    await go(page, `${base.replace('/visites', '/creneaux')}/${slot}`);
    for (let n = 8; n > 0; n--) {
      assert.equal(await page.locator('button[value=oui]').count(), n);
      await page.locator('button[value=oui]').first().click();
      await page.waitForSelector('.notice.ok');
    }
    await look('slot');
    assert.match(await page.locator('main').innerText(), /8 places prises sur 8/);
    await page.getByRole('link', { name: 'Accueil', exact: true }).last().click();
    await page.waitForURL('**/pointage');
    await page.locator('button[value=present]').first().click();
    await page.waitForSelector('.door-guest.present');
    await look('door');
    await go(page, `/visites/${slot}`);
    await page.waitForSelector('.slot.full');
    await go(page, '/retours?metier=boulanger');
    await look('notes');
    assert.ok(await page.locator('.note').count() > 0);
    await go(page, '/souhait?metier=boulanger&territoire=artois');
    await look('wish');
    await page.fill('#nom', 'Bruno Wacheux');
    await page.fill('#courriel', `bruno-${width}@exemple.fr`);
    await page.waitForTimeout(2_100);
    await page.getByRole('button', { name: 'Prévenez-moi' }).click();
    await page.waitForSelector('.notice.ok');
    await go(page, '/animation/visites');
    await look('demand');
    assert.match(await page.locator('main').innerText(), new RegExp(`bruno-${width}@exemple.fr`));
  }));
}
