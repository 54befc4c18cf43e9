// Written by pkg/datasource/models/tsgen from the Go models. Change those and run go generate.

/** the newest session */
export const SessionLatest = 'latest';

/** the fastest valid lap */
export const LapBest = 'best';

/** the last complete lap */
export const LapLast = 'last';

/** every lap of the session */
export const LapAll = 'all';

/** the account's own driver */
export const DriverMe = 'me';

/** the own driver's newest official race, or an imported one that is newer */
export const SubsessionLatest = 'latest';

/** of a league: the newest season that is not over */
export const SeasonCurrent = 'current';

/** Kind names what a query asks for; it is the query's queryType. */
export const Kind = {
  /** the telemetry files of the library */
  sessions: 'sessions',
  /** the lap table of one session */
  laps: 'laps',
  /** channels of chosen laps over time or distance */
  trace: 'trace',
  /** a driver's races */
  raceHistory: 'raceHistory',
  /** the classification of a race */
  raceResults: 'raceResults',
  /** positions lap by lap */
  lapChart: 'lapChart',
  /** gaps lap by lap */
  gapChart: 'gapChart',
  /** the lap times of a race */
  raceLaps: 'raceLaps',
  /** the pace of all drivers on clean laps */
  paceRanking: 'paceRanking',
  /** penalties, cautions, lead changes */
  eventLog: 'eventLog',
  /** iRating, safety rating and time trial rating */
  ratingHistory: 'ratingHistory',
  /** what a race does to the iRating */
  iratingEstimate: 'iratingEstimate',
  /** totals by category or year */
  career: 'career',
  /** totals by car */
  perCar: 'perCar',
  /** totals by track */
  perTrack: 'perTrack',
  /** two drivers compared */
  headToHead: 'headToHead',
  /** a championship */
  standings: 'standings',
  /** the races of a season */
  seasonResults: 'seasonResults',
  /** what is raced when */
  schedule: 'schedule',
  /** the fastest laps of a car on a track */
  leaderboard: 'leaderboard',
  /** a league */
  league: 'league',
  /** a team */
  team: 'team',
  /** what goes on now */
  liveSessions: 'liveSessions',
  /** how iRacing's services are */
  serviceStatus: 'serviceStatus',
  /** any endpoint of the API */
  endpoint: 'endpoint',
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** XAxis is what a trace is drawn over. */
export const XAxis = {
  /** metres since the start line, laps side by side */
  distance: 'distance',
  /** the same with 1 m shown as 1 ms, so that time panels share a cursor */
  distanceAsTime: 'distanceAsTime',
  /** the time at which it was driven */
  time: 'time',
} as const;
export type XAxis = (typeof XAxis)[keyof typeof XAxis];

/** LapFilter limits a lap table. */
export const LapFilter = {
  /** every lap, out and in laps too */
  all: 'all',
  /** laps with a lap time */
  timed: 'timed',
  /** flying laps that are timed and clean */
  valid: 'valid',
} as const;
export type LapFilter = (typeof LapFilter)[keyof typeof LapFilter];

/** SessionsQuery lists the sessions of the telemetry library, newest first. */
export interface SessionsQuery {
  /** Car keeps sessions whose car name contains this text; empty keeps all. */
  car?: string;
  /** Track keeps sessions whose track name contains this text; empty keeps all. */
  track?: string;
  /** InRange keeps only sessions that were driven within the dashboard's time range. */
  inRange?: boolean;
}

/** LapsQuery asks for the lap table of one session. */
export interface LapsQuery {
  /** Session is a session's id or the word latest. */
  session?: string;
  /** Only limits the table; empty means all. */
  only?: LapFilter;
  /** Laps are the laps of the table, as in a trace; none means every lap. */
  laps?: StringList;
}

/** TraceQuery asks for channels of chosen laps. */
export interface TraceQuery {
  /** Session is a session's id or the word latest. */
  session?: string;
  /** Laps are lap numbers or the words best, last, all. Where lap 4 was begun several times, 4.2 is the second. */
  laps?: StringList;
  /** Channels are channel names as the telemetry file has them. */
  channels?: StringList;
  /** X is the axis; empty means distance. */
  x?: XAxis;
  /** Reference is a lap to compare with. It joins the trace and adds the time delta of each other lap. */
  reference?: LapRef;
  /** Delta set to false leaves the delta of a trace with a reference out. */
  delta?: boolean;
}

/** LapRef is one lap of any session. */
export interface LapRef {
  /** Session is a session's id, the word latest, or empty for the session of the query. */
  session?: string;
  /** Lap is a lap number or one of the words best, last. */
  lap?: string;
}

/**
 * StringList is a list that may be written as a JSON list of strings and numbers or as one text with commas, which is
 * how a dashboard variable with several values arrives.
 */
export type StringList = string[] | string;

/**
 * ID is the number by which iRacing knows a thing, or a word that stands for one. It may be written as a text or as a
 * number; a dashboard variable arrives as a text.
 */
export type ID = string;

/** Part names one of the sessions that make up a subsession. */
export const Part = {
  race: 'race',
  qualify: 'qualify',
  practice: 'practice',
} as const;
export type Part = (typeof Part)[keyof typeof Part];

/** Category is one of iRacing's licence categories. */
export const Category = {
  oval: 'oval',
  road: 'road',
  dirt_oval: 'dirt_oval',
  dirt_road: 'dirt_road',
  sports_car: 'sports_car',
  formula_car: 'formula_car',
} as const;
export type Category = (typeof Category)[keyof typeof Category];

/**
 * RaceHistoryQuery lists a driver's races within the dashboard's time range, newest first; as time series it is ready
 * for alerts.
 */
export interface RaceHistoryQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** Category keeps the races of one category; empty keeps all. */
  category?: Category;
  /** Series keeps the races of one series, by its id; empty keeps all. */
  series?: ID;
  /** Car keeps the races in cars whose name contains this text; empty keeps all. */
  car?: string;
  /** Track keeps the races on tracks whose name contains this text; empty keeps all. */
  track?: string;
  /** Hosted adds hosted and league races. */
  hosted?: boolean;
  /** As is the shape of the answer; empty means a table. */
  as?: HistoryShape;
  /**
   * Ratings is for how many of the newest races the rating changes are looked up, which takes one request each the
   * first time; 0 means 25.
   */
  ratings?: number;
}

