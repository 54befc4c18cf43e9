import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { NewUpload, Upload } from './models.gen';

/** What the backend takes in one request. */
export const partBytes = 4 * 1024 * 1024;

/** What a part shrinks to at most where a proxy in front of Grafana takes less. */
const leastPartBytes = 256 * 1024;

/** How often a part is sent before the upload is given up; it goes on from there when it is begun again. */
const tries = 6;

/** The backend's side of an upload. */
export interface UploadTarget {
  beginUpload(upload: NewUpload): Promise<Upload>;
  putPart(id: string, offset: number, part: Blob): Promise<Upload>;
}

export interface Progress {
  phase: 'reading' | 'sending' | 'waiting';
  /** Of the file, 0 to 1. */
  share: number;
  /** Why it waits before it tries again. */
  reason?: unknown;
}

export interface UploadOptions {
  /** What passes between two attempts, in ms; it doubles with each. */
  wait?: number;
  /** Ends the upload with an {@link UploadStopped}. */
  signal?: AbortSignal;
}

/** Somebody stopped the upload. */
export class UploadStopped extends Error {
  constructor() {
    super('It was stopped; drop the file again to go on.');
  }
}

/** Sends a file in parts. One that was begun before goes on where it stopped. */
export async function uploadFile(
  file: File,
  target: UploadTarget,
  onProgress: (progress: Progress) => void,
  { wait = 1000, signal }: UploadOptions = {}
): Promise<Upload> {
  const sha = await digestOf(file, (share) => onProgress({ phase: 'reading', share }), signal);
  let state: Upload | undefined;
  let share = 0;
  let most = partBytes;
  for (let failures = 0; !state?.done;) {
    goOn(signal);
    const part: Uint8Array<ArrayBuffer> | undefined = state && (await read(file, state.received, most));
    try {
      if (!state || !part) {
        // How far it has come, also after a part whose answer was lost, only the backend knows.
        state = await target.beginUpload({ name: file.name, size: file.size, sha256: sha });
        share = state.received / file.size;
        onProgress({ phase: 'sending', share });
        continue;
      }
      const offset = state.received;
      state = await target.putPart(state.id, offset, new Blob([part]));
      failures = state.done || state.received > offset ? 0 : failures + 1;
      share = state.received / file.size;
      onProgress({ phase: 'sending', share });
    } catch (err) {
      if (part && statusOf(err) === 413) {
        most = smaller(part.length);
        continue;
      }
      if (++failures >= tries || !mayPass(err)) {
        throw err;
      }
      state = undefined;
      onProgress({ phase: 'waiting', share, reason: err });
      await pause(wait * 2 ** failures, signal);
    }
    if (failures >= tries) {
      throw new Error('The server takes no more of the file; try again.');
    }
  }
  return state;
}

/** The browser's own digest wants the whole file in memory, and a page that came over HTTPS. */
async function digestOf(file: File, onShare: (share: number) => void, signal?: AbortSignal): Promise<string> {
  const hash = sha256.create();
  for (let offset = 0; offset < file.size; offset += partBytes) {
    goOn(signal);
    onShare(offset / file.size);
    hash.update(await read(file, offset, partBytes));
  }
  return bytesToHex(hash.digest());
}

/** Bytes of the file. The browser refuses them once the file has changed since it was chosen. */
async function read(file: File, offset: number, most: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(offset, offset + most).arrayBuffer());
  } catch {
    throw new Error(
      'It cannot be read: it changed or went away meanwhile. Upload a recording once the sim has closed it, and no folder.'
    );
  }
}

/** The backend takes parts of every size that is sent here: it is a proxy on the way that does not. */
function smaller(length: number): number {
  if (length <= leastPartBytes) {
    throw new Error(
      'A proxy in front of Grafana takes no parts of 256 kB. Have it take 4 MB in one request (nginx: client_max_body_size).'
    );
  }
  return Math.max(Math.floor(length / 2), leastPartBytes);
}

function goOn(signal?: AbortSignal): void {
  if (signal?.aborted) {
    throw new UploadStopped();
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted ? 0 : ms);
    signal?.addEventListener('abort', end);
  });
}

/** Tells a failure on the way, which another attempt may not meet, from an answer that stays the same. */
function mayPass(err: unknown): boolean {
  const status = statusOf(err);
  // 409: somebody else has sent a part meanwhile. 507: there is no room left.
  return [0, 408, 409, 429].includes(status) || (status >= 500 && status !== 507);
}

/** Tells a failure that the next file would meet as well. */
export function meetsAll(err: unknown): boolean {
  const status = statusOf(err);
  return (
    err instanceof UploadStopped ||
    err instanceof TypeError || // no answer
    [401, 403, 405].includes(status) ||
    (status > 0 && mayPass(err))
  );
}

/** The status of an answer; 0 where none came. */
export function statusOf(err: unknown): number {
  return typeof err === 'object' && err !== null && 'status' in err ? Number(err.status) || 0 : 0;
}
