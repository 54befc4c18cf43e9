package iracing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Result is what came of one subsession: its practice, qualifying and race.
//
// Times are seconds and NaN where there is none, positions count from 1 and are 0 where there is none, ratings are NaN
// where there is none. Texts are as iRacing writes them, names of people included.
type Result struct {
	Subsession int64
	Session    int64 // the same for all splits of one start
	Start, End time.Time
	EventType  int64 // 2 practice, 3 qualifying, 4 time trial, 5 race
	Category   int64 // of licences: 1 oval, 2 road, 3 dirt oval, 4 dirt road, 5 sports car, 6 formula car
	Series     Ref
	Season     Ref
	Year       int // of the season; 0 for hosted sessions
	Quarter    int // of the season, 1 to 4; 0 for hosted sessions
	Week       int // of the season, from 1; 0 for hosted sessions
	Track      TrackRef
	Official   bool
	Teams      bool // cars are shared by the drivers of teams
	Entries    int  // cars in the race
	Laps       int  // of the winner
	Corners    int  // in a lap

	SoF         float64 // strength of field; NaN for other than races
	BestLap     float64 // s
	AverageLap  float64 // s, of the winner
	LeadChanges int     // -1 when not counted
	Cautions    int     // -1 when not counted
	CautionLaps int     // -1 when not counted

	Classes  []RaceClass
	Splits   []Split      // of the same start, the strongest first; none where the result does not tell
	Hosted   *Hosted      // nil for official sessions
	Weather  Weather      // as it was set up
	Sessions []SimSession // by number: practice, qualifying, race
}

// Ref names something by iRacing's number for it.
type Ref struct {
	ID   int64
	Name string
}

// TrackRef names a track and its layout.
type TrackRef struct {
	ID     int64 // one number for each layout
	Name   string
	Config string // the layout; empty where the track has one only
}

// String is the track with its layout.
func (t TrackRef) String() string {
	if t.Config == "" {
		return t.Name
	}
	return t.Name + ", " + t.Config
}

// RaceClass is one of the car classes of a race.
type RaceClass struct {
	Ref
	Short   string
	SoF     float64 // NaN where the result does not tell
	Entries int     // 0 where the result does not tell
	Cars    []int64 // ids
}

// Split is one of the subsessions that a start was split into.
type Split struct {
	Subsession int64
	SoF        float64 // NaN where there is none
}

// Hosted is what only hosted sessions have. A league's session is a hosted one.
type Hosted struct {
	Host         int64 // customer id
	Name         string
	League       Ref // of zero id outside leagues
	LeagueSeason Ref
	Private      int64 // the private session's own id
}

// SimSession is one part of a subsession.
type SimSession struct {
	Number  int   // 0 is the main event, -1 the part before
	Type    int64 // one of the Sim constants
	Name    string
	Weather Weather // as it was
	Rows    []Row   // by position
}

// Types of parts of a subsession.
const (
	SimPractice    = 3
	SimLoneQualify = 4
	SimOpenQualify = 5
	SimRace        = 6
)

// Row is one entry of a classification: a driver, or a team with its drivers.
type Row struct {
	Cust    int64 // customer id; 0 for a team
	Team    int64 // negative; 0 for a driver who drove alone
	Name    string
	AI      bool
	Drivers []Row // of a team

	Position      int
	ClassPosition int
	Start         int // on the grid; 0 in practice and qualifying
	ClassStart    int

	Class  Ref
	Car    Ref
	Number string // of the car; "01" is not "1"

	Interval      float64 // s behind the winner; NaN for those laps down or without a time
	ClassInterval float64 // s behind the class winner
	Laps          int     // complete
	LapsLed       int
	AverageLap    float64   // s
	BestLap       float64   // s
	BestLapNumber int       // 0 where there is none
	QualifyLap    float64   // s; the best of those that count for qualifying. NaN in races: see [Result.QualifyLap]
	QualifyAt     time.Time // when it ended; zero where there is none

	Incidents  float64 // points
	IRating    Change
	TTRating   Change
	CPI        Change // corners per incident
	OldLicence Licence
	NewLicence Licence

	Points       float64 // of the championship
	LeaguePoints float64
	Dropped      bool // the race does not count for the championship
	Division     int  // from 1; 11 is the rookies'; 0 where there is none
	ReasonOut    string
	ReasonOutID  int64
	Flair        string // the flag a driver chose, or the club of old results
	FlairID      int64
	Country      string  // two letters
	WeightKg     float64 // ballast; 0 where there is none
	FuelShare    float64 // of the tank that may be filled, 0 to 1; NaN where nothing is said
}

