import type { ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { type Field, fieldsOf, read } from './kinds';
import { allOf } from './kinds/lists';
import { LapBest, SessionLatest, type StringList } from './models.gen';
import type { IRacingQuery, QueryOf } from './types';
import { listOf } from './words';

/** The values of the dashboard's variables, put into texts and lists. */
interface Filler {
  text: (value: unknown) => string;
  list: (values: unknown) => string[];
}

/** The query with the variables' values in the places of the variables. */
export function fillIn(query: IRacingQuery, scopedVars?: ScopedVars): IRacingQuery {
  const templates = getTemplateSrv();
  const filler: Filler = {
    text: (value) => templates.replace(String(value ?? ''), scopedVars).trim(),
    list: (values) => [
      ...new Set(listOf(values as StringList).flatMap((value) => listOf(templates.replace(value, scopedVars, 'csv')))),
    ],
  };
  switch (query.queryType) {
    case 'trace':
      return fillTrace(query, filler);
    case 'endpoint': {
      const params = (query.params ?? [])
        .map(({ name, value }) => ({ name: filler.text(name), value: filler.text(value) }))
        .filter(({ name, value }) => name !== '' && value !== '');
      return { ...fillFields(query, filler), params };
    }
    default:
      return fillFields(query, filler);
  }
}

function fillTrace(query: QueryOf<'trace'>, { text, list }: Filler): QueryOf<'trace'> {
  const { session, laps, channels, x, reference } = query;
  const chosen = list(laps);
  return {
    ...query,
    session: text(session) || SessionLatest,
    laps: chosen.length > 0 ? chosen : [LapBest],
    channels: list(channels),
    x: x ?? 'distance',
    reference: reference && { session: text(reference.session), lap: text(reference.lap) },
  };
}

function fillFields<Q extends IRacingQuery>(query: Q, filler: Filler): Q {
  const filled = fieldsOf(query.queryType).map((field) => [field.name, fill(field, read(field, query), filler)]);
  return { ...query, ...Object.fromEntries(filled) };
}

/** The value of one field; undefined where nothing is chosen. */
function fill(field: Field, value: unknown, { text, list }: Filler): unknown {
  switch (field.control) {
    case 'pick':
      return everything(text(value)) || field.word;
    case 'choice': {
      // A word that is none of the field's, from a variable that was made for another field, counts as nothing chosen.
      const word = text(value);
      return field.options.some((option) => option.value === word) ? word : field.word;
    }
    case 'text':
      return everything(text(value), [grafanaAll]) || undefined;
    case 'pickMany':
    case 'choices':
    case 'texts': {
      const items = list(value).map((item) => everything(item));
      return items.every((item) => item !== '') ? items : [];
    }
    default:
      return value;
  }
}

/** What Grafana calls the choice of all values of a variable. */
const grafanaAll = '$__all';

/** A choice of everything is no choice. */
function everything(value: string, words = [allOf, grafanaAll]): string {
  return words.includes(value) ? '' : value;
}
