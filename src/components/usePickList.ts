import { getTemplateSrv } from '@grafana/runtime';
import type { ComboboxOption } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import type { IRacingDataSource, Scope } from '../datasource';
import type { Option, PickKind } from '../models.gen';
import { errorText, wordsBefore } from '../words';

export interface PickList {
  /** The dashboard's variables and the words that always fit, then the entries that the backend knows. */
  options: Array<ComboboxOption<string>>;
  loading: boolean;
  /** Why the backend gave no entries. */
  error?: string;
}

interface Answer {
  key: string;
  entries: Option[];
  error?: string;
}

/** What the entries of a list are called, alone and in a sentence. */
const names: Record<PickKind, string> = {
  sessions: 'sessions',
  laps: 'laps of the session',
  channels: 'channels of the file',
  drivers: 'drivers',
  categories: 'categories',
  series: 'series',
  seasons: 'seasons',
  weeks: 'weeks of the season',
  subsessions: 'races',
  cars: 'cars',
  carClasses: 'car classes',
  classes: 'classes of the race',
  entrants: 'drivers of the race',
  tracks: 'tracks',
  leagues: 'leagues',
  leagueSeasons: 'seasons of the league',
  teams: 'teams',
  endpoints: 'endpoints',
};

/** Lists that mean nothing without what their entries belong to. */
const dependent = new Set<PickKind>(['weeks', 'leagueSeasons']);

/** Lists that are too long to load: the server is asked for what contains the text that is typed. */
const searched = new Set<PickKind>(['drivers']);

export function isSearched(kind: PickKind): boolean {
  return searched.has(kind);
}

/** Says that a list could not be loaded, and why. */
export function listError(kind: PickKind, err: unknown): string {
  const [name] = names[kind].split(' of ');
  return `The ${name} cannot be listed: ${errorText(err)}`;
}

/** Loads a pick list of the backend, again whenever what it belongs to changes. */
export function usePickList(datasource: IRacingDataSource, kind: PickKind, scope: Scope = {}): PickList {
  const asked = datasource.scopeOf(kind, scope);
  const isIdle = isSearched(kind) || (dependent.has(kind) && !asked.of);
  const key = JSON.stringify([datasource.uid, kind, asked]);
  const [answer, setAnswer] = useState<Answer>();

  useEffect(() => {
    if (isIdle) {
      return undefined;
    }
    let current = true;
    const settle = (entries: Option[], error?: string) => current && setAnswer({ key, entries, error });
    datasource.pick(kind, scope).then(
      (entries) => settle(entries),
      (err) => settle([], listError(kind, err))
    );
    return () => {
      current = false;
    };
    // The key stands for whatever would change the answer.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, isIdle]);

  const variables = useVariables();
  const known = answer?.key === key ? answer : undefined;
  const options = useMemo(() => {
    const entries = known?.entries ?? [];
    return [...variables, ...wordOptions(kind, entries), ...entryOptions(kind, entries)];
  }, [variables, known, kind]);
  return { options, loading: !known && !isIdle, error: known?.error };
}

/** The variables of the dashboard, as options of any field. */
export function useVariables(): Array<ComboboxOption<string>> {
  const variables = getTemplateSrv().getVariables();
  const joined = variables.map((variable) => variable.name).join(',');
  return useMemo(
    () =>
      joined
        .split(',')
        .filter(Boolean)
        .map((name) => ({ value: `$${name}`, label: `$${name}`, group: 'Dashboard variables' })),
    [joined]
  );
}

/** The words that always fit a list, under their heading. */
export function wordOptions(kind: PickKind, entries: Option[] = []): Array<ComboboxOption<string>> {
  return wordsBefore(kind, entries).map((option) => ({ ...option, group: 'Follows what you drive' }));
}

/** The entries that the backend knows, under theirs. */
export function entryOptions(kind: PickKind, entries: Option[]): Array<ComboboxOption<string>> {
  const words = wordsBefore(kind, entries);
  const name = names[kind];
  return entries
    .filter((entry) => !words.some((word) => word.value === entry.value))
    .map((option) => ({ ...option, group: name.charAt(0).toUpperCase() + name.slice(1) }));
}
