// A facilitator brings the spreadsheet she lives on, looks at what was
// understood, and keeps it; somebody in it asks to be forgotten.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { accessible, api, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

for (const [width, script] of [[widths.desk, true], [widths.phone, false]]) {
  test(`a facilitator brings her contacts, ${script ? 'at a desk' : 'on a phone without scripts'}`, { timeout: 60_000 }, () => visit({ width, script }, async (page) => {
    const look = async (name) => {
      await fits(page);
      if (script) await accessible(page);
      await shot(page, `${name}-${width}`);
    };
    const [shop, other] = (await api('establishments?trade=boulanger&territory=artois&near=62473&per_page=2')).results;
    const given = script ? 'Jean' : 'Paul'; // who objected stays out by their name at the firm too
    const mail = `jean-${width}@fournil.example`;
    await signIn(page, 'nadia@demo.example', '/animation');
    await page.getByRole('link', { name: 'Mes contacts' }).click();
    await look('contacts-before');
    await page.getByRole('link', { name: 'Apporter un fichier' }).click();
    await look('file-form');
    await page.setInputFiles('#fichier', { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('\x89PNG\r\n\x1a\n…', 'latin1') });
    await page.getByRole('button', { name: 'Lire le fichier' }).click();
    await page.waitForSelector('.field-error');
    await look('file-fault');
    const rows = [
      'Salon de Béthune;;;;;;', 'SIRET;Société;Ville;Contact;Mél;Portable;RGPD',
      `${shop.siret};${shop.name};Isbergues;M. DUBOIS ${given};${mail};06 12 34 56 ${width % 100};oui`,
      `;${other.name};${other.commune.name};Mme Léa Caron;lea-${width}@caron.example;;`,
      ';Personne;Isbergues;Sans Adresse;pas une adresse;;', `;;;Ève Neuf;eve-${width}@neuf.example;;non`,
    ];
    await page.setInputFiles('#fichier', { name: 'salon.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n'), 'latin1') });
    await page.fill('#source', 'salon de Béthune, mars 2026');
    await page.getByRole('button', { name: 'Lire le fichier' }).click();
    await page.waitForURL('**/animation/fichiers/*');
    await look('file');
    const text = await page.locator('main').innerText();
    assert.match(text, /3 nouvelles personnes/);
    assert.match(text, /1 ligne sans courriel, ni téléphone, ni entreprise reconnue/);
    assert.match(text, /Courriel illisible\s: pas une adresse/);
    await page.getByRole('button', { name: 'Garder 3 personnes' }).click();
    await page.waitForSelector('.notice.ok');
    await look('contacts');
    await page.fill('#q', mail);
    await page.getByRole('button', { name: 'Chercher' }).click();
    await page.getByRole('link', { name: `${given} Dubois` }).click();
    await look('contact');
    assert.match(await page.locator('main').innerText(), /salon de Béthune, mars 2026/);
    await page.fill('#mail', 'x@');
    await page.getByRole('button', { name: 'Enregistrer' }).click();
    await page.waitForSelector('.field-error');
    await page.getByRole('button', { name: 'Elle refuse d’être gardée' }).click();
    await page.waitForSelector('.notice.ok');
    await go(page, `/animation/contacts?q=${mail}`);
    assert.equal(await page.locator('tbody tr').count(), 0);
    await go(page, '/animation/contacts');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    assert.match((await readFile(await file.path())).toString(), new RegExp(`lea-${width}@caron.example`));
    await visit({ script }, async (stranger) => {
      await signIn(stranger, 'curieux@exemple.fr');
      await go(stranger, '/animation/contacts', 403);
    });
  }));
}
