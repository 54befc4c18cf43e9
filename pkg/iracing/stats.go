package iracing

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"
)

// RecentRace is one of a driver's last official races. Positions count from 1 and are 0 where there is none; ratings are
// NaN where there is none.
type RecentRace struct {
	Subsession int64
	Start      time.Time
	Series     Ref
	Season     int64
	Year       int // of the season
	Quarter    int
	Week       int // of the season, from 1
	Track      TrackRef
	Car        int64
	Class      int64
	Grid       int
	Position   int
	Laps       int
	LapsLed    int
	Incidents  float64
	Points     float64
	Dropped    bool
	SoF        float64 // NaN where there is none
	IRating    Change
	// SR is the safety rating within the licence class before and after; iRacing tells the class before the race only.
	SR      Change
	Licence Licence // before the race
}

// RecentRaces asks for a driver's last official races, at most ten, the newest first.
func (a API) RecentRaces(ctx context.Context, id int64) ([]RecentRace, error) {
	var w struct {
		Races []struct {
			Subsession int64     `json:"subsession_id"`
			Start      string    `json:"session_start_time"`
			SeriesID   int64     `json:"series_id"`
			SeriesName string    `json:"series_name"`
			Season     int64     `json:"season_id"`
			Year       float64   `json:"season_year"`
			Quarter    float64   `json:"season_quarter"`
			Week       *float64  `json:"race_week_num"`
			Track      wireTrack `json:"track"`
			Car        int64     `json:"car_id"`
			Class      int64     `json:"car_class_id"`
			Grid       float64   `json:"start_position"`
			Position   float64   `json:"finish_position"`
			Laps       float64   `json:"laps"`
			LapsLed    float64   `json:"laps_led"`
			Incidents  float64   `json:"incidents"`
			Points     float64   `json:"points"`
			Dropped    bool      `json:"drop_race"`
			SoF        float64   `json:"strength_of_field"`
			OldIR      float64   `json:"oldi_rating"`
			NewIR      float64   `json:"newi_rating"`
			OldSub     *float64  `json:"old_sub_level"`
			NewSub     *float64  `json:"new_sub_level"`
			Level      float64   `json:"license_level"`
		} `json:"races"`
	}
	if _, err := a.decode(ctx, "/data/stats/member_recent_races", Params{}.Set("cust_id", id), &w); err != nil {
		return nil, err
	}
	races := make([]RecentRace, 0, len(w.Races))
	for _, r := range w.Races {
		before := licenceOf(r.Level, r.OldSub)
		// Positions count from 1 in this answer alone.
		races = append(races, RecentRace{
			Subsession: r.Subsession, Start: utc(r.Start), Series: Ref{r.SeriesID, r.SeriesName}, Season: r.Season,
			Year: count(r.Year), Quarter: count(r.Quarter), Week: fromZero(r.Week), Track: r.Track.tidy(), Car: r.Car, Class: r.Class,
			Grid: count(r.Grid), Position: count(r.Position), Laps: count(r.Laps), LapsLed: count(r.LapsLed),
			Incidents: max(r.Incidents, 0), Points: r.Points, Dropped: r.Dropped, SoF: positive(r.SoF),
			IRating: Change{positive(r.OldIR), positive(r.NewIR)}, SR: Change{before.SR, licenceOf(r.Level, r.NewSub).SR}, Licence: before,
		})
	}
	slices.SortStableFunc(races, func(a, b RecentRace) int { return b.Start.Compare(a.Start) })
	return races, nil
}

// Totals are a driver's official races added up. Averages are NaN where there is no start.
type Totals struct {
	Category   int64
	Year       int // 0 for the whole career
	Starts     float64
	Wins       float64
	Top5       float64
	Poles      float64
	Laps       float64
	LapsLed    float64
	AvgStart   float64 // iRacing rounds positions to whole ones
	AvgFinish  float64
	AvgInc     float64 // incident points in a race
	AvgPoints  float64
	WinShare   float64 // 0 to 1, as are the others
	Top5Share  float64
	PoleShare  float64
	LedShare   float64 // of the laps
	LapsPerInc float64 // laps to an incident point; NaN without incidents
}

type wireTotals struct {
	Category  int64   `json:"category_id"`
	Year      float64 `json:"year"`
	Starts    float64 `json:"starts"`
	Wins      float64 `json:"wins"`
	Top5      float64 `json:"top5"`
	Poles     float64 `json:"poles"`
	Laps      float64 `json:"laps"`
	LapsLed   float64 `json:"laps_led"`
	AvgStart  float64 `json:"avg_start_position"`
	AvgFinish float64 `json:"avg_finish_position"`
	AvgInc    float64 `json:"avg_incidents"`
	AvgPoints float64 `json:"avg_points"`
}

