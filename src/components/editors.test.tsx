import type { DataSourceSettings } from '@grafana/data';
import { act, configure, render, screen, waitFor } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel } from '@testing-library/user-event';
import React, { useState } from 'react';
import type { Upload } from '../models.gen';
import { defineVariables, library, makeDataSource, serve } from '../testing/grafana';
import type { IRacingQuery, IRacingSecrets, IRacingSettings, IRacingVariableQuery } from '../types';
import { ConfigEditor } from './ConfigEditor';
import { QueryEditor } from './QueryEditor';
import { UploadTelemetry } from './UploadTelemetry';
import { VariableEditor } from './VariableEditor';

type Settings = DataSourceSettings<IRacingSettings, IRacingSecrets>;

// Whether an element can be seen is slow to tell in jsdom, and not what these tests are about.
configure({ defaultHidden: true });
const user = userEvent.setup({ delay: null, pointerEventsCheck: PointerEventsCheckLevel.Never });

// The combobox draws only the options that fit, and in jsdom everything is 0 pixels high.
beforeAll(() => {
  for (const property of ['clientHeight', 'clientWidth', 'offsetHeight', 'offsetWidth']) {
    Object.defineProperty(HTMLElement.prototype, property, { configurable: true, value: 400 });
  }
});

beforeEach(() => {
  serve();
  defineVariables({ session: 's1' });
});

/** Keeps a query as a panel does, and counts how often its data was asked for. */
async function edit(initial: Partial<IRacingQuery>) {
  const state = { query: { refId: 'A', ...initial } as IRacingQuery, runs: 0 };
  const Panel = () => {
    const [query, setQuery] = useState(state.query);
    const keep = (next: IRacingQuery) => setQuery((state.query = next));
    return (
      <QueryEditor
        datasource={datasource}
        query={query}
        onChange={keep}
        onRunQuery={() => {
          state.runs++;
        }}
      />
    );
  };
  const datasource = makeDataSource();
  await act(async () => {
    render(<Panel />);
  });
  return state;
}

const choose = async (label: string | RegExp, option: string | RegExp) => {
  await user.click(screen.getByRole('combobox', { name: label }));
  await user.click(await screen.findByRole('option', { name: option }));
};

/** Chooses from a list that is too long to be drawn as a whole. */
const find = async (label: string, text: string, option: string | RegExp) => {
  await user.type(screen.getByRole('combobox', { name: label }), text);
  await user.click(await screen.findByRole('option', { name: option }));
};

