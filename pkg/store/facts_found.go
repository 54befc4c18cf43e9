package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// found is a subsession as results and searches tell of it. What is not known is 0, NaN or nil.
type found struct {
	complete                     bool // all of its result is known
	id, session                  int64
	start, end                   time.Time
	event, category              int64
	series, season               int64
	year, quarter, week          int
	track                        int64
	official, hosted, race       *bool
	teams                        *bool
	league, leagueSeason         int64
	host, private                int64
	name                         string
	split, splits                int
	sof                          float64
	entries, people              int
	laps, corners                int
	best, average                float64
	leads, cautions, cautionLaps int // -1 where not counted
	winner                       int64
	farm                         string
}

func foundOf(r *iracing.Result) found {
	f := found{
		complete: true, id: r.Subsession, session: r.Session, start: r.Start, end: r.End, event: r.EventType, category: r.Category,
		series: max(r.Series.ID, 0), season: max(r.Season.ID, 0), year: r.Year, quarter: r.Quarter, week: r.Week, track: max(r.Track.ID, 0),
		official: new(r.Official), hosted: new(r.Hosted != nil), teams: new(r.Teams), race: new(r.Race() != nil),
		split: r.Split(), splits: len(r.Splits), sof: r.SoF, entries: r.Entries, laps: r.Laps, corners: r.Corners,
		best: r.BestLap, average: r.AverageLap, leads: r.LeadChanges, cautions: r.Cautions, cautionLaps: r.CautionLaps,
	}
	if f.season == 0 {
		f.series = 0
	}
	if h := r.Hosted; h != nil {
		f.host, f.private, f.name = max(h.Host, 0), h.Private, h.Name
		f.league = max(h.League.ID, 0)
		if f.league > 0 {
			f.leagueSeason = max(h.LeagueSeason.ID, 0)
		}
	}
	if race := r.Race(); race != nil {
		for i := range race.Rows {
			if race.Rows[i].Position == 1 {
				f.winner = race.Rows[i].ID()
				break
			}
		}
	}
	return f
}

// foundBulk writes subsessions. What a search tells fills in what is not known, and nothing of one whose result is there.
func foundBulk(list []found, k *keeping) *bulk[found] {
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(a.id, b.id) })
	b := into("subsessions", list, func(f *found) int64 { return f.id })
	b.key("subsession_id", func(f *found) int64 { return f.id })
	b.flag("complete", func(f *found) bool { return f.complete }).either()
	whole := len(list) > 0 && list[0].complete
	known := func(c *bulkColumn) {
		if !whole {
			c.merge = "case when old.complete then @old else coalesce(@new, @old) end"
		}
	}
	known(b.id("session_id", func(f *found) int64 { return f.session }))
	known(b.at("started_at", func(f *found) time.Time { return f.start }))
	known(b.at("ended_at", func(f *found) time.Time { return f.end }))
	known(b.id("event_type", func(f *found) int64 { return f.event }))
	known(b.id("category_id", func(f *found) int64 { return f.category }))
	known(b.id("series_id", func(f *found) int64 { return f.series }))
	known(b.id("season_id", func(f *found) int64 { return f.season }))
	known(b.place("year", func(f *found) int { return f.year }))
	known(b.place("quarter", func(f *found) int { return f.quarter }))
	known(b.place("week", func(f *found) int { return f.week }))
	known(b.id("track_id", func(f *found) int64 { return f.track }))
	known(b.maybe("official", func(f *found) *bool { return f.official }))
	known(b.maybe("hosted", func(f *found) *bool { return f.hosted }))
	known(b.maybe("has_race", func(f *found) *bool { return f.race }))
	known(b.maybe("team_event", func(f *found) *bool { return f.teams }))
	known(b.id("league_id", func(f *found) int64 { return f.league }))
	known(b.id("league_season_id", func(f *found) int64 { return f.leagueSeason }))
	known(b.id("host_id", func(f *found) int64 { return k.cust(f.host) }))
	known(b.word("session_name", func(f *found) string { return f.name }))
	known(b.id("private_session_id", func(f *found) int64 { return max(f.private, 0) }))
	known(b.place("split", func(f *found) int { return f.split }))
	known(b.place("splits", func(f *found) int { return f.splits }))
	known(b.number("sof", func(f *found) float64 { return f.sof }))
	known(b.place("entries", func(f *found) int { return f.entries }))
	// Results do not count people, and have nobody to name the farm.
	b.place("people", func(f *found) int { return f.people }).known()
	b.word("farm", func(f *found) string { return f.farm }).known()
	known(b.place("laps", func(f *found) int { return f.laps }))
	known(b.place("corners", func(f *found) int { return f.corners }))
	known(b.number("best_lap_seconds", func(f *found) float64 { return f.best }))
	known(b.number("average_lap_seconds", func(f *found) float64 { return f.average }))
	known(b.counted("lead_changes", func(f *found) int { return f.leads }))
	known(b.counted("cautions", func(f *found) int { return f.cautions }))
	known(b.counted("caution_laps", func(f *found) int { return f.cautionLaps }))
	known(b.id("winner_id", func(f *found) int64 { return k.entrant(f.winner) }))
	return b
}

// foundRace is what a driver made of a race.
type foundRace struct {
	iracing.Participant
	subsession int64
	irating    iracing.Change
	licence    int
	sr         iracing.Change
}

func readSearchSeries(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	races, err := api.SearchSeries(ctx, 0, []iracing.SearchRange{{}})
	return searchFacts(races, r, at), err
}

func readSearchHosted(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	races, err := api.SearchHosted(ctx, 0, []iracing.SearchRange{{}})
	return searchFacts(races, r, at), err
}

