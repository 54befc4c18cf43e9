import type { KindTable } from './field';
import { category, driver, season, view, week } from './shared';

const divisions = [
  { value: 'rookie', label: 'Rookie' },
  ...Array.from({ length: 10 }, (_, i) => ({ value: String(i + 1), label: `Division ${i + 1}` })),
];

/** What is told of championships and schedules. */
export const seasons: KindTable<'standings' | 'seasonResults' | 'schedule'> = {
  standings: {
    label: 'Standings',
    description: 'A championship table, or the weeks of one driver in it',
    fields: [
      season,
      {
        name: 'of',
        label: 'Championship',
        tooltip: 'Which table of the season.',
        control: 'choice',
        word: 'drivers',
        options: [
          { value: 'drivers', label: 'Drivers' },
          { value: 'supersession', label: 'Supersession' },
          { value: 'teams', label: 'Teams' },
          { value: 'timeTrial', label: 'Time trial' },
          { value: 'timeTrialResults', label: 'Time trial results', description: 'Of one week' },
          { value: 'qualifyingResults', label: 'Qualifying results', description: 'Of one week' },
        ],
      },
      view(
        ['table', 'Table', 'A row a competitor'],
        ['weeks', 'Weeks of a driver', 'Points, races, whether the week counts or is dropped']
      ),
      {
        name: 'class',
        label: 'Car class',
        tooltip: 'One class of a season of several classes. Empty is the first.',
        control: 'pick',
        list: 'carClasses',
        of: 'season',
        placeholder: 'The first class',
      },
      {
        name: 'division',
        label: 'Division',
        tooltip: 'Keeps one division. Empty keeps all of them.',
        control: 'choice',
        options: divisions,
        placeholder: 'All divisions',
      },
      week,
      { ...driver, when: ['view', 'weeks'] },
      {
        name: 'around',
        label: 'Rows around you',
        tooltip: 'Keeps the first three rows and so many before and after your own. A whole table can be long.',
        control: 'number',
        placeholder: 'the whole table, at most 1,000 rows',
        max: 500,
        when: ['view', 'table'],
      },
    ],
  },
  seasonResults: {
    label: 'Season results',
    description: 'The races of a season: splits, strength of field, when the grids are full',
    fields: [
      season,
      view(
        ['races', 'Races', 'A row a split'],
        ['hours', 'Weekday and hour', 'Entries, splits and strength of field by weekday and hour'],
        ['weeks', 'Weeks', 'How many drove in each week']
      ),
      { ...week, when: ['view', 'races', 'hours'] },
    ],
  },
  schedule: {
    label: 'Schedule',
    description: 'What is raced when: this week, one season, the next hours, time attack',
    fields: [
      view(
        ['week', 'This week', 'All running seasons with this week’s track'],
        ['season', 'One season', 'The weeks of one season: track and weather'],
        ['guide', 'Next hours', 'The official sessions of the next three hours'],
        ['timeAttack', 'Time attack', 'The public time attack competitions; needs no account']
      ),
      { ...season, when: ['view', 'season'] },
      {
        name: 'series',
        label: 'Series',
        tooltip: 'A series, or part of its name. Empty keeps all of them.',
        control: 'pick',
        list: 'series',
        placeholder: 'All series',
        when: ['view', 'week', 'guide'],
      },
      { ...category, when: ['view', 'week', 'guide'] },
    ],
  },
};
