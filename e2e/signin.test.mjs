// Somebody signs in by a link, looks at what is known of them, and leaves: on
// a phone and on a desk, with scripts and without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

for (const [device, width] of Object.entries(widths)) {
  for (const script of [true, false]) {
    test(`signs in and out, ${device}, ${script ? 'with' : 'without'} scripts`, { timeout: 60_000 }, () => visit({ width, script }, async (page) => {
      const mail = `${device}-${script}@exemple.fr`;
      await signIn(page, mail);
      assert.match(await page.locator('main').innerText(), new RegExp(mail));
      await go(page, '/mon-espace/donnees');
      assert.match(await page.locator('main').innerText(), /celui-ci/);
      await fits(page);
      await shot(page, `own-data-${device}`);
      await go(page, '/mon-espace');
      await page.getByRole('button', { name: 'Me déconnecter' }).click();
      await page.waitForURL((to) => to.pathname === '/');
      await page.goto('/mon-espace');
      assert.equal(new URL(page.url()).pathname, '/connexion');
    }));
  }
}

for (const dark of [false, true]) {
  test(`one's own pages break no rule of accessibility, ${dark ? 'dark' : 'light'}`, { timeout: 60_000 }, () => visit({ dark }, async (page) => {
    await signIn(page, `regles-${dark}@exemple.fr`);
    for (const path of ['/mon-espace', '/mon-espace/donnees', '/mon-espace/preferences']) {
      await go(page, path);
      await accessible(page);
      await fits(page);
    }
  }));
}

test('a wrong address is told beside the field, which keeps it', { timeout: 60_000 }, () => visit({}, async (page) => {
  await go(page, '/connexion');
  await page.fill('#email', 'nadege@');
  await page.click('main form button');
  await page.waitForSelector('.field-error');
  assert.equal(await page.inputValue('#email'), 'nadege@');
  assert.equal(await page.getAttribute('#email', 'aria-invalid'), 'true');
  assert.ok(await page.evaluate(() => document.activeElement.matches('.summary')), 'the summary of what is wrong has the focus');
  await accessible(page);
  await shot(page, 'signin-fault-phone');
}));

test('two browsers: one puts the other out', { timeout: 60_000 }, () => visit({}, async (first) => {
  await signIn(first, 'deux@exemple.fr');
  await visit({}, async (second) => {
    await signIn(second, 'deux@exemple.fr', '/mon-espace/donnees');
    await second.getByRole('button', { name: 'Déconnecter tous les autres' }).click();
    await second.waitForLoadState();
    assert.equal(await second.locator('.sessions li').count(), 1);
  });
  await first.goto('/mon-espace');
  assert.equal(new URL(first.url()).pathname, '/connexion');
}));

test('the operator sees how the house stands, the committee does not', { timeout: 60_000 }, () => visit({ width: widths.desk }, async (page) => {
  await signIn(page, 'exploitant@demo.example', '/exploitation');
  assert.match(await page.locator('main').innerText(), /nadia@demo\.example/);
  await accessible(page);
  await fits(page);
  await shot(page, 'operation');
  await visit({}, async (other) => {
    await signIn(other, 'comite@demo.example');
    await go(other, '/exploitation', 403);
  });
}));

test('somebody takes their data away, then erases their account', { timeout: 60_000 }, () => visit({}, async (page) => {
  await signIn(page, 'parti@exemple.fr', '/mon-espace/donnees');
  const took = await (await page.request.get('/mon-espace/donnees.json')).json();
  assert.equal(took.mail, 'parti@exemple.fr');
  await page.getByRole('link', { name: 'Effacer mon compte' }).click();
  await accessible(page);
  await fits(page);
  await shot(page, 'erase');
  await page.getByRole('button', { name: 'Effacer mon compte maintenant' }).click();
  await page.waitForURL('**/efface');
  await accessible(page);
  await page.goto('/mon-espace');
  assert.equal(new URL(page.url()).pathname, '/connexion');
}));
