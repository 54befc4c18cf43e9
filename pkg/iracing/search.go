package iracing

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// SearchWindow is the longest stretch of time that iRacing searches at once.
const SearchWindow = 90 * 24 * time.Hour

// FoundRace is a session that a search found, with what one driver made of it. Times are seconds and NaN where there is none,
// positions count from 1 and are 0 where there is none.
type FoundRace struct {
	Subsession int64
	Session    int64 // the same for all splits of one start
	Start, End time.Time
	EventType  int64 // 2 practice, 3 qualifying, 4 time trial, 5 race; 0 for hosted sessions
	Category   int64
	Track      TrackRef
	Drivers    int     // who took part; of a team event all its drivers, and 0 where iRacing does not tell
	Teams      bool    // cars are shared by the drivers of teams
	BestLap    float64 // s, of everybody
	AverageLap float64 // s, of the winner
	Laps       int     // of the winner
	SoF        float64 // NaN for hosted sessions and other than races

	Official bool
	Series   Ref
	Season   int64
	Year     int // of the season
	Quarter  int
	Week     int // of the season, from 1

	Hosted   *Hosted // nil for official sessions
	HostName string  // of a hosted session
	NoRace   bool    // a hosted session that was set up without a race

	Own Participant
}

// Participant is what the driver whom a search was for made of a session.
type Participant struct {
	Known         bool // the search told; the fields are empty otherwise
	Car           Ref
	Class         Ref
	Grid          int // the place on the grid
	ClassGrid     int
	Position      int
	ClassPosition int
	Laps          int
	LapsLed       int
	Incidents     float64
	Points        float64 // of the championship
	Dropped       bool
}

// SearchRange is a stretch of time from which sessions are searched by their start. To is not in it; a zero one is open, which
// iRacing allows when the window began less than 90 days ago.
type SearchRange struct{ From, To time.Time }

// SearchRanges cuts a stretch of time into ranges that can be searched, the newest first, and at most so many of them; more
// tells that older ones were left out. Their borders are the same whatever the time that is asked for, so that equal
// requests are made again and again and answers can be kept; hence ranges may reach beyond it.
func SearchRanges(from, to, now time.Time, most int) (list []SearchRange, more bool) {
	if to.After(now) {
		to = now
	}
	for begin := to.Truncate(SearchWindow); !to.Before(from) && begin.Add(SearchWindow).After(from); begin = begin.Add(-SearchWindow) {
		if len(list) >= most {
			return list, true
		}
		w := SearchRange{From: begin.UTC(), To: begin.Add(SearchWindow).UTC()}
		if w.To.After(now) {
			w.To = time.Time{}
		}
		list = append(list, w)
	}
	return list, false
}

// parallelSearches is how many windows are searched at once.
const parallelSearches = 4

// SearchSeries finds the official races of a driver within ranges, the newest first.
func (a API) SearchSeries(ctx context.Context, id int64, ranges []SearchRange) ([]FoundRace, error) {
	return a.search(ctx, ranges, "/data/results/search_series", Params{}.Set("cust_id", id).Set("event_types", 5))
}

// SearchHosted finds the hosted and league sessions of a driver within ranges, the newest first. Not all of them had a
// race.
func (a API) SearchHosted(ctx context.Context, id int64, ranges []SearchRange) ([]FoundRace, error) {
	return a.search(ctx, ranges, "/data/results/search_hosted", Params{}.Set("cust_id", id))
}

func (a API) search(ctx context.Context, ranges []SearchRange, path string, params Params) ([]FoundRace, error) {
	parts := make([][]FoundRace, len(ranges))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelSearches)
	for i, w := range ranges {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return groupCtx.Err() // another window failed
			}
			p := Params{}.Set("start_range_begin", w.From)
			if !w.To.IsZero() {
				p.Set("start_range_end", w.To)
			}
			maps.Copy(p, params)
			var rows []wireFound
			if _, err := a.decode(groupCtx, path, p, &rows); err != nil {
				return err
			}
			for j := range rows {
				parts[i] = append(parts[i], rows[j].found())
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return newestFirst(slices.Concat(parts...)), nil
}

// tidy is the track without the spaces that iRacing leaves at the ends of some names.
func (w *wireTrack) tidy() TrackRef {
	t := w.ref()
	t.Name, t.Config = strings.TrimSpace(t.Name), strings.TrimSpace(t.Config)
	return t
}

