import type { QueryEditorProps } from '@grafana/data';
import { InlineField, RadioButtonGroup, Stack } from '@grafana/ui';
import React from 'react';
import type { IRacingDataSource } from '../datasource';
import type { PickKind } from '../models.gen';
import type { IRacingQuery, IRacingSettings, IRacingVariableQuery } from '../types';
import { labelWidth } from './PickField';
import { SessionField } from './SessionField';

type Props = QueryEditorProps<IRacingDataSource, IRacingQuery, IRacingSettings, IRacingVariableQuery>;

const kinds: Array<{ value: PickKind; label: string; description: string }> = [
  { value: 'sessions', label: 'Sessions', description: 'The sessions of the library, the latest first' },
  { value: 'laps', label: 'Laps', description: 'Best and last lap, then every lap of one session' },
  { value: 'channels', label: 'Channels', description: 'What the telemetry file of one session recorded' },
];

/** The editor of a dashboard variable's query. */
export function VariableEditor({ datasource, query: saved, onChange, onRunQuery }: Props) {
  // A variable that was just made has an empty text for a query.
  const query: IRacingVariableQuery = { ...saved, kind: saved.kind ?? 'sessions', refId: saved.refId ?? 'iRacing' };
  const change = (next: Partial<IRacingVariableQuery>) => {
    onChange({ ...query, ...next });
    onRunQuery();
  };
  return (
    <Stack direction="column" gap={0}>
      <InlineField label="Values" labelWidth={labelWidth}>
        <RadioButtonGroup
          aria-label="Values"
          options={kinds}
          value={query.kind}
          onChange={(kind) => change({ kind })}
        />
      </InlineField>
      {query.kind !== 'sessions' && (
        <SessionField datasource={datasource} value={query.session} onChange={(session) => change({ session })} />
      )}
    </Stack>
  );
}