describe('query editor', () => {
  it('shows a new query as the trace that it draws', async () => {
    await edit({});
    expect(screen.getByRole('combobox', { name: 'Show' })).toHaveValue('Trace');
    expect(await screen.findByText('Speed')).toBeInTheDocument();
    expect(screen.getByText('Best lap')).toBeInTheDocument();
    expect(screen.getByRole('radio', { name: 'Distance' })).toBeChecked();
    expect(screen.getByRole('combobox', { name: 'Session' })).toHaveValue(
      'Latest · 2026-11-21 19:03 · Summit Point · MX-5'
    );
  });

  it('keeps the session when another kind is chosen, and runs the query', async () => {
    const state = await edit({ queryType: 'trace', session: 's1', laps: ['3'], channels: ['Speed'] });
    await choose('Show', /^Laps/);
    expect(state.query).toEqual({ refId: 'A', queryType: 'laps', session: 's1' });
    expect(state.runs).toBe(1);
    await choose('Show', /^Trace/);
    expect(state.query).toMatchObject({ queryType: 'trace', session: 's1', laps: ['best'] });
  });

  it('offers sessions by what was driven, and the variables of the dashboard', async () => {
    const state = await edit({ queryType: 'laps', session: 'latest' });
    await choose('Session', /Lime Rock/);
    expect(state.query).toMatchObject({ session: 's1' });
    await choose('Session', '$session');
    expect(state.query).toMatchObject({ session: '$session' });
    expect(state.runs).toBe(2);
  });

  it('offers the laps of the session that a variable names', async () => {
    const state = await edit({ queryType: 'trace', session: '$session', laps: ['best'], channels: ['Speed'] });
    await choose('Laps', 'Lap 7 · 0:58.114');
    expect(state.query).toMatchObject({ laps: ['best', '7'] });
  });

  it('finds a channel by what it means', async () => {
    const state = await edit({ queryType: 'trace', session: 'latest', laps: ['best'], channels: ['Speed'] });
    await find('Channels', 'gear', /current gear/);
    expect(state.query).toMatchObject({ channels: ['Speed', 'Gear'] });
  });

  it('takes laps that are typed in with commas', async () => {
    const state = await edit({ queryType: 'trace', session: 'latest', laps: [], channels: ['Speed'] });
    await find('Laps', '3, 4.2', /custom value/i);
    expect(state.query).toMatchObject({ laps: ['3', '4.2'] });
  });

  it('compares with the best lap of the same session at first, then with any lap of any session', async () => {
    const state = await edit({ queryType: 'trace', session: 'latest', laps: ['3'], channels: ['Speed'] });
    await user.click(screen.getByLabelText('Compare'));
    expect(state.query).toMatchObject({ reference: { lap: 'best' } });
    await choose('Reference session', /Lime Rock/);
    await choose('Reference lap', 'Lap 7 · 0:58.114');
    expect(state.query).toMatchObject({ reference: { session: 's1', lap: '7' } });
    await user.click(screen.getByLabelText('Time delta'));
    expect(state.query).toMatchObject({ delta: false });
    await user.click(screen.getByLabelText('Compare'));
    expect(state.query).toMatchObject({ reference: undefined });
  });

  it('says why a pick list is empty', async () => {
    await edit({ queryType: 'trace', session: 'gone', laps: ['3'], channels: ['Speed'] });
    expect(await screen.findByText('The laps cannot be listed: there is no such session')).toBeInTheDocument();
    expect(screen.getByText('The channels cannot be listed: there is no such session')).toBeInTheDocument();
  });

  it('filters sessions once the text is finished', async () => {
    const state = await edit({ queryType: 'sessions' });
    await user.type(screen.getByLabelText('Track contains'), 'spa');
    expect(state.runs).toBe(0);
    await user.keyboard('{Enter}');
    expect(state.query).toMatchObject({ track: 'spa' });
    await user.type(screen.getByLabelText('Car contains'), 'gt3');
    await user.tab();
    expect(state.query).toMatchObject({ track: 'spa', car: 'gt3' });
    expect(state.runs).toBe(2);
  });
});

