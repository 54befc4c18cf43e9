import { Combobox, type ComboboxOption, InlineField, MultiCombobox } from '@grafana/ui';
import React, { useId, useState } from 'react';
import type { IRacingDataSource, Scope } from '../datasource';
import type { PickKind } from '../models.gen';
import { listOf } from '../words';
import { entryOptions, isSearched, listError, type PickList, usePickList } from './usePickList';

/** The width of every label, so that the fields of an editor stand in one column. */
export const labelWidth = 20;

interface BaseProps {
  datasource: IRacingDataSource;
  kind: PickKind;
  /** What the offered entries belong to. */
  scope?: Scope;
  label: string;
  tooltip: string;
  placeholder?: string;
}

interface PickOneProps extends BaseProps {
  value?: string;
  /** Is called with an empty text when the field is cleared. */
  onChange: (value: string) => void;
  isClearable?: boolean;
}

interface PickManyProps extends BaseProps {
  value?: string[] | string;
  onChange: (value: string[]) => void;
  /** Options that only this field offers. */
  extra?: Array<ComboboxOption<string>>;
}

type Search = (text: string) => Promise<Array<ComboboxOption<string>>>;

/** One entry of a pick list, a dashboard variable, or a text that is typed in. */
export function PickOne({ value, onChange, isClearable, ...field }: PickOneProps) {
  const list = usePickList(field.datasource, field.kind, field.scope);
  const [search, searchError] = useSearch(field, list);
  // A list that is searched by the server is never here as a whole: what was chosen from it keeps its label.
  const [chosen, setChosen] = useState<ComboboxOption<string>>();
  const id = useId();
  const common = {
    id,
    options: search ?? list.options,
    value: value ? optionOf(chosen ? [...list.options, chosen] : list.options, value) : null,
    placeholder: field.placeholder,
    loading: list.loading,
    createCustomValue: true,
    width: 80,
  };
  const choose = (option: ComboboxOption<string> | null) => {
    setChosen(option ?? undefined);
    onChange(option?.value.trim() ?? '');
  };
  return (
    <PickInline id={id} field={field} error={list.error ?? searchError}>
      {isClearable ? (
        <Combobox {...common} isClearable onChange={choose} />
      ) : (
        <Combobox {...common} onChange={choose} />
      )}
    </PickInline>
  );
}

/** Several entries of a pick list, dashboard variables, or texts that are typed in, also with commas between them. */
export function PickMany({ value, onChange, extra = [], ...field }: PickManyProps) {
  const list = usePickList(field.datasource, field.kind, field.scope);
  const options = [...list.options, ...extra];
  const id = useId();
  return (
    <PickInline id={id} field={field} error={list.error} grow>
      <MultiCombobox
        id={id}
        options={options}
        value={listOf(value).map((item) => optionOf(options, item))}
        placeholder={field.placeholder}
        loading={list.loading}
        createCustomValue
        onChange={(chosen) => onChange([...new Set(listOf(chosen.map((option) => option.value)))])}
      />
    </PickInline>
  );
}

/** How the options of a field are found where more counts than their labels; undefined where these do. */
function useSearch({ datasource, kind, scope }: BaseProps, list: PickList): [search?: Search, error?: string] {
  const [error, setError] = useState<string>();
  if (isSearched(kind)) {
    const search: Search = async (text) => {
      setError(undefined);
      const always = list.options.filter((option) => contains(option, text));
      if (text.trim() === '') {
        return always;
      }
      try {
        return [...always, ...entryOptions(kind, await datasource.pick(kind, { ...scope, search: text }))];
      } catch (err) {
        setError(listError(kind, err));
        return always;
      }
    };
    return [search, error];
  }
  if (kind === 'endpoints' && !list.loading) {
    return [async (text) => list.options.filter((option) => contains(option, text))];
  }
  return [];
}

/** Tells whether every word of a text occurs in an option. */
function contains({ value, label = '', description = '' }: ComboboxOption<string>, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const all = `${value} ${label} ${description}`.toLowerCase();
  return words.every((word) => all.includes(word));
}

interface PickInlineProps {
  id: string;
  field: BaseProps;
  error?: string;
  grow?: boolean;
  children: React.ReactElement<{ id?: string; disabled?: boolean }>;
}

function PickInline({ id, field, error, grow, children }: PickInlineProps) {
  return (
    <InlineField
      label={field.label}
      htmlFor={id}
      labelWidth={labelWidth}
      tooltip={field.tooltip}
      grow={grow}
      shrink={grow}
      invalid={Boolean(error)}
      error={error}
    >
      {children}
    </InlineField>
  );
}

function optionOf(options: Array<ComboboxOption<string>>, value: string): ComboboxOption<string> {
  return options.find((option) => option.value === value) ?? { value, label: value };
}