// newestFirst sorts races by their start and drops those that were found twice.
func newestFirst(list []FoundRace) []FoundRace {
	seen := make(map[int64]bool, len(list))
	list = slices.DeleteFunc(list, func(f FoundRace) bool {
		twice := seen[f.Subsession] || f.Subsession <= 0 || f.Start.IsZero()
		seen[f.Subsession] = true
		return twice
	})
	slices.SortStableFunc(list, func(a, b FoundRace) int {
		if c := b.Start.Compare(a.Start); c != 0 {
			return c
		}
		return int(b.Subsession - a.Subsession)
	})
	return list
}

type wireFound struct {
	Subsession int64     `json:"subsession_id"`
	Session    int64     `json:"session_id"`
	Start      string    `json:"start_time"`
	End        string    `json:"end_time"`
	EventType  int64     `json:"event_type"`
	Category   int64     `json:"license_category_id"`
	Track      wireTrack `json:"track"`
	Drivers    float64   `json:"num_drivers"`
	Teams      bool      `json:"driver_changes"`
	BestLap    float64   `json:"event_best_lap_time"`
	AverageLap float64   `json:"event_average_lap"`
	Laps       float64   `json:"event_laps_complete"`
	SoF        float64   `json:"event_strength_of_field"`

	Official   bool     `json:"official_session"`
	SeriesID   int64    `json:"series_id"`
	SeriesName string   `json:"series_name"`
	Season     int64    `json:"season_id"`
	Year       float64  `json:"season_year"`
	Quarter    float64  `json:"season_quarter"`
	Week       *float64 `json:"race_week_num"`

	Private      int64  `json:"private_session_id"`
	SessionName  string `json:"session_name"`
	League       int64  `json:"league_id"`
	LeagueName   string `json:"league_name"`
	LeagueSeason int64  `json:"league_season_id"`
	SeasonName   string `json:"league_season_name"`
	Host         struct {
		Cust int64  `json:"cust_id"`
		Name string `json:"display_name"`
	} `json:"host"`
	RaceLength *float64 `json:"race_length"` // minutes
	RaceLaps   *float64 `json:"race_laps"`

	// With cust_id in the request.
	Cust          int64    `json:"cust_id"`
	CarID         int64    `json:"car_id"`
	CarName       string   `json:"car_name"`
	ClassID       int64    `json:"car_class_id"`
	ClassName     string   `json:"car_class_name"`
	ClassShort    string   `json:"car_class_short_name"`
	Grid          *float64 `json:"starting_position"`
	ClassGrid     *float64 `json:"starting_position_in_class"`
	Position      *float64 `json:"finish_position"`
	ClassPosition *float64 `json:"finish_position_in_class"`
	OwnLaps       float64  `json:"laps_complete"`
	OwnLapsLed    float64  `json:"laps_led"`
	Incidents     float64  `json:"incidents"`
	Points        float64  `json:"champ_points"`
	Dropped       bool     `json:"drop_race"`
}

func (w *wireFound) found() FoundRace {
	f := FoundRace{
		Subsession: w.Subsession, Session: w.Session, Start: utc(w.Start), End: utc(w.End), EventType: w.EventType, Category: w.Category,
		Track: w.Track.tidy(), Drivers: count(w.Drivers), Teams: w.Teams, BestLap: seconds(w.BestLap), AverageLap: seconds(w.AverageLap),
		Laps: count(w.Laps), SoF: positive(w.SoF), Official: w.Official, Series: Ref{w.SeriesID, w.SeriesName},
	}
	if w.Private > 0 && w.SeriesID == 0 {
		f.Hosted = &Hosted{Host: w.Host.Cust, Name: w.SessionName, Private: w.Private}
		if w.League > 0 {
			f.Hosted.League, f.Hosted.LeagueSeason = Ref{w.League, w.LeagueName}, Ref{w.LeagueSeason, w.SeasonName}
		}
		f.HostName = w.Host.Name
		f.NoRace = w.RaceLength != nil && w.RaceLaps != nil && *w.RaceLength <= 0 && *w.RaceLaps <= 0
	} else {
		f.Season, f.Year, f.Quarter, f.Week = w.Season, count(w.Year), count(w.Quarter), fromZero(w.Week)
	}
	if w.Position != nil || w.CarID != 0 {
		f.Own = Participant{
			Known: true, Car: Ref{w.CarID, w.CarName}, Class: Ref{w.ClassID, cmp.Or(w.ClassName, w.ClassShort)},
			Grid: fromZero(w.Grid), ClassGrid: fromZero(w.ClassGrid), Position: fromZero(w.Position), ClassPosition: fromZero(w.ClassPosition),
			Laps: count(w.OwnLaps), LapsLed: count(w.OwnLapsLed), Incidents: max(w.Incidents, 0), Points: max(w.Points, 0), Dropped: w.Dropped,
		}
	}
	return f
}
