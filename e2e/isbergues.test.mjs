// The first meeting, in Isbergues, from its planning to the cooperation that it
// led to: one unbroken chain, on each SQL engine, in a house whose clock is
// moved. Nothing is put into the database: all goes through pages, links of
// mails and the API, as it did for those who were there.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessible, fits, go, network, shot, signInByMail, visit, widths, withBrowser } from './house.mjs';
import { startHouse, stop } from './serve.mjs';

withBrowser();

const hour = 3_600_000;

/** A house whose clock is moved by being told so and started again. */
class MovedHouse {
  static async open(settings) {
    const h = new MovedHouse();
    h.dir = await mkdtemp(join(tmpdir(), 'passerelle-isbergues-'));
    h.settings = settings;
    h.port = await new Promise((resolve) => {
      const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
    });
    h.url = `http://localhost:${h.port}`;
    return h;
  }

  /** Lets it be `when`: what is due by then happens. */
  async at(when) {
    if (this.running) await stop(this.running);
    this.offset = when.getTime() - Date.now();
    await writeFile(join(this.dir, 'clock-offset'), `${Math.round(this.offset / 1000)}s`);
    this.running = await startHouse(this.dir, { program: 'passerelle-chaos', addr: `127.0.0.1:${this.port}`, settings: this.settings });
  }

  async close() {
    if (this.running) await stop(this.running);
    await rm(this.dir, { recursive: true, force: true });
  }

  async text(path) {
    const res = await fetch(this.url + path, { signal: AbortSignal.timeout(30_000) }); // a house that stands still is a fault
    assert.equal(res.status, 200, path);
    return res.text();
  }

  async api(path) { return JSON.parse(await this.text(`/api/v1/${path}`)); }

  /** The text of the last mail to an address, about something if named, once it is there. */
  async mail(to, about) {
    for (const until = Date.now() + 20_000; ;) {
      const found = (await this.mails(to)).find((m) => !about || m.includes(about));
      if (found) return found;
      assert.ok(Date.now() < until, `a mail to ${to}${about ? ` about ${about}` : ''}`);
      await new Promise((resolve) => { setTimeout(resolve, 250); });
    }
  }

  async mails(to) {
    const page = await this.text(`/courriels?a=${encodeURIComponent(to)}`);
    return [...page.matchAll(/<article class="mail">.*?<\/article>/gs)].map(([m]) => unescape(m.replace(/<[^>]+>/g, ' ')));
  }

  /** The path of the first link of a kind in a mail. */
  async link(to, kind, about) {
    const found = (await this.mail(to, about)).match(new RegExp(`http://[^/\\s]+(${kind}[^\\s]+)`));
    assert.ok(found, `a link ${kind} in the mail to ${to}`);
    return found[1];
  }

