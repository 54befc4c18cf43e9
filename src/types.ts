import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import type { Kind, LapsQuery, SessionsQuery, Settings, TraceQuery, VariableQuery } from './models.gen';

/** One kind of query: what Grafana keeps of any query, and the fields of that kind. */
export type QueryOf<K extends Kind, Q> = Omit<DataQuery, 'queryType'> & Q & { queryType: K };

export type IRacingSessionsQuery = QueryOf<'sessions', SessionsQuery>;
export type IRacingLapsQuery = QueryOf<'laps', LapsQuery>;
export type IRacingTraceQuery = QueryOf<'trace', TraceQuery>;
export type IRacingQuery = IRacingSessionsQuery | IRacingLapsQuery | IRacingTraceQuery;

export type IRacingSettings = DataSourceJsonData & Settings;

export type IRacingVariableQuery = DataQuery & VariableQuery;
