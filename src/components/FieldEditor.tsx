import { Combobox, InlineField, InlineSwitch, Input, MultiCombobox, RadioButtonGroup } from '@grafana/ui';
import React, { useId, useState } from 'react';
import type { IRacingDataSource, Scope } from '../datasource';
import { type Choice, type Field, isShown, read, valueOf } from '../kinds';
import type { PickKind } from '../models.gen';
import { listOf } from '../words';
import { labelWidth, PickMany, PickOne } from './PickField';
import { useVariables } from './usePickList';

/** So many words stand beside each other; more of them are a list to open. */
const maxRadios = 4;

interface FieldsProps {
  datasource: IRacingDataSource;
  fields: readonly Field[];
  query: object;
  /** Is called with the field that changed. One that was emptied is undefined. */
  onChange: (change: Record<string, unknown>) => void;
}

/** The fields of a kind of query, from the table that describes them. */
export function FieldEditors({ datasource, fields, query, onChange }: FieldsProps) {
  return fields
    .filter((field) => isShown(field, fields, query))
    .map((field) => (
      <FieldEditor
        key={field.name}
        datasource={datasource}
        field={field}
        fields={fields}
        query={query}
        onChange={(value) => onChange({ [field.name]: value })}
      />
    ));
}

interface FieldProps extends Omit<FieldsProps, 'onChange'> {
  field: Field;
  onChange: (value: unknown) => void;
}

function FieldEditor({ datasource, field, fields, query, onChange }: FieldProps) {
  const { label, tooltip } = field;
  const text = valueOf(field, query);
  const list = read(field, query) as string[] | string | undefined;
  switch (field.control) {
    case 'pick': {
      const scope = scopeOf(field.list, field.of, fields, query);
      const common = { datasource, kind: field.list, scope, label, tooltip, placeholder: field.placeholder };
      const isClearable = field.word === undefined;
      return (
        <PickOne {...common} value={text} isClearable={isClearable} onChange={(id) => onChange(id || undefined)} />
      );
    }
    case 'pickMany': {
      const scope = scopeOf(field.list, field.of, fields, query);
      const common = { datasource, kind: field.list, scope, label, tooltip, placeholder: field.placeholder };
      return <PickMany {...common} value={list} onChange={onChange} />;
    }
    case 'choice':
      return <ChoiceField {...field} value={text} onChange={onChange} />;
    case 'choices':
      return <ChoicesField {...field} value={list} onChange={onChange} />;
    case 'texts':
      return <ChoicesField {...field} options={[]} isFree value={list} onChange={onChange} />;
    case 'text':
      return <TextField {...field} value={text} onChange={(value) => onChange(value || undefined)} />;
    case 'number':
      return <NumberField {...field} value={text} onChange={onChange} />;
    case 'switch':
      return <SwitchField {...field} value={Boolean(read(field, query))} onChange={onChange} />;
  }
}

/** What the entries of a pick list belong to, which is chosen in another field. */
function scopeOf(list: PickKind, of: string | undefined, fields: readonly Field[], query: object): Scope {
  const other = fields.find((field) => field.name === of);
  if (!other) {
    return {};
  }
  const value = valueOf(other, query);
  return list === 'laps' || list === 'channels' ? { session: value } : { of: value };
}

interface BaseProps {
  label: string;
  tooltip: string;
  placeholder?: string;
}

interface ChoiceProps extends BaseProps {
  options: Choice[];
  word?: string;
  value: string;
  onChange: (value?: string) => void;
}

/** One of a few words, or a variable that holds one. */
function ChoiceField({ label, tooltip, placeholder, options, word, value, onChange }: ChoiceProps) {
  const id = useId();
  const variables = useVariables();
  const isRadio = word !== undefined && options.length <= maxRadios && !value.includes('$');
  const known = [...variables, ...options].find((option) => option.value === value);
  const common = {
    id,
    options: [...variables, ...options],
    value: value ? (known ?? { value, label: value }) : null,
    placeholder,
    width: 80,
  };
  const needsNoWord = word !== undefined;
  return (
    <InlineField label={label} htmlFor={isRadio ? undefined : id} labelWidth={labelWidth} tooltip={tooltip}>
      {isRadio ? (
        <RadioButtonGroup aria-label={label} options={options} value={value} onChange={onChange} />
      ) : needsNoWord ? (
        <Combobox {...common} onChange={(option) => onChange(option.value)} />
      ) : (
        <Combobox {...common} isClearable onChange={(option) => onChange(option?.value)} />
      )}
    </InlineField>
  );
}

interface ChoicesProps extends BaseProps {
  options: Choice[];
  /** Any text may be entered. */
  isFree?: boolean;
  value?: string[] | string;
  onChange: (value: string[]) => void;
}

function ChoicesField({ label, tooltip, placeholder, options, isFree, value, onChange }: ChoicesProps) {
  const id = useId();
  const all = [...useVariables(), ...options];
  return (
    <InlineField label={label} htmlFor={id} labelWidth={labelWidth} tooltip={tooltip} grow shrink>
      <MultiCombobox
        id={id}
        options={all}
        value={listOf(value).map((item) => all.find((option) => option.value === item) ?? { value: item, label: item })}
        placeholder={placeholder}
        createCustomValue={isFree}
        onChange={(chosen) => onChange([...new Set(listOf(chosen.map((option) => option.value)))])}
      />
    </InlineField>
  );
}

interface TextProps extends BaseProps {
  value: string;
  onChange: (value: string) => void;
  width?: number;
}

/** A text that takes effect when it is finished: with Enter or on leaving the field. */
export function TextField({ label, tooltip, placeholder, value, onChange, width = 80 }: TextProps) {
  const id = useId();
  return (
    <InlineField label={label} htmlFor={id} labelWidth={labelWidth} tooltip={tooltip}>
      <DraftInput id={id} width={width} value={value} placeholder={placeholder} onFinish={onChange} />
    </InlineField>
  );
}

interface DraftProps {
  id: string;
  value: string;
  onFinish: (value: string) => void;
  placeholder?: string;
  width?: number;
  inputMode?: 'numeric';
}

export function DraftInput({ value, onFinish, ...input }: DraftProps) {
  const [draft, setDraft] = useState<string>();
  const finish = () => {
    if (draft !== undefined && draft.trim() !== value) {
      onFinish(draft.trim());
    }
    setDraft(undefined);
  };
  return (
    <Input
      {...input}
      value={draft ?? value}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
    />
  );
}

interface NumberProps extends BaseProps {
  value: string;
  max?: number;
  onChange: (value?: number) => void;
}

/** A whole number above zero; anything else empties the field. */
function NumberField({ label, tooltip, placeholder, value, max = Infinity, onChange }: NumberProps) {
  const id = useId();
  const finish = (text: string) => {
    const number = Math.min(Math.round(Number(text)), max);
    onChange(number > 0 ? number : undefined);
  };
  return (
    <InlineField label={label} htmlFor={id} labelWidth={labelWidth} tooltip={tooltip}>
      <DraftInput
        id={id}
        width={40}
        inputMode="numeric"
        value={value === '0' ? '' : value}
        placeholder={placeholder}
        onFinish={finish}
      />
    </InlineField>
  );
}

interface SwitchProps extends BaseProps {
  value: boolean;
  onChange: (value: boolean) => void;
}

function SwitchField({ label, tooltip, value, onChange }: SwitchProps) {
  const id = useId();
  return (
    <InlineField label={label} htmlFor={id} labelWidth={labelWidth} tooltip={tooltip}>
      <InlineSwitch id={id} value={value} onChange={(event) => onChange(event.currentTarget.checked)} />
    </InlineField>
  );
}
