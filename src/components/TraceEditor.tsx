import { InlineField, InlineFieldRow, InlineSwitch, RadioButtonGroup } from '@grafana/ui';
import React, { useId } from 'react';
import { LapAll, LapBest, type LapRef, type XAxis } from '../models.gen';
import { fieldsOf } from '../kinds';
import type { QueryOf } from '../types';
import { FieldEditors } from './FieldEditor';
import { labelWidth, PickMany, PickOne } from './PickField';
import type { KindEditorProps } from './QueryEditor';

const axes: Array<{ value: XAxis; label: string; description: string }> = [
  {
    value: 'distance',
    label: 'Distance',
    description: 'Metres since the start line, laps on top of each other. Draw it with a Trend or XY chart panel.',
  },
  {
    value: 'distanceAsTime',
    label: 'Distance as time',
    description:
      'The same for Time series panels, which share their cursor and zoom: 1 m is shown as 1 ms from 2000-01-01, so 1 second is 1 km.',
  },
  { value: 'time', label: 'Time', description: 'The time of day at which it was driven, lap after lap.' },
];

const everyLap = [{ value: LapAll, label: 'Every lap', group: 'Follows what you drive' }];

export function TraceEditor({ datasource, query, onChange }: KindEditorProps<QueryOf<'trace'>>) {
  const { session, laps, channels, x, reference, delta } = query;
  const [compareId, deltaId] = [useId(), useId()];
  const setReference = (ref: LapRef | undefined) => onChange({ ...query, reference: ref });
  return (
    <>
      <FieldEditors
        datasource={datasource}
        fields={fieldsOf('trace')}
        query={query}
        onChange={(change) => onChange({ ...query, ...change })}
      />
      <PickMany
        datasource={datasource}
        kind="laps"
        scope={{ session }}
        label="Laps"
        tooltip="Each lap is drawn as its own line. Where lap 12 was begun several times, as after a reset, 12.2 is the second."
        placeholder="Best lap"
        extra={everyLap}
        value={laps}
        onChange={(chosen) => onChange({ ...query, laps: chosen })}
      />
      <PickMany
        datasource={datasource}
        kind="channels"
        scope={{ session }}
        label="Channels"
        tooltip="What the car recorded 60 times a second. Type to search by name or meaning. TrackX and TrackY draw a track map in an XY chart."
        placeholder="Choose at least one, for example Speed"
        value={channels}
        onChange={(chosen) => onChange({ ...query, channels: chosen })}
      />
      <InlineField label="Over" labelWidth={labelWidth} tooltip="What runs along the x axis.">
        <RadioButtonGroup
          aria-label="Over"
          options={axes}
          value={x || 'distance'}
          onChange={(axis) => onChange({ ...query, x: axis })}
        />
      </InlineField>
      <InlineFieldRow>
        <InlineField
          label="Compare"
          htmlFor={compareId}
          labelWidth={labelWidth}
          tooltip="Adds a reference lap, of this session or another one on the same track, and the time each lap gains or loses on it."
        >
          <InlineSwitch
            id={compareId}
            value={Boolean(reference)}
            onChange={(event) => setReference(event.currentTarget.checked ? { lap: LapBest } : undefined)}
          />
        </InlineField>
        {reference && (
          <InlineField
            label="Time delta"
            htmlFor={deltaId}
            tooltip="Seconds behind (above zero) or ahead (below zero) of the reference at the same place on track."
          >
            <InlineSwitch
              id={deltaId}
              value={delta !== false}
              onChange={(event) => onChange({ ...query, delta: event.currentTarget.checked })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      {reference && (
        <>
          <PickOne
            datasource={datasource}
            kind="sessions"
            label="Reference session"
            tooltip="Where the reference lap was driven. Empty is the same session."
            placeholder="Same session"
            isClearable
            value={reference.session}
            onChange={(id) => setReference({ ...reference, session: id || undefined })}
          />
          <PickOne
            datasource={datasource}
            kind="laps"
            scope={{ session: reference.session || session }}
            label="Reference lap"
            tooltip="The lap that the others are measured against."
            value={reference.lap || LapBest}
            onChange={(lap) => setReference({ ...reference, lap })}
          />
        </>
      )}
    </>
  );
}
