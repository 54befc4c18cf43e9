// Written by pkg/datasource/models/tsgen from the Go models. Change those and run go generate.

/** the newest session */
export const SessionLatest = 'latest';

/** the fastest valid lap */
export const LapBest = 'best';

/** the last complete lap */
export const LapLast = 'last';

/** every lap of the session */
export const LapAll = 'all';

/** Kind names what a query asks for; it is the query's queryType. */
export const Kind = {
  /** the telemetry files of the library */
  sessions: 'sessions',
  /** the lap table of one session */
  laps: 'laps',
  /** channels of chosen laps over time or distance */
  trace: 'trace',
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

/** Settings are the data source's jsonData. */
export interface Settings {
  /** TelemetryURL is where the .ibt files are: a folder's path or a file:// URL. */
  telemetryUrl?: string;
  /** Units are the units that speeds, distances and volumes are shown in; empty means metric. */
  units?: Units;
}

/** Units is a system of units. */
export const Units = {
  /** km/h, litres, °C */
  metric: 'metric',
  /** mph, gallons, °F */
  imperial: 'imperial',
} as const;
export type Units = (typeof Units)[keyof typeof Units];

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
} as const;
export type PickKind = (typeof PickKind)[keyof typeof PickKind];

/** VariableQuery is a dashboard variable's query: one pick list. */
export interface VariableQuery {
  /** Kind names the pick list. */
  kind: PickKind;
  /** Session is a session's id or the word latest, for laps and channels. */
  session?: string;
}