// ID is the row's team where it has one, or else its driver: the group by which lap charts know it.
func (r *Row) ID() int64 {
	if r.Team != 0 {
		return r.Team
	}
	return r.Cust
}

// Has tells whether somebody is the row's driver or one of its team's.
func (r *Row) Has(cust int64) bool {
	return cust != 0 && (r.Cust == cust || slices.ContainsFunc(r.Drivers, func(d Row) bool { return d.Cust == cust }))
}

// Change is a rating before and after a race; NaN where there is none.
type Change struct{ Old, New float64 }

// Diff is what was gained; NaN where either is missing.
func (c Change) Diff() float64 { return c.New - c.Old }

// Licence is a licence with its safety rating.
type Licence struct {
	Level int     // 1 to 28; 0 where there is none
	SR    float64 // safety rating within the class, 0 to 4.99; NaN where there is none
}

// licenceClasses are the licence classes in order; each has four levels.
var licenceClasses = [...]string{"R", "D", "C", "B", "A", "P", "WC"}

// Class is the letter of the licence class: R, D, C, B, A, P or WC; empty where there is none.
func (l Licence) Class() string {
	if g := l.Group(); g > 0 {
		return licenceClasses[g-1]
	}
	return ""
}

// Group is the number of the licence class: 1 rookie to 7 world championship; 0 where there is none.
func (l Licence) Group() int {
	if l.Level < 1 || l.Level > 4*len(licenceClasses) {
		return 0
	}
	return (l.Level + 3) / 4
}

// String is the licence as drivers write it: "A 4.32". It is empty where there is none.
func (l Licence) String() string {
	if l.Class() == "" || math.IsNaN(l.SR) {
		return l.Class()
	}
	return l.Class() + " " + strconv.FormatFloat(l.SR, 'f', 2, 64)
}

// Weather is what the weather was in a session, or what it was set up to be.
type Weather struct {
	Known    bool
	Air      float64 // °C, the average; as are the others
	AirMin   float64
	AirMax   float64
	Humidity float64 // 0 to 1
	Wind     float64 // m/s
	WindFrom string  // such as NE; empty where unknown
	Cloud    float64 // 0 to 1
	Skies    string  // in words; empty where unknown
	WetShare float64 // of the time in which it rained, 0 to 1
	Rain     float64 // mm
	Started  string  // the sim's local date and time at the start, 2026-04-01T18:55:00; empty where unknown
}

// Race is the main event; nil where the subsession has no race.
func (r *Result) Race() *SimSession {
	if s := r.Part(0); s != nil && (s.Type == SimRace || s.Type == 0 && r.EventType == 5) {
		return s
	}
	return r.last(SimRace)
}

// Qualify is the last qualifying; nil where there was none.
func (r *Result) Qualify() *SimSession { return r.last(SimLoneQualify, SimOpenQualify) }

// Practice is the last practice; nil where there was none.
func (r *Result) Practice() *SimSession { return r.last(SimPractice) }

// Part finds a session by its number; nil when there is none.
func (r *Result) Part(number int) *SimSession {
	for i := range r.Sessions {
		if r.Sessions[i].Number == number {
			return &r.Sessions[i]
		}
	}
	return nil
}

