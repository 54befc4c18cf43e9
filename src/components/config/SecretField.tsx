import { Field, SecretInput } from '@grafana/ui';
import React from 'react';
import type { Secrets } from '../../models.gen';
import type { SectionProps } from '../ConfigEditor';

export type SecretName = keyof Secrets;

interface Props extends Pick<SectionProps, 'options' | 'onOptionsChange'> {
  name: SecretName;
  label: string;
  description?: string;
}

/** A secret is written and never read: of one that is saved only that it is there can be seen. */
export function SecretField({ name, label, description, options, onOptionsChange }: Props) {
  const { secureJsonData, secureJsonFields } = options;
  const put = (value: string) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, [name]: false },
      secureJsonData: { ...secureJsonData, [name]: value },
    });
  return (
    <Field htmlFor={`iracing-${name}`} label={label} description={description}>
      <SecretInput
        id={`iracing-${name}`}
        width={60}
        autoComplete="new-password"
        placeholder=""
        isConfigured={Boolean(secureJsonFields?.[name])}
        value={secureJsonData?.[name] ?? ''}
        onChange={(event) => put(event.currentTarget.value)}
        onReset={() => put('')}
      />
    </Field>
  );
}
