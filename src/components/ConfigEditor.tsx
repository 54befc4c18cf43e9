import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { Field, FieldSet, Input, RadioButtonGroup, Stack, Text } from '@grafana/ui';
import React from 'react';
import type { Units } from '../models.gen';
import type { IRacingSettings } from '../types';

type Props = DataSourcePluginOptionsEditorProps<IRacingSettings>;

const units: Array<{ value: Units; label: string; description: string }> = [
  { value: 'metric', label: 'Metric', description: 'km/h, litres, °C' },
  { value: 'imperial', label: 'Imperial', description: 'mph, gallons, °F' },
];

const examples = [
  { place: 'Windows', folder: 'C:\\Users\\you\\Documents\\iRacing\\telemetry' },
  { place: 'Linux', folder: '/srv/iracing/telemetry, or file:///srv/iracing/telemetry' },
  { place: 'Docker', folder: '/telemetry, where the folder is mounted inside the container' },
];

export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData } = options;
  const change = (next: Partial<IRacingSettings>) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, ...next } });
  return (
    <>
      <FieldSet label="Telemetry">
        <Field
          label="Telemetry folder"
          htmlFor="iracing-telemetry-url"
          description="Where the .ibt files are, as the machine that runs Grafana sees it, which may not be the one you sit at. Folders inside it are read too. iRacing records while telemetry is on: Alt+L in the car starts and stops it."
        >
          <Stack direction="column" gap={0.5}>
            <Input
              id="iracing-telemetry-url"
              width={80}
              value={jsonData.telemetryUrl ?? ''}
              placeholder="/telemetry"
              onChange={(event) => change({ telemetryUrl: event.currentTarget.value })}
            />
            {examples.map(({ place, folder }) => (
              <Text key={place} variant="bodySmall" color="secondary">
                {place}: {folder}
              </Text>
            ))}
          </Stack>
        </Field>
      </FieldSet>
      <FieldSet label="Display">
        <Field label="Units" description="What speeds, volumes and temperatures are shown in, in every panel.">
          <RadioButtonGroup
            aria-label="Units"
            options={units}
            value={jsonData.units || 'metric'}
            onChange={(value) => change({ units: value })}
          />
        </Field>
      </FieldSet>
    </>
  );
}