/** HistoryShape is the shape of a race history. */
export const HistoryShape = {
  /** a row a race */
  table: 'table',
  /** time series: finish, incidents, rating change and more at the time of each race */
  series: 'series',
  /** each race as an event from its start to its end */
  annotations: 'annotations',
} as const;
export type HistoryShape = (typeof HistoryShape)[keyof typeof HistoryShape];

/** RaceResultsQuery is the classification of one part of a subsession. */
export interface RaceResultsQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Class keeps one car class, by its id or name; empty keeps all. */
  class?: string;
  /** View is what is told of it; empty means the classification. */
  view?: ResultsView;
}

/** ResultsView is what a results query tells. */
export const ResultsView = {
  /** the classification, a row a car */
  rows: 'rows',
  /** one row about the race: strength of field, splits, weather, own finish */
  summary: 'summary',
  /** the drivers of a team race, a row each */
  drivers: 'drivers',
  /** the splits of the same start */
  splits: 'splits',
} as const;
export type ResultsView = (typeof ResultsView)[keyof typeof ResultsView];

/** LapChartQuery is the position of each car at the end of each lap. */
export interface LapChartQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Class keeps one car class, by its id or name; positions are then within it. Empty keeps all. */
  class?: string;
  /** Drivers keeps these drivers by customer id, or the word me; none keeps all. */
  drivers?: StringList;
  /** Top keeps the first cars of the classification and the own one; 0 keeps all. */
  top?: number;
}

/** GapChartQuery is the gap of each car at the end of each lap. */
export interface GapChartQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Class keeps one car class, by its id or name; its first car is then the leader. Empty keeps all. */
  class?: string;
  /** Drivers keeps these drivers by customer id, or the word me; none keeps all. */
  drivers?: StringList;
  /** Top keeps the first cars of the classification and the own one; 0 keeps all. */
  top?: number;
  /** To is what the gap is measured to; empty means the leader. */
  to?: GapTo;
  /** Driver is the one that gaps are measured to with to=driver: a customer id or the word me; empty means me. */
  driver?: ID;
}

