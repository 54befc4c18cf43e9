import { SeasonCurrent } from '../models.gen';
import type { KindTable } from './field';
import { view } from './shared';

/** What is told of leagues and teams. */
export const leagues: KindTable<'league' | 'team'> = {
  league: {
    label: 'League',
    description: 'A league’s standings, sessions, members, seasons and points systems',
    fields: [
      view(
        ['standings', 'Standings'],
        ['teams', 'Team standings'],
        ['sessions', 'Sessions'],
        ['roster', 'Members'],
        ['seasons', 'Seasons'],
        ['points', 'Points systems'],
        ['mine', 'My leagues', 'The leagues of the account'],
        ['directory', 'Directory', 'Leagues to be found']
      ),
      {
        name: 'league',
        label: 'League',
        tooltip: 'A league, by its league id. Those of the account are listed.',
        control: 'pick',
        list: 'leagues',
        needed: true,
        placeholder: 'Choose a league',
        when: ['view', 'standings', 'teams', 'sessions', 'roster', 'seasons', 'points'],
      },
      {
        name: 'season',
        label: 'Season',
        tooltip: 'A season of the league. Current is the newest that is not over.',
        control: 'pick',
        list: 'leagueSeasons',
        of: 'league',
        word: SeasonCurrent,
        when: ['view', 'standings', 'teams', 'sessions'],
      },
      {
        name: 'class',
        label: 'Car class',
        tooltip: 'Keeps one car class, by its id. Empty keeps all of them.',
        control: 'pick',
        list: 'carClasses',
        placeholder: 'All classes',
        when: ['view', 'standings', 'teams'],
      },
      {
        name: 'search',
        label: 'Search',
        tooltip: 'What the name or the description of a league contains.',
        control: 'text',
        placeholder: 'any',
        when: ['view', 'directory'],
      },
    ],
  },
  team: {
    label: 'Team',
    description: 'A team’s members and races',
    fields: [
      view(
        ['roster', 'Members'],
        ['races', 'Races', 'The team’s races within the time range'],
        ['mine', 'My teams', 'The teams of the account']
      ),
      {
        name: 'team',
        label: 'Team',
        tooltip: 'A team, by its team id. Those of the account are listed.',
        control: 'pick',
        list: 'teams',
        needed: true,
        placeholder: 'Choose a team',
        when: ['view', 'roster', 'races'],
      },
    ],
  },
};
