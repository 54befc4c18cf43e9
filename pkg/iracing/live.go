package iracing

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Live is an official session that can be watched now.
type Live struct {
	Subsession int64
	Session    int64 // the same for all splits of one start
	Season     int64
	Start      time.Time // zero where unknown
	Week       int       // from 1
	EventType  int64
}

// LiveSessions asks for the official sessions that can be watched now, of one season, or of all with 0.
func (a API) LiveSessions(ctx context.Context, season int64) ([]Live, error) {
	p := Params{}.Set("event_types", "2,3,4,5")
	if season != 0 {
		p.Set("season_ids", season)
	}
	var wire struct {
		Subsessions []struct {
			Subsession int64    `json:"subsession_id"`
			Session    int64    `json:"session_id"`
			Season     int64    `json:"season_id"`
			Start      string   `json:"start_time"`
			Week       *float64 `json:"race_week_num"`
			EventType  int64    `json:"event_type"`
		} `json:"subsessions"`
	}
	if _, err := a.decode(ctx, "/data/season/spectator_subsessionids_detail", p, &wire); err != nil {
		return nil, err
	}
	list := make([]Live, 0, len(wire.Subsessions))
	for _, w := range wire.Subsessions {
		list = append(list, Live{
			Subsession: w.Subsession, Session: w.Session, Season: w.Season, Start: utc(strings.ReplaceAll(w.Start, " ", "")),
			Week: fromZero(w.Week), EventType: w.EventType,
		})
	}
	return list, nil
}

// OpenSession is a hosted session, or one of a league, that goes on or is about to.
type OpenSession struct {
	Subsession   int64
	Session      int64
	Private      int64 // the private session's own id
	Name         string
	Host         Found
	League       Ref // of zero id outside leagues
	LeagueSeason Ref
	Launch       time.Time
	Closes       time.Time // the registration; zero where unknown
	Track        TrackRef
	Category     int64
	Cars         []Ref
	Drivers      int // in it
	Places       int
	Password     bool
	Fixed        bool // everybody drives the same set-up
	Teams        bool // drivers share cars
	Practice     time.Duration
	Qualify      time.Duration
	Race         time.Duration // 0 where laps are raced
	Laps         int           // 0 where time is raced
	Limit        time.Duration // of the whole session
	Open         bool          // it goes on, and drivers can enter
	MinLicence   int           // 1 to 28; 0 where unknown
	MinIRating   int           // 0 for none
	MaxIRating   int           // 0 for none
	Farm         string
	Forecast     Forecast
}

type wireOpen struct {
	Sessions []struct {
		Subsession   int64      `json:"subsession_id"`
		Session      int64      `json:"session_id"`
		Private      int64      `json:"private_session_id"`
		Name         string     `json:"session_name"`
		Host         wirePerson `json:"host"`
		LeagueID     int64      `json:"league_id"`
		LeagueName   string     `json:"league_name"`
		LeagueSeason int64      `json:"league_season_id"`
		LSeasonName  string     `json:"league_season_name"`
		Launch       string     `json:"launch_at"`
		Closes       string     `json:"open_reg_expires"`
		Track        wireTrack  `json:"track"`
		Category     int64      `json:"category_id"`
		Cars         []struct {
			ID   int64  `json:"car_id"`
			Name string `json:"car_name"`
		} `json:"cars"`
		Drivers  float64      `json:"num_drivers"`
		Entries  float64      `json:"entry_count"`
		Places   float64      `json:"max_drivers"`
		Password bool         `json:"password_protected"`
		Fixed    bool         `json:"fixed_setup"`
		Teams    bool         `json:"driver_changes"`
		Practice float64      `json:"practice_length"`
		Qualify  float64      `json:"qualify_length"`
		Race     float64      `json:"race_length"`
		Laps     float64      `json:"race_laps"`
		Limit    float64      `json:"time_limit"`
		Status   float64      `json:"status"`
		MinLevel float64      `json:"min_license_level"`
		MinIR    float64      `json:"min_ir"`
		MaxIR    float64      `json:"max_ir"`
		Weather  wireForecast `json:"weather"`
		Farm     struct {
			Name string `json:"display_name"`
		} `json:"farm"`
	} `json:"sessions"`
}

// statusOpen is the status of a session that was launched; 1 is one that is only planned.
const statusOpen = 2

