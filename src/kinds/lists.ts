// The pick lists as the values of dashboard variables.
import { type PickKind, SessionLatest, SubsessionLatest, type VariableQuery } from '../models.gen';
import type { Field } from './field';

/** What a variable holds that stands for every entry of its list. In a query it means that nothing is chosen. */
export const allOf = 'all';

type ScopeField = Field<keyof VariableQuery>;

interface ListInfo {
  label: string;
  description: string;
  /** What the list belongs to, and what its entries have to contain. */
  fields: ScopeField[];
}

const session: ScopeField = {
  name: 'session',
  label: 'Session',
  tooltip: 'The telemetry file that is read. A variable such as $session lets another one choose.',
  control: 'pick',
  list: 'sessions',
  word: SessionLatest,
};

const race: ScopeField = {
  name: 'of',
  label: 'Race',
  tooltip: 'The race that is read. A variable such as $subsession lets another one choose.',
  control: 'pick',
  list: 'subsessions',
  word: SubsessionLatest,
};

const search: ScopeField = {
  name: 'search',
  label: 'Contains',
  tooltip: 'Keeps the entries that contain this text. Empty keeps all of them.',
  control: 'text',
  placeholder: 'any',
};

function of(list: PickKind, label: string, tooltip: string, placeholder: string): ScopeField {
  return { name: 'of', label, tooltip, control: 'pick', list, placeholder };
}

const season = (placeholder: string) =>
  of('seasons', 'Season', 'A season id, or a variable such as $season that holds one.', placeholder);

export const lists: Record<PickKind, ListInfo> = {
  sessions: { label: 'Sessions', description: 'The telemetry files, the latest first', fields: [] },
  laps: { label: 'Laps', description: 'Best and last lap, then every lap of one session', fields: [session] },
  channels: {
    label: 'Channels',
    description: 'What the telemetry file of one session recorded',
    fields: [session],
  },
  subsessions: {
    label: 'Races',
    description: 'The latest race, then your own of the last 90 days and those that were imported',
    fields: [search],
  },
  classes: { label: 'Classes of a race', description: 'All classes, then those of one race', fields: [race] },
  entrants: { label: 'Drivers of a race', description: 'Me, then the drivers of one race', fields: [race] },
  drivers: {
    label: 'Drivers',
    description: 'Me, then the drivers that a search finds',
    fields: [
      {
        ...search,
        label: 'Search',
        tooltip: 'A part of the name, or a variable such as $name that holds it. Empty offers nobody but you.',
        placeholder: 'a name',
      },
    ],
  },
  categories: { label: 'Categories', description: 'All categories, then each licence category', fields: [] },
  cars: { label: 'Cars', description: 'All cars of iRacing', fields: [search] },
  tracks: { label: 'Tracks', description: 'All tracks of iRacing with their layouts', fields: [search] },
  carClasses: { label: 'Car classes', description: 'Of one season, or all', fields: [season('All of them'), search] },
  series: { label: 'Series', description: 'The official series', fields: [search] },
  seasons: {
    label: 'Seasons',
    description: 'Of one series, or all that run now',
    fields: [
      of('series', 'Series', 'A series, or a variable such as $series that holds its id.', 'All that run'),
      search,
    ],
  },
  weeks: { label: 'Weeks', description: 'The race weeks of one season', fields: [season('Choose a season')] },
  leagues: { label: 'Leagues', description: 'The leagues of the account', fields: [search] },
  leagueSeasons: {
    label: 'Seasons of a league',
    description: 'The current season, then all of them',
    fields: [of('leagues', 'League', 'A league id, or a variable such as $league that holds one.', 'Choose a league')],
  },
  teams: { label: 'Teams', description: 'The teams of the account', fields: [search] },
  endpoints: { label: 'Endpoints', description: 'The endpoints of the /data API', fields: [search] },
};

/** The lists in the groups in which the variable editor offers them. */
export const listGroups: Array<{ name: string; lists: PickKind[] }> = [
  { name: 'Telemetry', lists: ['sessions', 'laps', 'channels'] },
  { name: 'Race', lists: ['subsessions', 'classes', 'entrants'] },
  { name: 'Driver', lists: ['drivers', 'categories', 'cars', 'tracks'] },
  { name: 'Season', lists: ['series', 'seasons', 'weeks', 'carClasses'] },
  { name: 'League and team', lists: ['leagues', 'leagueSeasons', 'teams'] },
  { name: 'API', lists: ['endpoints'] },
];
