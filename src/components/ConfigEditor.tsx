import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Field, FieldSet, Input, RadioButtonGroup, SecureSocksProxySettings, Stack, Text } from '@grafana/ui';
import React from 'react';
import type { Units } from '../models.gen';
import type { IRacingSecrets, IRacingSettings } from '../types';
import { AccountSettings } from './config/AccountSettings';
import { ResultsSettings } from './config/ResultsSettings';
import { StandInSettings } from './config/StandInSettings';

type Props = DataSourcePluginOptionsEditorProps<IRacingSettings, IRacingSecrets>;

/** What a section of the settings gets. */
export interface SectionProps {
  options: Props['options'];
  onOptionsChange: Props['onOptionsChange'];
  /** Changes some of the settings. */
  onChange: (change: Partial<IRacingSettings>) => void;
}

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
  const onChange = (next: Partial<IRacingSettings>) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, ...next } });
  const section: SectionProps = { options, onOptionsChange, onChange };
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
              onChange={(event) => onChange({ telemetryUrl: event.currentTarget.value })}
            />
            {examples.map(({ place, folder }) => (
              <Text key={place} variant="bodySmall" color="secondary">
                {place}: {folder}
              </Text>
            ))}
          </Stack>
        </Field>
      </FieldSet>
      <AccountSettings {...section} />
      <ResultsSettings {...section} />
      <FieldSet label="Display">
        <Field label="Units" description="What speeds, volumes and temperatures are shown in, in every panel.">
          <RadioButtonGroup
            aria-label="Units"
            options={units}
            value={jsonData.units || 'metric'}
            onChange={(value) => onChange({ units: value })}
          />
        </Field>
      </FieldSet>
      {config.secureSocksDSProxyEnabled && (
        <SecureSocksProxySettings options={options} onOptionsChange={onOptionsChange} />
      )}
      <StandInSettings {...section} />
    </>
  );
}
