import type { KindTable } from './field';
import { season, subsession, view } from './shared';

/** What goes on right now. */
export const live: KindTable<'liveSessions' | 'serviceStatus'> = {
  liveSessions: {
    label: 'Live sessions',
    description: 'What goes on now: official, hosted and league sessions, and who is registered',
    fields: [
      view(
        ['official', 'Official', 'Official sessions that can be watched'],
        ['hosted', 'Hosted', 'Hosted sessions that can be joined'],
        ['league', 'League', 'Sessions of your leagues'],
        ['entries', 'Entries', 'Who is registered in one session, with ratings']
      ),
      {
        ...season,
        tooltip: 'Keeps one season. Empty keeps all of them.',
        needed: false,
        placeholder: 'All seasons',
        when: ['view', 'official'],
      },
      {
        ...subsession,
        label: 'Session',
        tooltip: 'The subsession id of a session that runs or is about to.',
        word: undefined,
        placeholder: 'Enter a subsession id',
        needed: true,
        when: ['view', 'entries'],
      },
    ],
  },
  serviceStatus: {
    label: 'Service status',
    description: 'How iRacing’s services are; needs no account',
    fields: [
      view(
        ['now', 'Now', 'A row a service'],
        ['history', 'History', 'The measurements of the last minutes, a time series a service']
      ),
      {
        name: 'service',
        label: 'Service contains',
        tooltip: 'Part of the service’s name. Empty keeps all of them.',
        control: 'text',
        placeholder: 'any',
      },
    ],
  },
};
