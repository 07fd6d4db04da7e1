// A cooperation that both sides confirmed is told by one of them, agreed to by
// the other, found by who reads of a trade, and taken back at once.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, api, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

test('a cooperation is told by one side and agreed to by the other', async () => {
  const { results } = await api('establishments?territory=artois&per_page=40');
  const [mine, other] = results.filter((e) => e.siret && e.name).slice(20).map((e) => e.siret);
  let cooperation;
  await visit({ width: widths.desk }, async (page) => {
    await signIn(page, 'conteuse@exemple.fr', '/mon-espace');
    await go(page, `/mon-espace/revendiquer/${mine}`);
    await page.click('main form button');
    const claim = new URL(page.url()).pathname.split('/').pop();
    await visit({ width: widths.desk }, async (desk) => {
      await signIn(desk, 'nadia@demo.example', '/animation');
      await go(desk, `/animation/revendications/${claim}`);
      await desk.locator('form[action$="/accord"] button').click();
      await go(desk, `/pistes/nouvelle?de=${mine}&vers=${other}`);
      await desk.fill('#title', 'Démonter les palettes ensemble');
      await desk.click('.form-panel button');
      await desk.getByRole('link', { name: 'Dire la coopération' }).click();
      await desk.selectOption('#for', mine);
      await desk.selectOption('#kind', 'materials');
      await desk.locator('.form-panel button').click();
      await desk.getByRole('button', { name: 'Confirmer au téléphone' }).click();
      await desk.locator('.notice', { hasText: 'Confirmée' }).waitFor();
      cooperation = new URL(desk.url()).pathname;
      await accessible(desk);
      await shot(desk, 'cooperation-desk');
    });
    await go(page, cooperation);
    await page.getByRole('link', { name: 'Écrire un retour' }).click();
    await page.fill('#fait', 'Deux matinées à démonter des palettes, chez l’un puis chez l’autre.');
    await page.fill('#apporte', 'Deux tonnes de bois gardées, et un client de plus.');
    await page.fill('#signature', 'Odile, menuisière');
    await accessible(page);
    await shot(page, 'note-write');
    await page.click('.form-panel button');
    await page.locator('.notice.ok').waitFor();
    await go(page, cooperation);
    await fits(page);
    assert.match(await page.locator('[aria-labelledby=retours]').innerText(), /parties seulement/);
    await page.getByRole('button', { name: 'Le retirer' }).click();
    await page.getByRole('button', { name: 'D’accord pour publier' }).waitFor();
    await shot(page, 'note-agree');
  });
});

for (const [name, width] of Object.entries(widths)) {
  test(`experience notes are read and printed (${name})`, async () => {
    await visit({ width }, async (page) => {
      await go(page, '/retours');
      await accessible(page);
      await fits(page);
      await shot(page, `notes-${name}`);
      await page.locator('.note h3 a').first().click();
      await page.locator('.note-words').waitFor();
      await accessible(page);
      await fits(page);
      await shot(page, `note-${name}`);
      const paper = await page.request.get(await page.getByRole('link', { name: 'PDF' }).getAttribute('href'), { timeout: 90_000 });
      assert.equal(paper.headers()['content-type'], 'application/pdf');
    });
  });
}