describe('query editor of the API', () => {
  it('finds a kind by typing, in its group', async () => {
    const state = await edit({ queryType: 'laps', session: 's1' });
    await find('Show', 'gap', /^Gap chart/);
    expect(state.query).toEqual({ refId: 'A', queryType: 'gapChart', subsession: 'latest' });
  });

  it('offers the classes of the chosen race', async () => {
    const state = await edit({ queryType: 'lapChart', subsession: '7001' });
    expect(screen.getByRole('combobox', { name: 'Race' })).toHaveValue('2026-11-20 20:15 · Ring Meister · Nürburgring');
    await choose('Car class', 'GT4');
    expect(state.query).toMatchObject({ class: '84' });
  });

  it('asks for a driver only where one is needed', async () => {
    const state = await edit({ queryType: 'gapChart', subsession: '7001' });
    expect(screen.queryByRole('combobox', { name: 'Driver' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'One driver' }));
    expect(screen.getByRole('combobox', { name: 'Driver' })).toHaveValue('Me');
    await choose('Driver', 'Driver 48213');
    expect(state.query).toMatchObject({ to: 'driver', driver: '~x' });
  });

  it('searches drivers on the server while their name is typed', async () => {
    const asked = serve();
    const state = await edit({ queryType: 'headToHead' });
    expect(asked).toEqual([]);
    await find('Rival', 'exa', 'Ada Example');
    expect(state.query).toMatchObject({ rival: '1001' });
    expect(screen.getByRole('combobox', { name: 'Rival' })).toHaveValue('Ada Example');
    expect(asked).toContain('drivers?search=exa');
  });

  it('says why a search fails, and takes an id all the same', async () => {
    const state = await edit({ queryType: 'headToHead' });
    await find('Rival', '1002', /custom value/i);
    expect(state.query).toMatchObject({ rival: '1002' });
    expect(await screen.findByText('The drivers cannot be listed: there is no such session')).toBeInTheDocument();
  });

  it('waits with the weeks until a season is chosen', async () => {
    const asked = serve();
    await edit({ queryType: 'standings' });
    expect(asked).not.toContain('weeks');
    await choose('Season', 'Ring Meister 2026 Season 4');
    await choose('Week', 'Week 1 · Nürburgring');
    expect(asked).toContain('weeks?of=501');
  });

  it('takes numbers that make sense', async () => {
    const state = await edit({ queryType: 'lapChart', subsession: '7001' });
    const top = screen.getByLabelText('Cars at the front');
    await user.type(top, '10{Enter}');
    expect(state.query).toMatchObject({ top: 10 });
    await user.clear(top);
    await user.type(top, 'many{Enter}');
    expect(state.query).toMatchObject({ top: undefined });
  });

  it('chooses several of a few words', async () => {
    const state = await edit({ queryType: 'ratingHistory' });
    await find('Categories', 'oval', 'Oval');
    await user.clear(screen.getByRole('combobox', { name: 'Categories' }));
    await find('Categories', 'formula', 'Formula car');
    expect(state.query).toMatchObject({ categories: ['oval', 'formula_car'] });
  });

  it('finds an endpoint by what it is for and asks for its parameters', async () => {
    const state = await edit({ queryType: 'endpoint' });
    await find('Endpoint', 'result page', /results\/get/);
    expect(state.query).toMatchObject({ path: '/data/results/get' });
    await user.type(await screen.findByLabelText('subsession_id'), '7001{Enter}');
    expect(state.query).toMatchObject({ params: [{ name: 'subsession_id', value: '7001' }] });
    await user.type(screen.getByLabelText('Rows'), 'session_results.results{Enter}');
    await find('Columns', 'cust_id, laps', /custom value/i);
    expect(state.query).toMatchObject({ rows: 'session_results.results', columns: ['cust_id', 'laps'] });
  });

  it('keeps a parameter that another endpoint does not know until it is emptied', async () => {
    const params = [{ name: 'subsession_id', value: '7001' }];
    const state = await edit({ queryType: 'endpoint', path: '/data/track/get', params });
    await user.clear(await screen.findByLabelText('subsession_id'));
    await user.keyboard('{Enter}');
    expect(state.query).toMatchObject({ params: [] });
    expect(screen.queryByLabelText('subsession_id')).not.toBeInTheDocument();
  });
});

describe('import of a result', () => {
  const open = async () => {
    const state = await edit({ queryType: 'raceResults', subsession: 'latest' });
    await user.click(screen.getByRole('button', { name: 'Import a result' }));
    return state;
  };

  it('shows the race of a file that was dropped', async () => {
    const state = await open();
    const file = new File(['{"type":"event_result"}'], 'result.json', { type: 'application/json' });
    await user.upload(screen.getByLabelText('File'), file);
    expect(await screen.findByText('Imported: Ring Meister')).toBeInTheDocument();
    expect(state.query).toMatchObject({ subsession: '7001' });
    expect(state.runs).toBe(1);
  });

  it('takes a text', async () => {
    const state = await open();
    expect(screen.getByRole('button', { name: 'Import the text' })).toBeDisabled();
    await user.click(screen.getByLabelText('Or its text'));
    await user.paste('{"type":"event_result"}');
    await user.click(screen.getByRole('button', { name: 'Import the text' }));
    expect(await screen.findByText('Imported: Ring Meister')).toBeInTheDocument();
    expect(state.query).toMatchObject({ subsession: '7001' });
  });

  it('says what is wrong with a file', async () => {
    serve({ ...library, import: undefined });
    const state = await open();
    await user.upload(screen.getByLabelText('File'), new File(['{}'], 'other.json'));
    expect(await screen.findByText('there is no such session')).toBeInTheDocument();
    expect(state.query).toMatchObject({ subsession: 'latest' });
  });

  it('does not send what is too large to be a result', async () => {
    const asked = serve();
    await open();
    const large = new File([new Uint8Array(9 * 1024 * 1024)], 'lap.ibt');
    await user.upload(screen.getByLabelText('File'), large);
    expect(await screen.findByText(/^lap.ibt has 9.0 MB; a result has at most 8 MB/)).toBeInTheDocument();
    expect(asked).not.toContain('import');
  });
});

