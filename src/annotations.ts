import type { AnnotationSupport } from '@grafana/data';
import { DriverMe } from './models.gen';
import type { IRacingQuery } from './types';

const start = { queryType: 'raceHistory', driver: DriverMe, as: 'annotations' } satisfies Partial<IRacingQuery>;

/**
 * Annotations are queries like any other, with the same editor; Grafana finds time, timeEnd, title, text and tags by
 * their names. The kinds that answer in events do so here whatever format was chosen.
 *
 * It is a plain object because Grafana copies its functions, which a class would lose.
 */
export const annotations: AnnotationSupport<IRacingQuery> = {
  getDefaultQuery: () => start,
  prepareQuery: ({ target }) => {
    if (!target) {
      return undefined;
    }
    const query = target.queryType ? target : ({ ...start, ...(target as object) } as IRacingQuery);
    switch (query.queryType) {
      case 'raceHistory':
      case 'eventLog':
        return { ...query, as: 'annotations' } satisfies Partial<IRacingQuery>;
      default:
        return query;
    }
  },
};
