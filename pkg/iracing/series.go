package iracing

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Series is one of the official series.
type Series struct {
	Ref
	Short       string
	Category    int64
	MinStarters int
	MaxStarters int
	MinLicence  int // the lowest licence level that may enter, 1 to 28; 0 where unknown
}

// Series asks for all series that run.
func (a API) Series(ctx context.Context) ([]Series, error) {
	var wire []struct {
		ID       int64   `json:"series_id"`
		Name     string  `json:"series_name"`
		Short    string  `json:"series_short_name"`
		Category int64   `json:"category_id"`
		Min      float64 `json:"min_starters"`
		Max      float64 `json:"max_starters"`
		Allowed  []struct {
			Min float64 `json:"min_license_level"`
		} `json:"allowed_licenses"`
	}
	if _, err := a.decode(ctx, "/data/series/get", nil, &wire); err != nil {
		return nil, err
	}
	list := make([]Series, 0, len(wire))
	for _, w := range wire {
		s := Series{Ref: Ref{w.ID, w.Name}, Short: w.Short, Category: w.Category, MinStarters: count(w.Min), MaxStarters: count(w.Max)}
		for _, l := range w.Allowed {
			if level := count(l.Min); s.MinLicence == 0 || level < s.MinLicence {
				s.MinLicence = level
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// Season is one season of a series. Which of its fields are known depends on the answer it came from.
type Season struct {
	Ref
	Short      string
	Series     Ref // without a name where the answer tells none
	Category   int64
	Year       int
	Quarter    int
	Active     bool
	Official   bool
	Fixed      bool // everybody drives the same set-up
	Teams      bool // drivers share cars
	Multiclass bool
	Licence    int // the class of licence it is for: 1 rookie, 2 D to 5 A
	Week       int // the one that runs, from 1; 0 where there is none
	Weeks      int
	Drops      int // weeks that do not count for the championship
	Registered int
	Incidents  int // the limit; 0 for none
	Start      time.Time
	When       string // the session times in words
	Classes    []Ref  // of cars; without names where the answer tells none
	Schedule   []Week // the weeks that the answer tells of
}

// Now is the week that runs; nil where nothing is known of it.
func (s *Season) Now() *Week {
	for i := range s.Schedule {
		if s.Schedule[i].Number == s.Week {
			return &s.Schedule[i]
		}
	}
	return nil
}

// Week is one week of a season.
type Week struct {
	Number   int // from 1
	Category int64
	Track    TrackRef
	Start    time.Time // 00:00 UTC of its first day; zero where unknown
	End      time.Time // of its last session; zero where unknown
	Laps     int       // of the race; 0 for a race of a certain time
	Length   time.Duration
	Practice time.Duration
	Qualify  time.Duration
	QualLaps int
	Rolling  bool
	Sessions []SessionTimes
	Forecast Forecast
}

// SessionTimes says when sessions of a week start: at fixed times, or again and again from the first of each day.
type SessionTimes struct {
	At     []time.Time   // the fixed times; the fields below are empty then
	From   time.Time     // 00:00 UTC of the week's first day
	Days   []int         // of the week, counted from 0 at From
	First  time.Duration // of a day, since midnight
	Every  time.Duration
	Super  bool          // super sessions, of which several qualify for one
	Length time.Duration // of one session; 0 where unknown
}

// wireSeason is a season in all the answers that tell of one.
type wireSeason struct {
	ID         int64    `json:"season_id"`
	Name       string   `json:"season_name"`
	Short      string   `json:"season_short_name"`
	SeriesID   int64    `json:"series_id"`
	SeriesName string   `json:"series_name"`
	Year       float64  `json:"season_year"`
	Quarter    float64  `json:"season_quarter"`
	Active     bool     `json:"active"`
	Official   bool     `json:"official"`
	Fixed      bool     `json:"fixed_setup"`
	Teams      bool     `json:"driver_changes"`
	Multiclass bool     `json:"multiclass"`
	Licence    float64  `json:"license_group"`
	Week       *float64 `json:"race_week"`
	Weeks      float64  `json:"max_weeks"`
	Drops      float64  `json:"drops"`
	Registered float64  `json:"reg_user_count"`
	Incidents  float64  `json:"incident_limit"`
	Start      string   `json:"start_date"`
	When       string   `json:"schedule_description"`
	ClassIDs   []int64  `json:"car_class_ids"`
	Classes    []struct {
		ID   int64  `json:"car_class_id"`
		Name string `json:"name"`
	} `json:"car_classes"`
	Now       *wireWeek  `json:"current_week_sched"`
	Schedules []wireWeek `json:"schedules"`
	RaceWeeks []wireWeek `json:"race_weeks"`
}

type wireWeek struct {
	Number    *float64     `json:"race_week_num"`
	Category  int64        `json:"category_id"`
	Track     wireTrack    `json:"track"`
	Start     string       `json:"start_date"`
	End       string       `json:"week_end_time"`
	Laps      float64      `json:"race_lap_limit"`
	Limit     float64      `json:"race_time_limit"` // minutes
	Practice  float64      `json:"practice_length"` // minutes
	Qualify   float64      `json:"qualify_length"`  // minutes
	QualLaps  float64      `json:"qualify_laps"`
	StartType string       `json:"start_type"`
	Precip    *float64     `json:"precip_chance"`
	Weather   wireForecast `json:"weather"`
	Times     []struct {
		Repeating bool     `json:"repeating"`
		Super     bool     `json:"super_session"`
		Minutes   float64  `json:"session_minutes"`
		At        []string `json:"session_times"`
		From      string   `json:"start_date"`
		Days      []int    `json:"day_offset"`
		First     string   `json:"first_session_time"`
		Every     float64  `json:"repeat_minutes"`
	} `json:"race_time_descriptors"`
	SeasonName string `json:"season_name"`
	SeriesID   int64  `json:"series_id"`
	SeriesName string `json:"series_name"`
}

func minutes(v float64) time.Duration {
	return time.Duration(max(0, min(v, 1e6)) * float64(time.Minute))
}

func (w *wireSeason) season() Season {
	s := Season{
		Ref: Ref{w.ID, strings.TrimSpace(w.Name)}, Short: strings.TrimSpace(w.Short), Series: Ref{w.SeriesID, w.SeriesName},
		Year: count(w.Year), Quarter: count(w.Quarter), Active: w.Active, Official: w.Official, Fixed: w.Fixed, Teams: w.Teams,
		Multiclass: w.Multiclass, Licence: count(w.Licence), Week: fromZero(w.Week), Weeks: count(w.Weeks), Drops: count(w.Drops),
		Registered: count(w.Registered), Incidents: count(w.Incidents), Start: day(w.Start), When: w.When,
	}
	for _, id := range w.ClassIDs {
		s.Classes = append(s.Classes, Ref{ID: id})
	}
	for _, c := range w.Classes {
		s.Classes = append(s.Classes, Ref{c.ID, c.Name})
	}
	for _, list := range [][]wireWeek{w.Schedules, w.RaceWeeks} {
		for i := range list {
			s.Schedule = append(s.Schedule, list[i].week())
		}
	}
	if w.Now != nil {
		now := w.Now.week()
		if s.Week == 0 {
			s.Week = now.Number
		}
		if s.Now() == nil {
			s.Schedule = append(s.Schedule, now)
		}
	}
	slices.SortStableFunc(s.Schedule, func(a, b Week) int { return a.Number - b.Number })
	if now := s.Now(); now != nil {
		s.Category = now.Category
	} else if len(s.Schedule) > 0 {
		s.Category = s.Schedule[0].Category
	}
	return s
}

func (w *wireWeek) week() Week {
	week := Week{
		Number: fromZero(w.Number), Category: w.Category, Track: w.Track.ref(), Start: day(w.Start), End: utc(w.End), Laps: count(w.Laps),
		Length: minutes(w.Limit), Practice: minutes(w.Practice), Qualify: minutes(w.Qualify), QualLaps: count(w.QualLaps),
		Rolling: strings.EqualFold(w.StartType, "rolling"), Forecast: w.Weather.forecast(),
	}
	if w.Precip != nil {
		week.Forecast.Precip = *w.Precip / 100
	}
	for _, t := range w.Times {
		s := SessionTimes{Super: t.Super, Length: minutes(t.Minutes)}
		for _, text := range t.At {
			if at := utc(text); !at.IsZero() {
				s.At = append(s.At, at)
			}
		}
		if t.Repeating {
			first, err := time.Parse(time.TimeOnly, t.First)
			if err != nil {
				continue
			}
			s.From, s.Days, s.Every = day(t.From), t.Days, minutes(t.Every)
			s.First = first.Sub(first.Truncate(24 * time.Hour))
		}
		week.Sessions = append(week.Sessions, s)
	}
	return week
}

func seasons(wire []wireSeason) []Season {
	list := make([]Season, 0, len(wire))
	for i := range wire {
		list = append(list, wire[i].season())
	}
	return list
}

// ofSeason are the parameters that choose the seasons of a year and quarter; those that run where the year is 0.
func ofSeason(year, quarter int) Params {
	p := Params{}
	if year != 0 {
		p.Set("season_year", year).Set("season_quarter", quarter)
	}
	return p
}

// SeasonList asks for the seasons of a year and quarter, or with 0 for those that run, with the week that runs but
// without the others.
func (a API) SeasonList(ctx context.Context, year, quarter int) ([]Season, error) {
	var wire struct {
		Seasons []wireSeason `json:"seasons"`
	}
	if _, err := a.decode(ctx, "/data/series/season_list", ofSeason(year, quarter), &wire); err != nil {
		return nil, err
	}
	return seasons(wire.Seasons), nil
}

// Seasons asks for the seasons of a year and quarter, or with 0 for those that run, with all their weeks. The answer has
// several megabytes.
func (a API) Seasons(ctx context.Context, year, quarter int) ([]Season, error) {
	var wire []wireSeason
	if _, err := a.decode(ctx, "/data/series/seasons", ofSeason(year, quarter), &wire); err != nil {
		return nil, err
	}
	return seasons(wire), nil
}

// SeasonsOf asks for the names of the seasons of a year and quarter.
func (a API) SeasonsOf(ctx context.Context, year, quarter int) ([]Season, error) {
	var wire struct {
		Seasons []wireSeason `json:"seasons"`
	}
	if _, err := a.decode(ctx, "/data/season/list", ofSeason(year, quarter), &wire); err != nil {
		return nil, err
	}
	return seasons(wire.Seasons), nil
}

// PastSeasons asks for all seasons that a series had, with the names of their car classes and the tracks of their weeks.
func (a API) PastSeasons(ctx context.Context, series int64) ([]Season, error) {
	var wire struct {
		Series struct {
			Name     string       `json:"series_name"`
			Category int64        `json:"category_id"`
			Seasons  []wireSeason `json:"seasons"`
		} `json:"series"`
	}
	if _, err := a.decode(ctx, "/data/series/past_seasons", Params{}.Set("series_id", series), &wire); err != nil {
		return nil, err
	}
	list := seasons(wire.Series.Seasons)
	for i := range list {
		s := &list[i]
		if s.Series.Name == "" {
			s.Series.Name = wire.Series.Name
		}
		if s.Category == 0 {
			s.Category = wire.Series.Category
		}
		if s.Weeks == 0 {
			s.Weeks = len(s.Schedule)
		}
	}
	return list, nil
}

// SeasonSchedule asks for the weeks of one season. Of the season itself, only names and weeks are known.
func (a API) SeasonSchedule(ctx context.Context, season int64) (*Season, error) {
	var wire struct {
		Schedules []wireWeek `json:"schedules"`
	}
	if _, err := a.decode(ctx, "/data/series/season_schedule", Params{}.Set("season_id", season), &wire); err != nil {
		return nil, err
	}
	w := wireSeason{ID: season, Schedules: wire.Schedules}
	s := w.season()
	for i := range wire.Schedules {
		first := &wire.Schedules[i]
		if s.Name == "" {
			s.Name = strings.TrimSpace(first.SeasonName)
		}
		if s.Series.ID == 0 {
			s.Series = Ref{first.SeriesID, first.SeriesName}
		}
	}
	s.Weeks = len(s.Schedule)
	return &s, nil
}

// Planned is an official session that starts soon.
type Planned struct {
	Season  int64
	Series  int64
	Week    int // from 1
	Start   time.Time
	End     time.Time
	Session int64 // 0 until registration opens, about half an hour before
	Entries int   // -1 until then
	Super   bool
}

// RaceGuide asks for the official sessions of the next three hours.
func (a API) RaceGuide(ctx context.Context) ([]Planned, error) {
	var wire struct {
		Sessions []struct {
			Season  int64    `json:"season_id"`
			Series  int64    `json:"series_id"`
			Week    *float64 `json:"race_week_num"`
			Start   string   `json:"start_time"`
			End     string   `json:"end_time"`
			Session int64    `json:"session_id"`
			Entries *float64 `json:"entry_count"`
			Super   bool     `json:"super_session"`
		} `json:"sessions"`
	}
	if _, err := a.decode(ctx, "/data/season/race_guide", nil, &wire); err != nil {
		return nil, err
	}
	list := make([]Planned, 0, len(wire.Sessions))
	for _, w := range wire.Sessions {
		p := Planned{
			Season: w.Season, Series: w.Series, Week: fromZero(w.Week), Start: utc(w.Start), End: utc(w.End), Session: w.Session,
			Entries: counted(w.Entries), Super: w.Super,
		}
		if p.Session == 0 {
			p.Entries = -1
		}
		list = append(list, p)
	}
	return list, nil
}

// SeasonRace is one subsession of a season.
type SeasonRace struct {
	Subsession  int64
	Session     int64 // the same for all splits of one start
	Start       time.Time
	Week        int // from 1
	EventType   int64
	Track       TrackRef
	Official    bool
	Teams       bool
	Drivers     int
	SoF         float64 // NaN where there is none
	BestLap     float64 // s
	Classes     []RaceClass
	Winner      int64 // customer id, or the negative id of a team; 0 where nobody won
	WinnerName  string
	Cautions    int // -1 when not counted
	CautionLaps int // -1 when not counted
	LeadChanges int // -1 when not counted
	Farm        string
}

// Event types.
const (
	EventPractice  = 2
	EventQualify   = 3
	EventTimeTrial = 4
	EventRace      = 5
)

// EventName is what an event type is called; empty for an unknown one.
func EventName(event int64) string {
	switch event {
	case EventPractice:
		return "Practice"
	case EventQualify:
		return "Qualifying"
	case EventTimeTrial:
		return "Time trial"
	case EventRace:
		return "Race"
	}
	return ""
}

// SeasonResults asks for the subsessions of a season, or of one of its weeks, which count from 1; 0 means all weeks, and
// an event type of 0 all types.
func (a API) SeasonResults(ctx context.Context, season int64, week int, event int64) ([]SeasonRace, error) {
	p := Params{}.Set("season_id", season)
	if week > 0 {
		p.Set("race_week_num", week-1)
	}
	if event > 0 {
		p.Set("event_type", event)
	}
	var wire struct {
		Results []struct {
			Subsession  int64     `json:"subsession_id"`
			Session     int64     `json:"session_id"`
			Start       string    `json:"start_time"`
			Week        *float64  `json:"race_week_num"`
			EventType   int64     `json:"event_type"`
			Track       wireTrack `json:"track"`
			Official    bool      `json:"official_session"`
			Teams       bool      `json:"driver_changes"`
			Drivers     float64   `json:"num_drivers"`
			SoF         float64   `json:"event_strength_of_field"`
			BestLap     float64   `json:"event_best_lap_time"`
			Winner      int64     `json:"winner_id"`
			WinnerGroup int64     `json:"winner_group_id"`
			WinnerName  string    `json:"winner_name"`
			Cautions    *float64  `json:"num_cautions"`
			CautionLaps *float64  `json:"num_caution_laps"`
			LeadChanges *float64  `json:"num_lead_changes"`
			Farm        struct {
				Name string `json:"display_name"`
			} `json:"farm"`
			Classes []struct {
				ID      int64   `json:"car_class_id"`
				Name    string  `json:"name"`
				Short   string  `json:"short_name"`
				SoF     float64 `json:"strength_of_field"`
				Entries float64 `json:"num_entries"`
			} `json:"car_classes"`
		} `json:"results_list"`
	}
	if _, err := a.decode(ctx, "/data/results/season_results", p, &wire); err != nil {
		return nil, err
	}
	list := make([]SeasonRace, 0, len(wire.Results))
	for _, w := range wire.Results {
		r := SeasonRace{
			Subsession: w.Subsession, Session: w.Session, Start: utc(w.Start), Week: fromZero(w.Week), EventType: w.EventType,
			Track: w.Track.ref(), Official: w.Official, Teams: w.Teams, Drivers: count(w.Drivers), SoF: positive(w.SoF),
			BestLap: seconds(w.BestLap), Winner: w.Winner, WinnerName: w.WinnerName, Cautions: counted(w.Cautions),
			CautionLaps: counted(w.CautionLaps), LeadChanges: counted(w.LeadChanges), Farm: w.Farm.Name,
		}
		if r.Winner == 0 {
			r.Winner = w.WinnerGroup
		}
		for _, c := range w.Classes {
			r.Classes = append(r.Classes, RaceClass{Ref: Ref{c.ID, c.Name}, Short: c.Short, SoF: positive(c.SoF), Entries: count(c.Entries)})
		}
		list = append(list, r)
	}
	return list, nil
}