describe('upload of telemetry', () => {
  const upload = { id: 'u1', name: 'lap.ibt', size: 10, received: 10, done: true };

  it('sends a file that was dropped, and lists it', async () => {
    const asked = serve({ uploads: { ...upload, received: 0, done: false }, 'uploads/u1?offset=0': upload });
    // The list and the beginning of an upload are one resource, told apart by their method.
    const source = makeDataSource();
    jest.spyOn(source, 'uploads').mockResolvedValue([upload]);
    render(<UploadTelemetry getDataSource={async () => source} />);
    await user.upload(screen.getByLabelText('Upload telemetry'), new File(['0123456789'], 'lap.ibt'));
    expect(await screen.findByText('lap.ibt is uploaded')).toBeInTheDocument();
    expect(asked).toContain('uploads/u1?offset=0');
    expect(screen.getByRole('list', { name: 'Uploaded files' })).toHaveTextContent('lap.ibt');
  });

  it('says what is wrong with a file, and why the list is missing', async () => {
    const asked = serve({});
    render(<UploadTelemetry getDataSource={async () => makeDataSource()} />);
    await user.upload(screen.getByLabelText('Upload telemetry'), new File(['{}'], 'result.json'));
    expect(await screen.findByText(/It is no telemetry file/)).toBeInTheDocument();
    expect(await screen.findByText('there is no such session')).toBeInTheDocument();
    expect(new Set(asked)).toEqual(new Set(['uploads']));
  });

  it('says of many files once what came of them', async () => {
    serve({});
    render(<UploadTelemetry getDataSource={async () => makeDataSource()} />);
    const files = ['a', 'b', 'c'].map((name) => new File(['{}'], `${name}.json`));
    await user.upload(screen.getByLabelText('Upload telemetry'), files);
    expect(await screen.findByText('3 files were not uploaded')).toBeInTheDocument();
    expect(screen.getByText('a.json, b.json, c.json')).toBeInTheDocument();
  });

  it('does not begin with the files that are left when the one before met what they would meet', async () => {
    const source = makeDataSource();
    jest.spyOn(source, 'uploads').mockResolvedValue([]);
    const begin = jest
      .spyOn(source, 'beginUpload')
      .mockRejectedValue({ status: 403, data: { message: 'Editors only.' }, config: {} });
    render(<UploadTelemetry getDataSource={async () => source} />);
    const files = ['a', 'b'].map((name) => new File(['0'], `${name}.ibt`));
    await user.upload(screen.getByLabelText('Upload telemetry'), files);
    expect(await screen.findByText('2 files were not uploaded')).toBeInTheDocument();
    expect(screen.getByText('Editors only.')).toBeInTheDocument();
    expect(begin).toHaveBeenCalledTimes(1);
  });

  it('stops an upload on demand', async () => {
    const source = makeDataSource();
    jest.spyOn(source, 'uploads').mockResolvedValue([]);
    jest.spyOn(source, 'beginUpload').mockRejectedValue({ status: 503, data: { message: 'It is down.' }, config: {} });
    render(<UploadTelemetry getDataSource={async () => source} />);
    await user.upload(screen.getByLabelText('Upload telemetry'), new File(['0'], 'lap.ibt'));
    expect(await screen.findByText('It is down.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Stop' }));
    expect(await screen.findByText(/It was stopped/)).toBeInTheDocument();
  });

  it('sends no more once the page is left', async () => {
    const source = makeDataSource();
    jest.spyOn(source, 'uploads').mockResolvedValue([]);
    const put = jest.spyOn(source, 'putPart');
    let begun = (_: Upload) => {};
    const begin = jest.spyOn(source, 'beginUpload').mockReturnValue(new Promise((resolve) => (begun = resolve)));
    const { unmount } = render(<UploadTelemetry getDataSource={async () => source} />);
    await user.upload(screen.getByLabelText('Upload telemetry'), new File(['0123456789'], 'lap.ibt'));
    await waitFor(() => expect(begin).toHaveBeenCalled());
    unmount();
    await act(async () => begun({ ...upload, received: 0, done: false }));
    expect(put).not.toHaveBeenCalled();
  });

  it('asks to save settings that take no uploads yet', async () => {
    const source = makeDataSource();
    jest.spyOn(source, 'uploads').mockRejectedValueOnce({ status: 405, data: {}, config: {} }).mockResolvedValue([]);
    const { rerender } = render(<UploadTelemetry getDataSource={async () => source} version={1} />);
    expect(await screen.findByText(/once these settings are saved/)).toBeInTheDocument();
    expect(screen.queryByLabelText('Upload telemetry')).not.toBeInTheDocument();
    rerender(<UploadTelemetry getDataSource={async () => source} version={2} />);
    expect(await screen.findByText('No file was uploaded yet.')).toBeInTheDocument();
    expect(screen.getByLabelText('Upload telemetry')).toBeInTheDocument();
  });
});

