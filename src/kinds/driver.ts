import { DriverMe } from '../models.gen';
import type { KindTable } from './field';
import { categories, category, driver, hosted, shape, view } from './shared';

const start = { driver: DriverMe };

/** What is told of one driver. */
export const drivers: KindTable<
  'raceHistory' | 'ratingHistory' | 'career' | 'perCar' | 'perTrack' | 'headToHead' | 'leaderboard'
> = {
  raceHistory: {
    label: 'Race history',
    description: 'A driver’s races within the time range, as a table, as time series or as annotations',
    start,
    fields: [
      driver,
      shape(
        ['table', 'Table', 'A row a race'],
        ['series', 'Time series', 'Finish, incidents and rating change at the time of each race; ready for alerts'],
        ['annotations', 'Annotations', 'Each race as an event from its start to its end']
      ),
      category,
      {
        name: 'series',
        label: 'Series',
        tooltip: 'Keeps the races of one series. Empty keeps all of them.',
        control: 'pick',
        list: 'series',
        placeholder: 'All series',
      },
      {
        name: 'car',
        label: 'Car contains',
        tooltip: 'Part of the car’s name, for example mx-5. Empty keeps every car.',
        control: 'text',
        placeholder: 'any',
      },
      {
        name: 'track',
        label: 'Track contains',
        tooltip: 'Part of the track’s name, for example spa. Empty keeps every track.',
        control: 'text',
        placeholder: 'any',
      },
      hosted,
      {
        name: 'ratings',
        label: 'Ratings of',
        tooltip:
          'For how many of the newest races the rating changes are looked up. Each takes a request the first time; after that it is known for good.',
        control: 'number',
        placeholder: 'the newest 25 races',
      },
    ],
  },
  ratingHistory: {
    label: 'Rating history',
    description: 'iRating, safety rating and time trial rating over time, or as they are now',
    start,
    fields: [
      driver,
      view(
        ['history', 'History', 'Time series, a line a category'],
        ['current', 'Current licences', 'The licences and ratings as they are now, a row a category']
      ),
      {
        name: 'rating',
        label: 'Rating',
        tooltip: 'Which of the ratings.',
        control: 'choice',
        word: 'irating',
        options: [
          { value: 'irating', label: 'iRating' },
          { value: 'safety', label: 'Safety rating' },
          { value: 'tt', label: 'Time trial rating' },
        ],
        when: ['view', 'history'],
      },
      {
        name: 'categories',
        label: 'Categories',
        tooltip: 'The licence categories to show. Road is the history before it was split into sports and formula car.',
        control: 'choices',
        options: categories,
        placeholder: 'All categories',
      },
    ],
  },
  career: {
    label: 'Career',
    description: 'A driver’s totals by category or year, a year in review, or best laps',
    start,
    fields: [
      driver,
      {
        name: 'by',
        label: 'By',
        tooltip: 'What the totals are split by.',
        control: 'choice',
        word: 'category',
        options: [
          { value: 'category', label: 'Category' },
          { value: 'year', label: 'Year' },
          {
            value: 'recap',
            label: 'Recap',
            description: 'The year of the time range: favourite car and track, averages',
          },
          { value: 'bests', label: 'Best laps', description: 'The best lap on each track' },
        ],
      },
      { ...category, when: ['by', 'category', 'year'] },
    ],
  },
  perCar: {
    label: 'Races by car',
    description: 'A driver’s races within the time range added up by car',
    start,
    fields: [driver, category, hosted],
  },
  perTrack: {
    label: 'Races by track',
    description: 'A driver’s races within the time range added up by track',
    start,
    fields: [driver, category, hosted],
  },
  headToHead: {
    label: 'Head to head',
    description: 'Two drivers compared over the races within the time range that both drove',
    start,
    fields: [
      driver,
      {
        ...driver,
        name: 'rival',
        label: 'Rival',
        tooltip: 'Type a name to search for a driver, or a customer id.',
        word: undefined,
        placeholder: 'Choose a rival',
        needed: true,
      },
      view(
        ['meetings', 'Meetings', 'A row a race'],
        ['summary', 'Summary', 'One row: share ahead, average difference'],
        ['score', 'Score', 'The running score, a time series']
      ),
      hosted,
    ],
  },
  leaderboard: {
    label: 'Leaderboard',
    description: 'The fastest laps of a car on a track, and where a driver stands among them',
    start,
    fields: [
      {
        name: 'car',
        label: 'Car',
        tooltip: 'One of iRacing’s cars, by its car id.',
        control: 'pick',
        list: 'cars',
        needed: true,
        placeholder: 'Choose a car',
      },
      {
        name: 'track',
        label: 'Track',
        tooltip: 'One of iRacing’s tracks with its layout, by its track id.',
        control: 'pick',
        list: 'tracks',
        needed: true,
        placeholder: 'Choose a track',
      },
      view(
        ['rows', 'Fastest', 'The fastest drivers and the chosen one'],
        ['summary', 'Where the driver stands', 'One row: own time, rank, percentile, ratio to the record'],
        ['spread', 'Spread', 'How many drivers are how fast']
      ),
      {
        name: 'event',
        label: 'Laps of',
        tooltip: 'In which sessions a lap counts.',
        control: 'choice',
        word: 'race',
        options: [
          { value: 'race', label: 'Races' },
          { value: 'qualify', label: 'Qualifying' },
          { value: 'timeTrial', label: 'Time trials' },
          { value: 'practice', label: 'Practice' },
        ],
      },
      driver,
      {
        name: 'year',
        label: 'Year',
        tooltip: 'Together with the quarter keeps the laps of one season, for example 2026 and 4.',
        control: 'text',
        placeholder: 'all times',
      },
      {
        name: 'quarter',
        label: 'Quarter',
        tooltip: 'Which season of the year.',
        control: 'choice',
        options: ['1', '2', '3', '4'].map((value) => ({ value, label: `Season ${value}` })),
        placeholder: 'All seasons',
      },
      {
        name: 'top',
        label: 'Rows',
        tooltip: 'How many of the fastest drivers are listed.',
        control: 'number',
        placeholder: '100',
        when: ['view', 'rows'],
      },
    ],
  },
};
