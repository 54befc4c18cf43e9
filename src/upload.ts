import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { NewUpload, Upload } from './models.gen';

/** What the backend takes in one request. */
export const partBytes = 4 * 1024 * 1024;

/** How often a part is sent before the upload is given up; it goes on from there when it is begun again. */
const tries = 6;

/** The backend's side of an upload. */
export interface UploadTarget {
  beginUpload(upload: NewUpload): Promise<Upload>;
  putPart(id: string, offset: number, part: Blob): Promise<Upload>;
}

export interface Progress {
  phase: 'reading' | 'sending';
  /** Of the file, 0 to 1. */
  share: number;
}

/**
 * Sends a file in parts. One that was begun before goes on where it stopped.
 *
 * @param wait is what passes between two attempts, in ms
 */
export async function uploadFile(
  file: File,
  target: UploadTarget,
  onProgress: (progress: Progress) => void,
  wait = 1000
): Promise<Upload> {
  const digest = await digestOf(file, (share) => onProgress({ phase: 'reading', share }));
  const begin = () => target.beginUpload({ name: file.name, size: file.size, sha256: digest });
  let state: Upload | undefined;
  for (let failures = 0; ;) {
    try {
      // How far it has come, also after a part whose answer was lost, only the backend knows.
      state ??= await begin();
      if (state.done) {
        break;
      }
      onProgress({ phase: 'sending', share: state.received / file.size });
      const offset = state.received;
      state = await target.putPart(state.id, offset, file.slice(offset, offset + partBytes));
      failures = state.done || state.received > offset ? 0 : failures + 1;
    } catch (err) {
      if (++failures >= tries || !mayPass(err)) {
        throw err;
      }
      state = undefined;
      await new Promise((resolve) => setTimeout(resolve, wait * 2 ** failures));
    }
    if (failures >= tries) {
      throw new Error('The server takes no more of the file; try again.');
    }
  }
  onProgress({ phase: 'sending', share: 1 });
  return state;
}

/** The browser's own digest wants the whole file in memory, and a page that came over HTTPS. */
async function digestOf(file: File, onShare: (share: number) => void): Promise<string> {
  const hash = sha256.create();
  for (let offset = 0; offset < file.size; offset += partBytes) {
    onShare(offset / file.size);
    hash.update(new Uint8Array(await file.slice(offset, offset + partBytes).arrayBuffer()));
  }
  return bytesToHex(hash.digest());
}

/** Tells a failure on the way, which another attempt may not meet, from an answer that stays the same. */
function mayPass(err: unknown): boolean {
  const status = typeof err === 'object' && err !== null && 'status' in err ? Number(err.status) : 0;
  // 409: somebody else has sent a part meanwhile. 507: there is no room left.
  return [0, 408, 409, 429].includes(status) || (status >= 500 && status !== 507);
}
