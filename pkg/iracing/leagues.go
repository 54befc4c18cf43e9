package iracing

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// League is a league with its members, where the account may see them.
type League struct {
	Ref
	Owner      Found
	Created    time.Time
	About      string
	Members    int // how many
	Recruiting bool
	// Member and Admin tell what the account that asks is in it.
	Member, Admin bool
	// What the league shows to its own members only.
	PrivateRoster, PrivateSchedule, PrivateResults bool
	Roster                                         []Mate
}

// Mate is a member of a league or a team.
type Mate struct {
	Cust         int64
	Name         string
	Nick         string // within the league
	Number       string // of the car
	Owner, Admin bool
	Since        time.Time // zero where unknown
	Licences     []Ratings // in the order of [LicenceCategories]; none where they were not asked for
}

// In is the mate's licence in a category; nil when there is none.
func (m *Mate) In(category int64) *Ratings {
	for i := range m.Licences {
		if m.Licences[i].Category == category {
			return &m.Licences[i]
		}
	}
	return nil
}

type wireMate struct {
	Cust     int64         `json:"cust_id"`
	Name     string        `json:"display_name"`
	Nick     string        `json:"nick_name"`
	Number   string        `json:"car_number"`
	Owner    bool          `json:"owner"`
	Admin    bool          `json:"admin"`
	Since    string        `json:"league_member_since"`
	Licenses []wireRatings `json:"licenses"`
}

func mates(wire []wireMate) []Mate {
	list := make([]Mate, 0, len(wire))
	for _, w := range wire {
		m := Mate{Cust: w.Cust, Name: w.Name, Nick: w.Nick, Number: w.Number, Owner: w.Owner, Admin: w.Admin, Since: utc(w.Since)}
		for i := range w.Licenses {
			m.Licences = append(m.Licences, w.Licenses[i].ratings())
		}
		slices.SortStableFunc(m.Licences, func(a, b Ratings) int { return categoryOrder(a.Category) - categoryOrder(b.Category) })
		list = append(list, m)
	}
	return list
}

type wireLeague struct {
	ID         int64      `json:"league_id"`
	Name       string     `json:"league_name"`
	OwnerID    int64      `json:"owner_id"`
	Owner      wirePerson `json:"owner"`
	Created    string     `json:"created"`
	About      string     `json:"about"`
	Members    float64    `json:"roster_count"`
	Recruiting bool       `json:"recruiting"`
	Member     bool       `json:"is_member"`
	Admin      bool       `json:"is_admin"`
	Roster     []wireMate `json:"roster"`
	PRoster    bool       `json:"private_roster"`
	PSchedule  bool       `json:"private_schedule"`
	PResults   bool       `json:"private_results"`
}

type wirePerson struct {
	Cust int64  `json:"cust_id"`
	Name string `json:"display_name"`
}

func (w *wireLeague) league() League {
	return League{
		Ref: Ref{w.ID, w.Name}, Owner: Found{cmp.Or(w.Owner.Cust, w.OwnerID), w.Owner.Name}, Created: utc(w.Created), About: w.About,
		Members: count(w.Members), Recruiting: w.Recruiting, Member: w.Member, Admin: w.Admin,
		PrivateRoster: w.PRoster, PrivateSchedule: w.PSchedule, PrivateResults: w.PResults, Roster: mates(w.Roster),
	}
}

// League asks for a league with its members and their licences.
func (a API) League(ctx context.Context, league int64) (*League, error) {
	var wire wireLeague
	if _, err := a.decode(ctx, "/data/league/get", Params{}.Set("league_id", league).Set("include_licenses", true), &wire); err != nil {
		return nil, err
	}
	l := wire.league()
	return &l, nil
}

// LeagueRoster asks for the members of a league with their licences. The second answer tells that the league shows them
// to its own members only.
func (a API) LeagueRoster(ctx context.Context, league int64) ([]Mate, bool, error) {
	var wire struct {
		Private bool       `json:"private_roster"`
		Roster  []wireMate `json:"roster"`
	}
	if _, err := a.decode(ctx, "/data/league/roster", Params{}.Set("league_id", league).Set("include_licenses", true), &wire); err != nil {
		return nil, false, err
	}
	return mates(wire.Roster), wire.Private, nil
}