func (r *Result) last(types ...int64) *SimSession {
	for i := len(r.Sessions) - 1; i >= 0; i-- {
		if slices.Contains(types, r.Sessions[i].Type) {
			return &r.Sessions[i]
		}
	}
	return nil
}

// Split is which of the splits this subsession was, from 1; 0 where the result does not tell.
func (r *Result) Split() int {
	return 1 + slices.IndexFunc(r.Splits, func(s Split) bool { return s.Subsession == r.Subsession })
}

// QualifyLap is the best qualifying lap of a row of any session, in seconds; NaN where there is none.
func (r *Result) QualifyLap(row *Row) float64 {
	q := r.Qualify()
	if q == nil {
		return math.NaN()
	}
	found := q.Find(row.ID())
	switch {
	case found == nil:
		return math.NaN()
	case found.QualifyLap > 0:
		return found.QualifyLap
	default:
		return found.BestLap
	}
}

// Find is the row of a driver who drove alone, or of a team by its id; nil when there is none.
func (s *SimSession) Find(id int64) *Row {
	for i := range s.Rows {
		if id != 0 && s.Rows[i].ID() == id {
			return &s.Rows[i]
		}
	}
	return nil
}

// Of is the row of a driver, alone or in a team; nil when there is none.
func (s *SimSession) Of(cust int64) *Row {
	for i := range s.Rows {
		if s.Rows[i].Has(cust) {
			return &s.Rows[i]
		}
	}
	return nil
}

// Result asks for what came of a subsession.
func (a API) Result(ctx context.Context, subsession int64) (*Result, error) {
	r, err := NewRequest("/data/results/get", Params{}.Set("subsession_id", subsession))
	if err != nil {
		return nil, err
	}
	answer, err := a.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	w, ok := readResult(answer.Body)
	if !ok {
		return nil, r.fail(BadAnswer, 0, "it is no result")
	}
	return w.result(), nil
}

// MaxExport bounds an exported result. A race of 24 hours with 60 teams has 2.4 MB.
const MaxExport = 32 << 20

// maxExportRows bounds the rows of an exported result, drivers of teams included, over all its sessions.
const maxExportRows = 10_000

// ParseExport reads a result that a member exported from iRacing's member site, {"type":"event_result","data":{…}}, or the
// bare answer of /data/results/get. raw is the latter. Errors are for whoever exported the file.
func ParseExport(b []byte) (r *Result, raw []byte, err error) {
	if len(b) > MaxExport {
		return nil, nil, fmt.Errorf("the file is larger than %d MB, which no result is", MaxExport>>20)
	}
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	var envelope struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if !bytes.HasPrefix(b, []byte("{")) || !looseJSON(b, &envelope) {
		return nil, nil, errors.New("the file is no JSON, or only a part of it; export the result again from iRacing's member site")
	}
	raw = b
	if data := bytes.TrimSpace(envelope.Data); bytes.HasPrefix(data, []byte("{")) {
		if envelope.Type != "" && envelope.Type != "event_result" {
			return nil, nil, fmt.Errorf("the file holds something else than a result, which is named %.40q", envelope.Type)
		}
		raw = data
	}
	w, ok := readResult(raw)
	switch {
	case !ok:
		return nil, nil, errors.New("the file is no result of iRacing: it names no subsession")
	case utc(w.Start).IsZero():
		return nil, nil, errors.New("the result does not tell when it began")
	}
	n := 0
	for _, s := range w.Sessions {
		for _, row := range s.Rows {
			n += 1 + len(row.Drivers)
		}
	}
	switch {
	case n == 0:
		return nil, nil, errors.New("the result has no rows: export it again some minutes after the race")
	case n > maxExportRows:
		return nil, nil, fmt.Errorf("the result has %d rows, which no race has", n)
	}
	return w.result(), raw, nil
}

// readResult decodes a result. Fields change their types from season to season: one of another type than expected stays
// empty, and only a body that is no result at all fails.
func readResult(body []byte) (*wireResult, bool) {
	var w wireResult
	if !looseJSON(body, &w) || w.Subsession <= 0 {
		return nil, false
	}
	return &w, true
}

