import { InlineField, InlineSwitch, Input } from '@grafana/ui';
import React, { useId, useState } from 'react';
import type { IRacingSessionsQuery } from '../types';
import { labelWidth } from './PickField';
import type { KindEditorProps } from './QueryEditor';

export function SessionsEditor({ query, onChange }: KindEditorProps<IRacingSessionsQuery>) {
  const rangeId = useId();
  return (
    <>
      <FilterField
        label="Car contains"
        tooltip="Part of the car's name, for example mx-5. Empty lists every car."
        value={query.car}
        onChange={(car) => onChange({ ...query, car })}
      />
      <FilterField
        label="Track contains"
        tooltip="Part of the track's name, for example spa. Empty lists every track."
        value={query.track}
        onChange={(track) => onChange({ ...query, track })}
      />
      <InlineField
        label="In time range"
        htmlFor={rangeId}
        labelWidth={labelWidth}
        tooltip="Lists only what was driven within the dashboard's time range."
      >
        <InlineSwitch
          id={rangeId}
          value={Boolean(query.inRange)}
          onChange={(event) => onChange({ ...query, inRange: event.currentTarget.checked })}
        />
      </InlineField>
    </>
  );
}

interface FilterFieldProps {
  label: string;
  tooltip: string;
  value?: string;
  onChange: (value: string) => void;
}

/** A text that takes effect when it is finished: with Enter or on leaving the field. */
function FilterField({ label, tooltip, value = '', onChange }: FilterFieldProps) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const finish = () => {
    if (draft !== undefined && draft !== value) {
      onChange(draft);
    }
    setDraft(undefined);
  };
  return (
    <InlineField label={label} htmlFor={id} labelWidth={labelWidth} tooltip={tooltip}>
      <Input
        id={id}
        width={80}
        value={draft ?? value}
        placeholder="any"
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={finish}
        onKeyDown={(event) => event.key === 'Enter' && finish()}
      />
    </InlineField>
  );
}
