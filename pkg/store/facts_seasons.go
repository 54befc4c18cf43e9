package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func joined(list []string) string { return plain(strings.Join(list, ",")) }

// know tells what a list of seasons knows of them.
type know struct {
	rules   bool // whether they are official, for teams, of fixed set-ups, and for which licence
	running bool // which week runs, whether the season does, how many weeks there are and count
	weeks   bool // all about its weeks
	at      time.Time
}

func readSeasonList(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	list, err := api.SeasonList(ctx, 0, 0)
	return seasonFacts(list, at, know{rules: true, running: true}), err
}

func readSeasons(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	list, err := api.Seasons(ctx, 0, 0)
	return seasonFacts(list, at, know{rules: true, running: true, weeks: true}), err
}

func readSeasonNames(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	list, err := api.SeasonsOf(ctx, int(param(r, "season_year")), int(param(r, "season_quarter")))
	return seasonFacts(list, at, know{rules: true}), err
}

func readPastSeasons(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	list, err := api.PastSeasons(ctx, param(r, "series_id"))
	return seasonFacts(list, at, know{rules: true}), err
}

func readSeasonSchedule(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	s, err := api.SeasonSchedule(ctx, param(r, "season_id"))
	if err != nil {
		return nil, err
	}
	s.ID = param(r, "season_id")
	return seasonFacts([]iracing.Season{*s}, at, know{weeks: true}), nil
}

// seasonWeek is a week with the season that it is of.
type seasonWeek struct {
	iracing.Week
	season int64
}

// seasonTimes is one of the rules by which sessions of a week start.
type seasonTimes struct {
	iracing.SessionTimes
	season, week int64
	number       int64
}

func seasonFacts(seasons []iracing.Season, at time.Time, k know) *facts {
	n := newNames(at)
	k.at = at
	seasons = slices.DeleteFunc(seasons, func(s iracing.Season) bool { return s.ID <= 0 })
	slices.SortStableFunc(seasons, func(a, b iracing.Season) int { return cmp.Compare(a.ID, b.ID) })
	var weeks []seasonWeek
	var times []seasonTimes
	for i := range seasons {
		s := &seasons[i]
		n.season(iracing.Ref{}, s.Series, 0, 0, 0)
		for _, c := range s.Classes {
			n.class(c, "")
		}
		for _, w := range s.Schedule {
			if w.Number < 1 {
				continue
			}
			n.track(w.Track)
			weeks = append(weeks, seasonWeek{w, s.ID})
			for j, t := range w.Sessions {
				times = append(times, seasonTimes{t, s.ID, int64(w.Number), int64(j + 1)})
			}
		}
	}
	return &facts{names: n, write: func(keep *keeping) {
		keep.put("seasons", seasonBulk(seasons, k))
		keep.put("season_weeks", weekBulk(weeks, k))
		if !k.weeks {
			return
		}
		var in, numbers []int64
		for _, w := range weeks {
			in, numbers = append(in, w.season), append(numbers, int64(w.Number))
		}
		rules := make([]int64, len(weeks))
		for i, w := range weeks {
			rules[i] = int64(len(w.Sessions))
		}
		keep.do("season_times", `
			delete from iracing.season_times t using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as w(season_id, week, rules)
			where t.season_id = w.season_id and t.week = w.week and t.number > w.rules`, in, numbers, rules)
		keep.put("season_times", timesBulk(times))
	}}
}

