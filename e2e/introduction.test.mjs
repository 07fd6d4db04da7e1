// Two firms that had never met: one asks, a facilitator lets it go and backs
// it, the other answers by the link of a mail, without an account; they write to
// each other, and a cooperation is told by one and confirmed by the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, api, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

/** Claims an establishment for who is signed in; a facilitator approves it. */
async function claim(page, siret, mail) {
  await go(page, `/mon-espace/revendiquer/${siret}`);
  await page.click('main form button');
  await page.waitForURL('**/mon-espace/revendications/**');
  const id = page.url().split('/').pop();
  await visit({ width: widths.desk }, async (desk) => {
    await signIn(desk, 'marc@demo.example', '/animation');
    await go(desk, `/animation/revendications/${id}`);
    assert.match(await desk.locator('main').innerText(), new RegExp(mail));
    await desk.locator('form[action$="/accord"] button').click();
    await desk.waitForURL(`**/animation/revendications/${id}`);
  });
}

/** Returns the link with a token of the last mail to an address about some words. */
async function linkOf(page, mail, words) {
  await go(page, '/courriels');
  const text = await page.locator('.mail', { hasText: mail }).filter({ hasText: words }).first().locator('.mail-text').innerText();
  return text.match(/http\S+\/lien\/\S+/)[0].replace(/^http:\/\/[^/]+/, '');
}

test('from a request to a cooperation that both confirm', { timeout: 180_000 }, () => visit({}, async (amina) => {
  const look = async (page, name) => {
    await fits(page);
    await accessible(page);
    await shot(page, name);
  };
  const shops = (await api('establishments?sector=building&world=craft&near=62473&radius_km=20&per_page=60')).results.filter((r) => r.name);
  const [a, b] = [shops[10], shops.find((s, i) => i > 10 && s.siret.slice(0, 9) !== shops[10].siret.slice(0, 9))];
  const [one, two] = ['amina.intro@exemple.fr', 'jean.intro@exemple.fr'];
  await signIn(amina, one);
  await claim(amina, a.siret, one);
  await visit({}, async (jean) => {
    await signIn(jean, two);
    await claim(jean, b.siret, two);
  });

  await go(amina, `/entreprises/${b.siret}`);
  await look(amina, 'introduction-firm');
  await amina.getByRole('link', { name: 'Demander une mise en relation' }).click();
  await look(amina, 'introduction-form');
  await amina.fill('#phone', '12');
  await amina.getByRole('button', { name: 'Envoyer la demande' }).click();
  await amina.waitForSelector('.field-error');
  await look(amina, 'introduction-fault');
  await amina.fill('#words', `Nous avons des chutes de chêne chaque semaine. Écrivez à ${one} ou au 03 21 00 00 01.`);
  await amina.fill('#phone', '03 21 00 00 01');
  await amina.getByRole('button', { name: 'Envoyer la demande' }).click();
  await amina.waitForURL('**/mises-en-relation/*?fait=1');
  await look(amina, 'introduction-held');
  const path = new URL(amina.url()).pathname;

  await visit({ width: widths.desk }, async (desk) => {
    await signIn(desk, 'nadia@demo.example', '/animation');
    await look(desk, 'introduction-desk');
    await go(desk, path);
    await look(desk, 'introduction-staff');
    await desk.getByRole('button', { name: 'Appuyer cette demande' }).click();
    await desk.getByRole('button', { name: 'Transmettre la demande' }).click();
    await desk.waitForSelector('.notice.ok');
    assert.match(await desk.locator('main').innerText(), /En attente d’une réponse/);
  });

  await visit({ script: false }, async (jean) => {
    const link = await linkOf(jean, two, 'souhaite vous rencontrer');
    await go(jean, link);
    const before = await jean.locator('main').innerText();
    assert.match(before, /Appuyée par/);
    assert.doesNotMatch(before, /amina\.intro|03 21 00 00 01/);
    await fits(jean);
    await shot(jean, 'introduction-asked');
    await jean.fill('#name', 'Jean, à l’atelier');
    await jean.getByRole('button', { name: 'D’accord pour échanger' }).click();
    assert.match(await jean.locator('main').innerText(), /03 21 00 00 01/);
    await jean.fill('#words', 'Avec plaisir. Mardi matin ?');
    await jean.getByRole('button', { name: 'Envoyer', exact: true }).click();
    await jean.waitForSelector('.talk li');
    await shot(jean, 'introduction-talk');
  });

  await go(amina, '/mon-espace');
  assert.match(await amina.locator('[aria-labelledby=relations]').innerText(), /à vous/);
  await look(amina, 'introduction-space');
  await go(amina, path);
  assert.match(await amina.locator('.talk').innerText(), /Mardi matin/);
  await look(amina, 'introduction-answered');
  await visit({ width: widths.desk }, async (desk) => {
    await signIn(desk, 'nadia@demo.example', '/animation');
    await go(desk, path);
    assert.doesNotMatch(await desk.locator('main').innerText(), /Mardi matin/);
  });
  await amina.locator('summary', { hasText: 'Nous avons coopéré' }).click();
  await amina.selectOption('#kind', 'materials');
  await amina.fill('#materials', '400');
  await amina.getByRole('button', { name: 'C’est bien cela' }).click();
  await amina.waitForSelector('.notice');
  assert.match(await amina.locator('main').innerText(), /Une coopération en est née/);
  await amina.getByRole('link', { name: 'Voir la coopération' }).click();
  await look(amina, 'introduction-cooperation');

  await visit({ script: false }, async (jean) => {
    const link = await linkOf(jean, two, 'Avez-vous travaillé avec');
    await go(jean, link);
    await jean.getByRole('button', { name: 'Je confirme' }).click();
    assert.match(await jean.locator('main').innerText(), /Confirmée par toutes les parties/);
  });
  await visit({ width: widths.desk }, async (desk) => {
    await signIn(desk, 'marc@demo.example', '/animation');
    await go(desk, '/pistes?etape=done');
    await look(desk, 'introduction-leads');
    await desk.locator('table th a', { hasText: ' et ' }).first().click();
    await look(desk, 'introduction-lead');
    assert.match(await desk.locator('.facts').innerText(), /Une mise en relation/);
    await desk.locator('.facts a', { hasText: 'Une mise en relation' }).click();
    await desk.waitForURL(`**${path}`);
  });
}));
