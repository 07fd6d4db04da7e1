// The guards of the stories, on pages that break them: a guard that cannot
// bark is no guard.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, fits, go, visit, withBrowser } from './house.mjs';

withBrowser();

const pages = {
  '/good': '<h1>Bonjour</h1><p>Tout va bien.</p>',
  '/script': '<h1>Bonjour</h1><script src="/throws.js"></script>',
  '/inline': '<h1>Bonjour</h1><script>document.title = "x"</script>',
  '/style': '<h1 style="color: red">Bonjour</h1>',
  '/elsewhere': '<h1>Bonjour</h1><img alt="" src="https://elsewhere.invalid/x.png">',
  '/missing': '<h1>Bonjour</h1><img alt="" src="/none.png">',
  '/wide': `<h1>Bonjour</h1><pre>${'x'.repeat(400)}</pre>`,
  '/image': '<h1>Bonjour</h1><img src="/dot.svg">',
};
const files = {
  '/throws.js': ['text/javascript', 'throw new Error("oh")'],
  '/dot.svg': ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  '/favicon.ico': ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
};

let server;
let base;
before(async () => {
  server = createServer((req, res) => {
    const [type, text] = files[req.url] ?? ['text/html; charset=utf-8',
      pages[req.url] && `<!doctype html><html lang="fr"><head><title>Essai</title></head><body><main>${pages[req.url]}</main></body></html>`];
    res.writeHead(text ? 200 : 404, {
      'content-type': type,
      'content-security-policy': "default-src 'self'; img-src 'self' https://elsewhere.invalid",
    });
    res.end(text ?? 'Rien ici.');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }));

const look = async (page, path) => {
  await go(page, path);
  await page.waitForLoadState('networkidle');
};

test('a good page passes', () => visit({ base }, async (page) => {
  await look(page, '/good');
  await fits(page);
  await accessible(page);
}));

for (const [path, said] of [
  ['/script', /script: oh/], ['/inline', /Content Security Policy/], ['/style', /Content Security Policy/],
  ['/elsewhere', /a request leaves the machine: https:\/\/elsewhere.invalid/], ['/missing', /404 for .*none.png/],
]) {
  test(`${path} is caught`, () => assert.rejects(visit({ base }, (page) => look(page, path)), (err) => said.test(JSON.stringify(err.actual))));
}

test('a page too wide is caught', () => visit({ base }, async (page) => {
  await look(page, '/wide');
  await assert.rejects(fits(page), (err) => /the page is \d+ wide for 360/.test(String(err.actual)));
}));

test('a rule of accessibility broken is caught', () => visit({ base }, async (page) => {
  await look(page, '/image');
  await assert.rejects(accessible(page), (err) => /image-alt/.test(String(err.actual)));
}));

test('a wrong status is caught', () => visit({ base }, (page) => assert.rejects(go(page, '/none'), /status of \/none/)));