func (a API) open(ctx context.Context, path string, p Params) ([]OpenSession, error) {
	var wire wireOpen
	if _, err := a.decode(ctx, path, p, &wire); err != nil {
		return nil, err
	}
	list := make([]OpenSession, 0, len(wire.Sessions))
	for _, w := range wire.Sessions {
		s := OpenSession{
			Subsession: w.Subsession, Session: w.Session, Private: w.Private, Name: w.Name, Host: Found{w.Host.Cust, w.Host.Name},
			League: Ref{w.LeagueID, w.LeagueName}, LeagueSeason: Ref{w.LeagueSeason, w.LSeasonName}, Launch: utc(w.Launch), Closes: utc(w.Closes),
			Track: w.Track.ref(), Category: w.Category, Drivers: count(max(w.Drivers, w.Entries)), Places: count(w.Places), Password: w.Password,
			Fixed: w.Fixed, Teams: w.Teams, Practice: minutes(w.Practice), Qualify: minutes(w.Qualify), Race: minutes(w.Race), Laps: count(w.Laps),
			Limit: minutes(w.Limit), Open: w.Status == statusOpen, MinLicence: count(w.MinLevel), MinIRating: count(w.MinIR), MaxIRating: count(w.MaxIR),
			Farm: w.Farm.Name, Forecast: w.Weather.forecast(),
		}
		for _, c := range w.Cars {
			s.Cars = append(s.Cars, Ref{c.ID, c.Name})
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b OpenSession) int { return a.Launch.Compare(b.Launch) })
	return list, nil
}

// HostedSessions asks for the hosted sessions that can be joined now.
func (a API) HostedSessions(ctx context.Context) ([]OpenSession, error) {
	return a.open(ctx, "/data/hosted/sessions", nil)
}

// LeagueSessions asks for the next sessions of the account's leagues.
func (a API) LeagueSessions(ctx context.Context) ([]OpenSession, error) {
	return a.open(ctx, "/data/league/cust_league_sessions", nil)
}

// Registered is somebody who is registered in a session that is not over.
type Registered struct {
	Cust    int64
	Name    string
	Car     Ref
	Class   Ref
	Country string // two letters
	Farm    string
	Event   int64 // the event type
	Status  string
	Ratings
}

// RegisteredDrivers asks who is registered in a subsession. There is nobody in one that is over or does not exist.
func (a API) RegisteredDrivers(ctx context.Context, subsession int64) ([]Registered, error) {
	var wire struct {
		Entries []struct {
			wirePerson
			CarID     int64        `json:"car_id"`
			CarName   string       `json:"car_name"`
			ClassID   int64        `json:"car_class_id"`
			ClassName string       `json:"car_class_name"`
			Country   string       `json:"country_code"`
			Farm      string       `json:"farm_display_name"`
			Event     int64        `json:"event_type"`
			Status    string       `json:"reg_status"`
			License   *wireRatings `json:"license"`
		} `json:"entries"`
	}
	if _, err := a.decode(ctx, "/data/session/reg_drivers_list", Params{}.Set("subsession_id", subsession), &wire); err != nil {
		return nil, err
	}
	list := make([]Registered, 0, len(wire.Entries))
	for _, w := range wire.Entries {
		list = append(list, Registered{
			Cust: w.Cust, Name: w.Name, Car: Ref{w.CarID, w.CarName}, Class: Ref{w.ClassID, w.ClassName}, Country: w.Country, Farm: w.Farm,
			Event: w.Event, Status: w.Status, Ratings: w.License.ratings(),
		})
	}
	return list, nil
}

// ServiceStatus is iRacing's own status page.
type ServiceStatus struct {
	At          time.Time
	Services    []Service // by group and name
	Maintenance []string  // announcements
}

// Service is one of the things that iRacing watches.
type Service struct {
	Group string
	Name  string
	About string // what its values mean
	Label string // how it is now, in iRacing's word
	Level int    // how good the label is: 2 is good
	// Samples are its values of about the last hour, every 15 s, the oldest first.
	Samples []Sample
}

// Sample is a measurement of a service.
type Sample struct {
	At    time.Time
	Value float64
}

// ServiceStatus asks for iRacing's status page. It needs no account.
func (a API) ServiceStatus(ctx context.Context) (*ServiceStatus, error) {
	var wire struct {
		At    float64 `json:"timestamp"`
		Tests map[string]map[string]struct {
			About   string       `json:"description"`
			Label   string       `json:"summary_label"`
			Level   float64      `json:"summary_level"`
			Samples [][2]float64 `json:"result"`
		} `json:"tests"`
		Maintenance []string `json:"maint_messages"`
	}
	if _, err := a.decode(ctx, "/public/status", nil, &wire); err != nil {
		return nil, err
	}
	s := &ServiceStatus{At: unix(wire.At), Maintenance: wire.Maintenance}
	for _, group := range slices.Sorted(maps.Keys(wire.Tests)) {
		for _, name := range slices.Sorted(maps.Keys(wire.Tests[group])) {
			w := wire.Tests[group][name]
			service := Service{Group: group, Name: name, About: w.About, Label: w.Label, Level: count(w.Level), Samples: make([]Sample, 0, len(w.Samples))}
			for _, sample := range w.Samples {
				if at := unix(sample[0]); !at.IsZero() {
					service.Samples = append(service.Samples, Sample{at, sample[1]})
				}
			}
			slices.SortStableFunc(service.Samples, func(a, b Sample) int { return a.At.Compare(b.At) })
			s.Services = append(s.Services, service)
		}
	}
	return s, nil
}