func seasonBulk(seasons []iracing.Season, k know) *bulk[iracing.Season] {
	b := listedOf("seasons", "season_id", seasons, func(s *iracing.Season) int64 { return s.ID }, func(s *iracing.Season) string { return s.Name })
	b.id("series_id", func(s *iracing.Season) int64 { return max(s.Series.ID, 0) }).known()
	b.word("short_name", func(s *iracing.Season) string { return s.Short }).known()
	b.id("category_id", func(s *iracing.Season) int64 { return s.Category }).known()
	b.place("year", func(s *iracing.Season) int { return s.Year }).known()
	b.place("quarter", func(s *iracing.Season) int { return s.Quarter }).known()
	if k.rules {
		b.flag("official", func(s *iracing.Season) bool { return s.Official })
		b.flag("fixed_setup", func(s *iracing.Season) bool { return s.Fixed })
		b.flag("team_event", func(s *iracing.Season) bool { return s.Teams })
		b.place("licence_group", func(s *iracing.Season) int { return s.Licence }).known()
	}
	if k.running {
		// Several lists tell what runs; the latest answer holds.
		latest := func(c *bulkColumn, value string) {
			c.merge = "case when old.told_at > new.told_at then @old else " + value + " end"
		}
		latest(b.flag("active", func(s *iracing.Season) bool { return s.Active }), "@new")
		latest(b.flag("multiclass", func(s *iracing.Season) bool { return s.Multiclass }), "@new")
		latest(b.place("week", func(s *iracing.Season) int { return s.Week }), "@new")
		latest(b.count("drops", func(s *iracing.Season) int { return s.Drops }), "@new")
		latest(b.count("registered", func(s *iracing.Season) int { return s.Registered }), "@new")
		latest(b.place("incident_limit", func(s *iracing.Season) int { return s.Incidents }), "@new")
		latest(b.place("weeks", func(s *iracing.Season) int { return s.Weeks }), "coalesce(@new, @old)")
		latest(b.day("starts_on", func(s *iracing.Season) time.Time { return s.Start }), "coalesce(@new, @old)")
		latest(b.word("races", func(s *iracing.Season) string { return s.When }), "coalesce(@new, @old)")
		b.at("told_at", func(*iracing.Season) time.Time { return k.at }).merge = "greatest(@old, @new)"
	}
	list(b, "car_class_ids", "integer[]", func(s *iracing.Season) []int64 {
		ids := make([]int64, len(s.Classes))
		for i, c := range s.Classes {
			ids[i] = c.ID
		}
		return ids
	}).merge = "case when @new = '{}' then @old else @new end"
	return b
}

func weekBulk(weeks []seasonWeek, k know) *bulk[seasonWeek] {
	b := into("season_weeks", weeks, func(w *seasonWeek) [2]int64 { return [2]int64{w.season, int64(w.Number)} })
	b.key("season_id", func(w *seasonWeek) int64 { return w.season })
	b.key("week", func(w *seasonWeek) int64 { return int64(w.Number) })
	b.id("track_id", func(w *seasonWeek) int64 { return max(w.Track.ID, 0) }).known()
	b.id("category_id", func(w *seasonWeek) int64 { return w.Category }).known()
	b.at("starts_at", func(w *seasonWeek) time.Time { return w.Start }).known()
	b.at("ends_at", func(w *seasonWeek) time.Time { return w.End }).known()
	if !k.weeks {
		return b
	}
	long := func(d time.Duration) float64 { return nanFor(d.Seconds(), 0) }
	b.place("race_laps", func(w *seasonWeek) int { return w.Laps })
	b.number("race_seconds", func(w *seasonWeek) float64 { return long(w.Length) })
	b.number("practice_seconds", func(w *seasonWeek) float64 { return long(w.Practice) })
	b.number("qualify_seconds", func(w *seasonWeek) float64 { return long(w.Qualify) })
	b.place("qualify_laps", func(w *seasonWeek) int { return w.QualLaps })
	b.flag("rolling_start", func(w *seasonWeek) bool { return w.Rolling })
	b.number("temperature_low_celsius", func(w *seasonWeek) float64 { return w.Forecast.TempLow })
	b.number("temperature_high_celsius", func(w *seasonWeek) float64 { return w.Forecast.TempHigh })
	b.number("wind_low_meters_per_second", func(w *seasonWeek) float64 { return w.Forecast.WindLow })
	b.number("wind_high_meters_per_second", func(w *seasonWeek) float64 { return w.Forecast.WindHigh })
	b.word("wind_from", func(w *seasonWeek) string { return w.Forecast.WindFrom })
	b.number("rain_share", func(w *seasonWeek) float64 { return w.Forecast.Precip })
	b.word("rain", func(w *seasonWeek) string { return w.Forecast.Rain })
	b.word("skies_low", func(w *seasonWeek) string { return w.Forecast.SkiesLow })
	b.word("skies_high", func(w *seasonWeek) string { return w.Forecast.SkiesHigh })
	b.simTime("sim_started_at", func(w *seasonWeek) string { return w.Forecast.Started })
	return b
}

