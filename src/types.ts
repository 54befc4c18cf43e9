import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import type {
  CareerQuery,
  EndpointQuery,
  EventLogQuery,
  GapChartQuery,
  HeadToHeadQuery,
  IRatingEstimateQuery,
  Kind,
  LapChartQuery,
  LapsQuery,
  LeaderboardQuery,
  LeagueQuery,
  LiveSessionsQuery,
  PaceRankingQuery,
  PerCarQuery,
  PerTrackQuery,
  RaceHistoryQuery,
  RaceLapsQuery,
  RaceResultsQuery,
  RatingHistoryQuery,
  ScheduleQuery,
  SeasonResultsQuery,
  Secrets,
  ServiceStatusQuery,
  SessionsQuery,
  Settings,
  StandingsQuery,
  TeamQuery,
  TraceQuery,
  VariableQuery,
} from './models.gen';

/** The fields of each kind of query. */
export interface QueryFields {
  sessions: SessionsQuery;
  laps: LapsQuery;
  trace: TraceQuery;
  raceHistory: RaceHistoryQuery;
  raceResults: RaceResultsQuery;
  lapChart: LapChartQuery;
  gapChart: GapChartQuery;
  raceLaps: RaceLapsQuery;
  paceRanking: PaceRankingQuery;
  eventLog: EventLogQuery;
  ratingHistory: RatingHistoryQuery;
  iratingEstimate: IRatingEstimateQuery;
  career: CareerQuery;
  perCar: PerCarQuery;
  perTrack: PerTrackQuery;
  headToHead: HeadToHeadQuery;
  standings: StandingsQuery;
  seasonResults: SeasonResultsQuery;
  schedule: ScheduleQuery;
  leaderboard: LeaderboardQuery;
  league: LeagueQuery;
  team: TeamQuery;
  liveSessions: LiveSessionsQuery;
  serviceStatus: ServiceStatusQuery;
  endpoint: EndpointQuery;
}

/** What Grafana keeps of any query. */
export type AnyQuery = Omit<DataQuery, 'queryType'>;

/** One kind of query: what Grafana keeps of any query, and the fields of that kind. */
export type QueryOf<K extends Kind> = AnyQuery & QueryFields[K] & { queryType: K };

/** A query of any kind. */
export type IRacingQuery = { [K in Kind]: QueryOf<K> }[Kind];

export type IRacingSettings = DataSourceJsonData & Settings;

export type IRacingSecrets = Secrets & Record<string, string | undefined>;

export type IRacingVariableQuery = DataQuery & VariableQuery;
