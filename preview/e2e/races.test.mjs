// The dashboards over iRacing's API, on the season that the made-up iRacing has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { usePreview } from './use.mjs';

const lapTime = /\d:\d\d\.\d{3}/;

/** @typedef {import('./browser.mjs').Tab} Tab */
/** @typedef {import('./preview.mjs').Preview} Preview */

describe('races and ratings', () => {
  /** @type {Tab} */
  let tab;
  /** @type {Preview} */
  let preview;
  /** The own driver's name. */
  let me = '';
  /** An official race that the own driver drove in. */
  let race = '';

  usePreview(
    async (running) => {
      preview = running;
      me = (await preview.pick('drivers'))[0]?.label ?? '';
      assert.ok(me, 'the made-up iRacing knows who signs in');
      for (const { value } of await preview.pick('subsessions')) {
        if (
          /^\d+$/.test(value) &&
          (await preview.pick(`entrants?of=${value}`)).some(({ label }) => label.includes(me))
        ) {
          race = value;
        }
      }
      assert.ok(race, 'there is a race of the own driver');
    },
    (opened) => (tab = opened),
  );

  it('draws the latest race with the own driver in it', async () => {
    await tab.goto('/d/iracing-race');
    const own = tab.panel('Results').getByRole('row').filter({ hasText: me });
    await own.waitFor();
    assert.match(await own.innerText(), lapTime);
    assert.match(await tab.panel('Start and finish').innerText(), /P\d+[\s\S]*P\d+/);
    assert.match(await tab.panel('Field').innerText(), /SoF\s+\d{3,}/);
    for (const title of [
      'Lap chart',
      'Gap to the leader',
      'Gap to Me',
      'Race trace',
      'Lap times of the field',
      'Pace',
    ]) {
      assert.ok((await tab.ink(title)) > 0.005, `${title} is drawn`);
    }
    const positions = (await tab.drawnTexts('Lap chart')).filter((text) => /^P\d+$/.test(text));
    assert.ok(positions.length >= 3, 'the axis of the lap chart reads as positions');
    assert.match((await tab.drawnTexts('Lap times of the field')).join(' '), lapTime);
    const laps = tab.panel('Laps · Me').getByRole('row').filter({ hasText: lapTime });
    assert.ok((await laps.count()) > 3, 'the own laps are listed');
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('race');
  });

  it('names everybody under the pointer, the leader first', async () => {
    await tab.goto(`/d/iracing-race?var-subsession=${race}`);
    await tab.point('Lap chart', 0.5);
    const tip = tab.page.locator('#grafana-portal-container');
    await tip.getByText(me).first().waitFor();
    const text = await tip.innerText();
    assert.ok(text.indexOf('P1\n') < text.indexOf('P2\n'), text);
    await tab.shot('race-tooltip');
  });

  it('measures the gaps to whom a click chooses', async () => {
    await tab.goto(`/d/iracing-race?var-subsession=${race}`);
    const other = tab.panel('Results').getByRole('row').filter({ hasText: lapTime, hasNotText: me }).first();
    const name = await other.locator('a, button').first().innerText();
    await other.getByText(name).first().click();
    await tab.page.getByText('Laps and gaps of this driver').click();
    await tab.page.waitForURL((url) => !['', 'me'].includes(url.searchParams.get('var-driver') ?? ''));
    await tab.atRest();
    assert.equal(new URL(tab.page.url()).searchParams.get('var-subsession'), race);
    const gaps = tab.page.locator('[data-testid^="data-testid Panel header Gap to"]').filter({ hasText: name });
    await gaps.first().waitFor();
    assert.ok((await tab.ink('Gap to*')) > 0.005);
    assert.ok((await tab.panel('Laps ·*').getByRole('row').filter({ hasText: lapTime }).count()) > 1);
  });

  it('keeps to one class', async () => {
    const classes = await preview.pick(`classes?of=${race}`);
    await tab.goto(`/d/iracing-race?var-subsession=${race}&var-cls=${classes[0]?.value}`);
    const rows = tab.panel('Results').getByRole('row').filter({ hasText: lapTime });
    await rows.first().waitFor();
    for (const row of await rows.all()) {
      assert.ok((await row.innerText()).includes(classes[0]?.label ?? ''));
    }
  });

  it('draws the ratings with the races that moved them', async () => {
    await tab.goto('/d/iracing-ratings');
    assert.match(await tab.panel('iRating now').innerText(), /\d{3,}/);
    assert.match(await tab.panel('Licence now').innerText(), /[RDCBA] \d\.\d\d/);
    for (const title of ['iRating', 'Safety rating', 'Form*']) {
      assert.ok((await tab.ink(title)) > 0.005, `${title} is drawn`);
    }
    const marks = tab.page.getByTestId('annotation');
    assert.ok((await marks.count()) > 0, 'races are marked');
    await marks.last().hover();
    await tab.page.getByRole('tooltip').getByText('→').waitFor();
    // Every tick reads as a licence: a bare number would mean nothing.
    const licences = (await tab.drawnTexts('Safety rating')).filter((text) => !/^\d{4}-\d\d/.test(text));
    assert.ok(licences.length > 2 && licences.every((text) => /^[RDCBAP] \d\.\d\d$/.test(text)), licences.join(', '));
    for (const title of ['Races', 'Career by category', 'Career by year', 'By car', 'By track']) {
      assert.ok((await tab.panel(title).getByRole('row').count()) > 1, `${title} has rows`);
    }
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('ratings');
  });

  it('leads from a race in the ratings to that race', async () => {
    await tab.goto('/d/iracing-ratings');
    const row = tab.panel('Races').getByRole('row').filter({ hasText: lapTime }).first();
    await row.getByRole('link').first().click();
    await tab.page.waitForURL(/\/d\/iracing-race/);
    await tab.atRest();
    const chosen = new URL(tab.page.url()).searchParams.get('var-subsession') ?? '';
    assert.match(chosen, /^\d+$/);
    await tab.panel('Results').getByText(me).first().waitFor();
  });

  it('says why panels are empty', async () => {
    const [from, to] = ['2010-01-01', '2010-02-01'].map((day) => Date.parse(day));
    await tab.goto(`/d/iracing-ratings?from=${from}&to=${to}`);
    for (const title of ['Races', 'By car', 'iRating']) {
      await tab
        .panel(title)
        .getByTestId('data-testid Panel data error message')
        .getByText(/ in the time range/)
        .waitFor();
    }
  });

  it('has a light theme', async () => {
    await tab.goto(`/d/iracing-race?var-subsession=${race}&theme=light`);
    assert.equal(await tab.page.evaluate(() => document.body.className), 'theme-light');
    assert.ok((await tab.ink('Lap chart')) > 0.005);
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('race-light');
    await tab.goto('/d/iracing-ratings?theme=light');
    assert.ok((await tab.ink('iRating')) > 0.005);
    await tab.page.evaluate(() => scrollTo(0, 0));
    await tab.shot('ratings-light');
    await tab.goto('/?theme=dark');
  });

  it('signs in with what was saved, and hides the secrets', async () => {
    await tab.goto('/datasources/edit/iracing');
    for (const name of ['Client secret', 'Password']) {
      const secret = tab.page.getByRole('textbox', { name, exact: true });
      assert.equal(await secret.isDisabled(), true, `${name} cannot be read`);
    }
    await tab.page.getByRole('button', { name: 'Save & test' }).click();
    await tab.page.getByText(/Signed in to iRacing/).waitFor();
    await tab.shot('settings-account');
  });

  it('builds queries for any kind', async () => {
    await tab.goto('/explore');
    const result = tab.page.getByTestId('result');
    await tab.choose('Show', 'Lap chart');
    await result.getByText(/Done · lapChart: \d+ rows of lap/).waitFor();
    await tab.choose('Show', 'Standings');
    const season = (await preview.pick('seasons'))[0]?.label ?? '';
    await tab.choose('Season', season);
    await result.getByText(/Done · .*: \d+ rows/).waitFor();
    await tab.choose('Show', 'Endpoint');
    await tab.choose('Endpoint', '/data/results/get');
    await tab.page.getByLabel('subsession_id').fill(race);
    await tab.page.keyboard.press('Enter');
    await result.getByText(/Done · session_results.results: \d+ rows/).waitFor();
    await tab.shot('query-endpoint');
    // Without its parameter the endpoint has no answer, which is said in the panel.
    tab.problems = tab.problems.filter((problem) => !/Failed to load resource.*\/api\/ds\/query/.test(problem));
  });

  it('says what is wrong with a file that is no result', async () => {
    await tab.goto('/explore');
    await tab.choose('Show', 'Race results');
    await tab.page.getByRole('button', { name: 'Import a result' }).click();
    await tab.page.locator('input[type=file]').setInputFiles({
      name: 'lap.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"type":"lap"}'),
    });
    await tab.page.getByText('The result cannot be imported').waitFor();
    tab.problems = tab.problems.filter((problem) => !/Failed to load resource.*\/resources\/import/.test(problem));
  });
});
