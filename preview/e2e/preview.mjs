// Runs the preview as a user does: the built command, with the built plugin and real telemetry files.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');

/** @param {string} name */
function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`set the variable ${name}; preview/README.md tells what the tests want`);
  }
  return path.resolve(value);
}

/** Where screenshots go, and what the preview has to say. */
export const shots = path.resolve(process.env.SHOTS ?? 'shots');

/** The folder of telemetry files that the tests read. */
export const telemetry = () => required('IBT_DIR');

export class Preview {
  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} url
   * @param {number[]} plugins
   */
  constructor(child, url, plugins) {
    this.child = child;
    this.url = url;
    /** The processes that the preview started. */
    this.plugins = plugins;
    this.exit = once(child, 'exit');
  }

  /**
   * Starts the preview on a free port, and returns when it serves.
   *
   * @param {string[]} flags beside those that all suites need
   */
  static async start(flags = []) {
    mkdirSync(shots, { recursive: true });
    const child = spawn(
      required('PREVIEW_BIN'),
      [
        ['-addr', '127.0.0.1:0'],
        ['-dist', process.env.DIST ? path.resolve(process.env.DIST) : path.join(root, 'dist')],
        ['-web', path.join(root, 'preview/dist')],
        ['-telemetry', telemetry()],
        ['-fake'],
        flags,
      ].flat(),
      { stdio: ['ignore', 'pipe', openSync(path.join(shots, 'preview.log'), 'a')] },
    );
    const [line] = await Promise.race([
      once(createInterface(/** @type {import('node:stream').Readable} */ (child.stdout)), 'line'),
      once(child, 'exit').then(([code]) =>
        Promise.reject(new Error(`the preview ended with code ${code}; see ${shots}/preview.log`)),
      ),
    ]);
    return new Preview(child, line, await childrenOf(child.pid));
  }

  /**
   * Sends a signal and waits for the end.
   *
   * @param {NodeJS.Signals} [signal]
   * @returns {Promise<number | null>} the exit code
   */
  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    const [code] = await this.exit;
    return code;
  }

  /** The processes that the preview started and that are still there two seconds later. */
  async leftBehind() {
    for (let i = 0; i < 20 && this.plugins.some(isAlive); i++) {
      await sleep(100);
    }
    return this.plugins.filter(isAlive);
  }

  /**
   * Reads a resource of the plugin.
   *
   * @param {string} resource
   * @returns {Promise<Array<{ value: string, label: string }>>}
   */
  async pick(resource) {
    const answer = await fetch(`${this.url}/api/datasources/uid/iracing/resources/${resource}`);
    return /** @type {Promise<Array<{ value: string, label: string }>>} */ (answer.json());
  }
}

/**
 * @param {number | undefined} parent
 * @returns {Promise<number[]>}
 */
async function childrenOf(parent) {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => Number(pid));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
