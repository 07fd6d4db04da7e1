// Runs the browser stories: starts the built program on an invented register
// in a temporary folder, once for all of them, and node's test runner on the
// files *.test.mjs. Leaves no process and no folder behind.
//
//   node e2e/run.mjs [--tap FILE] [part of a file's name…]
//
// E2E_URL names a house that already serves, CHROMIUM a browser; SHOTS=1
// keeps pictures in e2e/shots.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

// A house must be ready within this time on two cores.
const readyWithin = 30_000;

const args = process.argv.slice(2);
let tap;
if (args[0] === '--tap') {
  [, tap] = args.splice(0, 2);
}

const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM');
  });
}

/** Starts a program that is ended with this one. */
function start(command, argv, options) {
  const child = spawn(command, argv, options);
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.once('error', (err) => resolve({ err }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => children.delete(child));
  return child;
}

/** Starts a demo house and returns it with its address, once it is ready. */
async function startHouse(dir) {
  // Without a network the base map is the house's own; a story of its own looks at tiles.
  await writeFile(join(dir, 'instance.json'), JSON.stringify({ tiles: 'none' }));
  const began = Date.now();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PASSERELLE_')));
  const child = start(join(root, 'bin', 'passerelle'), ['demo', '--data', dir, '--addr', '127.0.0.1:0', '--rate-limit', 'off', '--trusted-proxy', '127.0.0.0/8'], {
    env, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const house = { child, log: () => said };
  const address = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        const found = said.match(/http:\/\/localhost:\d+/);
        if (found) resolve(found[0]);
      });
    }
  });
  const late = new Promise((resolve) => { setTimeout(resolve, readyWithin).unref(); });
  house.url = await Promise.race([address, child.ended.then(() => undefined), late]);
  while (house.url && Date.now() - began < readyWithin) {
    const res = await fetch(`${house.url}/readyz`).catch(() => undefined);
    if (res?.status === 200) {
      console.log(`ok  \tdemo house ready\t${((Date.now() - began) / 1000).toFixed(1)}s`);
      return house;
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  await stop(house);
  throw new Error(`the demo house was not ready within ${readyWithin / 1000} s; it said:\n${said}`);
}

/** Asks a house to stop, and insists after a while. */
async function stop(house) {
  house.child.kill('SIGTERM');
  const insist = setTimeout(() => house.child.kill('SIGKILL'), 15_000);
  const { code, signal, err } = await house.child.ended;
  clearTimeout(insist);
  if (err) throw err;
  if (code !== 0 && code !== 1) throw new Error(`the demo house ended with ${code ?? signal}; it said:\n${house.log()}`);
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
