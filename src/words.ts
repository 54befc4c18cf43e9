import { isFetchError } from '@grafana/runtime';
import { LapBest, LapLast, type Option, type PickKind, SessionLatest, type StringList } from './models.gen';

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
 * value for whoever opens the dashboard: the session just driven, and its best lap.
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
    case 'channels':
      return [];
  }
}

/** What went wrong, in the words of the plugin's backend where it gave any. */
export function errorText(err: unknown): string {
  if (isFetchError(err)) {
    return err.data?.message || err.statusText || `Grafana answered with status ${err.status}`;
  }
  return err instanceof Error ? err.message : String(err);
}