func timesBulk(times []seasonTimes) *bulk[seasonTimes] {
	b := into("season_times", times, func(t *seasonTimes) [3]int64 { return [3]int64{t.season, t.week, t.number} })
	b.key("season_id", func(t *seasonTimes) int64 { return t.season })
	b.key("week", func(t *seasonTimes) int64 { return t.week })
	b.key("number", func(t *seasonTimes) int64 { return t.number })
	column(b, "fixed", "text", "(%s)::timestamptz[]", func(t *seasonTimes) string {
		var texts []string
		for _, at := range t.At {
			if moment(at).Valid {
				texts = append(texts, at.UTC().Format(time.RFC3339))
			}
		}
		return "{" + strings.Join(texts, ",") + "}"
	})
	b.day("first_day", func(t *seasonTimes) time.Time { return t.From })
	list(b, "days", "smallint[]", func(t *seasonTimes) []int {
		return slices.DeleteFunc(slices.Clone(t.Days), func(d int) bool { return d < 0 || d > 31 }) // as race.SessionStarts does
	})
	repeated := func(t *seasonTimes, d time.Duration) float64 {
		if t.From.IsZero() {
			return nan
		}
		return d.Seconds()
	}
	b.number("first_seconds", func(t *seasonTimes) float64 { return repeated(t, t.First) })
	b.number("every_seconds", func(t *seasonTimes) float64 { return repeated(t, t.Every) })
	b.flag("super_session", func(t *seasonTimes) bool { return t.Super })
	b.number("session_seconds", func(t *seasonTimes) float64 { return nanFor(t.Length.Seconds(), 0) })
	return b
}

// readSeasonResults reads the subsessions of a season.
func readSeasonResults(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	season := param(r, "season_id")
	races, err := api.SeasonResults(ctx, season, 0, 0)
	if err != nil {
		return nil, err
	}
	splits := race.Splits(races)
	n := newNames(at)
	n.season(iracing.Ref{ID: season}, iracing.Ref{}, 0, 0, 0)
	var list []found
	var classes []foundClass
	for i := range races {
		s := &races[i]
		if s.Subsession <= 0 {
			continue
		}
		n.track(s.Track)
		n.entrant(s.Winner, s.WinnerName)
		f := found{
			id: s.Subsession, session: s.Session, start: s.Start, event: s.EventType, season: season, week: s.Week, track: s.Track.ID,
			official: new(s.Official), teams: new(s.Teams), hosted: new(false), sof: s.SoF, people: s.Drivers, best: s.BestLap, average: nan,
			leads: s.LeadChanges, cautions: s.Cautions, cautionLaps: s.CautionLaps, winner: s.Winner, farm: s.Farm, split: splits[i].Number, splits: splits[i].Of,
		}
		if !s.Teams {
			f.entries = s.Drivers
		}
		list = append(list, f)
		for _, c := range s.Classes {
			n.class(c.Ref, c.Short)
			if c.ID != 0 {
				classes = append(classes, foundClass{s.Subsession, c})
			}
		}
	}
	return &facts{names: n, write: func(k *keeping) {
		k.put("subsessions", foundBulk(list, k))
		b := classBulk(classes)
		b.guard = "not exists (select from iracing.subsessions s where s.subsession_id = new.subsession_id and s.complete)"
		k.put("subsession_classes", b)
	}}, nil
}

// foundClass is a car class of a subsession.
type foundClass struct {
	subsession int64
	iracing.RaceClass
}

func classBulk(classes []foundClass) *bulk[foundClass] {
	slices.SortStableFunc(classes, func(a, b foundClass) int { return cmp.Compare(a.subsession, b.subsession) })
	b := into("subsession_classes", classes, func(c *foundClass) [2]int64 { return [2]int64{c.subsession, c.ID} })
	b.key("subsession_id", func(c *foundClass) int64 { return c.subsession })
	b.key("car_class_id", func(c *foundClass) int64 { return c.ID })
	b.number("sof", func(c *foundClass) float64 { return c.SoF })
	b.place("entries", func(c *foundClass) int { return c.Entries })
	return b
}