/** GapTo is what gaps are measured to. */
export const GapTo = {
  /** who leads at the end of that lap */
  leader: 'leader',
  /** one driver */
  driver: 'driver',
  /** a car that drives every lap at the winner's average: the race trace */
  pace: 'pace',
} as const;
export type GapTo = (typeof GapTo)[keyof typeof GapTo];

/** RaceLapsQuery is the laps that drivers drove. */
export interface RaceLapsQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Drivers keeps these drivers by customer id, or the word me; none means me in a table and all in a chart. */
  drivers?: StringList;
  /** Class keeps one car class, by its id or name; empty keeps all. */
  class?: string;
  /** Top keeps the first cars of the classification and the own one; 0 keeps all. */
  top?: number;
  /** Clean keeps clean racing laps only: no pit stop, incident, black flag or tow. */
  clean?: boolean;
  /** As is the shape of the answer; empty means a table. */
  as?: LapsShape;
}

/** LapsShape is the shape of a race's laps. */
export const LapsShape = {
  /** a row a lap */
  table: 'table',
  /** lap times in milliseconds over the lap number, a field a driver */
  chart: 'chart',
} as const;
export type LapsShape = (typeof LapsShape)[keyof typeof LapsShape];

/** PaceRankingQuery compares the clean laps of all drivers: quartiles, consistency, best. */
export interface PaceRankingQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Class keeps one car class, by its id or name; empty keeps all. */
  class?: string;
}

/** EventLogQuery is what happened in a race: penalties, cautions, lead changes. */
export interface EventLogQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. */
  subsession?: ID;
  /** Part is the race, the qualifying or the practice; empty means the race. */
  part?: Part;
  /** Events keeps these kinds of events; none keeps all. */
  events?: EventKind[];
  /** As is the shape of the answer; empty means a table. */
  as?: EventShape;
}

/** EventKind is a kind of event in a race. */
export const EventKind = {
  penalty: 'penalty',
  caution: 'caution',
  leadChange: 'leadChange',
  other: 'other',
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** EventShape is the shape of an event log. */
export const EventShape = {
  /** a row an event */
  table: 'table',
  /** lines of a log */
  logs: 'logs',
  /** events on the time axis, cautions with their end */
  annotations: 'annotations',
} as const;
export type EventShape = (typeof EventShape)[keyof typeof EventShape];

/** RatingHistoryQuery is how a driver's ratings moved within the dashboard's time range. */
export interface RatingHistoryQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** Rating is which one; empty means iRating. */
  rating?: Rating;
  /** Categories are the ones to show; none means all that hold points. Road is the history before the split. */
  categories?: Category[];
  /** View is what is told of it; empty means the history. */
  view?: RatingView;
}

/** Rating is one of the ratings of a driver. */
export const Rating = {
  irating: 'irating',
  safety: 'safety',
  /** of time trials */
  tt: 'tt',
} as const;
export type Rating = (typeof Rating)[keyof typeof Rating];

/** RatingView is what a rating query tells. */
export const RatingView = {
  /** time series, a field a category */
  history: 'history',
  /** the licences as they are now, a row a category */
  current: 'current',
} as const;
export type RatingView = (typeof RatingView)[keyof typeof RatingView];

/** IRatingEstimateQuery estimates the iRating changes of a race by the community's formula, against what they were. */
export interface IRatingEstimateQuery {
  /** Subsession is a subsession id or the word latest; empty means latest. With view=entries it is a race to come. */
  subsession?: ID;
  /** Class keeps one car class, by its id or name; empty keeps all. */
  class?: string;
  /** View is what is told of it; empty means all drivers. */
  view?: EstimateView;
  /** Driver is the one of the what-if curve: a customer id or the word me; empty means me. */
  driver?: ID;
}

/** EstimateView is what an estimate tells. */
export const EstimateView = {
  /** a row a driver: estimate, actual, residual */
  drivers: 'drivers',
  /** the change of one driver over the finishing position */
  whatIf: 'whatIf',
  /** the same curve from the entry list of a race that has not begun */
  entries: 'entries',
} as const;
export type EstimateView = (typeof EstimateView)[keyof typeof EstimateView];

