// The data source with a database: its settings, and telemetry that is uploaded into it.
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { telemetry } from './preview.mjs';
import { usePreview } from './use.mjs';

/** @typedef {import('./browser.mjs').Tab} Tab */
/** @typedef {import('./preview.mjs').Preview} Preview */

describe('a database', () => {
  /** @type {Tab} */
  let tab;
  /** @type {Preview} */
  let preview;
  /** A recording that is not in the telemetry folder. */
  let recording = '';

  before(async () => {
    const [first] = (await readdir(telemetry())).filter((name) => name.endsWith('.ibt'));
    assert.ok(first, 'there is a recording');
    recording = path.join(await mkdtemp(path.join(tmpdir(), 'upload-')), 'driven elsewhere.ibt');
    await copyFile(path.join(telemetry(), first), recording);
  });
  after(() => rm(path.dirname(recording), { recursive: true, force: true }));

  usePreview(
    (running) => {
      preview = running;
    },
    (opened) => (tab = opened),
    ['-postgres'],
  );

  it('says what it holds', async () => {
    await tab.goto('/datasources/edit/iracing');
    await tab.page.getByRole('button', { name: 'Save & test' }).click();
    await tab.page
      .getByText(/PostgreSQL/)
      .first()
      .waitFor();
    await tab.page.getByText(/telemetry sessions? in /).waitFor();
    await tab.shot('settings-database');
  });

  it('takes a recording that is dropped, and shows its session', async () => {
    const before = await preview.pick('sessions');
    await tab.goto('/datasources/edit/iracing');
    await tab.page.getByText('No file was uploaded yet.').waitFor();
    await tab.page.getByLabel('Upload telemetry').setInputFiles(recording);
    await tab.page.getByText('driven elsewhere.ibt is uploaded').waitFor({ timeout: 60_000 });
    const kept = tab.page.getByRole('list', { name: 'Uploaded files' });
    await kept.getByText('driven elsewhere.ibt').waitFor();
    await kept.scrollIntoViewIfNeeded();
    await tab.shot('upload');
    for (let i = 0; i < 50 && (await preview.pick('sessions')).length === before.length; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal((await preview.pick('sessions')).length, before.length + 1);

    await kept.getByRole('button', { name: 'Delete driven elsewhere.ibt' }).click();
    await kept.getByRole('button', { name: 'Delete', exact: true }).click();
    await tab.page.getByText('No file was uploaded yet.').waitFor();
  });
});
