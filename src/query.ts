import { fieldsOf, holdTheSame, infoOf, isShown, read, valueOf } from './kinds';
import type { Kind } from './models.gen';
import type { AnyQuery, IRacingQuery, QueryOf } from './types';
import { listOf } from './words';

/** What a query of a kind starts with: what was driven last, the own driver, the view that an empty field means. */
export function startOf(kind: Kind): Partial<IRacingQuery> {
  return { queryType: kind, ...infoOf(kind).start } as Partial<IRacingQuery>;
}

/** A query as it is shown and run: one that names no kind is the trace that a new panel starts with. */
export function complete(query: IRacingQuery | (AnyQuery & { queryType?: undefined })): IRacingQuery {
  return query.queryType ? query : ({ ...startOf('trace'), ...query, queryType: 'trace' } as IRacingQuery);
}

/** The query turned into another kind. What both kinds have, such as the session or the race, stays as it was chosen. */
export function asKind(query: IRacingQuery, kind: Kind): IRacingQuery {
  if (query.queryType === kind) {
    return query;
  }
  const { refId, datasource, hide, key } = query;
  const before = fieldsOf(query.queryType);
  const kept = fieldsOf(kind).filter(
    (field) => read(field, query) && before.some((other) => holdTheSame(field, other))
  );
  return {
    ...{ refId, datasource, hide, key },
    ...startOf(kind),
    ...Object.fromEntries(kept.map((field) => [field.name, read(field, query)])),
  } as IRacingQuery;
}

/** Tells whether a query has what its kind needs. */
export function isRunnable(query: IRacingQuery): boolean {
  if (query.queryType === 'trace') {
    return hasLines(query);
  }
  const fields = fieldsOf(query.queryType);
  return fields.every((field) => !field.needed || !isShown(field, fields, query) || valueOf(field, query) !== '');
}

function hasLines(query: QueryOf<'trace'>): boolean {
  const hasDelta = Boolean(query.reference?.lap) && query.delta !== false;
  return listOf(query.channels).length > 0 || hasDelta;
}
