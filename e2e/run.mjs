// Runs the browser stories: starts the built program on an invented register
// in a temporary folder, once for all of them, and node's test runner on the
// files *.test.mjs. Leaves no process and no folder behind.
//
//   node e2e/run.mjs [--tap FILE] [part of a file's name…]
//
// E2E_URL names a house that already serves, CHROMIUM a browser; SHOTS=1
// keeps pictures in e2e/shots.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start, startHouse, stop } from './serve.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const args = process.argv.slice(2);
let tap;
if (args[0] === '--tap') {
  [, tap] = args.splice(0, 2);
}

async function main() {
  const files = (await readdir(here))
    .filter((name) => name.endsWith('.test.mjs') && (args.length === 0 || args.some((part) => name.includes(part))))
    .sort().map((name) => join(here, name));
  if (files.length === 0) throw new Error(`no story is called ${args.join(' or ')}`);
  const dir = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  let house;
  try {
    house = process.env.E2E_URL ? undefined : await startHouse(dir);
    if (house) console.log(`ok  \tdemo house ready\t${house.seconds.toFixed(1)}s`);
    const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
    if (tap) reporters.push('--test-reporter=tap', `--test-reporter-destination=${tap}`);
    const tests = start(process.execPath, ['--test', '--test-concurrency=2', ...reporters, ...files], {
      env: { ...process.env, E2E_URL: process.env.E2E_URL ?? house.url, E2E_KEPT: dir }, stdio: ['ignore', 'inherit', 'inherit'],
    });
    const { code, err } = await tests.ended;
    if (err) throw err;
    return code ?? 1;
  } finally {
    if (house) await stop(house);
    await rm(dir, { recursive: true, force: true });
  }
}

main().then((code) => { process.exitCode = code; }, (err) => {
  console.error(err.message);
  process.exitCode = 1;
});
