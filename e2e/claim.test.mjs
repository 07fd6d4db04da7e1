// A baker claims her shop on a phone: she says so, the facilitator prints a
// letter, she types its code.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { accessible, api, enterByMail, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

for (const script of [true, false]) {
  test(`a baker claims her shop with a letter, ${script ? 'with' : 'without'} scripts`, { timeout: 150_000 }, () => visit({ script }, async (baker) => {
    const look = async (page, name) => {
      await fits(page);
      if (script) await accessible(page);
      if (script) await shot(page, name);
    };
    const shops = await api('establishments?trade=boulanger&territory=artois&near=62473&per_page=10');
    const shop = shops.results[script ? 0 : 1];
    await go(baker, `/entreprises/${shop.siret}`);
    await baker.getByRole('link', { name: 'C’est mon entreprise' }).click();
    await baker.waitForURL('**/connexion?**');
    const next = new URL(baker.url()).searchParams.get('suite');
    await signIn(baker, `boulangere-${script}@exemple.fr`, next);
    await look(baker, 'claim-start');
    await baker.getByRole('button', { name: 'Oui, c’est mon entreprise' }).click();
    await look(baker, 'claim-waits');
    const own = baker.url();

    let code;
    await visit({ width: widths.desk, script }, async (desk) => {
      await signIn(desk, script ? 'marc@demo.example' : 'nadia@demo.example', '/animation');
      await look(desk, 'desk');
      await desk.locator('.sessions li', { hasText: `boulangere-${script}` }).getByRole('link', { name: 'Vérifier' }).click();
      await look(desk, 'desk-claim');
      await desk.getByRole('button', { name: /lettre/ }).click();
      await look(desk, 'desk-letter');
      code = (await desk.locator('.letter-code').innerText()).trim();
      // The first document of a house waits for the compiler to be made ready.
      const [paper] = await Promise.all([desk.waitForEvent('download', { timeout: 60_000 }), desk.getByRole('button', { name: 'Télécharger la lettre (PDF)' }).click({ timeout: 60_000 })]);
      assert.equal((await readFile(await paper.path())).subarray(0, 5).toString(), '%PDF-');
      if (script && process.env.SHOTS === '1') await paper.saveAs(new URL('./shots/claim-letter.pdf', import.meta.url).pathname);
    });
    assert.match(code, /^[2-9A-Z]{4} [2-9A-Z]{4}$/);

    await baker.goto(own);
    await baker.fill('#code', 'AAAA AAAA');
    await baker.getByRole('button', { name: 'Vérifier le code' }).click();
    await baker.waitForSelector('.field-error');
    await look(baker, 'claim-wrong');
    await baker.fill('#code', code.toLowerCase());
    await baker.getByRole('button', { name: 'Vérifier le code' }).click();
    await baker.waitForSelector('.notice.ok');
    await look(baker, 'claim-done');
    await go(baker, '/mon-espace');
    await look(baker, 'space');
    assert.match(await baker.locator('main').innerText(), /Ne plus parler pour elle/);

    await baker.getByRole('link', { name: 'Compléter la fiche' }).click();
    await look(baker, 'firm-empty');
    await baker.fill('#words', `Brioche du ${script ? 'zouave' : 'carillon'}, cuite au feu de bois`);
    await baker.fill('#phone', '12');
    await baker.getByRole('button', { name: 'Enregistrer' }).click();
    await baker.waitForSelector('.field-error');
    assert.match(await baker.inputValue('#words'), /Brioche/);
    await look(baker, 'firm-fault');
    await baker.fill('#phone', '03 21 00 00 00');
    await baker.locator('summary', { hasText: 'Machines' }).click();
    await baker.check('#r-four');
    await baker.selectOption('#zone', '20');
    await baker.getByRole('button', { name: 'Enregistrer' }).click();
    await baker.waitForSelector('.notice.ok');
    await look(baker, 'firm-saved');
    await baker.getByRole('link', { name: 'Qui parle pour elle' }).click();
    await baker.fill('#email', 'jean');
    await baker.getByRole('button', { name: 'Envoyer l’invitation' }).click();
    await baker.waitForSelector('.field-error');
    await baker.fill('#email', `jean-${script}@exemple.fr`);
    await baker.getByRole('button', { name: 'Envoyer l’invitation' }).click();
    await baker.waitForSelector('.notice.ok');
    await look(baker, 'firm-invite');
    await visit({ script }, async (jean) => {
      await enterByMail(jean, `jean-${script}@exemple.fr`);
      assert.match(await jean.locator('main').innerText(), /Compléter la fiche/);
    });
    await go(baker, `/annuaire?q=${script ? 'zouave' : 'carillon'}`);
    assert.match(await baker.locator('.entry').first().innerText(), new RegExp(shop.sign ?? shop.name, 'i'));
    await go(baker, `/entreprises/${shop.siret}`);
    await look(baker, 'firm-page');
    assert.match(await baker.locator('.voice').innerText(), /Brioche/);
  }));
}

test('a facilitator fills the page of a joiner who has no address, and a stranger cannot', { timeout: 60_000 }, () => visit({ width: widths.desk }, async (desk) => {
  const [shop] = (await api('establishments?trade=menuisier&territory=artois&per_page=1')).results;
  const form = `/mon-espace/entreprises/${shop.siret}`;
  await signIn(desk, 'nadia@demo.example', '/mon-espace');
  await go(desk, form);
  await desk.fill('#words', 'Escaliers et volets sur mesure');
  await desk.getByRole('button', { name: 'Enregistrer' }).click();
  await desk.waitForSelector('#pour-faute');
  await desk.fill('#pour', 'M. Delannoy');
  await desk.getByRole('button', { name: 'Enregistrer' }).click();
  await desk.waitForSelector('.notice.ok');
  await accessible(desk);
  await fits(desk);
  await shot(desk, 'firm-for');
  await go(desk, `/entreprises/${shop.siret}`);
  assert.match(await desk.locator('.voice').innerText(), /au téléphone/);
  await visit({}, async (stranger) => {
    await signIn(stranger, 'curieux@exemple.fr');
    await go(stranger, form, 403);
  });
}));