// looseJSON decodes what it can: a value of an unexpected type leaves its field as it was. It fails for what is no JSON.
func looseJSON(body []byte, into any) bool {
	return json.Unmarshal(body, into) == nil || json.Valid(body)
}

// The API's own writing of a result. Positions are pointers, as 0 is the first and an absent one is none.
type wireResult struct {
	Subsession int64  `json:"subsession_id"`
	Session    int64  `json:"session_id"`
	Start      string `json:"start_time"`
	End        string `json:"end_time"`
	EventType  int64  `json:"event_type"`
	Category   int64  `json:"license_category_id"`

	SeriesID   int64    `json:"series_id"`
	SeriesName string   `json:"series_name"`
	SeasonID   int64    `json:"season_id"`
	SeasonName string   `json:"season_name"`
	Year       float64  `json:"season_year"`
	Quarter    float64  `json:"season_quarter"`
	Week       *float64 `json:"race_week_num"`

	Track struct {
		ID     int64  `json:"track_id"`
		Name   string `json:"track_name"`
		Config string `json:"config_name"`
	} `json:"track"`

	Official      bool     `json:"official_session"`
	DriverChanges bool     `json:"driver_changes"`
	NumDrivers    float64  `json:"num_drivers"`
	Laps          float64  `json:"event_laps_complete"`
	Corners       float64  `json:"corners_per_lap"`
	SoF           float64  `json:"event_strength_of_field"`
	BestLap       float64  `json:"event_best_lap_time"`
	AverageLap    float64  `json:"event_average_lap"`
	LeadChanges   *float64 `json:"num_lead_changes"`
	Cautions      *float64 `json:"num_cautions"`
	CautionLaps   *float64 `json:"num_caution_laps"`

	Classes []struct {
		ID      int64   `json:"car_class_id"`
		Name    string  `json:"name"`
		Short   string  `json:"short_name"`
		SoF     float64 `json:"strength_of_field"`
		Entries float64 `json:"num_entries"`
		Cars    []struct {
			ID int64 `json:"car_id"`
		} `json:"cars_in_class"`
	} `json:"car_classes"`
	Splits []struct {
		Subsession int64   `json:"subsession_id"`
		SoF        float64 `json:"event_strength_of_field"`
	} `json:"session_splits"`

	Host             int64  `json:"host_id"`
	SessionName      string `json:"session_name"`
	League           int64  `json:"league_id"`
	LeagueName       string `json:"league_name"`
	LeagueSeason     int64  `json:"league_season_id"`
	LeagueSeasonName string `json:"league_season_name"`
	Private          int64  `json:"private_session_id"`

	Weather  wireSetup     `json:"weather"`
	Sessions []wireSession `json:"session_results"`
}

type wireSession struct {
	Number  float64      `json:"simsession_number"`
	Type    int64        `json:"simsession_type"`
	Name    string       `json:"simsession_name"`
	Kind    string       `json:"simsession_type_name"`
	Weather *wireWeather `json:"weather_result"`
	Rows    []wireRow    `json:"results"`
}

