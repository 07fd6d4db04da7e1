// A facilitator saves a key on her device and signs in with it, without a mail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, go, shot, signIn, visit, widths, withBrowser } from './house.mjs';

withBrowser();

test('a facilitator signs in with a key', { timeout: 60_000 }, () => visit({ width: widths.desk }, async (desk) => {
  const devices = await desk.context().newCDPSession(desk);
  await devices.send('WebAuthn.enable');
  const { authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await signIn(desk, 'nadia@demo.example', '/mon-espace/donnees');
  await desk.getByRole('button', { name: 'Enregistrer une clé sur cet appareil' }).click();
  await desk.waitForSelector('.notice.ok');
  await accessible(desk);
  await fits(desk);
  await shot(desk, 'keys');
  await go(desk, '/mon-espace');
  await desk.getByRole('button', { name: 'Me déconnecter' }).click();
  await go(desk, '/connexion?suite=/animation');
  await accessible(desk);
  await shot(desk, 'key-enter');
  await desk.getByRole('button', { name: 'Entrer avec ma clé' }).click();
  await desk.waitForURL((to) => to.pathname === '/animation');

  // She takes it away: it opens nothing any more, and the page says so.
  await go(desk, '/mon-espace/donnees');
  await desk.locator('#cles ~ .sessions').getByRole('button', { name: 'Retirer' }).click();
  await desk.waitForLoadState();
  assert.equal(await desk.locator('#cles ~ .sessions').count(), 0);
  await devices.send('WebAuthn.clearCredentials', { authenticatorId });
  await go(desk, '/mon-espace');
  await desk.getByRole('button', { name: 'Me déconnecter' }).click();
  await go(desk, '/connexion');
  await devices.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
  await desk.getByRole('button', { name: 'Entrer avec ma clé' }).click();
  await desk.locator('[role=alert]', { hasText: 'Demandez un lien' }).waitFor({ timeout: 30_000 });
}));

test('who one is is said on a page, and kept', { timeout: 60_000 }, () => visit({}, async (phone) => {
  await signIn(phone, 'prenom@exemple.fr', '/mon-espace/identite');
  await phone.fill('#prenom', 'Amina');
  await phone.fill('#nom', 'Ben Salah');
  await phone.fill('#telephone', '12');
  await phone.getByRole('button', { name: 'Enregistrer' }).click();
  await phone.waitForSelector('.field-error');
  assert.equal(await phone.inputValue('#nom'), 'Ben Salah');
  await phone.fill('#telephone', '03 21 00 00 00');
  await phone.getByRole('button', { name: 'Enregistrer' }).click();
  await phone.waitForSelector('.notice.ok');
  await accessible(phone);
  await fits(phone);
  await shot(phone, 'identity');
  await go(phone, '/mon-espace');
  assert.match(await phone.locator('.lead').innerText(), /Amina Ben Salah/);
}));
