import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Field, FieldSet, RadioButtonGroup, SecureSocksProxySettings } from '@grafana/ui';
import React from 'react';
import type { Units } from '../models.gen';
import type { IRacingSecrets, IRacingSettings } from '../types';
import { AccountSettings } from './config/AccountSettings';
import { DatabaseSettings } from './config/DatabaseSettings';
import { ResultsSettings } from './config/ResultsSettings';
import { StandInSettings } from './config/StandInSettings';
import { TelemetrySettings } from './config/TelemetrySettings';

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

export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData } = options;
  const onChange = (next: Partial<IRacingSettings>) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, ...next } });
  const section: SectionProps = { options, onOptionsChange, onChange };
  return (
    <>
      <TelemetrySettings {...section} />
      <DatabaseSettings {...section} />
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
