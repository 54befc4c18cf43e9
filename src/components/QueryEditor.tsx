import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, Stack } from '@grafana/ui';
import React, { useId } from 'react';
import type { IRacingDataSource } from '../datasource';
import { fieldsOf, groups, infoOf } from '../kinds';
import type { Kind } from '../models.gen';
import { asKind, complete } from '../query';
import type { IRacingQuery, IRacingSettings } from '../types';
import { EndpointEditor } from './EndpointEditor';
import { FieldEditors } from './FieldEditor';
import { ImportResult } from './ImportResult';
import { labelWidth } from './PickField';
import { TraceEditor } from './TraceEditor';

type Props = QueryEditorProps<IRacingDataSource, IRacingQuery, IRacingSettings>;

/** What the editor of one kind of query gets. */
export interface KindEditorProps<Q extends IRacingQuery> {
  datasource: IRacingDataSource;
  query: Q;
  /** Keeps the change and asks for its data. */
  onChange: (query: Q) => void;
}

const kinds = groups.flatMap(({ name, kinds }) =>
  kinds.map((kind) => {
    const { label, description } = infoOf(kind);
    return { value: kind, label, description, group: name };
  })
);

export function QueryEditor({ datasource, query: saved, onChange, onRunQuery }: Props) {
  const query = complete(saved);
  const id = useId();
  const change = (next: IRacingQuery) => {
    onChange(next);
    onRunQuery();
  };
  return (
    <Stack direction="column" gap={0}>
      <InlineField label="Show" htmlFor={id} labelWidth={labelWidth}>
        <Combobox<Kind>
          id={id}
          width={80}
          options={kinds}
          value={query.queryType}
          onChange={({ value }) => change(asKind(query, value))}
        />
      </InlineField>
      <KindEditor datasource={datasource} query={query} onChange={change} />
    </Stack>
  );
}

function KindEditor({ datasource, query, onChange }: KindEditorProps<IRacingQuery>) {
  switch (query.queryType) {
    case 'trace':
      return <TraceEditor datasource={datasource} query={query} onChange={onChange} />;
    case 'endpoint':
      return <EndpointEditor datasource={datasource} query={query} onChange={onChange} />;
    default:
      return (
        <>
          <FieldEditors
            datasource={datasource}
            fields={fieldsOf(query.queryType)}
            query={query}
            onChange={(change) => onChange({ ...query, ...change } as IRacingQuery)}
          />
          {query.queryType === 'raceResults' && (
            <ImportResult
              getDataSource={async () => datasource}
              onImported={({ subsession }) => onChange({ ...query, subsession: String(subsession) })}
            />
          )}
        </>
      );
  }
}