// LeagueDirectory searches for leagues; rows count from 1. The second answer is how many there are in all.
func (a API) LeagueDirectory(ctx context.Context, search string, from, to int) ([]League, int, error) {
	var wire struct {
		Page []wireLeague `json:"results_page"`
		Rows float64      `json:"row_count"`
	}
	p := Params{"search": search}.Set("lowerbound", from).Set("upperbound", to)
	if search == "" {
		p["sort"], p["order"] = "rostercount", "desc"
	}
	if _, err := a.decode(ctx, "/data/league/directory", p, &wire); err != nil {
		return nil, 0, err
	}
	list := make([]League, 0, len(wire.Page))
	for i := range wire.Page {
		list = append(list, wire.Page[i].league())
	}
	return list, count(wire.Rows), nil
}

// Membership is a league or a team that a member is in.
type Membership struct {
	Ref
	Owner, Admin bool
	Default      bool   // the team that is chosen for team events
	Nick         string // within the league
	Number       string // of the car in the league
}

// Memberships asks for the leagues that a member is in; 0 means the account that asks.
func (a API) Memberships(ctx context.Context, cust int64) ([]Membership, error) {
	p := Params{}
	if cust != 0 {
		p.Set("cust_id", cust)
	}
	var wire []struct {
		ID     int64  `json:"league_id"`
		Name   string `json:"league_name"`
		Owner  bool   `json:"owner"`
		Admin  bool   `json:"admin"`
		Nick   string `json:"nick_name"`
		Number string `json:"car_number"`
	}
	if _, err := a.decode(ctx, "/data/league/membership", p, &wire); err != nil {
		return nil, err
	}
	list := make([]Membership, 0, len(wire))
	for _, w := range wire {
		list = append(list, Membership{Ref: Ref{w.ID, w.Name}, Owner: w.Owner, Admin: w.Admin, Nick: w.Nick, Number: w.Number})
	}
	return list, nil
}

// LeagueSeason is a season of a league. Its id is of another kind than those of official seasons.
type LeagueSeason struct {
	Ref
	Active     bool
	Hidden     bool
	Drops      int // races that do not count
	Points     Ref // the points system
	PointsText string
	Cars       []Ref // that points are given for
	Classes    []Ref // with a table of drivers each; id 0 is all cars
	TeamsOf    []Ref // classes with a table of teams each
}

// LeagueSeasons asks for the seasons of a league, the newest first; retired adds those that are closed.
func (a API) LeagueSeasons(ctx context.Context, league int64, retired bool) ([]LeagueSeason, error) {
	type class struct {
		ID   int64  `json:"car_class_id"`
		Name string `json:"name"`
	}
	var wire struct {
		Seasons []struct {
			ID         int64   `json:"season_id"`
			Name       string  `json:"season_name"`
			Active     bool    `json:"active"`
			Hidden     bool    `json:"hidden"`
			Drops      float64 `json:"num_drops"`
			PointsID   int64   `json:"points_system_id"`
			PointsName string  `json:"points_system_name"`
			PointsDesc string  `json:"points_system_desc"`
			Cars       []struct {
				ID   int64  `json:"car_id"`
				Name string `json:"car_name"`
			} `json:"points_cars"`
			Drivers []class `json:"driver_points_car_classes"`
			Teams   []class `json:"team_points_car_classes"`
		} `json:"seasons"`
	}
	p := Params{}.Set("league_id", league)
	if retired {
		p.Set("retired", true)
	}
	if _, err := a.decode(ctx, "/data/league/seasons", p, &wire); err != nil {
		return nil, err
	}
	list := make([]LeagueSeason, 0, len(wire.Seasons))
	for _, w := range wire.Seasons {
		s := LeagueSeason{
			Ref: Ref{w.ID, w.Name}, Active: w.Active, Hidden: w.Hidden, Drops: count(w.Drops), Points: Ref{w.PointsID, w.PointsName}, PointsText: w.PointsDesc,
		}
		for _, c := range w.Cars {
			s.Cars = append(s.Cars, Ref{c.ID, c.Name})
		}
		for _, c := range w.Drivers {
			s.Classes = append(s.Classes, Ref(c))
		}
		for _, c := range w.Teams {
			s.TeamsOf = append(s.TeamsOf, Ref(c))
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b LeagueSeason) int { return cmp.Compare(b.ID, a.ID) })
	return list, nil
}

