package iracingtest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// timeAttackPath is the folder of the time-attack schedules.
const timeAttackPath = "/public/time-attack/schedules/"

// servePublic answers the files that need no sign-in.
func (s *Server) servePublic(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	const schedule = "time_attack_schedule_"
	name := strings.TrimPrefix(r.URL.Path, timeAttackPath)
	var value any
	s.world().Read(s.now(), func(v *world.View) {
		quarter := world.QuarterOf(v.Now)
		current := schedule + strconv.Itoa(quarter.Year) + "_" + strconv.Itoa(quarter.Number)
		switch name {
		case "/status.json":
			value = status(v.Now)
		case schedule + "index.json":
			value = obj{"ta_schedule_filename": current}
		case current + ".json":
			value = competitions(v)
		}
	})
	if value == nil {
		assetError(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	w.Header().Set("Cache-Control", "max-age=15")
	writeJSON(w, http.StatusOK, value)
}

// status is the state of the service: all is well, but for one check that now and then is not.
func status(now time.Time) obj {
	check := func(description, label string, level, value int) obj {
		results := [][2]float{}
		for at := now.Truncate(15 * time.Second).Add(-time.Hour); !at.After(now); at = at.Add(15 * time.Second) {
			v := float64(value)
			if level > 0 && at.Minute() == 17 {
				v = 0
			}
			results = append(results, [2]float{float(at.Unix()), float(v)})
		}
		return obj{"description": description, "result": results, "summary_label": label, "summary_level": level}
	}
	const up = "Result is a 0 or a 1. 0 means it does not answer."
	return obj{
		"timestamp": float(float64(now.UnixMilli()) / 1000), "maint_messages": []string{}, "rss_announcements": "https://status.example.com/status.rss",
		"tests": obj{
			"Configuration Flags": obj{"iRacing UI in Maintenance Mode": check("Result is a 0 or a 1. 1 means maintenance.", "No", 0, 0)},
			"Websites":            obj{"Public Site": check(up, "Okay", 2, 1), "Forums": check(up, "Okay", 2, 1)},
			"Raceserver Network": obj{
				"Raceserver Connectivity - Frankfurt": check(up, "Okay", 2, 1), "Raceserver Connectivity - Sydney": check(up, "Okay", 2, 1),
				"Session Scheduler Latency": check(up, "Okay", 2, 1),
			},
			"Backend Services": obj{
				"Login and Authentication": check(up, "Okay", 2, 1), "Race Results Processing": check(up, "Okay", 2, 1), "Stats API": check(up, "Okay", 2, 1),
			},
		},
	}
}

// competition is a time-attack competition of a quarter.
type competition struct {
	id     int
	season int
	class  *world.Class
	tracks []*world.Track
}

// competitionsOf are the competitions of a quarter: one for each of some series.
func competitionsOf(v *world.View, q world.Quarter) []competition {
	var list []competition
	for i, s := range v.Seasons(q) {
		if i%4 == 0 && !s.Series.Team {
			list = append(list, competition{1001 + i, int(s.ID) - 2000, s.Series.Classes[0], s.Tracks[:3]})
		}
	}
	return list
}

// competitions is the file of the quarter's competitions.
func competitions(v *world.View) []obj {
	q := world.QuarterOf(v.Now)
	list := []obj{}
	for _, c := range competitionsOf(v, q) {
		tracks := []obj{}
		for _, t := range c.tracks {
			tracks = append(tracks, obj{
				"trackid": t.ID, "w_time_of_day": 0, "w_type": 0, "w_temp": 78, "w_humidity": 55, "w_wind_dir": 0, "w_wind_speed": 2, "w_skies": 1,
				"w_fog_level": 0, "w_wind_speed_units": 0, "w_temp_units": 0,
			})
		}
		end := q.Week(world.Weeks).Add(-time.Minute)
		list = append(list, obj{
			"comp_id": c.id, "comp_name": c.class.Name + " Time Attack", "comp_short_name": c.class.Short + " Time Attack",
			"comp_category": c.tracks[0].Category(), "sponsored": false, "sponsor_name": "", "sponsor_logo_url": "", "sponsor_banner_url": "",
			"sponsor_cover_url": "", "sponsor_website_url": "", "terms_doc_url": "", "acceptance_msg": "", "comp_season_id": c.season,
			"car_class_id": c.class.ID, "start_date": date(q.Start()), "end_date": date(end), "start_date_time": stamp(q.Start()), "end_date_time": stamp(end),
			"season_year": strconv.Itoa(q.Year), "season_quarter": strconv.Itoa(q.Number), "fixed_setup": true, "unsport_conduct_rule_mode": 0,
			"tracks": tracks, "allowed_clubs": nil, "allowed_members": nil,
		})
	}
	return list
}

// timeAttackResults answers how the account stands in a time-attack competition.
func timeAttackResults(q *query) (*answer, error) {
	want := int(q.int("ta_comp_season_id", 0))
	for quarter := world.QuarterOf(q.Now); quarter.Start().Compare(q.First().Start()) >= 0; quarter = quarter.Add(-1) {
		for _, c := range competitionsOf(q.View, quarter) {
			if c.season == want {
				return body(q.attacks(c, quarter))
			}
		}
	}
	return nil, errNotFound
}

// attacks are the account's results in a competition: one for each track that its weeks so far have been at.
func (q *query) attacks(c competition, quarter world.Quarter) []obj {
	rows := []obj{}
	for i, t := range c.tracks {
		at := quarter.Week(i).Add(50 * time.Hour)
		if at.After(q.Now) || at.Before(q.Me.Since) {
			continue
		}
		h := scatter(uint64(c.season)<<8 + uint64(t.ID))
		rank := float64(h%1000) / 1000
		lap := t.Lap(c.class) * (1.012 + 0.02*(1-rank))
		rows = append(rows, obj{
			"comp_season_id": c.season, "cust_id": q.Me.ID, "track_id": t.ID, "best_lap_time": int(lap * 1e4), "best_lap_at": stamp(at),
			"record_date": stamp(at.Add(11 * time.Minute)), "comparative_rank": 1 + int(40*(1-rank)), "decile": int(10 * rank),
			"percent_rank": math.Round(rank*1e7) / 1e7, "time_behind_first_of_next_decile": 2000 + int(h>>10%20000),
			"time_behind_last_of_next_decile": 500 + int(h>>20%1500),
		})
	}
	return rows
}
