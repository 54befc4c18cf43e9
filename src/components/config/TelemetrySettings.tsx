import { Field, FieldSet, Input, Stack, Text } from '@grafana/ui';
import React from 'react';
import type { SectionProps } from '../ConfigEditor';
import { SecretField } from './SecretField';

const examples = [
  { place: 'Windows', folder: 'C:\\Users\\you\\Documents\\iRacing\\telemetry' },
  { place: 'Linux', folder: '/srv/iracing/telemetry, or file:///srv/iracing/telemetry' },
  { place: 'Docker', folder: '/telemetry, where the folder is mounted inside the container' },
  { place: 'Bucket', folder: 's3://bucket/folder, gs://bucket/folder, or azblob://container/folder' },
];

type Bucket = 's3' | 'gs' | 'azblob';

/** What a bucket's service calls the two halves of a credential. */
const keys: Record<Bucket, { service: string; id?: string; secret: string; about: string }> = {
  s3: {
    service: 'Amazon S3, or a service that speaks its language',
    id: 'Access key id',
    secret: 'Secret access key',
    about: 'Empty takes what the machine offers: its role, its variables or its profile.',
  },
  gs: {
    service: 'Google Cloud Storage',
    secret: 'Service account key',
    about: 'The whole JSON file of the key. Empty takes the service account that the machine runs as.',
  },
  azblob: {
    service: 'Azure Blob Storage',
    id: 'Storage account',
    secret: 'Account key',
    about: 'Empty takes the identity that the machine runs as.',
  },
};

function bucketOf(url = ''): Bucket | undefined {
  const [, scheme] = /^\s*(s3|gs|azblob):\/\//i.exec(url) ?? [];
  return scheme?.toLowerCase() as Bucket | undefined;
}

/** Where the telemetry files are: a folder or a bucket. */
export function TelemetrySettings({ options, onOptionsChange, onChange }: SectionProps) {
  const { jsonData } = options;
  const bucket = bucketOf(jsonData.telemetryUrl);
  return (
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
      {bucket && (
        <>
          {keys[bucket].id && (
            <Field label={keys[bucket].id} htmlFor="iracing-bucket-key" description={keys[bucket].service}>
              <Input
                id="iracing-bucket-key"
                width={60}
                autoComplete="off"
                value={jsonData.bucketKeyId ?? ''}
                onChange={(event) => onChange({ bucketKeyId: event.currentTarget.value.trim() || undefined })}
              />
            </Field>
          )}
          <SecretField
            name="bucketSecret"
            label={keys[bucket].secret}
            description={keys[bucket].about}
            {...{ options, onOptionsChange }}
          />
          {bucket === 's3' && (
            <>
              <Field label="Region" htmlFor="iracing-bucket-region">
                <Input
                  id="iracing-bucket-region"
                  width={30}
                  placeholder="eu-central-1"
                  value={jsonData.bucketRegion ?? ''}
                  onChange={(event) => onChange({ bucketRegion: event.currentTarget.value.trim() || undefined })}
                />
              </Field>
              <Field
                label="Endpoint"
                htmlFor="iracing-bucket-endpoint"
                description="The address of a service other than Amazon’s, such as MinIO. Empty means Amazon’s."
              >
                <Input
                  id="iracing-bucket-endpoint"
                  width={60}
                  placeholder="https://minio.example.com"
                  value={jsonData.bucketEndpoint ?? ''}
                  onChange={(event) => onChange({ bucketEndpoint: event.currentTarget.value.trim() || undefined })}
                />
              </Field>
            </>
          )}
        </>
      )}
    </FieldSet>
  );
}