type wireRow struct {
	Cust    int64     `json:"cust_id"`
	Team    int64     `json:"team_id"`
	Name    string    `json:"display_name"`
	AI      bool      `json:"ai"`
	Drivers []wireRow `json:"driver_results"`

	Position      *float64 `json:"finish_position"`
	ClassPosition *float64 `json:"finish_position_in_class"`
	Start         *float64 `json:"starting_position"`
	ClassStart    *float64 `json:"starting_position_in_class"`

	ClassID   int64  `json:"car_class_id"`
	ClassName string `json:"car_class_name"`
	CarID     int64  `json:"car_id"`
	CarName   string `json:"car_name"`
	Livery    struct {
		Number string `json:"car_number"`
	} `json:"livery"`

	Interval      *float64 `json:"interval"`
	ClassInterval *float64 `json:"class_interval"`
	Laps          float64  `json:"laps_complete"`
	LapsLed       float64  `json:"laps_lead"`
	AverageLap    float64  `json:"average_lap"`
	BestLap       float64  `json:"best_lap_time"`
	BestLapNumber float64  `json:"best_lap_num"`
	QualLap       float64  `json:"qual_lap_time"`
	BestQualLap   float64  `json:"best_qual_lap_time"`
	BestQualAt    string   `json:"best_qual_lap_at"`

	Incidents float64  `json:"incidents"`
	OldIR     float64  `json:"oldi_rating"`
	NewIR     float64  `json:"newi_rating"`
	OldTT     float64  `json:"old_ttrating"`
	NewTT     float64  `json:"new_ttrating"`
	OldCPI    float64  `json:"old_cpi"`
	NewCPI    float64  `json:"new_cpi"`
	OldLevel  float64  `json:"old_license_level"`
	NewLevel  float64  `json:"new_license_level"`
	OldSub    *float64 `json:"old_sub_level"`
	NewSub    *float64 `json:"new_sub_level"`

	Points       float64  `json:"champ_points"`
	LeaguePoints float64  `json:"league_points"`
	Dropped      bool     `json:"drop_race"`
	Division     *float64 `json:"division"`
	ReasonOut    string   `json:"reason_out"`
	ReasonOutID  int64    `json:"reason_out_id"`
	FlairID      int64    `json:"flair_id"`
	FlairName    string   `json:"flair_name"`
	ClubName     string   `json:"club_name"`
	Country      string   `json:"country_code"`
	WeightKg     float64  `json:"weight_penalty_kg"`
	FuelPct      *float64 `json:"max_pct_fuel_fill"`
}

// wireWeather is the weather as it was.
type wireWeather struct {
	Skies     *float64 `json:"avg_skies"`
	Cloud     *float64 `json:"avg_cloud_cover_pct"`
	TempUnits float64  `json:"temp_units"`
	Air       *float64 `json:"avg_temp"`
	AirMin    *float64 `json:"min_temp"`
	AirMax    *float64 `json:"max_temp"`
	Humidity  *float64 `json:"avg_rel_humidity"`
	WindUnits float64  `json:"wind_units"`
	Wind      *float64 `json:"avg_wind_speed"`
	WindDir   *float64 `json:"avg_wind_dir"`
	WetPct    *float64 `json:"precip_time_pct"`
	Rain      *float64 `json:"precip_mm"`
	Started   string   `json:"simulated_start_time"`
}

// wireSetup is the weather as it was set up. Its wind and humidity are not what they seem in new results, so only what
// can be told is read.
type wireSetup struct {
	TempUnits float64  `json:"temp_units"`
	Air       *float64 `json:"temp_value"`
	Skies     *float64 `json:"skies"`
	WetPct    *float64 `json:"precip_time_pct"`
	Started   string   `json:"simulated_start_time"`
}

