import { CoreApp } from '@grafana/data';
import type { LapFilter } from './models.gen';
import { complete } from './query';
import { defineVariables, library, makeDataSource, serve } from './testing/grafana';
import type { IRacingQuery, IRacingTraceQuery } from './types';

const trace = (fields: Partial<IRacingTraceQuery>): IRacingTraceQuery => ({
  refId: 'A',
  queryType: 'trace',
  ...fields,
});

beforeEach(() => {
  serve();
  defineVariables({});
});

describe('the query of a new panel', () => {
  it('draws speed and pedals of the best lap that was driven last', () => {
    const query = complete({ refId: 'A', ...makeDataSource().getDefaultQuery(CoreApp.PanelEditor) } as IRacingQuery);
    expect(query).toMatchObject({
      queryType: 'trace',
      session: 'latest',
      laps: ['best'],
      channels: ['Speed', 'Throttle', 'Brake'],
      x: 'distance',
    });
    expect(makeDataSource().filterQuery(query)).toBe(true);
  });

  it('is a lap table in Explore, which has no distance axis', () => {
    expect(makeDataSource().getDefaultQuery(CoreApp.Explore)).toEqual({ queryType: 'laps', session: 'latest' });
  });

  it('also stands in for a query that was saved without a kind', () => {
    const sent = makeDataSource().applyTemplateVariables({ refId: 'A' } as IRacingQuery, {});
    expect(sent).toMatchObject({ refId: 'A', queryType: 'trace', laps: ['best'] });
  });
});

describe('dashboard variables', () => {
  it('put every value of a variable with several values into the list', () => {
    defineVariables({ session: 's1', laps: ['3', '4.2', 'best'], channels: ['Speed', 'Gear'] });
    const query = trace({ session: '$session', laps: ['${laps}', '4.2'], channels: ['$channels', 'Brake'] });
    expect(makeDataSource().applyTemplateVariables(query, {})).toMatchObject({
      session: 's1',
      laps: ['3', '4.2', 'best'],
      channels: ['Speed', 'Gear', 'Brake'],
    });
  });

  it('choose the reference lap', () => {
    defineVariables({ refsession: 's2', ref: 'last' });
    const query = trace({ channels: ['Speed'], reference: { session: '${refsession}', lap: '${ref}' } });
    expect(makeDataSource().applyTemplateVariables(query, {})).toMatchObject({
      reference: { session: 's2', lap: 'last' },
    });
  });

  it('of a repeated panel win over those of the dashboard', () => {
    defineVariables({ session: 's1' });
    const query: IRacingQuery = { refId: 'A', queryType: 'laps', session: '$session' };
    const sent = makeDataSource().applyTemplateVariables(query, { session: { value: 's2', text: 's2' } });
    expect(sent).toMatchObject({ session: 's2' });
  });

  it('choose which laps a table lists', () => {
    defineVariables({ only: 'valid', wrong: 'fast' });
    const sent = (only: string) =>
      makeDataSource().applyTemplateVariables({ refId: 'A', queryType: 'laps', only: only as LapFilter }, {});
    expect(sent('$only')).toMatchObject({ session: 'latest', only: 'valid' });
    expect(sent('$wrong')).toMatchObject({ only: 'all' });
  });

  it('that are empty fall back to the latest session and its best lap', () => {
    defineVariables({ session: '', laps: [] });
    const query = trace({ session: '$session', laps: ['$laps'], channels: ['Speed'] });
    expect(makeDataSource().applyTemplateVariables(query, {})).toMatchObject({ session: 'latest', laps: ['best'] });
  });

  it('filter the sessions', () => {
    defineVariables({ car: 'mx-5' });
    const query: IRacingQuery = { refId: 'A', queryType: 'sessions', car: '$car', inRange: true };
    expect(makeDataSource().applyTemplateVariables(query, {})).toMatchObject({ car: 'mx-5', track: '', inRange: true });
  });
});

describe('a query is sent', () => {
  it.each<[string, boolean, IRacingQuery]>([
    ['for sessions', true, { refId: 'A', queryType: 'sessions' }],
    ['for laps', true, { refId: 'A', queryType: 'laps' }],
    ['for a trace with channels', true, trace({ channels: ['Speed'] })],
    ['for a trace with channels in one text', true, trace({ channels: 'Speed,Brake' })],
    ['for a delta alone', true, trace({ channels: [], reference: { lap: 'best' } })],
    ['not for a trace without channels', false, trace({ channels: [] })],
    ['not for a reference without a lap', false, trace({ reference: { session: 's1' } })],
    ['not for a reference whose delta is off', false, trace({ reference: { lap: 'best' }, delta: false })],
    ['not while it is hidden', false, { refId: 'A', queryType: 'laps', hide: true }],
  ])('%s', (_, sent, query) => {
    expect(makeDataSource().filterQuery(query)).toBe(sent);
  });
});

describe('pick lists', () => {
  it('ask for the session that a variable names', async () => {
    const asked = serve();
    defineVariables({ session: 's1' });
    await expect(makeDataSource().pick('laps', '$session')).resolves.toEqual(library['laps?session=s1']);
    await makeDataSource().pick('channels');
    await makeDataSource().pick('sessions', 's1');
    expect(asked).toEqual(['laps?session=s1', 'channels?session=latest', 'sessions']);
  });
});
