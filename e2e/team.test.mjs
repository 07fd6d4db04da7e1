// A school kitchen to renovate, in six lots with a social clause: a team is
// found without account, kept, invited in one press; one answers by a link, a
// facilitator has the others on the telephone, one refuses and is replaced,
// and the team is confirmed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

const lots = ['électricité', 'plomberie', 'carrelage', 'peinture', 'menuiserie', 'nettoyage'];

for (const [width, script] of [[widths.desk, true], [widths.phone, false]]) {
  test(`a six-lot team is found, invited, replaced and confirmed, ${script ? 'at a desk' : 'on a phone without scripts'}`, { timeout: 120_000 }, () => visit({ width, script }, async (amina) => {
    const look = async (page, name) => {
      await fits(page);
      if (script) await accessible(page);
      await shot(page, `team-${name}-${width}`);
    };
    const title = `Rénover la cuisine d’une école à Isbergues (${width})`;
    await go(amina, '/groupements');
    await look(amina, 'form');
    await amina.click('main form button');
    await amina.waitForSelector('.field-error');
    await look(amina, 'fault');
    await amina.fill('#near', 'Isbergues');
    for (const [i, lot] of lots.entries()) await amina.fill(`#lot-${i + 1}`, lot);
    await amina.check('[name=social]');
    await amina.click('main form button');
    await amina.waitForSelector('.team');
    await look(amina, 'found');
    const first = amina.locator('.team').first();
    assert.match(await first.innerText(), /6 lots couverts sur 6/);
    assert.match(await first.innerText(), /Aucun meilleur groupement n’existe/);
    assert.match(await first.innerText(), /fait tenir la clause sociale/);
    const keep = await first.getByRole('link', { name: 'Garder ce groupement' }).getAttribute('href');
    const siret = new URL(keep, 'http://house').searchParams.get('siret');

    await signIn(amina, `amina-${width}@lys.example`);
    await go(amina, keep);
    await look(amina, 'keep');
    await amina.fill('#titre', title);
    await amina.fill('#mots', 'La cuisine sert 120 repas. Travaux pendant les vacances.');
    await amina.click('main form button');
    await amina.waitForURL('**/groupements/*');
    const own = new URL(amina.url()).pathname;

    await visit({ width, script }, async (nadia) => {
      await signIn(nadia, 'nadia@demo.example', '/animation');
      await go(nadia, '/animation/contacts/nouveau');
      await nadia.fill('#siret', siret);
      await nadia.fill('#mail', `chantier-${width}@membre.example`);
      await nadia.click('main form.form-panel button');
      await nadia.waitForSelector('.notice.ok');

      await amina.getByRole('button', { name: 'Inviter tous les membres' }).click();
      await amina.waitForSelector('.team-state.asking');
      await look(amina, 'asking');

      await visit({ width, script }, async (member) => {
        await go(member, '/courriels');
        const text = await member.locator('.mail', { hasText: `chantier-${width}@membre.example` }).first().locator('.mail-text').innerText();
        await go(member, text.match(/\/invitation-groupement\/\S+/)[0]);
        await look(member, 'answer');
        await member.getByRole('button', { name: 'Oui, nous en sommes' }).click();
        await member.waitForSelector('.notice.ok');
      });

      await go(nadia, '/mon-espace/groupements');
      await look(nadia, 'list');
      await nadia.getByRole('link', { name: title }).first().click();
      const reply = async (yes) => {
        const place = nadia.locator('.team-list .entry', { has: nadia.locator('details') }).first();
        await place.locator('summary').click();
        await place.getByRole('button', { name: yes ? 'Oui, nous en sommes' : 'Non', exact: true }).click();
        await nadia.waitForURL(`**${own}`);
      };
      const waiting = () => nadia.locator('.team-list .entry details').count();
      await reply(false);
      while (await waiting() > 0) await reply(true);
      assert.equal(await nadia.locator('.team-state.asking').count(), 1);

      await go(amina, own);
      await look(amina, 'refused');
      await amina.getByRole('button', { name: 'Inviter ce remplacement' }).click();
      await amina.waitForURL(`**${own}`);
      await go(nadia, own);
      await reply(true);
      await nadia.waitForSelector('.team-state.agreed');
      await look(nadia, 'agreed');
    });

    await go(amina, own);
    assert.match(await amina.locator('main').innerText(), /Confirmé\s: tous sont d’accord/);
    assert.match(await amina.locator('main').innerText(), /Membre d’un groupement remplacé/);
    await visit({ script }, async (stranger) => {
      await signIn(stranger, 'curieux@exemple.fr');
      await go(stranger, own, 404);
    });
  }));
}
