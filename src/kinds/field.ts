import type { ComboboxOption } from '@grafana/ui';
import type { Kind, PickKind } from '../models.gen';
import type { QueryFields } from '../types';

/** One of a few words, as a reader of the editor sees it. */
export type Choice = ComboboxOption<string>;

/** How a field is filled in, which is also how variables are put into it. */
export type Control =
  /** An entry of a pick list or an id that is typed in. */
  | { control: 'pick'; list: PickKind; of?: string; word?: string; placeholder?: string }
  /** Several entries of a pick list. */
  | { control: 'pickMany'; list: PickKind; of?: string; placeholder: string }
  /** One of a few words. Without a word for the empty field it may stay empty, which the placeholder explains. */
  | { control: 'choice'; options: Choice[]; word?: string; placeholder?: string }
  /** Several of a few words. */
  | { control: 'choices'; options: Choice[]; placeholder: string }
  /** Any text, which takes effect when it is finished. */
  | { control: 'text'; placeholder: string }
  /** Several texts. */
  | { control: 'texts'; placeholder: string }
  /** A whole number; 0 and empty mean what the placeholder says. */
  | { control: 'number'; placeholder: string; max?: number }
  | { control: 'switch' };

/** One field of a kind of query. */
export type Field<Name extends string = string> = Control & {
  name: Name;
  label: string;
  tooltip: string;
  /** A query without it has no answer. */
  needed?: boolean;
  /** The field is there only while another one has one of these words. */
  when?: [field: string, ...words: string[]];
};

/** A field that is an entry of a pick list. */
export type PickField<Name extends string> = Extract<Field<Name>, { control: 'pick' }>;

/** A kind of query: what the editor says of it, what it begins with, and what can be filled in. */
export interface KindInfo<K extends Kind> {
  label: string;
  description: string;
  start?: Partial<QueryFields[K]>;
  fields: Array<Field<keyof QueryFields[K] & string>>;
}

export type KindTable<K extends Kind> = { [P in K]: KindInfo<P> };

/** What a query holds in a field. */
export function read(field: Field, query: object): unknown {
  return (query as Record<string, unknown>)[field.name];
}

/** What is chosen in a field: the word for the empty field where nothing is. */
export function valueOf(field: Field, query: object): string {
  const word = field.control === 'pick' || field.control === 'choice' ? field.word : undefined;
  return String(read(field, query) ?? '') || (word ?? '');
}

/** Tells whether a field is there, given what is chosen in the others. A variable may stand for any word. */
export function isShown(field: Field, fields: readonly Field[], query: object): boolean {
  if (!field.when) {
    return true;
  }
  const [name, ...words] = field.when;
  const other = fields.find((candidate) => candidate.name === name);
  const value = other ? valueOf(other, query) : '';
  return words.includes(value) || value.includes('$');
}

/** Tells whether two fields of different kinds hold the same thing, so that what is chosen in one fits the other. */
export function holdTheSame(a: Field, b: Field): boolean {
  return a.name === b.name && contents(a) === contents(b);
}

function contents(field: Field): unknown {
  switch (field.control) {
    case 'pick':
    case 'pickMany': {
      // Drivers are known by the same number on the entry list and everywhere else.
      const list = field.list === 'entrants' ? 'drivers' : field.list;
      return `${field.control} ${list}`;
    }
    case 'choice':
    case 'choices':
      return field.options;
    default:
      return field.control;
  }
}
