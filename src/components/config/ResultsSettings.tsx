import { Field, FieldSet, Input } from '@grafana/ui';
import React from 'react';
import type { SectionProps } from '../ConfigEditor';
import { ImportResult } from '../ImportResult';
import { savedDataSource } from './saved';

/** Results that were exported from the member site. */
export function ResultsSettings({ options, onChange }: SectionProps) {
  return (
    <FieldSet label="Imported results">
      <Field
        label="Imported results folder"
        htmlFor="iracing-results-url"
        description="A folder with results that were exported from the member site as JSON, as the machine that runs Grafana sees it. What is imported here is kept as well, in the database or in a folder of the plugin. Optional."
      >
        <Input
          id="iracing-results-url"
          width={80}
          placeholder="/results"
          value={options.jsonData.resultsUrl ?? ''}
          onChange={(event) => onChange({ resultsUrl: event.currentTarget.value })}
        />
      </Field>
      <ImportResult getDataSource={() => savedDataSource(options)} />
    </FieldSet>
  );
}