describe('variable editor', () => {
  const props = () => {
    const changes: IRacingVariableQuery[] = [];
    const onChange = (query: IRacingVariableQuery) => changes.push(query);
    return { changes, props: { datasource: makeDataSource(), onChange, onRunQuery: () => {} } };
  };

  it('starts from the empty text of a new variable and asks for a session where one is needed', async () => {
    const { changes, props: given } = props();
    const { rerender } = render(<VariableEditor {...given} query={'' as unknown as IRacingVariableQuery} />);
    expect(screen.getByRole('combobox', { name: 'Values' })).toHaveValue('Sessions');
    expect(screen.queryByLabelText('Session')).not.toBeInTheDocument();
    await choose('Values', /^Laps/);
    expect(changes.at(-1)).toMatchObject({ kind: 'laps' });
    rerender(<VariableEditor {...given} query={changes.at(-1)!} />);
    await choose('Session', /Lime Rock/);
    expect(changes.at(-1)).toMatchObject({ kind: 'laps', session: 's1' });
  });

  it('asks for the race of its classes, and forgets it with another list', async () => {
    const { changes, props: given } = props();
    const { rerender } = render(<VariableEditor {...given} query={{ refId: 'A', kind: 'classes' }} />);
    await choose('Race', '$session');
    expect(changes.at(-1)).toMatchObject({ kind: 'classes', of: '$session' });
    rerender(<VariableEditor {...given} query={changes.at(-1)!} />);
    await find('Values', 'seasons', /^Seasons Of one series/);
    expect(changes.at(-1)).toMatchObject({ kind: 'seasons', of: undefined });
  });
});

