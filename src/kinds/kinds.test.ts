import * as models from '../models.gen';
import { type Field, fieldsOf, groups, infoOf } from '.';
import { listGroups, lists } from './lists';

const kinds = Object.values(models.Kind);
const fields = kinds.flatMap((kind) => fieldsOf(kind).map((field) => ({ kind, field, siblings: fieldsOf(kind) })));

/** The words of a model's union, by the kind and the field that have it. */
const unions: Record<string, object> = {
  'laps.only': models.LapFilter,
  part: models.Part,
  category: models.Category,
  categories: models.Category,
  'raceHistory.as': models.HistoryShape,
  'raceLaps.as': models.LapsShape,
  'eventLog.as': models.EventShape,
  'eventLog.events': models.EventKind,
  'gapChart.to': models.GapTo,
  'raceResults.view': models.ResultsView,
  'iratingEstimate.view': models.EstimateView,
  'ratingHistory.rating': models.Rating,
  'ratingHistory.view': models.RatingView,
  'career.by': models.CareerBy,
  'headToHead.view': models.DuelView,
  'standings.of': models.StandingsOf,
  'standings.view': models.StandingsView,
  'seasonResults.view': models.SeasonView,
  'schedule.view': models.ScheduleView,
  'leaderboard.event': models.LeaderboardEvent,
  'leaderboard.view': models.LeaderboardView,
  'league.view': models.LeagueView,
  'team.view': models.TeamView,
  'liveSessions.view': models.LiveView,
  'serviceStatus.view': models.StatusView,
};

const named = ({ kind, field }: { kind: string; field: Field }) => `${kind}.${field.name}`;

it('offers every kind once', () => {
  expect(groups.flatMap((group) => group.kinds).sort()).toEqual([...kinds].sort());
});

it('offers every pick list once', () => {
  expect(listGroups.flatMap((group) => group.lists).sort()).toEqual(Object.keys(lists).sort());
});

it('describes every kind in its own words', () => {
  const words = kinds.flatMap((kind) => [infoOf(kind).label, infoOf(kind).description]);
  expect(new Set(words).size).toBe(2 * kinds.length);
});

it('offers exactly the words that the backend knows', () => {
  // An id of four or eleven values is no union of the models.
  const loose = ['leaderboard.quarter', 'standings.division'];
  for (const entry of fields) {
    const { field } = entry;
    if ('options' in field && !loose.includes(named(entry))) {
      const words = field.options.map((option) => option.value).sort();
      const union = unions[named(entry)] ?? unions[field.name] ?? {};
      expect([named(entry), words]).toEqual([named(entry), Object.values(union).sort()]);
    }
  }
});

it('refers only to fields that are there', () => {
  const missing = fields.filter(({ field, siblings }) => {
    const names = siblings.map((sibling) => sibling.name);
    const of = 'of' in field ? field.of : undefined;
    return [of, field.when?.[0]].some((name) => name && !names.includes(name));
  });
  expect(missing.map(named)).toEqual([]);
});

it('shows fields for words that can be chosen', () => {
  const wrong = fields.filter(({ field, siblings }) => {
    const [name, ...words] = field.when ?? [];
    const other = siblings.find((sibling) => sibling.name === name);
    const known = other && 'options' in other ? other.options.map((option) => option.value) : [];
    return words.some((word) => !known.includes(word));
  });
  expect(wrong.map(named)).toEqual([]);
});
