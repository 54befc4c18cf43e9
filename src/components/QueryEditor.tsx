import type { QueryEditorProps } from '@grafana/data';
import { InlineField, RadioButtonGroup, Stack } from '@grafana/ui';
import React from 'react';
import type { IRacingDataSource } from '../datasource';
import type { Kind } from '../models.gen';
import { asKind, complete } from '../query';
import type { IRacingQuery, IRacingSettings } from '../types';
import { LapsEditor } from './LapsEditor';
import { labelWidth } from './PickField';
import { SessionsEditor } from './SessionsEditor';
import { TraceEditor } from './TraceEditor';

type Props = QueryEditorProps<IRacingDataSource, IRacingQuery, IRacingSettings>;

/** What the editor of one kind of query gets. */
export interface KindEditorProps<Q extends IRacingQuery> {
  datasource: IRacingDataSource;
  query: Q;
  /** Keeps the change and asks for its data. */
  onChange: (query: Q) => void;
}

const kinds: Array<{ value: Kind; label: string; description: string }> = [
  { value: 'trace', label: 'Trace', description: 'Channels such as speed and brake along chosen laps' },
  { value: 'laps', label: 'Laps', description: 'The lap table of one session: lap and sector times, fuel, incidents' },
  { value: 'sessions', label: 'Sessions', description: 'The telemetry files of the library, newest first' },
];

export function QueryEditor({ datasource, query: saved, onChange, onRunQuery }: Props) {
  const query = complete(saved);
  const change = (next: IRacingQuery) => {
    onChange(next);
    onRunQuery();
  };
  return (
    <Stack direction="column" gap={0}>
      <InlineField label="Show" labelWidth={labelWidth}>
        <RadioButtonGroup
          aria-label="Show"
          options={kinds}
          value={query.queryType}
          onChange={(kind) => change(asKind(query, kind))}
        />
      </InlineField>
      {query.queryType === 'trace' && <TraceEditor datasource={datasource} query={query} onChange={change} />}
      {query.queryType === 'laps' && <LapsEditor datasource={datasource} query={query} onChange={change} />}
      {query.queryType === 'sessions' && <SessionsEditor datasource={datasource} query={query} onChange={change} />}
    </Stack>
  );
}
