import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, Stack } from '@grafana/ui';
import React, { useId } from 'react';
import type { IRacingDataSource } from '../datasource';
import { listGroups, lists } from '../kinds/lists';
import type { PickKind } from '../models.gen';
import type { IRacingQuery, IRacingSettings, IRacingVariableQuery } from '../types';
import { FieldEditors } from './FieldEditor';
import { labelWidth } from './PickField';

type Props = QueryEditorProps<IRacingDataSource, IRacingQuery, IRacingSettings, IRacingVariableQuery>;

const kinds = listGroups.flatMap(({ name, lists: members }) =>
  members.map((kind) => {
    const { label, description } = lists[kind];
    return { value: kind, label, description, group: name };
  })
);

/** The editor of a dashboard variable's query. */
export function VariableEditor({ datasource, query: saved, onChange, onRunQuery }: Props) {
  const id = useId();
  // A variable that was just made has an empty text for a query.
  const { refId = 'iRacing', kind = 'sessions', session, search, of } = saved;
  const query: IRacingVariableQuery = { refId, kind, session, search, of };
  const change = (next: Partial<IRacingVariableQuery>) => {
    onChange({ ...query, ...next });
    onRunQuery();
  };
  return (
    <Stack direction="column" gap={0}>
      <InlineField label="Values" htmlFor={id} labelWidth={labelWidth}>
        <Combobox<PickKind>
          id={id}
          width={80}
          options={kinds}
          value={kind}
          // What the entries belong to is something else for each list; what they contain is too.
          onChange={({ value }) => change({ kind: value, of: undefined, search: undefined })}
        />
      </InlineField>
      <FieldEditors datasource={datasource} fields={lists[kind].fields} query={query} onChange={change} />
    </Stack>
  );
}
