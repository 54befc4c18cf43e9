package iracingtest

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// The parts of answers that these tests look at.
type (
	resultRow struct {
		CustID         int64       `json:"cust_id"`
		TeamID         int64       `json:"team_id"`
		Finish         int         `json:"finish_position"`
		FinishInClass  int         `json:"finish_position_in_class"`
		Start          int         `json:"starting_position"`
		StartInClass   int         `json:"starting_position_in_class"`
		Interval       int64       `json:"interval"`
		ClassInterval  int64       `json:"class_interval"`
		Class          int         `json:"car_class_id"`
		Car            int         `json:"car_id"`
		Laps           int         `json:"laps_complete"`
		Led            int         `json:"laps_lead"`
		Best           int64       `json:"best_lap_time"`
		BestNum        int         `json:"best_lap_num"`
		Average        int64       `json:"average_lap"`
		Incidents      int         `json:"incidents"`
		OldIRating     int         `json:"oldi_rating"`
		NewIRating     int         `json:"newi_rating"`
		OldSub         int         `json:"old_sub_level"`
		NewSub         int         `json:"new_sub_level"`
		NewLevel       int         `json:"new_license_level"`
		NewTTRating    int         `json:"new_ttrating"`
		Points         int         `json:"champ_points"`
		LeaguePoints   int         `json:"league_points"`
		Reason         string      `json:"reason_out"`
		Drivers        []resultRow `json:"driver_results"`
		BestQual       int64       `json:"best_qual_lap_time"`
		DropRace       bool        `json:"drop_race"`
		BestNLaps      int64       `json:"best_nlaps_time"`
		DivisionNumber int         `json:"division"`
	}
	result struct {
		Subsession  int64     `json:"subsession_id"`
		Session     int64     `json:"session_id"`
		Start       time.Time `json:"start_time"`
		End         time.Time `json:"end_time"`
		SoF         int       `json:"event_strength_of_field"`
		Laps        int       `json:"event_laps_complete"`
		Best        int64     `json:"event_best_lap_time"`
		Average     int64     `json:"event_average_lap"`
		LeadChanges int       `json:"num_lead_changes"`
		Cautions    int       `json:"num_cautions"`
		CautionLaps int       `json:"num_caution_laps"`
		Drivers     int       `json:"num_drivers"`
		Category    int       `json:"license_category_id"`
		Season      int64     `json:"season_id"`
		Week        int       `json:"race_week_num"`
		Event       int       `json:"event_type"`
		Official    bool      `json:"official_session"`
		Splits      []struct {
			Subsession int64 `json:"subsession_id"`
			SoF        int   `json:"event_strength_of_field"`
		} `json:"session_splits"`
		Classes []struct {
			Class   int `json:"car_class_id"`
			SoF     int `json:"strength_of_field"`
			Entries int `json:"num_entries"`
		} `json:"car_classes"`
		Track struct {
			ID int `json:"track_id"`
		} `json:"track"`
		Sessions []struct {
			Number int         `json:"simsession_number"`
			Rows   []resultRow `json:"results"`
		} `json:"session_results"`
	}
	lapRecord struct {
		Group    int64    `json:"group_id"`
		CustID   int64    `json:"cust_id"`
		Lap      int      `json:"lap_number"`
		Flags    int      `json:"flags"`
		Incident bool     `json:"incident"`
		Clock    int64    `json:"session_time"`
		Time     int64    `json:"lap_time"`
		Place    int      `json:"lap_position"`
		Interval *int64   `json:"interval"`
		Units    *string  `json:"interval_units"`
		Personal bool     `json:"personal_best_lap"`
		Fastest  bool     `json:"fastest_lap"`
		Events   []string `json:"lap_events"`
	}
	searchRecord struct {
		Subsession  int64     `json:"subsession_id"`
		Session     int64     `json:"session_id"`
		Start       time.Time `json:"start_time"`
		End         time.Time `json:"end_time"`
		Event       int       `json:"event_type"`
		Season      int64     `json:"season_id"`
		Week        int       `json:"race_week_num"`
		Year        int       `json:"season_year"`
		Quarter     int       `json:"season_quarter"`
		Category    int       `json:"license_category_id"`
		SoF         int       `json:"event_strength_of_field"`
		Best        int64     `json:"event_best_lap_time"`
		Laps        int       `json:"event_laps_complete"`
		LeadChanges int       `json:"num_lead_changes"`
		Cautions    int       `json:"num_cautions"`
		Drivers     int       `json:"num_drivers"`
		Winner      int64     `json:"winner_group_id"`
		Car         int       `json:"car_id"`
		Grid        int       `json:"starting_position"`
		Place       int       `json:"finish_position"`
		GridClass   int       `json:"starting_position_in_class"`
		PlaceClass  int       `json:"finish_position_in_class"`
		LapsDone    int       `json:"laps_complete"`
		Led         int       `json:"laps_led"`
		Incidents   int       `json:"incidents"`
		Points      int       `json:"champ_points"`
		Drop        bool      `json:"drop_race"`
		Changes     bool      `json:"driver_changes"`
	}
)

