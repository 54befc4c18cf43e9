import type { DataSourceSettings } from '@grafana/data';
import { act, configure, render, screen } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel } from '@testing-library/user-event';
import React, { useState } from 'react';
import { defineVariables, makeDataSource, serve } from '../testing/grafana';
import type { IRacingQuery, IRacingSettings, IRacingVariableQuery } from '../types';
import { ConfigEditor } from './ConfigEditor';
import { QueryEditor } from './QueryEditor';
import { VariableEditor } from './VariableEditor';

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

const choose = async (label: string, option: string | RegExp) => {
  await user.click(screen.getByRole('combobox', { name: label }));
  await user.click(await screen.findByRole('option', { name: option }));
};

describe('query editor', () => {
  it('shows a new query as the trace that it draws', async () => {
    await edit({});
    expect(screen.getByRole('radio', { name: 'Trace' })).toBeChecked();
    expect(await screen.findByText('Speed')).toBeInTheDocument();
    expect(screen.getByText('Best lap')).toBeInTheDocument();
    expect(screen.getByRole('radio', { name: 'Distance' })).toBeChecked();
    expect(screen.getByRole('combobox', { name: 'Session' })).toHaveValue(
      'Latest · 2026-11-21 19:03 · Summit Point · MX-5'
    );
  });

  it('keeps the session when another kind is chosen, and runs the query', async () => {
    const state = await edit({ queryType: 'trace', session: 's1', laps: ['3'], channels: ['Speed'] });
    await user.click(screen.getByRole('radio', { name: 'Laps' }));
    expect(state.query).toEqual({ refId: 'A', queryType: 'laps', session: 's1' });
    expect(state.runs).toBe(1);
    await user.click(screen.getByRole('radio', { name: 'Trace' }));
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
    await user.type(screen.getByRole('combobox', { name: 'Channels' }), 'gear');
    await user.click(await screen.findByRole('option', { name: /current gear/ }));
    expect(state.query).toMatchObject({ channels: ['Speed', 'Gear'] });
  });

  it('takes laps that are typed in with commas', async () => {
    const state = await edit({ queryType: 'trace', session: 'latest', laps: [], channels: ['Speed'] });
    await user.type(screen.getByRole('combobox', { name: 'Laps' }), '3, 4.2');
    await user.click(await screen.findByRole('option', { name: /custom value/i }));
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

describe('variable editor', () => {
  it('starts from the empty text of a new variable and asks for a session where one is needed', async () => {
    const changes: IRacingVariableQuery[] = [];
    const props = {
      datasource: makeDataSource(),
      onChange: (q: IRacingVariableQuery) => changes.push(q),
      onRunQuery: () => {},
    };
    const { rerender } = render(<VariableEditor {...props} query={'' as unknown as IRacingVariableQuery} />);
    expect(screen.getByRole('radio', { name: 'Sessions' })).toBeChecked();
    expect(screen.queryByLabelText('Session')).not.toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Laps' }));
    expect(changes.at(-1)).toMatchObject({ kind: 'laps' });
    rerender(<VariableEditor {...props} query={changes.at(-1)!} />);
    await choose('Session', /Lime Rock/);
    expect(changes.at(-1)).toMatchObject({ kind: 'laps', session: 's1' });
  });
});

describe('config editor', () => {
  it('keeps the telemetry folder and the units', async () => {
    let saved = { jsonData: {} } as DataSourceSettings<IRacingSettings>;
    const Page = () => {
      const [options, setOptions] = useState(saved);
      return <ConfigEditor options={options} onOptionsChange={(next) => setOptions((saved = next))} />;
    };
    render(<Page />);
    await user.type(screen.getByLabelText(/Telemetry folder/), '/srv/telemetry');
    await user.click(screen.getByRole('radio', { name: 'Imperial' }));
    expect(saved.jsonData).toEqual({ telemetryUrl: '/srv/telemetry', units: 'imperial' });
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
