import { LapBest, SessionLatest } from '../models.gen';
import type { Field, KindTable } from './field';

const session: Field<'session'> = {
  name: 'session',
  label: 'Session',
  tooltip:
    'One telemetry file is one session. Latest follows the file you drove last; a variable such as $session lets the dashboard choose.',
  control: 'pick',
  list: 'sessions',
  word: SessionLatest,
};

/** What is read from telemetry files. */
export const telemetry: KindTable<'trace' | 'laps' | 'sessions'> = {
  trace: {
    label: 'Trace',
    description: 'Channels such as speed and brake along chosen laps',
    start: { session: SessionLatest, laps: [LapBest], channels: ['Speed', 'Throttle', 'Brake'], x: 'distance' },
    // The rest of it has an editor of its own.
    fields: [session],
  },
  laps: {
    label: 'Laps',
    description: 'The lap table of one session: lap and sector times, fuel, incidents',
    start: { session: SessionLatest },
    fields: [
      session,
      {
        name: 'only',
        label: 'Which laps',
        tooltip:
          'Averages such as fuel per lap only make sense over clean laps; a lap list reads better with all of them.',
        control: 'choice',
        word: 'all',
        options: [
          { value: 'all', label: 'All laps', description: 'Out laps, in laps and laps that were broken off too' },
          { value: 'timed', label: 'Timed laps', description: 'Laps from line to line that have a lap time' },
          {
            value: 'valid',
            label: 'Clean laps',
            description: 'Flying laps without an incident, a reset or a visit to the pits',
          },
        ],
      },
      {
        name: 'laps',
        label: 'Only',
        tooltip: 'Lists these laps and no others, for example the two that a dashboard compares.',
        control: 'pickMany',
        list: 'laps',
        of: 'session',
        placeholder: 'Every lap',
      },
    ],
  },
  sessions: {
    label: 'Sessions',
    description: 'The telemetry files of the library, newest first',
    fields: [
      {
        name: 'car',
        label: 'Car contains',
        tooltip: 'Part of the car’s name, for example mx-5. Empty lists every car.',
        control: 'text',
        placeholder: 'any',
      },
      {
        name: 'track',
        label: 'Track contains',
        tooltip: 'Part of the track’s name, for example spa. Empty lists every track.',
        control: 'text',
        placeholder: 'any',
      },
      {
        name: 'inRange',
        label: 'In time range',
        tooltip: 'Lists only what was driven within the dashboard’s time range.',
        control: 'switch',
      },
    ],
  },
};
