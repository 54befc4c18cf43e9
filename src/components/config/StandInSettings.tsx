import { Box, CollapsableSection, Field, Input, Text } from '@grafana/ui';
import React, { useState } from 'react';
import type { SectionProps } from '../ConfigEditor';

const addresses = [
  { name: 'apiUrl', id: 'iracing-api-url', label: 'API address', placeholder: 'https://members-ng.iracing.com' },
  {
    name: 'oauthUrl',
    id: 'iracing-oauth-url',
    label: 'Sign-in address',
    placeholder: 'https://oauth.iracing.com/oauth2',
  },
  {
    name: 'publicUrl',
    id: 'iracing-public-url',
    label: 'Address of the public files',
    placeholder: 'iRacing’s own',
  },
] as const;

/** Where requests go instead of to iRacing. */
export function StandInSettings({ options: { jsonData }, onChange }: SectionProps) {
  const isSet = addresses.some(({ name }) => Boolean(jsonData[name]));
  const [isOpen, setOpen] = useState(isSet);
  return (
    <CollapsableSection label="Stand-in for iRacing" isOpen={isOpen} onToggle={setOpen}>
      <Box marginBottom={2}>
        <Text element="p" variant="bodySmall" color="secondary">
          For a proxy, or a made-up iRacing to try things out. Your secrets are sent to these addresses. Leave them
          empty to talk to iRacing itself.
        </Text>
      </Box>
      {addresses.map(({ name, id, label, placeholder }) => (
        <Field key={name} label={label} htmlFor={id}>
          <Input
            id={id}
            width={60}
            placeholder={placeholder}
            value={jsonData[name] ?? ''}
            onChange={(event) => onChange({ [name]: event.currentTarget.value.trim() || undefined })}
          />
        </Field>
      ))}
    </CollapsableSection>
  );
}
