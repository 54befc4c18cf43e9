import type { Kind } from './models.gen';
import { asKind, isRunnable, startOf } from './query';
import type { IRacingQuery } from './types';

const frame = { refId: 'A', datasource: { uid: 'iracing' } };

describe('a query that becomes one of another kind', () => {
  it.each<[string, object, Kind, object]>([
    [
      'keeps the race, its class and the drivers',
      { queryType: 'lapChart', subsession: '7001', part: 'qualify', class: '74', drivers: ['me'], top: 5 },
      'gapChart',
      { subsession: '7001', part: 'qualify', class: '74', drivers: ['me'], top: 5 },
    ],
    [
      'keeps the race where the other kind has no parts',
      { queryType: 'raceResults', subsession: '7001', part: 'qualify', view: 'summary' },
      'iratingEstimate',
      { subsession: '7001' },
    ],
    [
      'keeps a driver, on whatever list it was found',
      { queryType: 'gapChart', subsession: '7001', to: 'driver', driver: '1002' },
      'raceHistory',
      { driver: '1002' },
    ],
    [
      'keeps the season of a series',
      { queryType: 'standings', season: '501', week: '3', class: '84' },
      'seasonResults',
      { season: '501', week: '3' },
    ],
    ['takes no series for one of a league', { queryType: 'standings', season: '501' }, 'league', {}],
    [
      'takes no class of a championship for one of a race',
      { queryType: 'standings', season: '501', class: '84' },
      'lapChart',
      { subsession: 'latest' },
    ],
    [
      'keeps what filters a driver’s races',
      { queryType: 'raceHistory', driver: '1002', category: 'oval', hosted: true, car: 'mx-5' },
      'perCar',
      { driver: '1002', category: 'oval', hosted: true },
    ],
  ])('%s', (_, before, kind, after) => {
    expect(asKind({ ...frame, ...before } as IRacingQuery, kind)).toEqual({ ...frame, queryType: kind, ...after });
  });
});

it.each<Kind>(['raceResults', 'lapChart', 'raceLaps', 'raceHistory', 'ratingHistory', 'career', 'serviceStatus'])(
  'begins with something to show: %s',
  (kind) => {
    expect(isRunnable({ refId: 'A', ...startOf(kind) } as IRacingQuery)).toBe(true);
  }
);
