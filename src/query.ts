import { type Kind, LapBest, SessionLatest } from './models.gen';
import type { IRacingQuery } from './types';
import { listOf } from './words';

/** The fields that Grafana keeps of any query, whatever its kind. */
type Frame = Pick<IRacingQuery, 'refId' | 'datasource' | 'hide' | 'key'>;

const starts = {
  sessions: { queryType: 'sessions' },
  laps: { queryType: 'laps', session: SessionLatest },
  trace: {
    queryType: 'trace',
    session: SessionLatest,
    laps: [LapBest],
    channels: ['Speed', 'Throttle', 'Brake'],
    x: 'distance',
  },
} satisfies Record<Kind, Partial<IRacingQuery>>;

/** What a query of a kind starts with: the session that was driven last, its best lap, speed and pedals. */
export function startOf(kind: Kind): Partial<IRacingQuery> {
  return starts[kind];
}

/** A query as it is shown and run: one that names no kind is the trace that a new panel starts with. */
export function complete(query: IRacingQuery | (Frame & { queryType?: undefined })): IRacingQuery {
  return query.queryType ? query : { ...starts.trace, ...query, queryType: 'trace' };
}

/** The query turned into another kind. The chosen session stays. */
export function asKind(query: IRacingQuery, kind: Kind): IRacingQuery {
  if (query.queryType === kind) {
    return query;
  }
  const { refId, datasource, hide, key } = query;
  const frame: Frame = { refId, datasource, hide, key };
  const session = ('session' in query && query.session) || SessionLatest;
  switch (kind) {
    case 'sessions':
      return { ...frame, ...starts.sessions };
    case 'laps':
      return { ...frame, ...starts.laps, session };
    case 'trace':
      return { ...frame, ...starts.trace, session };
  }
}

/** Tells whether a query has what its kind needs. */
export function isRunnable(query: IRacingQuery): boolean {
  if (query.queryType !== 'trace') {
    return true;
  }
  const hasDelta = Boolean(query.reference?.lap) && query.delta !== false;
  return listOf(query.channels).length > 0 || hasDelta;
}
