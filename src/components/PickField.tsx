import { Combobox, type ComboboxOption, InlineField, MultiCombobox } from '@grafana/ui';
import React, { useId } from 'react';
import type { IRacingDataSource } from '../datasource';
import type { PickKind } from '../models.gen';
import { listOf } from '../words';
import { type PickList, usePickList } from './usePickList';

/** The width of every label, so that the fields of an editor stand in one column. */
export const labelWidth = 20;

interface BaseProps {
  datasource: IRacingDataSource;
  kind: PickKind;
  /** The session whose laps or channels are offered. */
  session?: string;
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

/** One entry of a pick list, a dashboard variable, or a text that is typed in. */
export function PickOne({ value, onChange, isClearable, ...field }: PickOneProps) {
  const list = usePickList(field.datasource, field.kind, field.session);
  const id = useId();
  const common = {
    id,
    options: list.options,
    value: value ? optionOf(list, value) : null,
    placeholder: field.placeholder,
    loading: list.loading,
    createCustomValue: true,
    width: 80,
  };
  return (
    <PickInline id={id} field={field} list={list}>
      {isClearable ? (
        <Combobox {...common} isClearable onChange={(option) => onChange(option?.value ?? '')} />
      ) : (
        <Combobox {...common} onChange={(option) => onChange(option.value)} />
      )}
    </PickInline>
  );
}

/** Several entries of a pick list, dashboard variables, or texts that are typed in, also with commas between them. */
export function PickMany({ value, onChange, extra = [], ...field }: PickManyProps) {
  const list = usePickList(field.datasource, field.kind, field.session);
  const options = [...list.options, ...extra];
  const id = useId();
  return (
    <PickInline id={id} field={field} list={list} grow>
      <MultiCombobox
        id={id}
        options={options}
        value={listOf(value).map((item) => optionOf({ options }, item))}
        placeholder={field.placeholder}
        loading={list.loading}
        createCustomValue
        onChange={(chosen) => onChange([...new Set(listOf(chosen.map((option) => option.value)))])}
      />
    </PickInline>
  );
}

interface PickInlineProps {
  id: string;
  field: BaseProps;
  list: PickList;
  grow?: boolean;
  children: React.ReactElement<{ id?: string; disabled?: boolean }>;
}

function PickInline({ id, field, list, grow, children }: PickInlineProps) {
  return (
    <InlineField
      label={field.label}
      htmlFor={id}
      labelWidth={labelWidth}
      tooltip={field.tooltip}
      grow={grow}
      shrink={grow}
      invalid={Boolean(list.error)}
      error={list.error && `The ${field.kind} cannot be listed: ${list.error}`}
    >
      {children}
    </InlineField>
  );
}

function optionOf({ options }: Pick<PickList, 'options'>, value: string): ComboboxOption<string> {
  return options.find((option) => option.value === value) ?? { value, label: value };
}
