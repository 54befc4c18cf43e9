import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Preview, telemetry } from './preview.mjs';
import { usePreview } from './use.mjs';

const lapTime = /\d:\d\d\.\d{3}/;

/** @typedef {import('./browser.mjs').Tab} Tab */
/** @typedef {{ id: string, label: string, laps: Array<{ value: string, label: string }>, timed: string[] }} Session */

describe('preview', () => {
  /** @type {Tab} */
  let tab;
  /**
   * One to look at, with two timed laps at least.
   *
   * @type {Session}
   */
  let session;
  /** @type {Session[]} */
  let sessions;

  usePreview(
    async (preview) => {
      sessions = await Promise.all(
        (await preview.pick('sessions')).map(async ({ value: id, label }) => {
          const laps = await preview.pick(`laps?session=${id}`);
          return { id, label, laps, timed: laps.filter((lap) => lapTime.test(lap.label)).map((lap) => lap.value) };
        }),
      );
      const found = sessions.find(({ timed }) => timed.length >= 2);
      assert.ok(found, `no session in ${telemetry()} has two timed laps`);
      session = found;
    },
    (opened) => (tab = opened),
  );

  it('lists the dashboards and the editors, and says what it is not', async () => {
    await tab.goto('/');
    await tab.page.getByText('this is not Grafana').waitFor();
    const dashboards = ['iRacing · Session', 'iRacing · Lap compare', 'iRacing · Race', 'iRacing · Ratings'];
    for (const name of [...dashboards, 'Data source settings', 'Query editor']) {
      await tab.page.getByRole('link', { name }).waitFor();
    }
    await tab.shot('home');
  });

  it('draws the session dashboard', async () => {
    await tab.goto(`/d/iracing-session?var-session=${session.id}`);
    assert.match(await tab.panel('Best lap').innerText(), lapTime);
    assert.match(await tab.panel('Timed laps').innerText(), new RegExp(`\\b${session.timed.length}\\b`));
    const rows = tab.panel('Laps').getByRole('row').filter({ hasText: lapTime });
    assert.equal(await rows.count(), session.timed.length, 'a row for each timed lap');
    assert.ok((await tab.ink('Lap times')) > 0.02, 'the lap times are drawn');
    await tab.shot('session');
  });

  it('shows a lap time under the pointer', async () => {
    await tab.goto(`/d/iracing-session?var-session=${session.id}`);
    await tab.point('Lap times', 0.1);
    await tab.page.locator('#grafana-portal-container').getByText(lapTime).first().waitFor();
    await tab.shot('tooltip');
  });

  it('leads from a lap to its comparison with the best one', async () => {
    const best = session.laps.find(({ value }) => value === session.timed[0]);
    assert.ok(best);
    await tab.goto(`/d/iracing-session?var-session=${session.id}`);
    await tab.panel('Laps').getByRole('link', { name: best.value, exact: true }).click();
    await tab.page.waitForURL(/\/d\/iracing-compare/);
    await tab.atRest();

    const chosen = new URL(tab.page.url()).searchParams;
    assert.deepEqual(
      ['var-session', 'var-lap', 'var-refsession', 'var-ref'].map((key) => chosen.get(key)),
      [session.id, best.value, session.id, 'best'],
    );
    await tab.page.getByText(best.label).first().waitFor();
    await tab.page.getByText('Best lap').first().waitFor();
    for (const title of ['Time delta*', 'Speed', 'Throttle and brake']) {
      assert.ok((await tab.ink(title)) > 0.01, `${title} is drawn`);
    }
    assert.match(await tab.panel('Gap at the line').innerText(), /-?\d+\.\d{3}/);
    assert.ok((await tab.colors('Speed around the lap')) > 5, 'the track map is coloured by speed');
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('compare');
  });

  it('names both laps under the pointer', async () => {
    const [lap, ref] = session.timed;
    await tab.goto(
      `/d/iracing-compare?var-session=${session.id}&var-lap=${lap}&var-refsession=${session.id}&var-ref=${ref}`,
    );
    await tab.point('Speed', 0.4);
    const tip = tab.page.locator('#grafana-portal-container');
    await tip.getByText(`Lap ${lap}`).first().waitFor();
    await tip.getByText(`Lap ${ref}`).first().waitFor();
    assert.match(await tip.innerText(), /km\/h/);
    await tab.shot('compare-tooltip');
  });

  it('zooms the charts with the linked cursor together', async () => {
    const [lap, ref] = session.timed;
    await tab.goto(
      `/d/iracing-compare?var-session=${session.id}&var-lap=${lap}&var-refsession=${session.id}&var-ref=${ref}`,
    );
    await tab.page.getByText('Linked cursor').click();
    const charts = tab.page.locator('[data-plugin-id="timeseries"] .u-over');
    await charts.first().waitFor();
    await tab.atRest();
    await charts.first().scrollIntoViewIfNeeded();
    const box = await charts.first().boundingBox();
    assert.ok(box);
    await tab.page.mouse.move(box.x + 20, box.y + 20);
    await tab.page.mouse.down();
    await tab.page.mouse.move(box.x + 120, box.y + 20, { steps: 8 });
    const asked = tab.page.waitForRequest((request) => request.url().includes('/api/ds/query'));
    await tab.page.mouse.up();
    await asked;
    await tab.atRest();
    const range = new URL(tab.page.url()).searchParams;
    const [from, to] = ['from', 'to'].map((key) => Date.parse(range.get(key) ?? '') - Date.UTC(2000, 0, 1));
    assert.ok(
      from !== undefined && to !== undefined && 0 < from && from < to && to < 2000,
      `zoomed to ${from} to ${to} m`,
    );
    await tab.shot('linked-cursor');
  });

  it('asks anew when another session is chosen', async (t) => {
    const other = sessions.find(({ id }) => id !== session.id);
    if (!other) {
      return t.skip('there is only one session');
    }
    await tab.goto(`/d/iracing-session?var-session=${session.id}`);
    const asked = tab.page.waitForRequest(
      (request) => request.url().includes('/api/ds/query') && (request.postData() ?? '').includes(`"${other.id}"`),
    );
    await tab.page.getByRole('combobox', { name: 'Session', exact: true }).click();
    await tab.page.getByRole('option', { name: other.label, exact: true }).click();
    await asked;
    await tab.page.waitForURL((url) => url.searchParams.get('var-session') === other.id);
    await tab.atRest();
  });

  it('says why a panel is empty', async () => {
    await tab.goto('/explore');
    await tab.choose('Show', 'Sessions');
    await tab.page.getByLabel('Car contains').fill('no such car');
    await tab.page.keyboard.press('Enter');
    const why = tab.panel('Result').getByTestId('data-testid Panel data error message');
    await why.getByText(/session/).waitFor();
    await tab.panel('Result').getByTestId('data-testid Panel status info').hover();
    await tab.page
      .locator('#grafana-portal-container')
      .getByText(await why.innerText())
      .waitFor();
    await tab.shot('empty');
  });

  it('shows a failed query in the corner of its panel', async () => {
    await tab.goto('/d/iracing-session?var-session=nosuchsession');
    await tab.panel('Laps').getByTestId('data-testid Panel status error').hover();
    await tab.page.locator('#grafana-portal-container').getByText('nosuchsession').first().waitFor();
    tab.problems = tab.problems.filter((problem) => !/Failed to load resource.*\/api\/ds\/query/.test(problem));
  });

  it('has a light theme, which stays', async () => {
    await tab.goto(`/d/iracing-session?var-session=${session.id}&theme=light`);
    assert.equal(await tab.page.evaluate(() => document.body.className), 'theme-light');
    assert.ok((await tab.ink('Lap times')) > 0.02);
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('light');
    await tab.goto('/');
    assert.equal(await tab.page.evaluate(() => document.body.className), 'theme-light');
    await tab.page.getByRole('button', { name: 'Use the dark theme' }).click();
    await tab.page.waitForFunction(() => document.body.className === 'theme-dark');
  });

  it('tells a wrong telemetry folder from a right one', async () => {
    await tab.goto('/datasources/edit/iracing');
    const folder = tab.page.getByRole('textbox', { name: 'Telemetry folder' });
    const save = tab.page.getByRole('button', { name: 'Save & test' });
    assert.equal(await folder.inputValue(), telemetry());

    await folder.fill('/no/such/folder');
    await save.click();
    await tab.page.getByRole('alert').getByText('/no/such/folder').first().waitFor();
    await tab.shot('settings-wrong');
    assert.deepEqual(
      tab.problems.filter((problem) => !/Failed to load resource.*\/health$/.test(problem)),
      [],
    );
    tab.problems = [];

    await folder.fill(telemetry());
    await save.click();
    await tab.page.getByText(/telemetry sessions? in /).waitFor();
    await tab.shot('settings');
  });

  it('runs a query that is put together in the editor', async () => {
    await tab.goto('/explore');
    await tab.choose('Session', session.label);
    const lap = session.laps.find(({ value }) => value === session.timed[1]);
    assert.ok(lap);
    await tab.choose('Laps', lap.label);
    await tab.choose('Channels', 'RPM');
    const result = tab.page.getByTestId('result');
    await result.getByText(/Done · trace: \d+ rows of distance, Speed.*RPM/).waitFor();
    await tab.atRest();
    assert.match(await tab.panel('Result').innerText(), new RegExp(`Speed · Lap ${lap.value}`));
    assert.ok((await tab.ink('Result')) > 0.02, 'the trace is drawn');
    const chosen = await tab.page.getByRole('combobox', { name: 'Session', exact: true }).inputValue();
    assert.equal(chosen, session.label, 'the session stays chosen');
    await tab.shot('query');

    await tab.choose('Show', 'Laps');
    await result.getByText(/Done · laps: /).waitFor();
  });
});

describe('the preview’s processes', () => {
  it('ends with the plugin, saying so', async () => {
    const preview = await Preview.start();
    const [plugin] = preview.plugins;
    assert.ok(plugin, 'the plugin runs in a process of its own');
    process.kill(plugin, 'SIGKILL');
    const [code] = await preview.exit;
    assert.equal(code, 1);
    assert.deepEqual(await preview.leftBehind(), []);
  });

  it('takes the plugin along when it is killed', { skip: process.platform !== 'linux' }, async () => {
    const preview = await Preview.start();
    await preview.stop('SIGKILL');
    assert.deepEqual(await preview.leftBehind(), []);
  });
});
