import { Box, Combobox, Field, FieldSet, Input, Switch, Text } from '@grafana/ui';
import React from 'react';
import type { SignIn } from '../../models.gen';
import type { SectionProps } from '../ConfigEditor';
import { SecretField, type SecretName as AnySecret } from './SecretField';

const none: SignIn = 'none';

const ways: Array<{ value: SignIn; label: string; description: string }> = [
  {
    value: 'none',
    label: 'No sign-in',
    description: 'Telemetry, imported results, service status and time attack',
  },
  { value: 'password', label: 'Password', description: 'For clients that iRacing enabled for it (password_limited)' },
  { value: 'refresh', label: 'Refresh token', description: 'From a sign-in in the browser, with collector login' },
  { value: 'access', label: 'Access token', description: 'Pasted; it lasts about ten minutes' },
];

/** What each way to sign in needs, and what should be known about it. */
const needs: Record<SignIn, { explanation: string; fields: Array<FieldName | SecretName> }> = {
  none: {
    explanation:
      'Nothing is asked of iRacing but its public files. Telemetry and results that you exported from the member site and imported below work in every panel that can be drawn from them.',
    fields: [],
  },
  password: {
    explanation:
      'The client signs in with your e-mail and password, which only iRacing sees. iRacing has to have enabled the client for it, and registered your account with it.',
    fields: ['clientId', 'clientSecret', 'username', 'password'],
  },
  refresh: {
    explanation:
      'The command collector login opens iRacing’s sign-in page in a browser and prints a refresh token. Each use replaces the token, and the data source keeps the new one. So a token may be used in this one place only: two programs that share it lock each other out.',
    fields: ['clientId', 'clientSecret', 'refreshToken'],
  },
  access: {
    explanation: 'For a quick look. When the token has run out, paste a new one.',
    fields: ['accessToken'],
  },
};

type FieldName = 'clientId' | 'username';
type SecretName = Extract<AnySecret, 'clientSecret' | 'password' | 'refreshToken' | 'accessToken'>;

interface FieldText {
  label: string;
  description?: string;
  placeholder?: string;
}

const texts: Record<FieldName | SecretName, FieldText> = {
  clientId: { label: 'Client ID', description: 'The id of the OAuth client that iRacing registered for you.' },
  clientSecret: { label: 'Client secret' },
  username: { label: 'E-mail', description: 'The address that you sign in to iRacing with.' },
  password: { label: 'Password' },
  refreshToken: { label: 'Refresh token', description: 'What collector login printed.' },
  accessToken: { label: 'Access token' },
};

const secretNames: readonly string[] = [
  'clientSecret',
  'password',
  'refreshToken',
  'accessToken',
] satisfies SecretName[];

function isSecret(name: string): name is SecretName {
  return secretNames.includes(name);
}

/** The account that is signed in to iRacing, and what is asked and shown of it. */
export function AccountSettings({ options, onOptionsChange, onChange }: SectionProps) {
  const { jsonData } = options;
  const way = jsonData.signIn || none;
  const { explanation, fields } = needs[way] ?? needs.none;
  return (
    <FieldSet label="iRacing account">
      <Field
        label="Sign in with"
        htmlFor="iracing-sign-in"
        description="iRacing gives out no new OAuth clients at the moment, so only those who have one already can sign in. Everything that needs no sign-in works without it."
      >
        <Combobox<SignIn>
          id="iracing-sign-in"
          width={40}
          options={ways}
          value={way}
          onChange={({ value }) => onChange({ signIn: value })}
        />
      </Field>
      <Box marginBottom={2} maxWidth={80}>
        <Text element="p" variant="bodySmall" color="secondary">
          {explanation}
        </Text>
      </Box>
      {fields.map((name) =>
        isSecret(name) ? (
          <SecretField
            key={name}
            name={name}
            {...described(name)}
            {...(isOptional(way, name) && { description: 'If the client has one.' })}
            {...{ options, onOptionsChange }}
          />
        ) : (
          <Field key={name} htmlFor={`iracing-${name}`} {...described(name)}>
            <Input
              id={`iracing-${name}`}
              width={60}
              autoComplete="off"
              value={jsonData[name] ?? ''}
              onChange={(event) => onChange({ [name]: event.currentTarget.value })}
            />
          </Field>
        )
      )}
      {way !== none && (
        <Field
          label="Requests per second"
          htmlFor="iracing-requests"
          description="The most that is asked of iRacing, which allows 4 a second for everything you run. Empty means 2."
        >
          <Input
            id="iracing-requests"
            type="number"
            width={20}
            min={0.1}
            max={4}
            step={0.1}
            placeholder="2"
            value={jsonData.requestsPerSecond || ''}
            onChange={(event) => onChange({ requestsPerSecond: Number(event.currentTarget.value) || undefined })}
          />
        </Field>
      )}
      <Field
        label="Own customer id"
        htmlFor="iracing-cust-id"
        description="The driver that “me” stands for. Empty means the account that signs in; without a sign-in it tells which driver of an imported result is you."
      >
        <Input
          id="iracing-cust-id"
          width={20}
          inputMode="numeric"
          placeholder={way === none ? 'nobody' : 'the account'}
          value={jsonData.custId ?? ''}
          onChange={(event) => onChange({ custId: event.currentTarget.value.trim() || undefined })}
        />
      </Field>
      <Field
        label="Names of other drivers"
        htmlFor="iracing-names"
        description="iRacing wants the explicit consent of every member whose name or customer id is shown. Without it others appear as “Driver 48213”, the same one in every panel. Turn this on only if you have that consent, or nobody but you sees the dashboards."
      >
        <Switch
          id="iracing-names"
          value={Boolean(jsonData.showNames)}
          onChange={(event) => onChange({ showNames: event.currentTarget.checked })}
        />
      </Field>
    </FieldSet>
  );
}

function isOptional(way: SignIn, name: SecretName): boolean {
  return way === 'refresh' && name === 'clientSecret';
}

function described(name: FieldName | SecretName) {
  const { label, description } = texts[name];
  return { label, description };
}
