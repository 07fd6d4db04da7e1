// A need on a phone: written, read by a facilitator, answered by a firm, chosen,
// and what came of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

test('a need travels from a phone to what came of it', { timeout: 150_000 }, () => visit({}, async (amina) => {
  const look = async (page, name) => {
    await fits(page);
    await accessible(page);
    await shot(page, name);
  };
  const title = `Ponceuse à bande ${Date.now() % 100_000}`;
  await go(amina, '/annonces');
  await look(amina, 'needs');
  await signIn(amina, 'amina@demo.example', '/annonces/nouvelle');
  await look(amina, 'need-form');
  await amina.selectOption('#kind', 'machine');
  await amina.fill('#trades', 'alchimiste');
  await amina.getByRole('button', { name: 'Publier' }).click();
  await amina.waitForSelector('.summary');
  await look(amina, 'need-wrong');
  await amina.fill('#title', title);
  await amina.fill('#trades', 'ébéniste');
  await amina.fill('#words', 'Pour une journée. Appelez le 03 21 00 00 00.');
  await amina.getByRole('button', { name: 'Publier' }).click();
  await amina.waitForSelector('.notice.ok');
  assert.match(await amina.locator('main').innerText(), /Un animateur la regarde/);
  await look(amina, 'need-held');
  const page = new URL(amina.url()).pathname;

  await visit({ width: widths.desk }, async (desk) => {
    await signIn(desk, 'marc@demo.example', '/animation');
    await desk.locator('[aria-labelledby=annonces] a', { hasText: title }).first().click();
    await look(desk, 'need-decide');
    await desk.getByRole('button', { name: 'La publier', exact: true }).click();
    await desk.waitForURL(`**${page}`);
  });

  await visit({}, async (maker) => {
    await signIn(maker, 'reponse1-amina@demo.example', page);
    await look(maker, 'need-answer');
    await maker.getByText('Poser une question').click();
    await maker.fill('#question', 'Quelle largeur de bande ?');
    await maker.getByRole('button', { name: 'Envoyer la question' }).click();
    await maker.waitForSelector('.notice.ok');
    await maker.fill('#message', 'Lundi, si vous venez la chercher.');
    await maker.getByRole('button', { name: 'Je suis intéressé' }).click();
    await maker.waitForSelector('.notice.ok');
    assert.match(await maker.locator('main').innerText(), /position 1/);
    await look(maker, 'need-answered');

    await go(amina, page);
    await look(amina, 'need-author');
    await amina.locator('#questions textarea').fill('120 mm.');
    await amina.getByRole('button', { name: 'Répondre' }).click();
    await amina.waitForSelector('.notice.ok');
    await amina.getByRole('button', { name: /^Choisir / }).click();
    await amina.waitForSelector('.picked');
    await look(amina, 'need-chosen');
    await amina.getByRole('button', { name: 'Oui, cela s’est fait' }).click();
    await amina.waitForSelector('.notice.ok');
    assert.match(await amina.locator('main').innerText(), /Cela s’est fait/);

    // What they did is a cooperation, which a facilitator records from the lead.
    await visit({ width: widths.desk }, async (desk) => {
      await signIn(desk, 'marc@demo.example', page);
      await desk.locator('[aria-labelledby=pistes] a').first().click();
      await look(desk, 'need-lead');
      assert.equal(await desk.locator(`main a[href$="${page}"]`).count(), 1);
      await desk.locator('main a[href$="/cooperation"]').first().click();
      await desk.selectOption('#kind', 'loan');
      await look(desk, 'need-cooperation');
      await desk.locator('main form button').last().click();
      await desk.waitForURL('**/cooperations/*');
      assert.equal(await desk.locator('main a[href*="/pistes/"]').count() > 0, true);
    });

    await maker.reload();
    assert.match(await maker.locator('.beside').innerText(), /amina@demo\.example/);
    await go(maker, '/annonces?kind=purchase');
    await maker.locator('.entry a').first().click();
    await maker.getByRole('link', { name: 'Voir l’achat groupé' }).click();
    await look(maker, 'pool');
  });
}));