func (w *wireTotals) totals() Totals {
	// The shares are counted here: a rounded percentage is worth less, and a recap has none.
	mean := func(v float64) float64 {
		if w.Starts > 0 {
			return v
		}
		return math.NaN()
	}
	return Totals{
		Category: w.Category, Year: count(w.Year), Starts: w.Starts, Wins: w.Wins, Top5: w.Top5, Poles: w.Poles, Laps: w.Laps, LapsLed: w.LapsLed,
		AvgStart: mean(w.AvgStart), AvgFinish: mean(w.AvgFinish), AvgInc: mean(w.AvgInc), AvgPoints: mean(w.AvgPoints),
		WinShare: w.Wins / positive(w.Starts), Top5Share: w.Top5 / positive(w.Starts), PoleShare: w.Poles / positive(w.Starts),
		LedShare: w.LapsLed / positive(w.Laps), LapsPerInc: w.Laps / positive(w.AvgInc*w.Starts),
	}
}

// Career asks for a driver's totals by category, in the order in which iRacing lists these.
func (a API) Career(ctx context.Context, id int64) ([]Totals, error) {
	return a.totals(ctx, "/data/stats/member_career", id)
}

// Yearly asks for a driver's totals by year and category, the newest year first.
func (a API) Yearly(ctx context.Context, id int64) ([]Totals, error) {
	return a.totals(ctx, "/data/stats/member_yearly", id)
}

func (a API) totals(ctx context.Context, path string, id int64) ([]Totals, error) {
	var w struct {
		Stats []wireTotals `json:"stats"`
	}
	if _, err := a.decode(ctx, path, Params{}.Set("cust_id", id), &w); err != nil {
		return nil, err
	}
	list := make([]Totals, 0, len(w.Stats))
	for i := range w.Stats {
		list = append(list, w.Stats[i].totals())
	}
	slices.SortStableFunc(list, func(a, b Totals) int {
		return cmp.Or(cmp.Compare(b.Year, a.Year), categoryOrder(a.Category)-categoryOrder(b.Category))
	})
	return list, nil
}

// Summary is how often a driver took part and won in the running year.
type Summary struct {
	Official, OfficialWins float64
	League, LeagueWins     float64
}

// Summary asks for a driver's numbers of the running year.
func (a API) Summary(ctx context.Context, id int64) (*Summary, error) {
	var w struct {
		Year struct {
			Official     float64 `json:"num_official_sessions"`
			OfficialWins float64 `json:"num_official_wins"`
			League       float64 `json:"num_league_sessions"`
			LeagueWins   float64 `json:"num_league_wins"`
		} `json:"this_year"`
	}
	if _, err := a.decode(ctx, "/data/stats/member_summary", Params{}.Set("cust_id", id), &w); err != nil {
		return nil, err
	}
	return &Summary{w.Year.Official, w.Year.OfficialWins, w.Year.League, w.Year.LeagueWins}, nil
}

// Recap is a driver's year, or one quarter of it.
type Recap struct {
	Totals
	Quarter int       // 0 for the whole year
	Car     *Ref      // the favourite; nil where there was no race
	Track   *TrackRef // the favourite; nil where there was no race
}

// Recap asks for a driver's official races of a year, or of one of its quarters; quarter 0 is the whole year. It tells of
// no poles and no points.
func (a API) Recap(ctx context.Context, id int64, year, quarter int) (*Recap, error) {
	params := Params{}.Set("cust_id", id).Set("year", year)
	if quarter > 0 {
		params.Set("season", quarter)
	}
	var w struct {
		Stats struct {
			wireTotals
			Car *struct {
				ID   int64  `json:"car_id"`
				Name string `json:"car_name"`
			} `json:"favorite_car"` //nolint:misspell // the spelling of the API
			Track *wireTrack `json:"favorite_track"` //nolint:misspell // the spelling of the API
		} `json:"stats"`
	}
	if _, err := a.decode(ctx, "/data/stats/member_recap", params, &w); err != nil {
		return nil, err
	}
	r := &Recap{Totals: w.Stats.totals(), Quarter: quarter}
	r.Year = year
	nan := math.NaN()
	r.Poles, r.PoleShare, r.AvgInc, r.AvgPoints, r.LapsPerInc = nan, nan, nan, nan, nan
	if car := w.Stats.Car; car != nil {
		r.Car = &Ref{car.ID, car.Name}
	}
	if track := w.Stats.Track; track != nil {
		ref := track.tidy()
		r.Track = &ref
	}
	return r, nil
}

