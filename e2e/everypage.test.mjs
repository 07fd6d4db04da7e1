// Every page, in both languages: no rule of accessibility broken, by day and
// by night, on a phone and on a desk; nothing sticks out sideways; no error
// of a script, no violation of the content policy, no request to elsewhere.
import { describe, test } from 'node:test';
import { accessible, api, fits, go, shot, signIn, url, visit, widths, withBrowser } from './house.mjs';

withBrowser();

const one = async (query) => (await api(`establishments?per_page=1&${query}`)).results[0].siret;

/** The first address on a page of the house that matches. */
async function firstOn(path, pattern) {
  const found = (await (await fetch(url + path)).text()).match(pattern);
  if (!found) throw new Error(`nothing like ${pattern} on ${path}`);
  return found[1];
}

/** The pages of who is signed in: a member, an operator and a facilitator. */
const signedIn = {
  'amina@demo.example': ['/mon-espace', '/mon-espace/annonces', '/annonces/nouvelle', '/mon-espace/groupements', '/mon-espace/preferences', '/mon-espace/donnees', '/mon-espace/donnees/lire'],
  'exploitant@demo.example': ['/exploitation', '/exploitation/journal'],
  'marc@demo.example': ['/animation', '/animation/paires', '/animation/contacts', '/animation/reunions', '/pistes', '/pistes?vue=tableau', '/pistes/nouvelle'],
};

/** The pages, by a name for their picture; those of establishments are asked of the API. */
async function pages() {
  return {
    home: '/',
    list: '/annuaire',
    'list-words': '/annuaire?q=boulanger%20isbergues',
    'list-facets': '/annuaire?world=ess&sort=name&page=2',
    'list-nothing': '/annuaire?q=zzzzqqqq',
    'list-wrong': ['/annuaire?sort=colour', 400],
    baker: `/entreprises/${await one('trade=boulanger&near=62473')}`,
    scop: `/entreprises/${await one('family=cooperative&near=62473')}`,
    masked: `/entreprises/${await masked()}`,
    missing: ['/entreprises/73282932000074', 404],
    misspelt: ['/entreprises/00000000000001', 400],
    trades: '/metiers',
    trade: '/metiers/boulanger',
    territory: '/territoires/artois',
    map: '/carte',
    about: '/a-propos',
    legal: '/mentions-legales',
    accessibility: '/accessibilite',
    territories: '/territoires',
    partners: `/entreprises/${await one('trade=boulanger&near=62473')}/partenaires`,
    needs: '/annonces',
    need: await firstOn('/annonces', /href="(\/annonces\/[0-9a-z]{10,})"/),
    pool: `${await firstOn('/annonces?kind=purchase', /href="(\/annonces\/[0-9a-z]{10,})"/)}/achat`,
    meetings: '/reunions',
    meeting: await firstOn('/reunions', /href="(\/reunions\/[0-9a-z]{10,})"/),
    teams: '/groupements',
    'teams-found': '/groupements?near=Isbergues&lot=plomberie&lot=peinture&social=1',
    'teams-wrong': ['/groupements?near=&lot=zzzz', 422],
    data: '/donnees',
    signin: '/connexion',
    'signin-sent': '/connexion/courriel',
    'signin-used': ['/connexion/lien/rien', 410],
    mailbox: '/courriels',
    nowhere: ['/introuvable', 404],
    'en-home': '/en',
    'en-list': '/en/annuaire?q=baker',
    'en-trade': '/en/metiers/boulanger',
    'en-signin': '/en/connexion',
  };
}

/** A masked natural person, found as anyone may: by world, sector and territory only. They come last. */
async function masked() {
  const question = 'establishments?world=craft&sector=services&territory=artois&sort=name&per_page=100';
  const { total } = await api(question);
  const { results } = await api(`${question}&page=${Math.ceil(total / 100)}`);
  const found = results.find((e) => e.masked && e.commune === null);
  if (!found) throw new Error('no masked person among the last craft establishments of services in Artois');
  return found.siret;
}

for (const dark of [false, true]) {
  for (const [device, width] of Object.entries(widths)) {
    const look = `${device}${dark ? '-dark' : ''}`;
    describe(`every page, ${look}`, { concurrency: false }, async () => {
      for (const [name, to] of Object.entries(await pages())) {
        const [path, status] = Array.isArray(to) ? to : [to, 200];
        test(`${name} ${path}`, { timeout: 60_000 }, () => visit({ width, dark }, async (page) => {
          await go(page, path, status);
          if (!dark) {
            await page.waitForLoadState('networkidle');
            await fits(page);
          }
          await accessible(page, { colours: dark });
          await shot(page, `${name}-${look}`);
        }));
      }
    });
  }
}

for (const dark of [false, true]) {
  for (const [device, width] of Object.entries(widths)) {
    const look = `${device}${dark ? '-dark' : ''}`;
    for (const [who, paths] of Object.entries(signedIn)) {
      test(`the pages of ${who}, ${look}`, { timeout: 120_000 }, () => visit({ width, dark }, async (page) => {
        await signIn(page, who, paths[0]);
        for (const path of paths) {
          await go(page, path);
          if (!dark) await fits(page);
          await accessible(page, { colours: dark });
          await shot(page, `${path.replaceAll(/[^a-z]+/g, '-').slice(1)}-${look}`);
        }
      }));
    }
  }
}

describe('every page fits 320 and 768 pixels, and is whole without scripts', { concurrency: false }, async () => {
  for (const [name, to] of Object.entries(await pages())) {
    const [path, status] = Array.isArray(to) ? to : [to, 200];
    test(`${name} ${path}`, { timeout: 60_000 }, () => visit({ width: 320, script: false }, async (page) => {
      await go(page, path, status);
      await fits(page);
      await page.setViewportSize({ width: 768, height: 1024 });
      await fits(page);
      await shot(page, `${name}-tablet`);
    }));
  }
});
