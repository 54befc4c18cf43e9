import type { DataQueryRequest } from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { defineVariables, makeDataSource, requestOf, serve } from './testing/grafana';
import type { IRacingVariableQuery } from './types';

beforeEach(() => {
  serve();
  defineVariables({});
});

async function values(query: Omit<IRacingVariableQuery, 'refId'>) {
  const request = requestOf([{ refId: 'A', ...query }]) as DataQueryRequest<IRacingVariableQuery>;
  const { data } = await lastValueFrom(makeDataSource().variables.query(request));
  return data;
}

it('offers the latest session first, under the name of what was driven', async () => {
  await expect(values({ kind: 'sessions' })).resolves.toEqual([
    { text: 'Latest · 2026-11-21 19:03 · Summit Point · MX-5', value: 'latest' },
    { text: '2026-11-21 19:03 · Summit Point · MX-5', value: 's2' },
    { text: '2026-11-20 21:10 · Lime Rock · FF1600', value: 's1' },
  ]);
});

it('offers the best and the last lap before the laps of the chosen session', async () => {
  defineVariables({ session: 's1' });
  await expect(values({ kind: 'laps', session: '$session' })).resolves.toEqual([
    { text: 'Best lap', value: 'best' },
    { text: 'Last lap', value: 'last' },
    { text: 'Lap 7 · 0:58.114', value: '7' },
  ]);
});

it('offers the channels of the latest session when none is chosen', async () => {
  const channels = await values({ kind: 'channels' });
  expect(channels).toContainEqual({ text: 'Speed', value: 'Speed' });
});

it('keeps the latest session on offer while the library is empty', async () => {
  serve({ sessions: [] });
  await expect(values({ kind: 'sessions' })).resolves.toEqual([{ text: 'Latest session', value: 'latest' }]);
});

it.each<[string, Omit<IRacingVariableQuery, 'refId'>, unknown[]]>([
  [
    'the latest race first, then the races by what was driven',
    { kind: 'subsessions' },
    [
      { text: 'Latest race', value: 'latest' },
      { text: '2026-11-21 20:15 · Ring Meister · Nürburgring', value: '7002' },
      { text: '2026-11-20 20:15 · Ring Meister · Nürburgring', value: '7001' },
    ],
  ],
  [
    'all classes first, then those of the race that another variable chose',
    { kind: 'classes', of: '$subsession' },
    [
      { text: 'All classes', value: 'all' },
      { text: 'GT4', value: '84' },
    ],
  ],
  [
    'the own driver first, and only once',
    { kind: 'entrants', of: '$subsession' },
    [
      { text: 'Me', value: 'me' },
      { text: 'Driver 48213', value: '~x' },
    ],
  ],
  [
    'drivers that a search finds',
    { kind: 'drivers', search: 'exa' },
    [
      { text: 'Me', value: 'me' },
      { text: 'Ada Example', value: '1001' },
    ],
  ],
])('offers %s', async (_, query, offered) => {
  defineVariables({ subsession: '7001' });
  await expect(values(query)).resolves.toEqual(offered);
});

it("fails with the backend's own words", async () => {
  await expect(values({ kind: 'laps', session: 'gone' })).rejects.toThrow('there is no such session');
});