// LeagueStanding is one row of a league's championship.
type LeagueStanding struct {
	Position  int
	Cust      int64 // 0 for a team
	Team      int64 // negative; 0 for a driver
	Name      string
	Nick      string
	Number    string
	Wins      int
	AvgStart  float64 // NaN where there is none
	AvgFinish float64
	Base      float64 // points of the races
	Adjusted  float64 // points given or taken by the league
	Points    float64
}

// LeagueStandings asks for the tables of drivers and of teams of a league's season; class 0 is all cars.
func (a API) LeagueStandings(ctx context.Context, league, season, class int64) (drivers, teams []LeagueStanding, err error) {
	type row struct {
		Position float64    `json:"position"`
		Row      float64    `json:"rownum"`
		Driver   wirePerson `json:"driver"`
		Nick     string     `json:"driver_nickname"`
		TeamID   int64      `json:"team_id"`
		TeamName string     `json:"team_name"`
		Team     *struct {
			ID   int64  `json:"team_id"`
			Name string `json:"team_name"`
		} `json:"team"`
		Number    string  `json:"car_number"`
		Wins      float64 `json:"wins"`
		AvgStart  float64 `json:"average_start"`
		AvgFinish float64 `json:"average_finish"`
		Base      float64 `json:"base_points"`
		Adjusted  float64 `json:"total_adjustments"`
		Points    float64 `json:"total_points"`
	}
	var wire struct {
		Standings struct {
			Drivers []row `json:"driver_standings"`
			Teams   []row `json:"team_standings"`
		} `json:"standings"`
	}
	p := Params{}.Set("league_id", league).Set("season_id", season)
	if class != 0 {
		p.Set("car_class_id", class)
	}
	if _, err := a.decode(ctx, "/data/league/season_standings", p, &wire); err != nil {
		return nil, nil, err
	}
	read := func(rows []row) []LeagueStanding {
		list := make([]LeagueStanding, 0, len(rows))
		for _, w := range rows {
			s := LeagueStanding{
				Position: count(w.Position), Cust: w.Driver.Cust, Team: w.TeamID, Name: w.Driver.Name, Nick: w.Nick, Number: w.Number, Wins: count(w.Wins),
				AvgStart: positive(w.AvgStart), AvgFinish: positive(w.AvgFinish), Base: w.Base, Adjusted: w.Adjusted, Points: w.Points,
			}
			if w.Team != nil && s.Team == 0 {
				s.Team, w.TeamName = w.Team.ID, w.Team.Name
			}
			if s.Team != 0 {
				s.Name = cmp.Or(w.TeamName, s.Name)
			}
			if s.Position == 0 {
				s.Position = count(w.Row)
			}
			list = append(list, s)
		}
		slices.SortStableFunc(list, func(a, b LeagueStanding) int { return last(a.Position) - last(b.Position) })
		return list
	}
	return read(wire.Standings.Drivers), read(wire.Standings.Teams), nil
}

// LeagueRace is one session of a league's calendar.
type LeagueRace struct {
	Launch     time.Time
	Done       bool  // it has results
	Subsession int64 // 0 until it is over
	Private    int64 // the private session's own id
	Track      TrackRef
	Cars       []Ref
	Teams      bool
	Practice   time.Duration
	Qualify    time.Duration
	Race       time.Duration // 0 for a race of a number of laps
	Laps       int           // 0 for a race of a certain time
	Entries    int
	Password   bool
	Winner     int64 // 0 where nobody won yet
	WinnerName string
	Forecast   Forecast
}