// Bests are a driver's best laps in one car.
type Bests struct {
	Cars []Ref // all cars that the driver drove
	Car  int64 // the one that the laps are of
	Laps []BestLap
}

// BestLap is a driver's best lap on one track in one kind of official session.
type BestLap struct {
	Track      TrackRef
	Event      string  // such as Race
	Lap        float64 // s
	Subsession int64
	At         time.Time // the end of that session
	Year       int       // of the season
	Quarter    int
}

// Bests asks for a driver's best laps in a car. Without one, car 0, iRacing chooses it: that is how to learn which cars
// there are.
func (a API) Bests(ctx context.Context, id, car int64) (*Bests, error) {
	params := Params{}.Set("cust_id", id)
	if car != 0 {
		params.Set("car_id", car)
	}
	var w struct {
		Cars []struct {
			ID   int64  `json:"car_id"`
			Name string `json:"car_name"`
		} `json:"cars_driven"`
		Bests []struct {
			Track      wireTrack `json:"track"`
			Event      string    `json:"event_type"`
			Lap        float64   `json:"best_lap_time"`
			Subsession int64     `json:"subsession_id"`
			End        string    `json:"end_time"`
			Year       float64   `json:"season_year"`
			Quarter    float64   `json:"season_quarter"`
		} `json:"bests"`
		Car int64 `json:"car_id"`
	}
	if _, err := a.decode(ctx, "/data/stats/member_bests", params, &w); err != nil {
		return nil, err
	}
	b := &Bests{Car: cmp.Or(w.Car, car)}
	for _, c := range w.Cars {
		b.Cars = append(b.Cars, Ref{c.ID, c.Name})
	}
	for _, l := range w.Bests {
		if l.Lap > 0 {
			b.Laps = append(b.Laps, BestLap{
				Track: l.Track.tidy(), Event: l.Event, Lap: seconds(l.Lap), Subsession: l.Subsession, At: utc(l.End),
				Year: count(l.Year), Quarter: count(l.Quarter),
			})
		}
	}
	return b, nil
}

// Record is a driver's best laps in one car on one track, by the kind of session. Laps are seconds, NaN where there is
// none, and days are zero there.
type Record struct {
	Cust     int64
	Name     string
	Country  string // two letters
	Licence  Licence
	IRating  float64
	Practice DatedLap
	Qualify  DatedLap
	Trial    DatedLap
	Race     DatedLap
}

// DatedLap is a lap and the day it was driven.
type DatedLap struct {
	Lap float64 // s
	Day time.Time
}

// WorldRecords asks for the best laps of all drivers in a car on a track, in no order. Year and quarter keep the laps of one
// season; 0 keeps all.
func (a API) WorldRecords(ctx context.Context, car, track int64, year, quarter int) ([]Record, error) {
	params := Params{}.Set("car_id", car).Set("track_id", track)
	if year > 0 {
		params.Set("season_year", year)
	}
	if quarter > 0 {
		params.Set("season_quarter", quarter)
	}
	var rows []struct {
		Cust         int64        `json:"cust_id"`
		Name         string       `json:"display_name"`
		Country      string       `json:"country_code"`
		Licence      *wireRatings `json:"license"`
		Practice     float64      `json:"practice_lap_time"`
		PracticeDate string       `json:"practice_date"`
		Qualify      float64      `json:"qualify_lap_time"`
		QualifyDate  string       `json:"qualify_date"`
		Trial        float64      `json:"tt_lap_time"`
		TrialDate    string       `json:"tt_date"`
		Race         float64      `json:"race_lap_time"`
		RaceDate     string       `json:"race_date"`
	}
	if _, err := a.decode(ctx, "/data/stats/world_records", params, &rows); err != nil {
		return nil, err
	}
	list := make([]Record, 0, len(rows))
	for i := range rows {
		w := &rows[i]
		ratings := w.Licence.ratings()
		list = append(list, Record{
			Cust: w.Cust, Name: w.Name, Country: w.Country, Licence: ratings.Licence, IRating: ratings.IRating,
			Practice: dated(w.Practice, w.PracticeDate), Qualify: dated(w.Qualify, w.QualifyDate),
			Trial: dated(w.Trial, w.TrialDate), Race: dated(w.Race, w.RaceDate),
		})
	}
	return list, nil
}

func dated(lap float64, at string) DatedLap {
	d := DatedLap{Lap: seconds(lap)}
	if lap > 0 {
		d.Day = day(at)
	}
	return d
}
