package iracing

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Championship is a kind of table of a season.
type Championship string

// The kinds of tables. The last two are of one week only.
const (
	DriverStandings       Championship = "season_driver_standings"
	SupersessionStandings Championship = "season_supersession_standings"
	TeamStandings         Championship = "season_team_standings"
	TimeTrialStandings    Championship = "season_tt_standings"
	TimeTrialResults      Championship = "season_tt_results"
	QualifyResults        Championship = "season_qualify_results"
)

// Table names one table of a season.
type Table struct {
	Of     Championship
	Season int64
	Class  int64 // of cars
	// Division is 1 to 10, or 11 for the rookies'; 0 means all. There are none of teams.
	Division int
	// Week counts from 1; 0 means the whole season.
	Week int
}

// Standings is a table of a season.
type Standings struct {
	Season  Ref
	Series  Ref
	Class   int64
	OwnRank int       // of the account that asks; 0 where it has none
	Updated time.Time // zero where unknown
	Rows    []Standing
}

// Standing is one row of a table. Averages are NaN where there is none.
type Standing struct {
	Rank     int
	Cust     int64 // customer id; 0 for a team
	Team     int64 // negative; 0 for a driver
	Name     string
	Drivers  []Standing // of a team
	Cars     []int64    // of a team: ids
	Division int        // 1 to 10, or 11 for the rookies'; 0 where there is none
	Country  string
	Ratings

	Weeks     int // that count
	Starts    int
	Wins      int
	Top5      int
	Top25     int // finishes in the first quarter of the field
	Poles     int
	AvgStart  float64 // from 1
	AvgFinish float64 // from 1
	AvgField  float64 // cars
	Laps      int
	LapsLed   int
	Incidents float64 // points
	Points    float64
	Exact     float64 // the points before they were rounded
	Dropped   bool    // the week does not count
	BestLap   float64 // s; of time trials and qualifying: what the row is ranked by
	RaceWeek  int     // from 1; 0 where the row is of the season
}

// ID is the row's team where it has one, or else its driver.
func (s *Standing) ID() int64 {
	if s.Team != 0 {
		return s.Team
	}
	return s.Cust
}

// Has tells whether somebody is the row's driver or one of its team's.
func (s *Standing) Has(cust int64) bool {
	return cust != 0 && (s.Cust == cust || slices.ContainsFunc(s.Drivers, func(d Standing) bool { return d.Cust == cust }))
}

type wireStanding struct {
	Rank      float64        `json:"rank"`
	Cust      int64          `json:"cust_id"`
	Team      int64          `json:"team_id"`
	Name      string         `json:"display_name"`
	Division  *float64       `json:"division"`
	Country   string         `json:"country"`
	License   *wireRatings   `json:"license"`
	Weeks     float64        `json:"weeks_counted"`
	Starts    float64        `json:"starts"`
	Wins      float64        `json:"wins"`
	Top5      float64        `json:"top5"`
	Top25     float64        `json:"top25_percent"`
	Poles     float64        `json:"poles"`
	AvgStart  float64        `json:"avg_start_position"`
	AvgFinish float64        `json:"avg_finish_position"`
	AvgField  float64        `json:"avg_field_size"`
	Laps      float64        `json:"laps"`
	LapsLed   float64        `json:"laps_led"`
	Incidents float64        `json:"incidents"`
	Points    float64        `json:"points"`
	Raw       *float64       `json:"raw_points"`
	Dropped   bool           `json:"week_dropped"`
	NLaps     float64        `json:"best_nlaps_time"`
	Qualify   float64        `json:"best_qual_lap_time"`
	RaceWeek  *float64       `json:"week"`
	Drivers   []wireStanding `json:"drivers"`
	Cars      []struct {
		ID int64 `json:"carid"`
	} `json:"cars"`
}

func (w *wireStanding) standing() Standing {
	s := Standing{
		Rank: count(w.Rank), Cust: max(w.Cust, 0), Team: min(w.Team, w.Cust, 0), Name: w.Name, Division: fromZero(w.Division), Country: w.Country,
		Ratings: w.License.ratings(), Weeks: count(w.Weeks), Starts: count(w.Starts), Wins: count(w.Wins), Top5: count(w.Top5), Top25: count(w.Top25),
		Poles: count(w.Poles), AvgStart: positive(w.AvgStart), AvgFinish: positive(w.AvgFinish), AvgField: positive(w.AvgField),
		Laps: count(w.Laps), LapsLed: count(w.LapsLed), Incidents: max(w.Incidents, 0), Points: w.Points, Dropped: w.Dropped,
		BestLap: math.NaN(), RaceWeek: fromZero(w.RaceWeek), Exact: w.Points,
	}
	if w.Raw != nil {
		s.Exact = *w.Raw
	}
	switch {
	case w.NLaps > 0:
		s.BestLap = seconds(w.NLaps)
	case w.Qualify > 0:
		s.BestLap = seconds(w.Qualify)
	}
	for i := range w.Drivers {
		s.Drivers = append(s.Drivers, w.Drivers[i].standing())
	}
	for _, c := range w.Cars {
		s.Cars = append(s.Cars, c.ID)
	}
	return s
}

// Standings asks for a table of a season, ordered by rank.
func (a API) Standings(ctx context.Context, t Table) (*Standings, error) {
	p := Params{}.Set("season_id", t.Season).Set("car_class_id", t.Class)
	if t.Week > 0 {
		p.Set("race_week_num", t.Week-1)
	}
	if t.Division > 0 && t.Of != TeamStandings {
		p.Set("division", t.Division-1)
	}
	var wire []wireStanding
	answer, err := a.decode(ctx, "/data/stats/"+string(t.Of), p, &wire)
	if err != nil {
		return nil, err
	}
	var header struct {
		SeasonID   int64   `json:"season_id"`
		SeasonName string  `json:"season_name"`
		SeriesID   int64   `json:"series_id"`
		SeriesName string  `json:"series_name"`
		Class      int64   `json:"car_class_id"`
		Rank       float64 `json:"customer_rank"`
		Updated    string  `json:"last_updated"`
	}
	_ = json.Unmarshal(answer.Header, &header) // the rows are worth something without it
	s := &Standings{
		Season: Ref{t.Season, header.SeasonName}, Series: Ref{header.SeriesID, header.SeriesName}, Class: t.Class,
		OwnRank: count(header.Rank), Updated: utc(header.Updated), Rows: make([]Standing, 0, len(wire)),
	}
	for i := range wire {
		s.Rows = append(s.Rows, wire[i].standing())
	}
	slices.SortStableFunc(s.Rows, func(a, b Standing) int { return last(a.Rank) - last(b.Rank) })
	return s, nil
}