  /** Reads the form of a page whose action ends so, to be sent later by `send`. */
  async form(path, action) {
    const page = await this.text(path);
    const form = [...page.matchAll(/<form[^>]*action="([^"#]*)[^>]*>.*?<\/form>/gs)].find(([, to]) => to.includes(action));
    assert.ok(form, `a form to ${action} on ${path}`);
    const fields = Object.fromEntries([...form[0].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));
    return { action: form[1], fields, read: Date.now() };
  }

  /** Sends a form as a person would, and returns where it led. */
  async send(form, fields, client = '198.18.0.1') {
    // A form that reaches others takes nobody faster than this.
    if (form.fields.vu) await new Promise((resolve) => { setTimeout(resolve, Math.max(0, form.read + 2_200 - Date.now())); });
    const res = await fetch(this.url + form.action, {
      method: 'POST', redirect: 'manual', headers: { 'Sec-Fetch-Site': 'same-origin', 'X-Forwarded-For': client }, body: new URLSearchParams({ ...form.fields, ...fields }),
    });
    assert.equal(res.status, 303, `${form.action}: ${res.status} ${(await res.text()).match(/class="field-error".*?<\/p>/gs) ?? ''}`);
    return res.headers.get('Location');
  }
}

const unescape = (text) => text.replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(n)).replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The day at Paris some days from now that is a week day, at an hour. */
function workday(from, days, at) {
  const d = new Date(from.getTime() + days * 24 * hour);
  while ([0, 6].includes(d.getUTCDay())) d.setTime(d.getTime() + 24 * hour);
  return parisTime(d.toISOString().slice(0, 10), at);
}

/** A moment by the wall at Paris. */
function parisTime(day, at) {
  const utc = new Date(`${day}T${at}:00Z`);
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' }).format(utc);
  return new Date(utc.getTime() - (new Date(`${wall.replace(' ', 'T')}Z`).getTime() - utc.getTime()));
}

const dayOf = (d) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(d);

const halls = {
  artois: ['Isbergues', 'Salle des fêtes de Molinghem', '12, rue de la Gare'], arrageois: ['Arras', 'Maison des associations', '3, rue des Augustines'],
  boulonnais: ['Boulogne-sur-Mer', 'Maison de la mer', '8, boulevard de l’Europe'], calaisis: ['Calais', 'Cité des métiers', '21, rue du Commerce'],
  'lens-henin': ['Lens', 'Halle aux sucres', '5, place de la République'], 'montreuillois-ternois': ['Montreuil', 'Salle du Bellevue', '2, rue du Bellevue'],
  audomarois: ['Saint-Omer', 'Espace 36', '36, rue de Calais'],
};

/** The people of one evening, as the desk's own file tells. */
async function guestsOf(page, desk) {
  const res = await page.request.get(`${desk}/inscrits.csv`);
  assert.equal(res.status(), 200);
  const [head, ...rows] = (await res.text()).replace(/^\ufeff/, '').trim().split(/\r?\n/).map(cells);
  return rows.map((row) => Object.fromEntries(row.map((cell, n) => [head[n], cell]))).map((g) => ({ ...g, n: Number(g.Personnes), mail: g.Courriel, is: (state) => g.État.startsWith(state) }));
}

/** Looks at the list at a door until the server has so many who came. */
async function reaches(page, door, people) {
  let came;
  for (let n = 0; n < 20 && came !== people; n++) {
    await go(page, door);
    await page.waitForSelector('[data-keeps]');
    came = Number(await page.locator('[data-came]').innerText());
  }
  assert.equal(came, people);
}

async function story(house) {
  const start = workday(new Date(), 4, '10:00');
  const day = workday(start, 21, '18:00');
  await house.at(start);

  // Nadia's spreadsheet: eighty neighbours of Isbergues, four reached by letter, three by phone alone.
  const near = (await house.api('establishments?near=62473&radius_km=25&per_page=100')).results.filter((e) => e.name).slice(0, 80);
  const people = near.map((e, n) => ({ e, name: `Camille Voisin${String(n).padStart(2, '0')}`, mail: n < 73 ? `voisin${n}@isbergues.example` : '', phone: n >= 77 ? `06 00 00 00 ${n}` : '' }));
  assert.equal(people.length, 80);

  let desk;
  await visit({ width: widths.desk, base: house.url }, (marc) => visit({ width: widths.desk, base: house.url }, async (nadia) => {
    await signInByMail(nadia, 'nadia@demo.example');
    await go(nadia, '/animation/fichiers/nouveau');
    const rows = ['SIRET;Société;Ville;Contact;Mél;Portable;RGPD', ...people.map((p) => `${p.phone ? '' : p.e.siret};${p.phone ? '' : p.e.name.replaceAll(';', ',')};${p.e.commune.name};${p.name};${p.mail};${p.phone};oui`)];
    await nadia.setInputFiles('#fichier', { name: 'voisins.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n')) });
    await nadia.fill('#source', 'tournée des zones d’activité, octobre');
    await nadia.getByRole('button', { name: 'Lire le fichier' }).click();
    await nadia.getByRole('button', { name: 'Garder 80 personnes' }).click();
    await nadia.waitForSelector('.notice.ok');

    // The seven at once: the same agenda, a hall each.
    await signInByMail(marc, 'marc@demo.example');
    await go(marc, '/animation/reunions/nouvelles');
    await marc.fill('#titre', 'Voir l’artisanat par l’ESS');
    await marc.fill('#places', '50');
    await marc.fill('#reservees', '2');
    await marc.selectOption('#regle', 'passe');
    for (const [slug, [commune, hall, street]] of Object.entries(halls)) {
      await marc.check(`#${slug}-oui`);
      const on = slug === 'artois' ? day : workday(day, 2, '18:00');
      for (const [field, value] of Object.entries({ jour: dayOf(on), heure: '18:00', fin: '20:00', commune, salle: hall, rue: street, acces: 'De plain-pied.' })) await marc.fill(`#${slug}-${field}`, value);
    }
    await shot(marc, 'isbergues-plan-1440');
    await marc.getByRole('button', { name: 'Préparer ces réunions' }).click();
    await marc.waitForURL('**/animation/reunions?fait=1');
    const sisters = marc.locator('main a', { hasText: 'Voir l’artisanat par l’ESS' });
    assert.equal(await sisters.count(), 7);
    await sisters.first().click();
    desk = new URL(marc.url()).pathname;
    assert.match(await marc.locator('main').innerText(), /Isbergues/);
    await marc.getByRole('button', { name: 'Publier toute la série' }).click();
    await marc.waitForSelector('.notice.ok');

    // Eighty are invited.
    await go(nadia, `${desk}/invitations?territoire=artois&qui=contacts`);
    for (const box of await nadia.locator('.invite-list li', { hasNotText: 'Camille Voisin' }).locator('input[name=qui]').all()) await box.uncheck();
    assert.equal(await nadia.locator('input[name=qui]:checked').count(), 80);
    await accessible(nadia);
    await shot(nadia, 'isbergues-invite-1440');
    await nadia.getByRole('button', { name: /^Inviter/ }).click();
    await nadia.waitForSelector('.notice.ok');
    assert.match(await nadia.locator('main').innerText(), /Imprimer 4 lettres[^]*3 personnes à appeler/);
  }));
  const id = desk.split('/').at(-1);
  const seats = async () => (await house.api(`events?kind=meeting&territory=artois`)).results.find((e) => e.id === id);

  // Sixty-three register: forty-eight by the link of their invitation, of whom four bring a group, eight by another site, three by phone, four from the agenda.
  const groups = new Map([[20, 4], [30, 3], [41, 5], [45, 3]]);
  const invited = await Promise.all(people.slice(0, 48).map(async (p, n) => {
    const link = await house.link(p.mail, '/invitation-reunion/');
    return { n, p, form: await house.form(link, '/invitation-reunion/') };
  }));
  for (let from = 0; from < 48; from += 16) {
    await Promise.all(invited.slice(from, from + 16).map(({ n, p, form }) => house.send(form, { nom: p.name, courriel: p.mail, entreprise: p.e.siret, places: groups.get(n) ?? 1 }, `198.18.1.${n}`)));
  }
  await Promise.all(Array.from({ length: 8 }, async (_, n) => {
    const res = await fetch(`${house.url}/api/v1/events/${id}/registrations`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `voisin-${n}`, 'X-Forwarded-For': `198.18.2.${n}` }, body: JSON.stringify({ name: `Dominique Ailleurs${n}`, email: `ailleurs${n}@isbergues.example`, seats: 1, siret: null }),
    });
    assert.equal(res.status, 201);
  }));
  await visit({ base: house.url }, async (amina) => {
    await go(amina, `/reunions/${id}`);
    for (const [field, value] of Object.entries({ nom: 'Amina Pouille', courriel: 'amina@isbergues.example', places: '6' })) await amina.fill(`#${field}`, value);
    await amina.waitForTimeout(2_100); // no person is faster
    await amina.getByRole('button', { name: 'Je me mets sur la liste d’attente' }).click();
    await amina.waitForURL('**/inscrit?*');
    await accessible(amina);
    await shot(amina, 'isbergues-waits-360');
  });
  for (let n = 0; n < 3; n++) await house.send(await house.form(`/reunions/${id}`, `/reunions/${id}`), { nom: `Alix Passant${n}`, courriel: `passant${n}@isbergues.example`, places: 1 });

  // The line moves: eight give their seat back, a group comes with one less, who is offered a seat takes it, but for one who says nothing.
  let silent;
  await visit({ width: widths.desk, base: house.url }, async (nadia) => {
    await signInByMail(nadia, 'nadia@demo.example', desk);
    for (const p of people.slice(77)) {
      await nadia.fill('#nom', p.name);
      await nadia.fill('#telephone', p.phone);
      await nadia.locator('form[action$="/inscriptions"] button').click();
      await nadia.waitForSelector('.notice.ok');
    }
    for (const name of ['Maire d’Isbergues', 'Élue à l’économie']) {
      await nadia.fill('#nom', name);
      await nadia.fill('#telephone', '03 21 00 00 00');
      await nadia.check('#reservee');
      await nadia.locator('form[action$="/inscriptions"] button').click();
      await nadia.waitForSelector('.notice.ok');
    }
    let list = await guestsOf(nadia, desk);
    assert.equal(list.length, 65); // sixty-three, and two for whom seats were kept
    assert.equal(list.filter((g) => g.n > 1).length, 5);
    assert.equal(total(list, 'inscrit'), 50);
    assert.ok(total(list, 'en attente') > 20);
    await nadia.setViewportSize({ width: widths.phone, height: 900 });
    await fits(nadia);
    await shot(nadia, 'isbergues-desk-360');

    const act = async (mail, acte, more = {}) => house.send(await house.form(await house.link(mail, '/ma-place/'), '/ma-place/'), { acte, ...more });
    const singles = list.filter((g) => g.is('inscrit') && g.n === 1 && g.mail).slice(0, 8);
    for (const [n, g] of singles.entries()) {
      await act(g.mail, 'annuler');
      list = await guestsOf(nadia, desk);
      assert.ok(total(list, 'inscrit') + total(list, 'place proposée') <= 50);
      const offered = list.filter((o) => o.is('place proposée'));
      if (n > 1 && !silent) [silent] = offered;
      for (const o of offered) if (o.mail !== silent?.mail) await act(o.mail, 'accepter');
    }
    const group = list.find((o) => o.is('inscrit') && o.n > 2);
    await act(group.mail, 'changer', { places: group.n - 1 });
    await house.mail(silent.mail, 'place');
  });

  // Two working days before, each who has a seat is reminded; who said nothing in time has lost theirs to the next in the line.
  const before = new Date(day.getTime() - 48 * hour);
  while ([0, 6].includes(before.getUTCDay())) before.setTime(before.getTime() - 24 * hour);
  await house.at(new Date(before.getTime() + hour / 2));
  await visit({ width: widths.desk, base: house.url }, async (nadia) => {
    await signInByMail(nadia, 'nadia@demo.example', desk);
    let list = await guestsOf(nadia, desk);
    assert.ok(list.find((g) => g.mail === silent.mail).is('n’a pas répondu'), list.find((g) => g.mail === silent.mail).État);
    for (let n = 0; n < 12 && list.some((g) => g.is('place proposée')); n++) {
      for (const o of list.filter((g) => g.is('place proposée'))) await house.send(await house.form(await house.link(o.mail, '/ma-place/'), '/ma-place/'), { acte: 'accepter' });
      list = await guestsOf(nadia, desk);
    }
    assert.ok(total(list, 'inscrit') >= 47 && total(list, 'inscrit') <= 50);
    const seated = list.find((g) => g.is('inscrit') && g.mail);
    await house.mail(seated.mail, 'À bientôt');
    const left = list.find((g) => g.is('a rendu sa place'));
    assert.ok(!(await house.mails(left.mail)).some((m) => m.includes('À bientôt')), 'no reminder follows a cancellation');
  });

  let present;
  const leads = Array.from({ length: 12 }, (_, n) => (n === 0 ? 'Voir comment la Scop partage ses machines' : `Une piste à suivre, la ${n + 1}ᵉ`));
  // The day: ten are let in by a phone without a network, the others at the desk; forty-seven came.
  await house.at(new Date(day.getTime() - hour / 4));
  await visit({ width: widths.desk, base: house.url }, (nadia) => visit({ base: house.url }, async (phone) => {
    await signInByMail(nadia, 'nadia@demo.example', desk);
    await go(phone, new URL(await nadia.locator('.code.wrap-any').innerText()).pathname);
    await phone.waitForSelector('[data-keeps]');
    await network(phone, false);
    await phone.reload({ waitUntil: 'load' });
    await phone.waitForSelector('[data-keeps]');
    const singles = phone.locator('.door-guest', { hasNot: phone.locator('.door-n') });
    for (let n = 0; n < 10; n++) await singles.nth(n).locator('button[value=present]:visible').click();
    await phone.getByText('10 à envoyer').waitFor();
    await go(nadia, `${desk}/pointage`);
    await nadia.waitForSelector('[data-keeps]');
    const rows = nadia.locator('.door-guest');
    let came = 10;
    for (let n = await rows.count() - 1; n >= 0 && came < 47; n--) {
      const row = rows.nth(n);
      const button = row.locator('button[value=present]:visible');
      if (await button.count() === 0) continue;
      const many = await row.locator('.door-n').count() ? Number(await row.locator('.door-n').inputValue()) : 1;
      if (came + many > 47) continue;
      await button.click();
      came += many;
    }
    await network(phone, true);
    await phone.getByText('Tout est envoyé').waitFor();
    await reaches(nadia, `${desk}/pointage`, 47);
    await shot(nadia, 'isbergues-door-1440');

    // Twelve leads, by keyboard.
    await go(nadia, `${desk}/pistes`);
    present = await nadia.locator('#presents option').evaluateAll((list) => list.map((o) => o.value));
    const [scop] = (await house.api('establishments?label=scop&near=62473&per_page=1')).results;
    for (let n = 0; n < 12; n++) {
      await nadia.waitForSelector('#qui:focus');
      for (const [words, key] of [[present[n], 'Tab'], [n === 0 ? scop.siret : present[n + 12], 'Tab'], [leads[n], 'Enter']]) {
        await nadia.keyboard.type(words);
        await nadia.keyboard.press(key);
      }
      await nadia.getByText(`${n + 1} piste${n ? 's' : ''} notée${n ? 's' : ''}`).first().waitFor();
    }
    await shot(nadia, 'isbergues-leads-1440');

    await go(nadia, `${desk}/compte-rendu`);
    await nadia.fill('#texte0', 'Quarante-sept personnes sont venues, de trente métiers.\n- Café offert par la boulangerie');
    await nadia.getByRole('button', { name: 'Enregistrer' }).click();
    await nadia.waitForSelector('.notice');
    await nadia.getByRole('button', { name: 'Publier' }).click();
    await nadia.getByRole('link', { name: 'Lire la page publique' }).click();
    await nadia.waitForURL('**/reunions/*/compte-rendu');
  }));

  // The morning after: thanks, the minutes, one's own leads, an opinion in one press.
  const after = workday(day, 1, '10:30');
  await house.at(after);
  const thanked = people.find((p) => present.some((words) => words.startsWith(p.name)) && p.mail);
  const thanks = await house.mail(thanked.mail, 'Merci d’être venu');
  assert.match(thanks, /\/compte-rendu/);
  assert.ok(leads.some((title) => thanks.includes(title)), thanks);
  const opinion = await house.link(thanked.mail, '/avis/', 'Merci d’être venu');
  await house.send(await house.form(opinion, '/avis/'), { avis: 'yes' });

  // A lead becomes a visit of the Scop for eight craftspeople.
  let slot;
  const seen = workday(after, 7, '14:00');
  await visit({ width: widths.desk, base: house.url }, async (nadia) => {
    await signInByMail(nadia, 'nadia@demo.example', desk);
    assert.match(await nadia.locator('main').innerText(), /Oui, utile\s: 1/);
    await go(nadia, `${desk}/pistes`);
    await nadia.getByRole('link', { name: 'Voir comment la Scop partage ses machines' }).click();
    await nadia.getByRole('link', { name: /^Une visite chez/ }).last().click();
    await nadia.waitForURL('**/visites?piste=*');
    await nadia.getByRole('link', { name: 'Proposer une visite' }).click();
    await nadia.fill('#title', 'Des machines à plusieurs');
    await nadia.fill('#sees', 'L’atelier, le carnet de prêt, les machines partagées.');
    await nadia.fill('#where', 'À l’accueil');
    await nadia.getByRole('button', { name: 'Enregistrer et choisir des dates' }).click();
    await nadia.waitForURL('**?fait=1*');
    await nadia.fill('#first', dayOf(seen));
    await nadia.fill('#at', '14:00');
    await nadia.getByRole('button', { name: 'Ouvrir ces dates' }).click();
    await nadia.waitForSelector('.sessions');
    await accessible(nadia);
    await nadia.locator('.sessions a').first().click();
    slot = new URL(nadia.url()).pathname;
    await fits(nadia);
    await shot(nadia, 'isbergues-slot-1440');
  });
  const slotID = slot.split('/').at(-1);
  const visitors = people.filter((p) => p.mail).slice(30, 38);
  for (const [n, p] of visitors.entries()) {
    await house.send(await house.form(`/visites/${slotID}`, `/visites/`), { creneau: slotID, nom: p.name, courriel: p.mail, entreprise: p.e.siret, places: 1 }, `198.18.3.${n}`);
  }
  await house.at(new Date(seen.getTime() - hour / 4));
  await visit({ width: widths.desk, base: house.url }, async (nadia) => {
    await signInByMail(nadia, 'nadia@demo.example', slot);
    assert.match(await nadia.locator('main').innerText(), /8 places prises sur 8/);
    await nadia.getByRole('link', { name: 'Accueil', exact: true }).last().click();
    await nadia.waitForSelector('[data-keeps]');
    for (let n = 0; n < 8; n++) await nadia.locator('.door-guest').nth(n).locator('button[value=present]:visible').click();
    await reaches(nadia, `${slot}/pointage`, 8);
  });

  // What one of them takes home is written from a mail, and becomes a cooperation that both confirm.
  await house.at(workday(seen, 1, '10:30'));
  const writer = visitors[0];
  await visit({ base: house.url }, async (camille) => {
    await go(camille, await house.link(writer.mail, '/retours/ecrire/'));
    const areas = camille.locator('main textarea');
    await areas.nth(0).fill('Une raboteuse pour quatre ateliers, et un carnet où chacun écrit.');
    await areas.nth(1).fill('Je la louerais deux jours par mois au lieu d’en acheter une.');
    await areas.nth(2).fill('Avec la Scop, dès janvier.');
    await camille.check('#publier');
    await camille.getByRole('button', { name: 'Envoyer' }).click();
    await camille.waitForSelector('.notice.ok');
    await accessible(camille);
    await shot(camille, 'isbergues-takeaway-360');
  });

  // The host publishes it, a facilitator makes a lead of it, and what came of it is a cooperation that both confirm.
  await visit({ width: widths.desk, base: house.url }, async (nadia) => {
    const press = async (name) => {
      await nadia.getByRole('button', { name }).first().click();
      await nadia.waitForSelector('.notice.ok');
    };
    const follow = async (name, to) => {
      await nadia.getByRole('link', { name }).first().click();
      await nadia.waitForURL(to);
    };
    await signInByMail(nadia, 'nadia@demo.example', slot);
    await press('Publier');
    await press('En faire une piste');
    await follow('Voir la piste', '**/pistes/0*');
    const second = new URL(nadia.url()).pathname;
    await follow('Dire la coopération', '**/cooperation');
    await nadia.fill('#hours', '32');
    await nadia.getByRole('button', { name: 'C’est bien cela' }).click();
    await nadia.waitForURL('**/cooperations/0*');
    const cooperation = new URL(nadia.url()).pathname;
    for (let n = await nadia.getByRole('button', { name: 'Confirmer au téléphone' }).count(); n > 0; n--) await nadia.getByRole('button', { name: 'Confirmer au téléphone' }).first().click();
    await nadia.getByText('Confirmée par toutes les parties').waitFor();
    await accessible(nadia);
    await shot(nadia, 'isbergues-cooperation-1440');

    // Back, by links alone: cooperation, lead, visit, first lead, meeting, invitation, registration.
    await follow('Voir la piste', `**${second}`);
    await follow(/^Une visite : Des machines/, '**/visites/*');
    await follow('M’occuper de cette visite', `**${slot}`);
    await follow(/^Voir comment la Scop/, '**/pistes/0*');
    const first = new URL(nadia.url()).pathname;
    await follow(/^Une réunion/, `**${desk}`);
    await nadia.getByRole('link', { name: 'Venu par une invitation' }).first().click();
    await nadia.waitForURL(`**${desk}/invitations#i-*`);
    await nadia.locator('li:target a', { hasText: 'inscrit' }).click();
    await nadia.waitForURL(`**${desk}#place-*`);

    // And forth again.
    await follow('12 pistes notées', `**${desk}/pistes`);
    await follow('Voir comment la Scop partage ses machines', `**${first}`);
    await follow(/^Une visite : Des machines/, '**/visites/*');
    await follow('M’occuper de cette visite', `**${slot}`);
    await follow('Voir la piste', `**${second}`);
    await follow(/^Une coopération/, `**${cooperation}`);
    await go(nadia, '/retours?q=raboteuse');
    assert.equal(await nadia.locator('.note').count(), 1);
  });
}

const cells = (line) => [...line.matchAll(/(?:^|;)(?:"((?:[^"]|"")*)"|([^;]*))/g)].map(([, quoted, plain]) => (quoted ?? plain).replaceAll('""', '"'));
const total = (list, state) => list.filter((g) => g.is(state)).reduce((sum, g) => sum + g.n, 0);

for (const [engine, settings] of [['SQLite', {}], ['PostgreSQL', { PASSERELLE_DATABASE: process.env.E2E_POSTGRES }]]) {
  const skip = engine === 'PostgreSQL' && !process.env.E2E_POSTGRES ? 'E2E_POSTGRES names no server' : false;
  test(`the first meeting, in Isbergues, to a cooperation, on ${engine}`, { timeout: 600_000, skip }, async () => {
    const house = await MovedHouse.open(settings);
    try {
      await story(house);
    } finally {
      await house.close();
    }
  });
}