func searchFacts(races []iracing.FoundRace, r iracing.Request, at time.Time) *facts {
	cust := param(r, "cust_id")
	n := newNames(at)
	n.driver(cust, "")
	var list []found
	var own []foundRace
	for i := range races {
		s := &races[i]
		f := found{
			id: s.Subsession, session: s.Session, start: s.Start, end: s.End, event: s.EventType, category: s.Category, track: max(s.Track.ID, 0),
			official: new(s.Official), hosted: new(s.Hosted != nil), teams: new(s.Teams), race: new(!s.NoRace && (s.EventType == 0 || s.EventType == iracing.EventRace)),
			sof: s.SoF, people: s.Drivers, laps: s.Laps, best: s.BestLap, average: s.AverageLap, leads: -1, cautions: -1, cautionLaps: -1,
		}
		n.track(s.Track)
		if !s.Teams {
			f.entries = s.Drivers
		}
		if h := s.Hosted; h != nil {
			n.leagueSeason(h.League, h.LeagueSeason)
			n.driver(h.Host, s.HostName)
			f.host, f.private, f.name, f.league = max(h.Host, 0), h.Private, h.Name, max(h.League.ID, 0)
			if f.league > 0 {
				f.leagueSeason = max(h.LeagueSeason.ID, 0)
			}
		} else {
			n.season(iracing.Ref{ID: s.Season}, s.Series, s.Category, s.Year, s.Quarter)
			f.series, f.season, f.year, f.quarter, f.week = max(s.Series.ID, 0), max(s.Season, 0), s.Year, s.Quarter, s.Week
		}
		list = append(list, f)
		if p := s.Own; p.Known && cust > 0 && param(r, "team_id") == 0 {
			n.car(p.Car)
			n.class(p.Class, "")
			own = append(own, foundRace{Participant: p, subsession: s.Subsession, irating: iracing.Change{Old: nan, New: nan}, sr: iracing.Change{Old: nan, New: nan}})
		}
	}
	return foundFacts(n, cust, list, own, false)
}

// readRecentRaces reads a driver's last races, which tell what they did to the ratings.
func readRecentRaces(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	cust := param(r, "cust_id")
	if cust == 0 {
		return nil, nil // whose they are is not told
	}
	races, err := api.RecentRaces(ctx, cust)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.driver(cust, "")
	var list []found
	var own []foundRace
	for i := range races {
		s := &races[i]
		if s.Subsession <= 0 {
			continue
		}
		n.season(iracing.Ref{ID: s.Season}, s.Series, 0, s.Year, s.Quarter)
		n.track(s.Track)
		n.car(iracing.Ref{ID: s.Car})
		n.class(iracing.Ref{ID: s.Class}, "")
		list = append(list, found{
			id: s.Subsession, start: s.Start, event: iracing.EventRace, series: max(s.Series.ID, 0), season: max(s.Season, 0), year: s.Year, quarter: s.Quarter, week: s.Week,
			track: max(s.Track.ID, 0), official: new(true), hosted: new(false), race: new(true), sof: s.SoF, best: nan, average: nan, leads: -1, cautions: -1, cautionLaps: -1,
		})
		f := foundRace{
			Participant: iracing.Participant{
				Car: iracing.Ref{ID: s.Car}, Class: iracing.Ref{ID: s.Class}, Grid: s.Grid, Position: s.Position, Laps: s.Laps, LapsLed: s.LapsLed,
				Incidents: s.Incidents, Points: s.Points, Dropped: s.Dropped,
			},
			subsession: s.Subsession, irating: s.IRating, licence: s.Licence.Level, sr: s.SR,
		}
		own = append(own, f)
	}
	return foundFacts(n, cust, list, own, true), nil
}

func foundFacts(n *names, cust int64, list []found, own []foundRace, ratings bool) *facts {
	slices.SortStableFunc(own, func(a, b foundRace) int { return cmp.Compare(a.subsession, b.subsession) })
	return &facts{names: n, write: func(k *keeping) {
		k.put("subsessions", foundBulk(list, k))
		b := into("found_races", own, func(f *foundRace) int64 { return f.subsession })
		b.key("cust_id", func(*foundRace) int64 { return k.cust(cust) })
		b.key("subsession_id", func(f *foundRace) int64 { return f.subsession })
		b.id("car_id", func(f *foundRace) int64 { return max(f.Car.ID, 0) }).known()
		b.id("car_class_id", func(f *foundRace) int64 { return f.Class.ID }).known()
		b.place("grid", func(f *foundRace) int { return f.Grid }).known()
		b.place("class_grid", func(f *foundRace) int { return f.ClassGrid }).known()
		b.place("position", func(f *foundRace) int { return f.Position }).known()
		b.place("class_position", func(f *foundRace) int { return f.ClassPosition }).known()
		b.count("laps", func(f *foundRace) int { return f.Laps })
		b.count("laps_led", func(f *foundRace) int { return f.LapsLed })
		b.number("incidents", func(f *foundRace) float64 { return f.Incidents })
		b.number("points", func(f *foundRace) float64 { return f.Points })
		b.flag("dropped", func(f *foundRace) bool { return f.Dropped })
		if ratings {
			b.number("irating_old", func(f *foundRace) float64 { return f.irating.Old })
			b.number("irating_new", func(f *foundRace) float64 { return f.irating.New })
			b.place("licence_level_old", func(f *foundRace) int { return f.licence })
			b.number("safety_rating_old", func(f *foundRace) float64 { return f.sr.Old })
			b.number("safety_rating_new", func(f *foundRace) float64 {
				// The licence class is told from before the race only. It stays but for a promotion, after which the safety
				// rating is another by a whole class.
				if math.Abs(f.sr.New-f.sr.Old) < 0.9 {
					return f.sr.New
				}
				return nan
			})
		}
		k.put("found_races", b)
	}}
}
