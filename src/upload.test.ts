import type { NewUpload, Upload } from './models.gen';
import { partBytes, uploadFile, type UploadTarget } from './upload';

const size = 2 * partBytes + 1000;
const content = Uint8Array.from({ length: size }, (_, i) => i % 251);

/** A backend that keeps what it is sent, and fails as it is told to. */
class Backend implements UploadTarget {
  received = 0;
  begun: NewUpload[] = [];
  parts: Array<[number, number]> = [];
  failures: unknown[] = [];
  refusals: unknown[] = [];

  async beginUpload(upload: NewUpload): Promise<Upload> {
    this.begun.push(upload);
    const refusal = this.refusals.shift();
    if (refusal) {
      throw refusal;
    }
    return this.state();
  }

  async putPart(_: string, offset: number, part: Blob): Promise<Upload> {
    const failure = this.failures.shift();
    if (failure) {
      throw failure;
    }
    this.parts.push([offset, part.size]);
    this.received = offset + part.size;
    return this.state();
  }

  private state(): Upload {
    return { id: 'u1', name: 'lap.ibt', size, received: this.received, done: this.received === size };
  }
}

const file = () => new File([content], 'lap.ibt');

it('sends a file in parts that the backend takes, with its digest', async () => {
  const backend = new Backend();
  const shares: number[] = [];
  await uploadFile(file(), backend, ({ phase, share }) => phase === 'sending' && shares.push(share));
  expect(backend.begun).toEqual([{ name: 'lap.ibt', size, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
  expect(backend.parts).toEqual([
    [0, partBytes],
    [partBytes, partBytes],
    [2 * partBytes, 1000],
  ]);
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
});

it('goes on where an earlier upload stopped', async () => {
  const backend = new Backend();
  backend.received = partBytes;
  await uploadFile(file(), backend, () => {});
  expect(backend.parts).toEqual([
    [partBytes, partBytes],
    [2 * partBytes, 1000],
  ]);
});

it('tries again when the way breaks, and asks how far it came', async () => {
  const backend = new Backend();
  backend.failures = [{ status: 502 }, new TypeError('no connection'), { status: 409 }];
  backend.refusals = [{ status: 503 }];
  await uploadFile(file(), backend, () => {}, { wait: 1 });
  expect(backend.begun).toHaveLength(5);
  expect(backend.received).toBe(size);
});

it('gives up at once where the answer would stay the same, and after some attempts elsewhere', async () => {
  const refused = new Backend();
  refused.failures = [{ status: 403, data: { message: 'editors only' } }];
  await expect(uploadFile(file(), refused, () => {}, { wait: 1 })).rejects.toMatchObject({ status: 403 });
  expect(refused.begun).toHaveLength(1);

  const down = new Backend();
  down.failures = Array.from({ length: 9 }, () => ({ status: 503 }));
  await expect(uploadFile(file(), down, () => {}, { wait: 1 })).rejects.toMatchObject({ status: 503 });
  expect(down.failures).toHaveLength(3);
});

it('says why it waits, and stops when it is told to', async () => {
  const backend = new Backend();
  backend.failures = [{ status: 503 }];
  const stop = new AbortController();
  const seen: unknown[] = [];
  const upload = uploadFile(
    file(),
    backend,
    ({ phase, reason }) => {
      if (phase === 'waiting') {
        seen.push(reason);
        stop.abort();
      }
    },
    { wait: 60_000, signal: stop.signal }
  );
  await expect(upload).rejects.toThrow('drop the file again to go on');
  expect(seen).toEqual([{ status: 503 }]);
  expect(backend.parts).toEqual([]);
});

it('sends smaller parts where a proxy takes no large ones, and says what to do where it takes none', async () => {
  const backend = new Backend();
  const put = backend.putPart.bind(backend);
  let most = 1024 * 1024;
  backend.putPart = async (id, offset, part) => {
    if (part.size > most) {
      throw { status: 413, statusText: 'Request Entity Too Large', data: '<html>' };
    }
    return put(id, offset, part);
  };
  await uploadFile(file(), backend, () => {});
  expect(backend.received).toBe(size);
  expect(backend.parts[0]).toEqual([0, most]);

  most = 1000;
  backend.received = 0;
  await expect(uploadFile(file(), backend, () => {})).rejects.toThrow('client_max_body_size');
});

it('says so when the file changes while it is sent', async () => {
  const changed = file();
  changed.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }) as Blob;
  await expect(uploadFile(changed, new Backend(), () => {})).rejects.toThrow('once the sim has closed it');
});