func (r *result) rows(number int) []resultRow {
	for _, s := range r.Sessions {
		if s.Number == number {
			return s.Rows
		}
	}
	return nil
}

// results are the results that were asked for before: they are final.
var results sync.Map

func (v *visitor) result(id int64) *result {
	v.t.Helper()
	if known, ok := results.Load(id); ok {
		return known.(*result)
	}
	var r result
	v.into("/data/results/get", fmt.Sprintf("subsession_id=%d", id), &r)
	results.Store(id, &r)
	return &r
}

// history are the own sessions of a type that the API's search finds, walked in windows of 90 days.
func (v *visitor) history(event int) []searchRecord {
	v.t.Helper()
	var all []searchRecord
	for from := noon.AddDate(-4, 0, 0); from.Before(noon); from = from.AddDate(0, 0, 90) {
		to := from.AddDate(0, 0, 90)
		var rows []searchRecord
		v.into("/data/results/search_series", params("cust_id", text(v.me()), "event_types", strconv.Itoa(event),
			"start_range_begin", from.Format("2006-01-02T15:04Z"), "start_range_end", to.Format("2006-01-02T15:04Z")), &rows)
		all = append(all, rows...)
	}
	return all
}

func (v *visitor) me() int64 {
	id := int64(0)
	v.World().Read(noon, func(w *world.View) { id = w.Me.ID })
	return id
}

// sample are races of all kinds, by what they are.
func sample() map[string]int64 {
	races := map[string]int64{}
	shared().Read(noon, func(v *world.View) {
		for _, r := range v.Races(func(r *world.Race) bool { return r.Event == world.RaceEvent }) {
			switch {
			case r.IsTeam():
				races["team"] = r.ID
			case r.Hosted != nil && r.Hosted.League != nil && !r.Hosted.League.League.Private:
				races["league"] = r.ID
			case r.Hosted != nil && r.Hosted.League == nil:
				races["hosted"] = r.ID
			case r.Cautions > 0:
				races["cautions"] = r.ID
			case len(r.Fields) > 1:
				races["multiclass"] = r.ID
			case len(r.Splits) > 2:
				races["splits"] = r.ID
			case r.Track.Type == world.DirtOvalTrack:
				races["dirt"] = r.ID
			default:
				races[fmt.Sprint("race ", r.ID%2)] = r.ID
			}
		}
	})
	return races
}

// of is the row of a driver, in a team or alone.
func (r *result) of(cust int64) (resultRow, bool) {
	for _, row := range r.rows(0) {
		if row.CustID == cust {
			return row, true
		}
		for _, d := range row.Drivers {
			if d.CustID == cust {
				return d, true
			}
		}
	}
	return resultRow{}, false
}