// unix reads seconds since 1970; zero for what is no time of this age.
func unix(s float64) time.Time {
	if !(s > 0 && s < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1e3)).UTC()
}

// Competition is one season of a time attack competition.
type Competition struct {
	Ref             // the competition
	Season    int64 // of the competition
	Category  int64 // 1 to 4, as those of tracks
	Class     int64 // of cars
	Start     time.Time
	End       time.Time
	Year      string
	Quarter   string
	Fixed     bool // everybody drives the same set-up
	Sponsored bool
	Tracks    []int64 // ids
}

// TimeAttack asks for the time attack competitions. It needs no account.
func (a API) TimeAttack(ctx context.Context) ([]Competition, error) {
	var index struct {
		File string `json:"ta_schedule_filename"`
	}
	if _, err := a.decode(ctx, "/public/time_attack/index", nil, &index); err != nil {
		return nil, err
	}
	var wire []struct {
		ID        int64  `json:"comp_id"`
		Name      string `json:"comp_name"`
		Season    int64  `json:"comp_season_id"`
		Category  int64  `json:"comp_category"`
		Class     int64  `json:"car_class_id"`
		Start     string `json:"start_date_time"`
		StartDate string `json:"start_date"`
		End       string `json:"end_date_time"`
		EndDate   string `json:"end_date"`
		Year      string `json:"season_year"`
		Quarter   string `json:"season_quarter"`
		Fixed     bool   `json:"fixed_setup"`
		Sponsored bool   `json:"sponsored"`
		Tracks    []struct {
			ID int64 `json:"trackid"`
		} `json:"tracks"`
	}
	if _, err := a.decode(ctx, "/public/time_attack/schedule", Params{"file": strings.TrimSuffix(index.File, ".json")}, &wire); err != nil {
		return nil, err
	}
	list := make([]Competition, 0, len(wire))
	for _, w := range wire {
		c := Competition{
			Ref: Ref{w.ID, w.Name}, Season: w.Season, Category: w.Category, Class: w.Class, Start: utc(w.Start), End: utc(w.End),
			Year: w.Year, Quarter: w.Quarter, Fixed: w.Fixed, Sponsored: w.Sponsored,
		}
		if c.Start.IsZero() {
			c.Start = day(w.StartDate)
		}
		if c.End.IsZero() {
			c.End = day(w.EndDate)
		}
		for _, t := range w.Tracks {
			c.Tracks = append(c.Tracks, t.ID)
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b Competition) int { return a.Start.Compare(b.Start) })
	return list, nil
}

// TimeAttackResult is the account's own best on one track of a competition.
type TimeAttackResult struct {
	Track   int64
	BestLap float64 // s
	At      time.Time
	Rank    int
	Decile  int
	Percent float64 // of the field that is slower, 0 to 1
	ToNext  float64 // s to the slowest of the next better tenth; NaN where there is none
}

// TimeAttackResults asks for the account's own results in one season of a competition.
func (a API) TimeAttackResults(ctx context.Context, season int64) ([]TimeAttackResult, error) {
	var wire []struct {
		Track   int64   `json:"track_id"`
		BestLap float64 `json:"best_lap_time"`
		At      string  `json:"best_lap_at"`
		Rank    float64 `json:"comparative_rank"`
		Decile  float64 `json:"decile"`
		Percent float64 `json:"percent_rank"`
		ToNext  float64 `json:"time_behind_last_of_next_decile"`
	}
	if _, err := a.decode(ctx, "/data/time_attack/member_season_results", Params{}.Set("ta_comp_season_id", season), &wire); err != nil {
		return nil, err
	}
	list := make([]TimeAttackResult, 0, len(wire))
	for _, w := range wire {
		list = append(list, TimeAttackResult{
			Track: w.Track, BestLap: seconds(w.BestLap), At: utc(w.At), Rank: count(w.Rank), Decile: count(w.Decile), Percent: w.Percent, ToNext: seconds(w.ToNext),
		})
	}
	return list, nil
}