/** CareerQuery is a driver's totals. */
export interface CareerQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** By is what the totals are split by; empty means category. */
  by?: CareerBy;
  /** Category keeps one category; empty keeps all. */
  category?: Category;
}

/** CareerBy is what totals are split by. */
export const CareerBy = {
  category: 'category',
  year: 'year',
  /** the year of the dashboard's time range: favourite car and track, averages */
  recap: 'recap',
  /** the best lap on each track */
  bests: 'bests',
} as const;
export type CareerBy = (typeof CareerBy)[keyof typeof CareerBy];

/** PerCarQuery adds a driver's races within the dashboard's time range up by car, PerTrackQuery by track. */
export interface PerCarQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** Category keeps one category; empty keeps all. */
  category?: Category;
  /** Hosted adds hosted and league races. */
  hosted?: boolean;
}

/** PerTrackQuery adds a driver's races within the dashboard's time range up by track. */
export interface PerTrackQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** Category keeps one category; empty keeps all. */
  category?: Category;
  /** Hosted adds hosted and league races. */
  hosted?: boolean;
}

/** HeadToHeadQuery compares two drivers over the races within the dashboard's time range that both drove. */
export interface HeadToHeadQuery {
  /** Driver is a customer id or the word me; empty means me. */
  driver?: ID;
  /** Rival is a customer id. */
  rival?: ID;
  /** View is what is told of it; empty means the meetings. */
  view?: DuelView;
  /** Hosted adds hosted and league races. */
  hosted?: boolean;
}

/** DuelView is what a comparison of two drivers tells. */
export const DuelView = {
  /** a row a race */
  meetings: 'meetings',
  /** one row: share ahead, average difference */
  summary: 'summary',
  /** the running score, a time series */
  score: 'score',
} as const;
export type DuelView = (typeof DuelView)[keyof typeof DuelView];

/** StandingsQuery is a championship table. */
export interface StandingsQuery {
  /** Season is a season id. */
  season?: ID;
  /** Class is a car class id; empty means the season's first. */
  class?: ID;
  /** Of is the kind of championship; empty means drivers. */
  of?: StandingsOf;
  /** Division keeps one division, 1 to 10, or rookie; empty keeps all. */
  division?: ID;
  /** Week is a race week from 1; empty means the whole season. */
  week?: ID;
  /** Around keeps so many rows before and after the own one, besides the first three; 0 keeps all, at most 1,000. */
  around?: number;
  /** Driver is the one of the weekly table: a customer id or the word me; empty means me. */
  driver?: ID;
  /** View is what is told of it; empty means the table. */
  view?: StandingsView;
}

/** StandingsOf is a kind of championship. */
export const StandingsOf = {
  drivers: 'drivers',
  supersession: 'supersession',
  teams: 'teams',
  timeTrial: 'timeTrial',
  /** of one week */
  timeTrialResults: 'timeTrialResults',
  /** of one week */
  qualifyingResults: 'qualifyingResults',
} as const;
export type StandingsOf = (typeof StandingsOf)[keyof typeof StandingsOf];

/** StandingsView is what a championship query tells. */
export const StandingsView = {
  /** a row a competitor */
  table: 'table',
  /** a row a week of one driver: points, races, whether it counts or is dropped */
  weeks: 'weeks',
} as const;
export type StandingsView = (typeof StandingsView)[keyof typeof StandingsView];

/** SeasonResultsQuery is the races of a season: splits, strength of field, when they are full. */
export interface SeasonResultsQuery {
  /** Season is a season id. */
  season?: ID;
  /** Week is a race week from 1; empty means all. */
  week?: ID;
  /** View is what is told of it; empty means the list. */
  view?: SeasonView;
}

/** SeasonView is what a season query tells. */
export const SeasonView = {
  /** a row a subsession, with its split */
  races: 'races',
  /** by weekday and hour: entries, splits, strength of field */
  hours: 'hours',
  /** by week: participation */
  weeks: 'weeks',
} as const;
export type SeasonView = (typeof SeasonView)[keyof typeof SeasonView];

/** ScheduleQuery is what is raced when. */
export interface ScheduleQuery {
  /** View is what is told; empty means this week. */
  view?: ScheduleView;
  /** Series keeps series whose name contains this text, or one by its id; empty keeps all. */
  series?: string;
  /** Season is a season id, for view=season. */
  season?: ID;
  /** Category keeps one category; empty keeps all. */
  category?: Category;
}