func (w *wireResult) result() *Result {
	r := &Result{
		Subsession: w.Subsession, Session: w.Session, Start: utc(w.Start), End: utc(w.End),
		EventType: w.EventType, Category: w.Category,
		Series: Ref{w.SeriesID, w.SeriesName}, Season: Ref{w.SeasonID, w.SeasonName},
		Track: TrackRef{ID: w.Track.ID, Name: strings.TrimSpace(w.Track.Name), Config: layout(w.Track.Config)}, Official: w.Official, Teams: w.DriverChanges,
		Entries: count(w.NumDrivers), Laps: count(w.Laps), Corners: count(w.Corners),
		SoF: positive(w.SoF), BestLap: seconds(w.BestLap), AverageLap: seconds(w.AverageLap),
		LeadChanges: counted(w.LeadChanges), Cautions: counted(w.Cautions), CautionLaps: counted(w.CautionLaps),
		Weather: w.Weather.weather(),
	}
	if w.SeasonID > 0 {
		r.Year, r.Quarter, r.Week = count(w.Year), count(w.Quarter), fromZero(w.Week)
	}
	for _, c := range w.Classes {
		class := RaceClass{Ref: Ref{c.ID, c.Name}, Short: c.Short, SoF: positive(c.SoF), Entries: count(c.Entries)}
		for _, car := range c.Cars {
			class.Cars = append(class.Cars, car.ID)
		}
		r.Classes = append(r.Classes, class)
	}
	for _, s := range w.Splits {
		r.Splits = append(r.Splits, Split{s.Subsession, positive(s.SoF)})
	}
	slices.SortStableFunc(r.Splits, func(a, b Split) int { return cmp.Compare(b.SoF, a.SoF) })
	if w.Host != 0 || w.League > 0 || w.Private > 0 {
		r.Hosted = &Hosted{Host: w.Host, Name: w.SessionName, Private: w.Private}
		if w.League > 0 {
			r.Hosted.League = Ref{w.League, w.LeagueName}
			r.Hosted.LeagueSeason = Ref{w.LeagueSeason, w.LeagueSeasonName}
		}
	}
	for i := range w.Sessions {
		r.Sessions = append(r.Sessions, w.Sessions[i].session())
	}
	slices.SortStableFunc(r.Sessions, func(a, b SimSession) int { return cmp.Compare(a.Number, b.Number) })
	if race := r.Race(); race != nil {
		// Old results do not tell, and in team events the number may be that of the people.
		r.Entries = len(race.Rows)
		r.Teams = r.Teams || slices.ContainsFunc(race.Rows, func(row Row) bool { return row.Team != 0 })
	}
	return r
}

func (w *wireSession) session() SimSession {
	s := SimSession{Number: whole(w.Number), Type: w.Type, Name: cmp.Or(w.Name, w.Kind), Weather: w.Weather.weather()}
	s.Rows = rows(w.Rows)
	slices.SortStableFunc(s.Rows, func(a, b Row) int { return cmp.Compare(last(a.Position), last(b.Position)) })
	return s
}

// last sorts those without a position behind all others.
func last(position int) int {
	if position == 0 {
		return most
	}
	return position
}

func rows(list []wireRow) []Row {
	out := make([]Row, 0, len(list))
	for i := range list {
		w := &list[i]
		row := Row{
			Cust: max(w.Cust, 0), Team: min(w.Team, 0), Name: w.Name, AI: w.AI,
			Position: fromZero(w.Position), ClassPosition: fromZero(w.ClassPosition), Start: fromZero(w.Start), ClassStart: fromZero(w.ClassStart),
			Class: Ref{w.ClassID, w.ClassName}, Car: Ref{w.CarID, w.CarName}, Number: w.Livery.Number,
			Interval: interval(w.Interval), ClassInterval: interval(w.ClassInterval), Laps: count(w.Laps), LapsLed: count(w.LapsLed),
			AverageLap: seconds(w.AverageLap), BestLap: seconds(w.BestLap), BestLapNumber: count(w.BestLapNumber),
			QualifyLap: seconds(w.BestQualLap), Incidents: max(w.Incidents, 0),
			IRating: Change{positive(w.OldIR), positive(w.NewIR)}, TTRating: Change{positive(w.OldTT), positive(w.NewTT)},
			CPI:        Change{positive(w.OldCPI), positive(w.NewCPI)},
			OldLicence: licenceOf(w.OldLevel, w.OldSub), NewLicence: licenceOf(w.NewLevel, w.NewSub),
			Points: w.Points, LeaguePoints: w.LeaguePoints, Dropped: w.Dropped, Division: fromZero(w.Division),
			ReasonOut: w.ReasonOut, ReasonOutID: w.ReasonOutID, Flair: cmp.Or(w.FlairName, w.ClubName), FlairID: w.FlairID,
			Country: w.Country, WeightKg: max(w.WeightKg, 0), FuelShare: math.NaN(),
		}
		if row.QualifyLap > 0 {
			row.QualifyAt = utc(w.BestQualAt)
		} else {
			row.QualifyLap = seconds(w.QualLap)
		}
		if w.FuelPct != nil && *w.FuelPct >= 0 {
			row.FuelShare = *w.FuelPct / 100
		}
		for _, driver := range rows(w.Drivers) {
			driver.Drivers = nil // a driver has none
			row.Drivers = append(row.Drivers, driver)
		}
		out = append(out, row)
	}
	return out
}

