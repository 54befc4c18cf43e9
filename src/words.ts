import { isFetchError } from '@grafana/runtime';
import { allOf } from './kinds/lists';
import {
  DriverMe,
  LapBest,
  LapLast,
  type Option,
  type PickKind,
  SeasonCurrent,
  SessionLatest,
  type StringList,
  SubsessionLatest,
} from './models.gen';

/** The items of a list that may have been saved as a list or as one text with commas. */
export function listOf(list: StringList | undefined): string[] {
  const items = Array.isArray(list) ? list : [list ?? ''];
  return items
    .flatMap((item) => String(item).split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * The words that stand before a pick list's own entries. They come first because Grafana chooses a variable's first
 * value for whoever opens the dashboard: the session or race just driven, its best lap, the own driver.
 */
export function wordsBefore(kind: PickKind, entries: Option[]): Option[] {
  switch (kind) {
    case 'sessions':
      return [{ value: SessionLatest, label: entries[0] ? `Latest · ${entries[0].label}` : 'Latest session' }];
    case 'laps':
      return [
        { value: LapBest, label: 'Best lap' },
        { value: LapLast, label: 'Last lap' },
      ];
    case 'subsessions':
      // It is the newest official one, which need not be the first of the list: that has hosted and league races too.
      return [{ value: SubsessionLatest, label: 'Latest race' }];
    case 'drivers':
    case 'entrants':
      return [{ value: DriverMe, label: 'Me' }];
    case 'leagueSeasons':
      return [{ value: SeasonCurrent, label: 'Current season' }];
    default:
      return [];
  }
}

/** The entries of a variable: one that narrows a dashboard down begins with all there is. */
export function entriesOfVariable(kind: PickKind, entries: Option[]): Option[] {
  const all: Partial<Record<PickKind, string>> = { classes: 'All classes', categories: 'All categories' };
  const label = all[kind];
  const words = label ? [{ value: allOf, label }] : wordsBefore(kind, entries);
  return [...words, ...entries.filter((entry) => !words.some((word) => word.value === entry.value))];
}

/** What went wrong, in the words of the plugin's backend where it gave any. */
export function errorText(err: unknown): string {
  if (isFetchError(err)) {
    return err.data?.message || err.statusText || `Grafana answered with status ${err.status}`;
  }
  return err instanceof Error ? err.message : String(err);
}