/** ScheduleView is what a schedule tells. */
export const ScheduleView = {
  /** all running seasons: this week's track, participation */
  week: 'week',
  /** the weeks of one season: track, weather */
  season: 'season',
  /** the official sessions of the next three hours */
  guide: 'guide',
  /** the public time attack competitions; needs no account */
  timeAttack: 'timeAttack',
} as const;
export type ScheduleView = (typeof ScheduleView)[keyof typeof ScheduleView];

/** LeaderboardQuery is the fastest laps of a car on a track, and where a driver stands among them. */
export interface LeaderboardQuery {
  /** Car is a car id. */
  car?: ID;
  /** Track is a track id, which includes its layout. */
  track?: ID;
  /** Year and Quarter keep the laps of one season; empty keeps all times. */
  year?: ID;
  /** Quarter is 1 to 4. */
  quarter?: ID;
  /** Event is which laps count; empty means race laps. */
  event?: LeaderboardEvent;
  /** Driver is the one to find: a customer id or the word me; empty means me. */
  driver?: ID;
  /** View is what is told; empty means the rows. */
  view?: LeaderboardView;
  /** Top is how many of the fastest rows are listed; 0 means 100. */
  top?: number;
}

/** LeaderboardEvent is the kind of session that a lap of a leaderboard was driven in. */
export const LeaderboardEvent = {
  race: 'race',
  qualify: 'qualify',
  timeTrial: 'timeTrial',
  practice: 'practice',
} as const;
export type LeaderboardEvent = (typeof LeaderboardEvent)[keyof typeof LeaderboardEvent];

/** LeaderboardView is what a leaderboard tells. */
export const LeaderboardView = {
  /** the fastest and the own row */
  rows: 'rows',
  /** one row: own time, rank, percentile, ratio to the record */
  summary: 'summary',
  /** how many drivers are how fast */
  spread: 'spread',
} as const;
export type LeaderboardView = (typeof LeaderboardView)[keyof typeof LeaderboardView];

/** LeagueQuery is one league. */
export interface LeagueQuery {
  /** League is a league id. */
  league?: ID;
  /** View is what is told; empty means the standings. */
  view?: LeagueView;
  /** Season is a league season id or the word current; empty means current. */
  season?: ID;
  /** Class keeps one car class, by its id; empty keeps all. */
  class?: ID;
  /** Search is what the directory is searched for. */
  search?: string;
}

/** LeagueView is what a league query tells. */
export const LeagueView = {
  standings: 'standings',
  /** the team standings */
  teams: 'teams',
  sessions: 'sessions',
  roster: 'roster',
  seasons: 'seasons',
  /** the points systems */
  points: 'points',
  /** the leagues of the own account */
  mine: 'mine',
  /** leagues to be found */
  directory: 'directory',
} as const;
export type LeagueView = (typeof LeagueView)[keyof typeof LeagueView];

/** TeamQuery is one team. */
export interface TeamQuery {
  /** Team is a team id. */
  team?: ID;
  /** View is what is told; empty means the roster. */
  view?: TeamView;
}

/** TeamView is what a team query tells. */
export const TeamView = {
  roster: 'roster',
  /** the team's races within the dashboard's time range */
  races: 'races',
  /** the teams of the own account */
  mine: 'mine',
} as const;
export type TeamView = (typeof TeamView)[keyof typeof TeamView];

/** LiveSessionsQuery is what goes on right now. */
export interface LiveSessionsQuery {
  /** View is what is told; empty means the official sessions. */
  view?: LiveView;
  /** Subsession is the one whose entries are listed. */
  subsession?: ID;
  /** Season keeps one season, by its id; empty keeps all. */
  season?: ID;
}

/** LiveView is what a query of live sessions tells. */
export const LiveView = {
  /** official sessions that can be watched */
  official: 'official',
  /** hosted sessions that can be joined */
  hosted: 'hosted',
  /** sessions of the own leagues */
  league: 'league',
  /** who is registered in one subsession, with ratings */
  entries: 'entries',
} as const;
export type LiveView = (typeof LiveView)[keyof typeof LiveView];

