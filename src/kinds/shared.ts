// Fields that several kinds of queries have.
import { type Category, DriverMe, type Part, SubsessionLatest } from '../models.gen';
import type { Choice, Field, PickField } from './field';

const parts: Array<Choice & { value: Part }> = [
  { value: 'race', label: 'Race' },
  { value: 'qualify', label: 'Qualifying' },
  { value: 'practice', label: 'Practice' },
];

export const categories: Array<Choice & { value: Category }> = [
  { value: 'sports_car', label: 'Sports car' },
  { value: 'formula_car', label: 'Formula car' },
  { value: 'oval', label: 'Oval' },
  { value: 'dirt_road', label: 'Dirt road' },
  { value: 'dirt_oval', label: 'Dirt oval' },
  { value: 'road', label: 'Road', description: 'Before it was split into sports car and formula car in 2024' },
];

export const subsession: PickField<'subsession'> = {
  name: 'subsession',
  label: 'Race',
  tooltip:
    'One split of one start, by its subsession id. Latest is your newest race, or the newest result that was imported; a variable such as $subsession lets the dashboard choose.',
  control: 'pick',
  list: 'subsessions',
  word: SubsessionLatest,
};

export const part: Field<'part'> = {
  name: 'part',
  label: 'Part',
  tooltip: 'A race event has a qualifying session and often a practice before the race.',
  control: 'choice',
  options: parts,
  word: 'race',
};

export const classOfRace: Field<'class'> = {
  name: 'class',
  label: 'Car class',
  tooltip: 'Keeps the cars of one class. Empty keeps all of them.',
  control: 'pick',
  list: 'classes',
  of: 'subsession',
  placeholder: 'All classes',
};

export const driversOfRace = (placeholder: string): Field<'drivers'> => ({
  name: 'drivers',
  label: 'Drivers',
  tooltip: 'Keeps these drivers. The word me stands for the account’s own driver.',
  control: 'pickMany',
  list: 'entrants',
  of: 'subsession',
  placeholder,
});

export const top: Field<'top'> = {
  name: 'top',
  label: 'Cars at the front',
  tooltip: 'Keeps so many cars from the front of the classification, and your own one wherever it finished.',
  control: 'number',
  placeholder: 'All cars',
};

export const driverOfRace: PickField<'driver'> = {
  name: 'driver',
  label: 'Driver',
  tooltip: 'One driver of the race. The word me stands for the account’s own driver.',
  control: 'pick',
  list: 'entrants',
  of: 'subsession',
  word: DriverMe,
};

export const driver: PickField<'driver'> = {
  name: 'driver',
  label: 'Driver',
  tooltip: 'Type a name to search for a driver, or a customer id. The word me stands for the account’s own driver.',
  control: 'pick',
  list: 'drivers',
  word: DriverMe,
};

export const category: Field<'category'> = {
  name: 'category',
  label: 'Category',
  tooltip: 'The licence category. Empty keeps all of them.',
  control: 'choice',
  options: categories,
  placeholder: 'All categories',
};

export const hosted: Field<'hosted'> = {
  name: 'hosted',
  label: 'Hosted races',
  tooltip: 'Adds hosted and league races to the official ones.',
  control: 'switch',
};

export const season: PickField<'season'> = {
  name: 'season',
  label: 'Season',
  tooltip: 'One season of one series, by its season id. Those that run now are listed.',
  control: 'pick',
  list: 'seasons',
  needed: true,
  placeholder: 'Choose a season',
};

export const week: PickField<'week'> = {
  name: 'week',
  label: 'Week',
  tooltip: 'One race week, counted from 1. Empty is the whole season.',
  control: 'pick',
  list: 'weeks',
  of: 'season',
  placeholder: 'The whole season',
};

/** What a query tells of its subject. The first view is the one that an empty field means. */
export function view(...options: Array<[value: string, label: string, description?: string]>): Field<'view'> {
  return {
    name: 'view',
    label: 'View',
    tooltip: 'What is told of it.',
    control: 'choice',
    options: options.map(([value, label, description]) => ({ value, label, description })),
    word: options[0]?.[0],
  };
}

/** The shape of an answer. The first one is the one that an empty field means. */
export function shape(...options: Array<[value: string, label: string, description: string]>): Field<'as'> {
  return {
    name: 'as',
    label: 'Format',
    tooltip: 'The shape of the answer, which decides what can draw it.',
    control: 'choice',
    options: options.map(([value, label, description]) => ({ value, label, description })),
    word: options[0]?.[0],
  };
}
