// What every suite of browser tests begins and ends with.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { launch, Tab } from './browser.mjs';
import { Preview } from './preview.mjs';

/**
 * Runs a preview and a browser for the tests of the suite that calls it, with a tab for each test. A test fails when its
 * page raised an error or a warning in the console, or asked anything of another machine.
 *
 * @param {(preview: Preview) => void | Promise<void>} ready is called once the preview runs
 * @param {(tab: Tab) => void} opened is called before each test
 * @param {string[]} flags of the preview, beside those that all suites need
 */
export function usePreview(ready, opened, flags = []) {
  /** @type {Preview} */
  let preview;
  /** @type {import('playwright-core').BrowserContext} */
  let window;
  /** @type {Tab} */
  let tab;

  before(async () => {
    preview = await Preview.start(flags);
    await ready(preview);
    window = await launch();
  });

  after(async () => {
    await window?.browser()?.close();
    if (!preview) {
      return;
    }
    const code = await preview.stop();
    assert.equal(code, 0, 'the preview ends without an error when it is asked to');
    assert.deepEqual(await preview.leftBehind(), [], 'the plugin process has ended with the preview');
  });

  beforeEach(async () => {
    tab = await Tab.open(window, preview.url);
    opened(tab);
  });

  afterEach(async () => {
    const { problems } = tab;
    await tab.page.close();
    assert.deepEqual(problems, [], 'the page raised nothing in the console and called nobody else');
  });
}
