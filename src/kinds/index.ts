import type { Kind } from '../models.gen';
import { api } from './api';
import { drivers } from './driver';
import type { Field, KindInfo, KindTable } from './field';
import { leagues } from './league';
import { live } from './live';
import { race } from './race';
import { seasons } from './season';
import { telemetry } from './telemetry';

export { type Choice, type Field, holdTheSame, isShown, read, valueOf } from './field';

const table: KindTable<Kind> = { ...telemetry, ...race, ...drivers, ...seasons, ...leagues, ...live, ...api };

/** The kinds in the order and the groups in which the editor offers them. */
export const groups: Array<{ name: string; kinds: Kind[] }> = [
  { name: 'Telemetry', kinds: ['trace', 'laps', 'sessions'] },
  {
    name: 'Race',
    kinds: ['raceResults', 'lapChart', 'gapChart', 'raceLaps', 'paceRanking', 'eventLog', 'iratingEstimate'],
  },
  {
    name: 'Driver',
    kinds: ['raceHistory', 'ratingHistory', 'career', 'perCar', 'perTrack', 'headToHead', 'leaderboard'],
  },
  { name: 'Season', kinds: ['standings', 'seasonResults', 'schedule'] },
  { name: 'League and team', kinds: ['league', 'team'] },
  { name: 'Live', kinds: ['liveSessions', 'serviceStatus'] },
  { name: 'API', kinds: ['endpoint'] },
];

export function infoOf<K extends Kind>(kind: K): KindInfo<K> {
  return table[kind];
}

/** The fields of a kind, whatever kind it is. */
export function fieldsOf(kind: Kind): readonly Field[] {
  return table[kind].fields;
}
