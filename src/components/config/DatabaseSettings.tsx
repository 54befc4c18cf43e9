import { Box, Combobox, Field, FieldSet, Input, Switch, Text, TextArea } from '@grafana/ui';
import React from 'react';
import type { DatabaseTLS } from '../../models.gen';
import type { SectionProps } from '../ConfigEditor';
import { UploadTelemetry } from '../UploadTelemetry';
import { savedDataSource } from './saved';
import { SecretField } from './SecretField';

const modes: Array<{ value: DatabaseTLS; label: string; description: string }> = [
  { value: 'verify-full', label: 'Verify all', description: 'The certificate is trusted and made out to the host' },
  { value: 'verify-ca', label: 'Verify the authority', description: 'The certificate is trusted, whoever it names' },
  { value: 'require', label: 'Encrypt only', description: 'Nobody looks at whose certificate it is' },
  { value: 'disable', label: 'None', description: 'In clear: for a database on the same machine or network' },
];

/** The PostgreSQL in which answers, results and uploaded files are kept. */
export function DatabaseSettings({ options, onOptionsChange, onChange }: SectionProps) {
  const { jsonData } = options;
  const isOn = Boolean(jsonData.databaseHost);
  const mode = jsonData.databaseTls || 'verify-full';
  return (
    <FieldSet label="PostgreSQL">
      <Box marginBottom={2} maxWidth={80}>
        <Text element="p" variant="bodySmall" color="secondary">
          Optional. With a database everything that was fetched is kept for good, can be queried by SQL, and is shared
          by all Grafana servers and the collector. While it cannot be reached, panels are answered as without one.
        </Text>
      </Box>
      <Field label="Host" htmlFor="iracing-database-host" description="With a port where that is not 5432.">
        <Input
          id="iracing-database-host"
          width={60}
          placeholder="postgres:5432"
          value={jsonData.databaseHost ?? ''}
          onChange={(event) => onChange({ databaseHost: hostOf(event.currentTarget.value) || undefined })}
        />
      </Field>
      {isOn && (
        <>
          <Field label="Database" htmlFor="iracing-database-name">
            <Input
              id="iracing-database-name"
              width={30}
              placeholder="iracing"
              value={jsonData.databaseName ?? ''}
              onChange={(event) => onChange({ databaseName: event.currentTarget.value.trim() || undefined })}
            />
          </Field>
          <Field
            label="User"
            htmlFor="iracing-database-user"
            description="It makes the schema iracing and writes to it. For the PostgreSQL data source beside this one, make a user that may only read: collector migrate --help tells how."
          >
            <Input
              id="iracing-database-user"
              width={30}
              autoComplete="off"
              placeholder="iracing"
              value={jsonData.databaseUser ?? ''}
              onChange={(event) => onChange({ databaseUser: event.currentTarget.value.trim() || undefined })}
            />
          </Field>
          <SecretField name="databasePassword" label="Database password" {...{ options, onOptionsChange }} />
          <Field label="TLS" htmlFor="iracing-database-tls">
            <Combobox<DatabaseTLS>
              id="iracing-database-tls"
              width={40}
              options={modes}
              value={mode}
              onChange={({ value }) => onChange({ databaseTls: value })}
            />
          </Field>
          {mode.startsWith('verify') && (
            <Field
              label="Certificate of the authority"
              htmlFor="iracing-database-ca"
              description="As PEM. Empty means the authorities that the machine trusts."
            >
              <TextArea
                id="iracing-database-ca"
                rows={4}
                cols={70}
                placeholder="-----BEGIN CERTIFICATE-----"
                value={jsonData.databaseCa ?? ''}
                onChange={(event) => onChange({ databaseCa: event.currentTarget.value || undefined })}
              />
            </Field>
          )}
          <SecretField
            name="tokenKey"
            label="Token key"
            description="Encrypts the sign-in to iRacing that is kept in the database: any text that is hard to guess, the same one wherever the sign-in is shared (the collector has it in IRACING_TOKEN_KEY). Without it the sign-in stays on this machine."
            {...{ options, onOptionsChange }}
          />
          <Field
            label="Uploads"
            htmlFor="iracing-uploads"
            description="Lets editors upload .ibt files, here or with collector upload from the PC that they were recorded on. They are kept in the database."
          >
            <Switch
              id="iracing-uploads"
              value={Boolean(jsonData.uploads)}
              onChange={(event) => onChange({ uploads: event.currentTarget.checked || undefined })}
            />
          </Field>
          {jsonData.uploads && (
            <>
              <Limit
                id="iracing-upload-file"
                label="Largest file in MB"
                empty={512}
                value={jsonData.uploadFileMB}
                onChange={(uploadFileMB) => onChange({ uploadFileMB })}
              />
              <Limit
                id="iracing-upload-total"
                label="All files together in MB"
                empty={20480}
                value={jsonData.uploadTotalMB}
                onChange={(uploadTotalMB) => onChange({ uploadTotalMB })}
              />
              <UploadTelemetry getDataSource={() => savedDataSource(options)} version={options.version} />
            </>
          )}
        </>
      )}
    </FieldSet>
  );
}

/** Of a whole address no more is kept than the host and the port: its password could be read by everybody in the settings. */
function hostOf(text: string): string {
  return text
    .trim()
    .replace(/^.*@/, '')
    .replace(/^\w+:\/\/([^/?#]*).*$/, '$1')
    .replace(/^([^/].*?)[/?#].*$/, '$1');
}

interface LimitProps {
  id: string;
  label: string;
  /** What an empty field means. */
  empty: number;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}

function Limit({ id, label, empty, value, onChange }: LimitProps) {
  return (
    <Field label={label} htmlFor={id}>
      <Input
        id={id}
        type="number"
        width={20}
        min={1}
        placeholder={String(empty)}
        value={value || ''}
        onChange={(event) => onChange(Math.max(Number(event.currentTarget.value), 0) || undefined)}
      />
    </Field>
  );
}