// LeagueRaces asks for the calendar of a league's season, the earliest first.
func (a API) LeagueRaces(ctx context.Context, league, season int64) ([]LeagueRace, error) {
	var wire struct {
		Sessions []struct {
			Launch     string    `json:"launch_at"`
			Done       bool      `json:"has_results"`
			Subsession int64     `json:"subsession_id"`
			Private    int64     `json:"private_session_id"`
			Track      wireTrack `json:"track"`
			Cars       []struct {
				ID   int64  `json:"car_id"`
				Name string `json:"car_name"`
			} `json:"cars"`
			Teams      bool         `json:"driver_changes"`
			Practice   float64      `json:"practice_length"`
			Qualify    float64      `json:"qualify_length"`
			Length     float64      `json:"race_length"`
			Laps       float64      `json:"race_laps"`
			Entries    float64      `json:"entry_count"`
			Password   bool         `json:"password_protected"`
			Winner     int64        `json:"winner_id"`
			WinnerName string       `json:"winner_name"`
			Weather    wireForecast `json:"weather"`
		} `json:"sessions"`
	}
	if _, err := a.decode(ctx, "/data/league/season_sessions", Params{}.Set("league_id", league).Set("season_id", season), &wire); err != nil {
		return nil, err
	}
	list := make([]LeagueRace, 0, len(wire.Sessions))
	for _, w := range wire.Sessions {
		r := LeagueRace{
			Launch: utc(w.Launch), Done: w.Done, Subsession: w.Subsession, Private: w.Private, Track: w.Track.ref(), Teams: w.Teams,
			Practice: minutes(w.Practice), Qualify: minutes(w.Qualify), Race: minutes(w.Length), Laps: count(w.Laps), Entries: count(w.Entries),
			Password: w.Password, Winner: w.Winner, WinnerName: w.WinnerName, Forecast: w.Weather.forecast(),
		}
		for _, c := range w.Cars {
			r.Cars = append(r.Cars, Ref{c.ID, c.Name})
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b LeagueRace) int { return a.Launch.Compare(b.Launch) })
	return list, nil
}

// PointsSystem is a way to give points.
type PointsSystem struct {
	Ref
	About   string
	Retired bool
	IRacing bool // it is one of iRacing's and not of the league's
}

// PointsSystems asks for the points systems that a league can use.
func (a API) PointsSystems(ctx context.Context, league int64) ([]PointsSystem, error) {
	var wire struct {
		Systems []struct {
			ID      int64  `json:"points_system_id"`
			Name    string `json:"name"`
			About   string `json:"description"`
			Retired bool   `json:"retired"`
			IRacing bool   `json:"iracing_system"`
		} `json:"points_systems"`
	}
	if _, err := a.decode(ctx, "/data/league/get_points_systems", Params{}.Set("league_id", league), &wire); err != nil {
		return nil, err
	}
	list := make([]PointsSystem, 0, len(wire.Systems))
	for _, w := range wire.Systems {
		list = append(list, PointsSystem{Ref: Ref{w.ID, w.Name}, About: w.About, Retired: w.Retired, IRacing: w.IRacing})
	}
	return list, nil
}

// Team is a team with its drivers.
type Team struct {
	Ref     // of negative id
	Owner   Found
	Created time.Time
	Members int
	Roster  []Mate
}

// Team asks for a team with its drivers and their licences.
func (a API) Team(ctx context.Context, team int64) (*Team, error) {
	var wire struct {
		ID      int64      `json:"team_id"`
		Name    string     `json:"team_name"`
		OwnerID int64      `json:"owner_id"`
		Owner   wirePerson `json:"owner"`
		Created string     `json:"created"`
		Members float64    `json:"roster_count"`
		Roster  []wireMate `json:"roster"`
	}
	if _, err := a.decode(ctx, "/data/team/get", Params{}.Set("team_id", team).Set("include_licenses", true), &wire); err != nil {
		return nil, err
	}
	return &Team{
		Ref: Ref{cmp.Or(wire.ID, team), wire.Name}, Owner: Found{cmp.Or(wire.Owner.Cust, wire.OwnerID), wire.Owner.Name}, Created: utc(wire.Created),
		Members: count(wire.Members), Roster: mates(wire.Roster),
	}, nil
}

// Teams asks for the teams that the account is in.
func (a API) Teams(ctx context.Context) ([]Membership, error) {
	var wire []struct {
		ID      int64  `json:"team_id"`
		Name    string `json:"team_name"`
		Owner   bool   `json:"owner"`
		Admin   bool   `json:"admin"`
		Default bool   `json:"default_team"`
	}
	if _, err := a.decode(ctx, "/data/team/membership", nil, &wire); err != nil {
		return nil, err
	}
	list := make([]Membership, 0, len(wire))
	for _, w := range wire {
		list = append(list, Membership{Ref: Ref{w.ID, w.Name}, Owner: w.Owner, Admin: w.Admin, Default: w.Default})
	}
	return list, nil
}

// TeamRaces finds the official races of a team within ranges, the newest first.
func (a API) TeamRaces(ctx context.Context, team int64, ranges []SearchRange) ([]FoundRace, error) {
	return a.search(ctx, ranges, "/data/results/search_series", Params{}.Set("team_id", team).Set("event_types", EventRace))
}