func (w *wireWeather) weather() Weather {
	if w == nil || w.Air == nil {
		return blankWeather()
	}
	return Weather{
		Known: true, Air: celsius(w.Air, w.TempUnits), AirMin: celsius(w.AirMin, w.TempUnits), AirMax: celsius(w.AirMax, w.TempUnits),
		Humidity: share(w.Humidity), Wind: metresPerSecond(w.Wind, w.WindUnits), WindFrom: word(w.WindDir, windNames),
		Cloud: share(w.Cloud), Skies: word(w.Skies, skyNames), WetShare: share(w.WetPct), Rain: orNaN(w.Rain), Started: w.Started,
	}
}

func (w *wireSetup) weather() Weather {
	out := blankWeather()
	if w.Air != nil {
		out.Known, out.Air, out.Skies, out.Started = true, celsius(w.Air, w.TempUnits), word(w.Skies, skyNames), w.Started
		out.WetShare = share(w.WetPct)
	}
	return out
}

func blankWeather() Weather {
	nan := math.NaN()
	return Weather{Air: nan, AirMin: nan, AirMax: nan, Humidity: nan, Wind: nan, Cloud: nan, WetShare: nan, Rain: nan}
}

var (
	windNames = []string{"N", "NE", "E", "SE", "S", "SW", "W", "NW"}
	skyNames  = []string{"clear", "partly cloudy", "mostly cloudy", "overcast"}
)

func word(n *float64, names []string) string {
	if n == nil || !(*n >= 0 && *n < float64(len(names))) {
		return ""
	}
	return names[int(*n)]
}

// Units of a result: temperatures 0 °F, 1 °C; wind 0 mph, 1 km/h.
func celsius(v *float64, unit float64) float64 {
	if v != nil && unit == 0 {
		return (*v - 32) / 1.8
	}
	return orNaN(v)
}

func metresPerSecond(v *float64, unit float64) float64 {
	if unit == 0 {
		return orNaN(v) * 0.44704
	}
	return orNaN(v) / 3.6
}

func share(percent *float64) float64 { return orNaN(percent) / 100 }

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// seconds turns 1/10000 s into seconds; nothing and less become NaN.
func seconds(v float64) float64 { return positive(v) / 1e4 }

func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// interval turns 1/10000 s into seconds; 0 is the winner's own.
func interval(v *float64) float64 {
	if v == nil || *v < 0 {
		return math.NaN()
	}
	return *v / 1e4
}

// most is more than anything that is counted comes to.
const most = 1 << 30

func whole(v float64) int { return int(max(-most, min(v, most))) }

func count(v float64) int { return max(whole(v), 0) }

// counted is -1 for what was not counted.
func counted(v *float64) int {
	if v == nil {
		return -1
	}
	return max(whole(*v), -1)
}

// fromZero turns a position from 0 into one from 1; nothing and -1 become 0.
func fromZero(v *float64) int {
	if v == nil || *v < 0 {
		return 0
	}
	return whole(*v) + 1
}

func licenceOf(level float64, sub *float64) Licence {
	l := Licence{Level: count(level), SR: math.NaN()}
	if l.Level > 0 && sub != nil && *sub >= 0 {
		l.SR = *sub / 100
	}
	return l
}

// layout is the name of a track's layout; with one only, old results say N/A.
func layout(name string) string {
	if strings.EqualFold(name, "N/A") {
		return ""
	}
	return name
}

// utc reads a time; zero for what is none.
func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