/** ServiceStatusQuery is how iRacing's services are; it needs no account. */
export interface ServiceStatusQuery {
  /** Service keeps services whose name contains this text; empty keeps all. */
  service?: string;
  /** View is what is told; empty means how they are now. */
  view?: StatusView;
}

/** StatusView is what a query of the service status tells. */
export const StatusView = {
  /** a row a service */
  now: 'now',
  /** the measurements of the last minutes, a time series a service */
  history: 'history',
} as const;
export type StatusView = (typeof StatusView)[keyof typeof StatusView];

/** EndpointQuery is any endpoint of the /data API as a table. */
export interface EndpointQuery {
  /** Path is the endpoint's, such as /data/results/get. */
  path?: string;
  /** Params are its parameters. */
  params?: EndpointParam[];
  /** Rows is the path of the list whose items become rows, with dots: session_results.results. Empty finds one by itself. */
  rows?: string;
  /** Columns keeps these columns, by name; none keeps all. */
  columns?: StringList;
  /** Limit is how many rows are answered at most; 0 means 1,000. */
  limit?: number;
}

/** EndpointParam is one parameter of an endpoint query. */
export interface EndpointParam {
  /** Name is the parameter's. */
  name: string;
  /** Value is its value; an empty one leaves the parameter out. */
  value: string;
}

/** Settings are the data source's jsonData. */
export interface Settings {
  /** TelemetryURL is where the .ibt files are: a folder's path, a file:// URL, or a bucket's (s3://, gs://, azblob://). */
  telemetryUrl?: string;
  /** Units are the units that speeds, distances and volumes are shown in; empty means metric. */
  units?: Units;
  /** SignIn is how the data source signs in to iRacing; empty means not at all. */
  signIn?: SignIn;
  /** ClientID is the OAuth client's id. */
  clientId?: string;
  /** Username is the account's e-mail address, for a sign-in with a password. */
  username?: string;
  /** CustID is the customer id of the own driver; empty means the account that signs in. */
  custId?: ID;
  /** ShowNames shows other drivers by their names. Without it they are pseudonyms, as iRacing wants their consent. */
  showNames?: boolean;
  /** ResultsURL is where results exported from the member site are: a folder's path or a file:// URL. */
  resultsUrl?: string;
  /** RequestsPerSecond is the ceiling of requests to iRacing; 0 means 2. */
  requestsPerSecond?: number;
  /** APIURL, OAuthURL and PublicURL are addresses of a stand-in for iRacing; empty means iRacing's own. */
  apiUrl?: string;
  /** OAuthURL is the address of the OAuth service. */
  oauthUrl?: string;
  /** PublicURL is the address of the public files. */
  publicUrl?: string;
  /** DatabaseHost is the host of a PostgreSQL, with or without a port; empty means there is no database. */
  databaseHost?: string;
  /** DatabaseName is the database's name; empty means iracing. */
  databaseName?: string;
  /** DatabaseUser is whom to sign in as; empty means iracing. */
  databaseUser?: string;
  /** DatabaseTLS is how far the connection is secured; empty means verify-full. */
  databaseTls?: DatabaseTLS;
  /**
   * DatabaseCA is the certificate of the authority that signed the server's, as a PEM text; empty means those that the
   * system trusts.
   */
  databaseCa?: string;
  /**
   * BucketKeyID is the id of the access key to the bucket of TelemetryURL, or the name of an Azure account. Empty means
   * what the surroundings of the process offer, such as the role of a machine.
   */
  bucketKeyId?: string;
  /** BucketRegion is the bucket's region, for s3://. */
  bucketRegion?: string;
  /** BucketEndpoint is the address of a service that speaks S3 and is not Amazon's. */
  bucketEndpoint?: string;
  /** Uploads lets editors upload .ibt files, which are kept in the database. */
  uploads?: boolean;
  /** UploadFileMB bounds one uploaded file, in MiB; 0 means 512. */
  uploadFileMB?: number;
  /** UploadTotalMB bounds all uploaded files together, in MiB; 0 means 20480. */
  uploadTotalMB?: number;
}

