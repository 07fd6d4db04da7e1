// Houses that the stories visit: the built program, on an invented register, in
// a folder of its own.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the built programs. */
export const programs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin');

// A house must be ready within this time on two cores.
const readyWithin = 60_000;

const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM');
  });
}

/** Starts a program that is ended with this one. */
export function start(command, argv, options) {
  const child = spawn(command, argv, options);
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.once('error', (err) => resolve({ err }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => children.delete(child));
  return child;
}

/**
 * Starts a demo house and returns it with its address, once it is ready.
 * settings are of its environment, addr where it listens.
 */
export async function startHouse(dir, { program = 'passerelle', addr = '127.0.0.1:0', settings = {} } = {}) {
  // Without a network the base map is the house's own; a story of its own looks at tiles.
  await writeFile(join(dir, 'instance.json'), JSON.stringify({ tiles: 'none' }));
  const began = Date.now();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PASSERELLE_')));
  const child = start(join(programs, program), ['demo', '--data', dir, '--addr', addr, '--rate-limit', 'off', '--trusted-proxy', '127.0.0.0/8'], {
    env: { ...env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'],
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
      house.seconds = (Date.now() - began) / 1000;
      return house;
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  await stop(house);
  throw new Error(`the demo house was not ready within ${readyWithin / 1000} s; it said:\n${said}`);
}

/** Asks a house to stop, and insists after a while. */
export async function stop(house) {
  house.child.kill('SIGTERM');
  const insist = setTimeout(() => house.child.kill('SIGKILL'), 15_000);
  const { code, signal, err } = await house.child.ended;
  clearTimeout(insist);
  if (err) throw err;
  if (code !== 0 && code !== 1) throw new Error(`the demo house ended with ${code ?? signal}; it said:\n${house.log()}`);
}
