import { InlineField, RadioButtonGroup } from '@grafana/ui';
import React from 'react';
import type { LapFilter } from '../models.gen';
import type { IRacingLapsQuery } from '../types';
import { labelWidth, PickMany } from './PickField';
import type { KindEditorProps } from './QueryEditor';
import { SessionField } from './SessionField';

const filters: Array<{ value: LapFilter; label: string; description: string }> = [
  { value: 'all', label: 'All laps', description: 'Out laps, in laps and laps that were broken off too' },
  { value: 'timed', label: 'Timed laps', description: 'Laps from line to line that have a lap time' },
  {
    value: 'valid',
    label: 'Clean laps',
    description: 'Flying laps without an incident, a reset or a visit to the pits',
  },
];

export function LapsEditor({ datasource, query, onChange }: KindEditorProps<IRacingLapsQuery>) {
  return (
    <>
      <SessionField
        datasource={datasource}
        value={query.session}
        onChange={(session) => onChange({ ...query, session })}
      />
      <InlineField
        label="Which laps"
        labelWidth={labelWidth}
        tooltip="Averages such as fuel per lap only make sense over clean laps; a lap list reads better with all of them."
      >
        <RadioButtonGroup
          aria-label="Which laps"
          options={filters}
          value={query.only || 'all'}
          onChange={(only) => onChange({ ...query, only })}
        />
      </InlineField>
      <PickMany
        datasource={datasource}
        kind="laps"
        session={query.session}
        label="Only"
        tooltip="Lists these laps and no others, for example the two that a dashboard compares."
        placeholder="Every lap"
        value={query.laps}
        onChange={(laps) => onChange({ ...query, laps })}
      />
    </>
  );
}