/** DatabaseTLS is how far the connection to the database is secured. */
export const DatabaseTLS = {
  /** not at all */
  disable: 'disable',
  /** encrypted, with whom is not looked at */
  require: 'require',
  /** and the certificate is signed by the authority */
  'verify-ca': 'verify-ca',
  /** and made out to the host's name */
  'verify-full': 'verify-full',
} as const;
export type DatabaseTLS = (typeof DatabaseTLS)[keyof typeof DatabaseTLS];

/** SignIn is a way to sign in to iRacing. */
export const SignIn = {
  /** not at all: telemetry, imported results and public files */
  none: 'none',
  /** client id and secret, e-mail and password (password_limited) */
  password: 'password',
  /** client id and a refresh token, which collector login gets */
  refresh: 'refresh',
  /** an access token; it lasts about ten minutes */
  access: 'access',
} as const;
export type SignIn = (typeof SignIn)[keyof typeof SignIn];

/** Secrets are the names of the data source's secureJsonData. */
export interface Secrets {
  /** ClientSecret is the OAuth client's secret, if it has one. */
  clientSecret?: string;
  /** Password is the account's. */
  password?: string;
  /** RefreshToken is the one that a sign-in in the browser gave. */
  refreshToken?: string;
  /** AccessToken is a pasted one. */
  accessToken?: string;
  /** DatabasePassword is that of the database's user. */
  databasePassword?: string;
  /**
   * TokenKey encrypts the tokens in the database. All who share a sign-in have the same one; without it the tokens are
   * kept outside of the database.
   */
  tokenKey?: string;
  /** BucketSecret is the secret of the access key to the bucket, or the key of an Azure account. */
  bucketSecret?: string;
}

/** Units is a system of units. */
export const Units = {
  /** km/h, litres, °C */
  metric: 'metric',
  /** mph, gallons, °F */
  imperial: 'imperial',
} as const;
export type Units = (typeof Units)[keyof typeof Units];

/** Upload is a telemetry file that is kept in the database, or on its way there. */
export interface Upload {
  id: string;
  name: string;
  /** Size and Received are in bytes. */
  size: number;
  received: number;
  /** Done tells that the file is whole and can be queried. */
  done: boolean;
  /** Started is when it was begun, in RFC 3339. */
  started?: string;
}

/** NewUpload begins an upload. A file that was begun before with the same name and content goes on where it stopped. */
export interface NewUpload {
  name: string;
  size: number;
  /** SHA256 is the digest of the whole file, in hexadecimal digits. */
  sha256: string;
}

/** Option is one entry of an editor's pick list. */
export interface Option {
  value: string;
  label: string;
  description?: string;
}

/** PickKind names a pick list of the editors and variables. */
export const PickKind = {
  sessions: 'sessions',
  laps: 'laps',
  channels: 'channels',
  /** by a search for a name */
  drivers: 'drivers',
  /** of licences */
  categories: 'categories',
  /** official ones */
  series: 'series',
  /** of one series, or all that run */
  seasons: 'seasons',
  /** of one season */
  weeks: 'weeks',
  /** the own races of the last 90 days, and imported ones */
  subsessions: 'subsessions',
  /** all of iRacing's */
  cars: 'cars',
  /** of one season, or all */
  carClasses: 'carClasses',
  /** of one subsession */
  classes: 'classes',
  /** the drivers of one subsession */
  entrants: 'entrants',
  /** all of iRacing's, with their layouts */
  tracks: 'tracks',
  /** the own ones */
  leagues: 'leagues',
  /** of one league */
  leagueSeasons: 'leagueSeasons',
  /** the own ones */
  teams: 'teams',
  /** of the /data API */
  endpoints: 'endpoints',
} as const;
export type PickKind = (typeof PickKind)[keyof typeof PickKind];

/** VariableQuery is a dashboard variable's query: one pick list. */
export interface VariableQuery {
  /** Kind names the pick list. */
  kind: PickKind;
  /** Session is a session's id or the word latest, for laps and channels. */
  session?: string;
  /** Search is what drivers are searched for, or a text that the others must contain. */
  search?: string;
  /**
   * Of is the id of what the entries belong to: the series of seasons, the season of weeks and car classes, the
   * subsession of classes and entrants, the league of league seasons.
   */
  of?: ID;
}
