import { CoreApp } from '@grafana/data';
import type { LapFilter } from './models.gen';
import { complete } from './query';
import { defineVariables, library, makeDataSource, serve } from './testing/grafana';
import type { IRacingQuery, QueryOf } from './types';

const trace = (fields: Partial<QueryOf<'trace'>>): QueryOf<'trace'> => ({
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
    expect(makeDataSource().applyTemplateVariables(query, {})).toEqual({
      ...query,
      car: 'mx-5',
    });
  });
});

describe('dashboard variables in queries over the API', () => {
  const sent = (query: object) => makeDataSource().applyTemplateVariables({ refId: 'A', ...query } as IRacingQuery, {});

  it('choose race, class and drivers', () => {
    defineVariables({ subsession: '7001', cls: '74', drivers: ['me', '1234'] });
    const query = { subsession: '$subsession', class: '${cls}', drivers: ['$drivers'], top: 10 };
    expect(sent({ queryType: 'lapChart', ...query })).toMatchObject({
      subsession: '7001',
      class: '74',
      drivers: ['me', '1234'],
      top: 10,
    });
  });

  it('of everything narrow nothing down', () => {
    defineVariables({ cls: 'all', drivers: '$__all', category: 'all', car: '$__all' });
    expect(sent({ queryType: 'lapChart', class: '$cls', drivers: ['$drivers'] })).toMatchObject({
      subsession: 'latest',
      class: undefined,
      drivers: [],
    });
    const history = { category: '$category', car: '$car' };
    expect(sent({ queryType: 'raceHistory', ...history })).toMatchObject({
      driver: 'me',
      category: undefined,
      car: undefined,
    });
  });

  it('that hold no word of a field choose nothing there', () => {
    defineVariables({ category: 'karting', view: 'weeks' });
    expect(sent({ queryType: 'career', category: '$category' })).toMatchObject({ category: undefined });
    expect(sent({ queryType: 'raceResults', view: '$view' })).toMatchObject({ view: 'rows' });
  });

  it('fill in the parameters of an endpoint, of which empty ones are left out', () => {
    defineVariables({ subsession: '7001', none: '' });
    const params = [
      { name: 'subsession_id', value: '$subsession' },
      { name: 'include_licenses', value: '$none' },
    ];
    expect(sent({ queryType: 'endpoint', path: '/data/results/get', params, columns: 'cust_id, laps' })).toMatchObject({
      path: '/data/results/get',
      params: [{ name: 'subsession_id', value: '7001' }],
      columns: ['cust_id', 'laps'],
    });
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
    ['for a race, which is the latest if none is chosen', true, { refId: 'A', queryType: 'raceResults' }],
    ['not for a comparison without a rival', false, { refId: 'A', queryType: 'headToHead' }],
    ['for a comparison with a rival', true, { refId: 'A', queryType: 'headToHead', rival: '1234' }],
    ['not for standings without a season', false, { refId: 'A', queryType: 'standings' }],
    ['for this week’s schedule', true, { refId: 'A', queryType: 'schedule', season: '' }],
    ['not for the schedule of no season', false, { refId: 'A', queryType: 'schedule', view: 'season' }],
    ['not for a leaderboard without a track', false, { refId: 'A', queryType: 'leaderboard', car: '1' }],
    ['for the own leagues', true, { refId: 'A', queryType: 'league', view: 'mine' }],
    ['not for the standings of no league', false, { refId: 'A', queryType: 'league' }],
    ['not for no endpoint', false, { refId: 'A', queryType: 'endpoint' }],
    ['not while it is hidden', false, { refId: 'A', queryType: 'laps', hide: true }],
  ])('%s', (_, sent, query) => {
    expect(makeDataSource().filterQuery(query)).toBe(sent);
  });
});

describe('pick lists', () => {
  it('ask for what their entries belong to, as a variable names it, and for nothing else', async () => {
    const asked = serve();
    defineVariables({ session: 's1', subsession: '7001', name: 'exa' });
    const source = makeDataSource();
    await expect(source.pick('laps', { session: '$session' })).resolves.toEqual(library['laps?session=s1']);
    await source.pick('channels');
    await source.pick('sessions', { session: 's1' });
    await source.pick('classes', { of: '$subsession' });
    await source.pick('drivers', { search: '$name' });
    expect(asked).toEqual([
      'laps?session=s1',
      'channels?session=latest',
      'sessions',
      'classes?of=7001',
      'drivers?search=exa',
    ]);
  });

  it('of a race are of the latest one when none is chosen', async () => {
    const asked = serve();
    await makeDataSource().pick('classes');
    expect(asked).toEqual(['classes?of=latest']);
  });
});

it('hands a result over as it was exported', async () => {
  const asked = serve();
  await expect(makeDataSource().import('{"type":"event_result"}')).resolves.toEqual({
    subsession: 7001,
    title: 'Ring Meister',
  });
  expect(asked).toEqual(['import']);
});

describe('annotations', () => {
  const prepared = (target: object) => makeDataSource().annotations.prepareQuery?.({ target } as never);

  it('are the own races at first', () => {
    const start = makeDataSource().annotations.getDefaultQuery?.();
    expect(start).toMatchObject({ queryType: 'raceHistory', driver: 'me', as: 'annotations' });
    expect(prepared({ refId: 'Anno' })).toEqual({ refId: 'Anno', ...start });
  });

  it('are answered in events, whatever format was chosen', () => {
    expect(prepared({ refId: 'A', queryType: 'eventLog', subsession: '7001', as: 'logs' })).toEqual({
      refId: 'A',
      queryType: 'eventLog',
      subsession: '7001',
      as: 'annotations',
    });
  });

  it('survive being copied, as Grafana does with them', () => {
    expect({ ...makeDataSource().annotations }.prepareQuery).toBeDefined();
  });
});
