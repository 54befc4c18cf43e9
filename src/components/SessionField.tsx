import React from 'react';
import type { IRacingDataSource } from '../datasource';
import { SessionLatest } from '../models.gen';
import { PickOne } from './PickField';

interface Props {
  datasource: IRacingDataSource;
  value?: string;
  onChange: (session: string) => void;
}

/** The session that laps and channels are read from. */
export function SessionField({ datasource, value, onChange }: Props) {
  return (
    <PickOne
      datasource={datasource}
      kind="sessions"
      label="Session"
      tooltip="One telemetry file is one session. Latest follows the file you drove last; a variable such as $session lets the dashboard choose."
      value={value || SessionLatest}
      onChange={onChange}
    />
  );
}