describe('config editor', () => {
  function configure(initial: Partial<DataSourceSettings<IRacingSettings>> = {}) {
    const state = { saved: { uid: 'iracing', jsonData: {}, ...initial } as Settings };
    const Page = () => {
      const [options, setOptions] = useState(state.saved);
      return <ConfigEditor options={options} onOptionsChange={(next) => setOptions((state.saved = next))} />;
    };
    render(<Page />);
    return state;
  }

  it('keeps the telemetry folder and the units', async () => {
    const state = configure();
    await user.type(screen.getByLabelText(/Telemetry folder/), '/srv/telemetry');
    await user.click(screen.getByRole('radio', { name: 'Imperial' }));
    expect(state.saved.jsonData).toEqual({ telemetryUrl: '/srv/telemetry', units: 'imperial' });
  });

  it('needs nothing for iRacing at first, and says so', () => {
    configure();
    expect(screen.getByRole('combobox', { name: /Sign in with/ })).toHaveValue('No sign-in');
    expect(screen.getByText(/gives out no new OAuth clients/)).toBeInTheDocument();
    expect(screen.queryByLabelText(/Client ID/)).not.toBeInTheDocument();
  });

  it.each<[string, RegExp, RegExp[]]>([
    ['password', /^Password/, [/Client ID/, /Client secret/, /E-mail/, /^Password/]],
    ['refresh', /^Refresh token/, [/Client ID/, /Client secret/, /^Refresh token/]],
    ['access', /^Access token/, [/^Access token/]],
  ])('asks for what a sign-in by %s needs', async (signIn, option, labels) => {
    const state = configure();
    await choose(/Sign in with/, option);
    expect(state.saved.jsonData).toMatchObject({ signIn });
    for (const label of labels) {
      expect(screen.getByLabelText(label)).toBeInTheDocument();
    }
    expect(screen.getByLabelText(/Requests per second/)).toBeInTheDocument();
  });

  it('keeps secrets apart from the settings, and replaces a saved one only after a reset', async () => {
    const state = configure({ jsonData: { signIn: 'refresh' }, secureJsonFields: { refreshToken: true } });
    await user.type(screen.getByLabelText(/Client ID/), 'my-client');
    await user.type(screen.getByLabelText(/Client secret/), 'secret one');
    expect(screen.getByLabelText(/^Refresh token/)).toBeDisabled();
    await user.click(screen.getByRole('button', { name: /reset/i }));
    await user.type(screen.getByLabelText(/^Refresh token/), 'token two');
    expect(state.saved.jsonData).toEqual({ signIn: 'refresh', clientId: 'my-client' });
    expect(state.saved.secureJsonData).toEqual({ clientSecret: 'secret one', refreshToken: 'token two' });
    expect(state.saved.secureJsonFields).toMatchObject({ refreshToken: false });
  });

  it('shows names of others only after a word on their consent', async () => {
    const state = configure();
    expect(screen.getByText(/explicit consent/)).toBeInTheDocument();
    await user.click(screen.getByLabelText(/Names of other drivers/));
    await user.type(screen.getByLabelText(/Own customer id/), '1001');
    expect(state.saved.jsonData).toEqual({ showNames: true, custId: '1001' });
  });

  it('asks for the credentials of a bucket only where the telemetry is in one', async () => {
    const state = configure();
    expect(screen.queryByLabelText(/Access key id/)).not.toBeInTheDocument();
    await user.type(screen.getByLabelText(/Telemetry folder/), 's3://laps/mine');
    await user.type(screen.getByLabelText(/Access key id/), 'AKIA');
    await user.type(screen.getByLabelText(/Secret access key/), 'hidden');
    await user.type(screen.getByLabelText('Region'), 'eu-central-1');
    expect(state.saved.jsonData).toEqual({
      telemetryUrl: 's3://laps/mine',
      bucketKeyId: 'AKIA',
      bucketRegion: 'eu-central-1',
    });
    expect(state.saved.secureJsonData).toEqual({ bucketSecret: 'hidden' });
  });

  it('asks for no more of a database than its host, until there is one', async () => {
    const state = configure();
    expect(screen.queryByLabelText(/Database password/)).not.toBeInTheDocument();
    await user.type(screen.getByLabelText(/^Host/), 'postgres:5432');
    await user.type(screen.getByLabelText(/Database password/), 'hidden');
    expect(screen.getByLabelText(/Certificate of the authority/)).toBeInTheDocument();
    await choose('TLS', /^None/);
    expect(screen.queryByLabelText(/Certificate of the authority/)).not.toBeInTheDocument();
    expect(state.saved.jsonData).toEqual({ databaseHost: 'postgres:5432', databaseTls: 'disable' });
    expect(state.saved.secureJsonData).toEqual({ databasePassword: 'hidden' });
  });

  it('keeps no more than the host of a pasted address, whose password would be saved in clear', async () => {
    const state = configure();
    await user.click(screen.getByLabelText(/^Host/));
    await user.paste('postgresql://driver:p@ss/word@db.example:5433/iracing?sslmode=require');
    expect(state.saved.jsonData).toEqual({ databaseHost: 'db.example:5433' });
  });

  it('hides the addresses of a stand-in until somebody wants one', async () => {
    const state = configure();
    expect(screen.queryByLabelText('API address')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Stand-in for iRacing' }));
    await user.type(screen.getByLabelText('API address'), 'http://127.0.0.1:8080');
    expect(state.saved.jsonData).toEqual({ apiUrl: 'http://127.0.0.1:8080' });
  });
});

it('asks for the pick lists of a session again only when the session changes', async () => {
  const asked = serve();
  await edit({ queryType: 'trace', session: 'latest', laps: ['3'], channels: ['Speed'] });
  await user.click(screen.getByRole('radio', { name: 'Time' }));
  expect(asked).toEqual(['sessions', 'laps?session=latest', 'channels?session=latest']);
  await choose('Session', /Lime Rock/);
  expect(asked.slice(3)).toEqual(['laps?session=s1', 'channels?session=s1']);
});
