// A browser that reports everything a page does that it should not.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { shots } from './preview.mjs';

/** Chromium without what it does of its own on the network. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a browser usually is; the variable CHROMIUM names any other. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Has a page remember what it writes on its canvases, where no locator finds it. */
function rememberTexts() {
  /** @type {WeakMap<HTMLCanvasElement, Set<string>>} */
  const texts = new WeakMap();
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (/** @type {Parameters<typeof fillText>} */ ...written) {
    const drawn = texts.get(this.canvas) ?? new Set();
    texts.set(this.canvas, drawn.add(written[0]));
    return fillText.apply(this, written);
  };
  window.textsOn = (canvas) => [...(texts.get(canvas) ?? [])];
}

/** How long a page may take to come to rest, in milliseconds. */
const patience = 30_000;

/**
 * A browser window of which a test opens a tab at a time; what the first one loads the others find in the cache.
 *
 * @returns {Promise<import('playwright-core').BrowserContext>}
 */
export async function launch() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || places.find(existsSync),
    args: flags,
  });
  return browser.newContext({ viewport: { width: 1600, height: 1300 }, timezoneId: 'UTC' });
}

export class Tab {
  /**
   * @param {import('playwright-core').Page} page
   * @param {string} base the preview's address
   */
  constructor(page, base) {
    this.page = page;
    this.base = base;
    /**
     * What went wrong: messages in the console, uncaught errors, requests that left this machine.
     *
     * @type {string[]}
     */
    this.problems = [];
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (err) => this.problems.push(`uncaught ${err.stack ?? err.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.problems.push(`${message.type()}: ${message.text()} ${message.location().url}`);
      }
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${base}/`) && !/^(data|blob):/.test(request.url())) {
        this.problems.push(`a request to ${request.url()}`);
      }
    });
  }

  /**
   * @param {import('playwright-core').BrowserContext} window
   * @param {string} base
   */
  static async open(window, base) {
    const page = await window.newPage();
    await page.addInitScript(rememberTexts);
    return new Tab(page, base);
  }

  /**
   * Opens a page of the preview and waits until it has come to rest.
   *
   * @param {string} address
   */
  async goto(address) {
    await this.page.goto(this.base + address);
    await this.atRest();
  }

  /** Waits until every panel has its data and is drawn. */
  async atRest() {
    await this.page.waitForFunction(() => window.preview?.ready(), null, { timeout: patience });
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  /**
   * The panel with a title, of several the first. A title may be given by its beginning, followed by an asterisk.
   *
   * @param {string} title
   */
  panel(title) {
    const id = `data-testid Panel header ${title}`;
    const selector = title.endsWith('*') ? `[data-testid^="${id.slice(0, -1)}"]` : `[data-testid="${id}"]`;
    return this.page.locator(selector).first();
  }

  /**
   * The share of a panel's plot that is drawn on, from 0 to 1.
   *
   * @param {string} title
   */
  async ink(title) {
    const canvas = this.panel(title).locator('canvas').first();
    await canvas.scrollIntoViewIfNeeded();
    return canvas.evaluate((element) => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (element);
      const context = /** @type {HTMLCanvasElement} */ (element).getContext('2d');
      const pixels = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(4);
      let drawn = 0;
      for (let i = 3; i < pixels.length; i += 4) {
        drawn += Number((pixels[i] ?? 0) > 0);
      }
      return drawn / (pixels.length / 4);
    });
  }

  /**
   * The texts that are drawn in a panel's plot, such as those of its axes.
   *
   * @param {string} title
   * @returns {Promise<string[]>}
   */
  async drawnTexts(title) {
    const canvas = this.panel(title).locator('canvas').first();
    await canvas.scrollIntoViewIfNeeded();
    return canvas.evaluate((element) => window.textsOn?.(/** @type {HTMLCanvasElement} */ (element)) ?? []);
  }

  /**
   * Chooses an option of a combobox, by its label.
   *
   * @param {string} label
   * @param {string} option
   */
  async choose(label, option) {
    const box = this.page.getByRole('combobox', { name: label, exact: true });
    await box.click();
    await box.fill(option);
    // The list also offers what was typed, and words such as "Latest" before an entry's own label.
    const offered = this.page.getByRole('option').filter({ hasNotText: 'Use custom value' });
    await offered
      .filter({ has: this.page.getByText(option, { exact: true }) })
      .first()
      .click();
    await this.page.keyboard.press('Tab');
  }

  /**
   * The colours that a panel's plot is drawn in, apart from its axes: strong ones, in steps of 32.
   *
   * @param {string} title
   * @returns {Promise<number>} how many there are
   */
  async colors(title) {
    const canvas = this.panel(title).locator('canvas').first();
    await canvas.scrollIntoViewIfNeeded();
    return canvas.evaluate((element) => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (element);
      const context = /** @type {HTMLCanvasElement} */ (element).getContext('2d');
      const pixels = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(4);
      const seen = new Set();
      for (let i = 0; i < pixels.length; i += 4) {
        const [r = 0, g = 0, b = 0, a = 0] = pixels.subarray(i, i + 4);
        if (a === 255 && Math.max(r, g, b) - Math.min(r, g, b) > 60) {
          seen.add([r >> 5, g >> 5, b >> 5].join());
        }
      }
      return seen.size;
    });
  }

  /**
   * Moves the pointer over a panel's plot.
   *
   * @param {string} title
   * @param {number} x from 0 at the left to 1 at the right
   * @param {number} [y] from 0 at the top to 1 at the bottom
   */
  async point(title, x, y = 0.5) {
    const plot = this.panel(title).locator('.u-over');
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (!box) {
      throw new Error(`the panel ${title} has no plot`);
    }
    await this.page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 5 });
  }

  /** @param {string} name */
  async shot(name) {
    await this.page.screenshot({ path: path.join(shots, `${name}.png`) });
  }
}
