import { DriverMe, SubsessionLatest } from '../models.gen';
import type { KindTable } from './field';
import { classOfRace, driverOfRace, driversOfRace, part, shape, subsession, top, view } from './shared';

const start = { subsession: SubsessionLatest };

/** What is told of one race. */
export const race: KindTable<
  'raceResults' | 'lapChart' | 'gapChart' | 'raceLaps' | 'paceRanking' | 'eventLog' | 'iratingEstimate'
> = {
  raceResults: {
    label: 'Race results',
    description: 'The classification of a race, its key figures, or its splits',
    start,
    fields: [
      subsession,
      view(
        ['rows', 'Classification', 'A row a car'],
        ['summary', 'Summary', 'One row: strength of field, field size, weather, your own finish'],
        ['drivers', 'Team drivers', 'A row for each driver of a team race'],
        ['splits', 'Splits', 'The other splits of the same start']
      ),
      { ...part, when: ['view', 'rows', 'drivers'] },
      { ...classOfRace, when: ['view', 'rows', 'drivers', 'summary'] },
    ],
  },
  lapChart: {
    label: 'Lap chart',
    description: 'The position of each car lap by lap, for a Trend panel',
    start,
    fields: [subsession, part, classOfRace, driversOfRace('All drivers'), top],
  },
  gapChart: {
    label: 'Gap chart',
    description: 'The gap of each car lap by lap, for a Trend panel',
    start,
    fields: [
      subsession,
      part,
      {
        name: 'to',
        label: 'Gap to',
        tooltip: 'What the gaps are measured to.',
        control: 'choice',
        word: 'leader',
        options: [
          { value: 'leader', label: 'Leader', description: 'Who leads at the end of that lap' },
          { value: 'driver', label: 'One driver', description: 'Above zero is behind that driver' },
          {
            value: 'pace',
            label: 'Even pace',
            description:
              'A car that drives every lap at the winner’s average: the race trace, which shows stops and cautions',
          },
        ],
      },
      { ...driverOfRace, when: ['to', 'driver'] },
      classOfRace,
      driversOfRace('All drivers'),
      top,
    ],
  },
  raceLaps: {
    label: 'Race laps',
    description: 'The lap times of a race, as a table or a chart',
    start: { ...start, drivers: [DriverMe] },
    fields: [
      subsession,
      part,
      shape(
        ['table', 'Table', 'A row a lap'],
        ['chart', 'Chart', 'Lap times over the lap number, a line a driver, for a Trend panel']
      ),
      classOfRace,
      driversOfRace('You in a table, everybody in a chart'),
      top,
      {
        name: 'clean',
        label: 'Clean laps only',
        tooltip: 'Leaves out laps with a pit stop, an incident, a black flag or a tow.',
        control: 'switch',
      },
    ],
  },
  paceRanking: {
    label: 'Pace ranking',
    description: 'All drivers by the pace of their clean laps: quartiles, consistency, best lap',
    start,
    fields: [subsession, part, classOfRace],
  },
  eventLog: {
    label: 'Event log',
    description: 'Penalties, cautions and lead changes, as a table, as log lines or as annotations',
    start,
    fields: [
      subsession,
      part,
      {
        name: 'events',
        label: 'Events',
        tooltip: 'Keeps these kinds of events.',
        control: 'choices',
        placeholder: 'All events',
        options: [
          { value: 'penalty', label: 'Penalties' },
          { value: 'caution', label: 'Cautions' },
          { value: 'leadChange', label: 'Lead changes' },
          { value: 'other', label: 'Others' },
        ],
      },
      shape(
        ['table', 'Table', 'A row an event'],
        ['logs', 'Log lines', 'For a Logs panel'],
        ['annotations', 'Annotations', 'Events on the time axis, cautions with their end']
      ),
    ],
  },
  iratingEstimate: {
    label: 'iRating estimate',
    description: 'What a race does to the iRating by the community’s formula, beside what it did',
    start,
    fields: [
      subsession,
      view(
        ['drivers', 'All drivers', 'Estimate, actual change and the difference, a row a driver'],
        ['whatIf', 'What if', 'The change of one driver over the finishing position, for a Trend panel'],
        ['entries', 'Race to come', 'The same curve from the entry list of a race that has not begun']
      ),
      { ...driverOfRace, when: ['view', 'whatIf', 'entries'] },
      classOfRace,
    ],
  },
};
