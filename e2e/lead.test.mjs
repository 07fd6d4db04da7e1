// A lead is found, talked about, asked for and handed over, by a phone
// and at a desk.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

/** Notes a lead that a telephone call brought, late already. */
async function noteLead(page, title) {
  await go(page, '/pistes/nouvelle');
  await page.fill('#title', title);
  await page.fill('#next', 'Rappeler');
  await page.fill('#due', '2026-11-02');
  await page.selectOption('#axis', 'resources');
  await page.click('.form-panel button');
  await page.locator('.notice.ok').waitFor();
}

for (const [name, width] of Object.entries(widths)) {
  test(`leads are filtered, and one is talked about (${name})`, async () => {
    await visit({ width }, async (page) => {
      await signIn(page, 'nadia@demo.example', '/pistes');
      await noteLead(page, `Des palettes à reprendre (${name})`);
      await go(page, '/pistes');
      await accessible(page);
      await fits(page);
      await shot(page, `leads-${name}`);
      await page.selectOption('#origine', 'phone');
      await page.click('.lead-filters button');
      assert.match(page.url(), /origine=phone/);
      await page.locator('tbody tr').first().waitFor();
      await go(page, '/pistes?vue=tableau');
      await accessible(page);
      await fits(page);
      await shot(page, `leads-board-${name}`);
      await go(page, '/pistes?responsable=-&axe=jobs');
      await page.getByRole('link', { name: 'Tout montrer' }).click();
      await page.getByRole('link', { name: `palettes à reprendre (${name})` }).first().click();
      await page.fill('#mots', `Qui rappelle ? (${name})`);
      if (await page.locator('#appeler').count()) await page.selectOption('#appeler', { index: 1 });
      await page.getByRole('button', { name: 'Le dire' }).click();
      await page.locator('.talk', { hasText: `Qui rappelle ? (${name})` }).waitFor();
      await page.locator('summary', { hasText: 'Ajouter un document' }).click();
      await page.setInputFiles('#fichier', { name: 'devis.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n') });
      await page.getByRole('button', { name: 'Ajouter', exact: true }).click();
      await page.getByRole('link', { name: 'devis.pdf' }).waitFor();
      await accessible(page);
      await fits(page);
      await shot(page, `lead-${name}`);
      await page.getByRole('button', { name: 'Retirer devis.pdf' }).first().click();
      await page.locator('.talk details').first().locator('summary').click();
      await page.locator('.talk').getByRole('button', { name: 'Retirer' }).first().click();
      await page.locator('.talk', { hasText: 'retiré' }).waitFor();
    });
  });
}

test('two leads are handed over together', async () => {
  await visit({ width: widths.desk }, async (page) => {
    await signIn(page, 'nadia@demo.example', '/pistes');
    await noteLead(page, 'À confier');
    await go(page, '/pistes');
    await page.locator('input[name=piste]').first().check();
    await page.selectOption('select[name=a]', { index: 1 });
    await page.getByRole('button', { name: 'Confier' }).click();
    await page.locator('.notice', { hasText: /confiée|suivie/ }).waitFor();
    await accessible(page);
    await shot(page, 'leads-handed');
  });
});
