package iracingtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// What is live now can be found by all its ways.
func TestLive(t *testing.T) {
	v := fake(t, nil)
	var ids struct {
		IDs []int64 `json:"subsession_ids"`
	}
	v.into("/data/season/spectator_subsessionids", "event_types=5", &ids)
	if len(ids.IDs) == 0 {
		t.Fatal("nothing is live")
	}
	with := 0
	for _, id := range ids.IDs {
		if r := v.api("/data/results/get", fmt.Sprintf("subsession_id=%d", id)); r.status != 404 {
			t.Errorf("a race that goes on has a result: %d", r.status)
		}
		var entries struct {
			Entries []struct {
				License struct {
					IRating int `json:"irating"`
				}
			}
		}
		v.into("/data/session/reg_drivers_list", fmt.Sprintf("subsession_id=%d", id), &entries)
		with += len(entries.Entries)
	}
	if with == 0 {
		t.Error("nobody is in the races")
	}
	var guide struct {
		Sessions []struct {
			Start   time.Time `json:"start_time"`
			Session int64     `json:"session_id"`
			Entries int       `json:"entry_count"`
		}
		Begin time.Time `json:"block_begin_time"`
		End   time.Time `json:"block_end_time"`
	}
	v.into("/data/season/race_guide", "", &guide)
	known := 0
	for _, s := range guide.Sessions {
		if s.Start.Before(guide.Begin) || !s.Start.Before(guide.End) {
			t.Errorf("%s is outside the block", s.Start)
		}
		if s.Session != 0 {
			known++
			if s.Start.Sub(noon) > 30*time.Minute || s.Entries == 0 {
				t.Errorf("a session of %s has id and %d entries", s.Start, s.Entries)
			}
		}
	}
	if len(guide.Sessions) < 20 || known == 0 || !guide.Begin.Equal(noon) || guide.End.Sub(guide.Begin) != 3*time.Hour {
		t.Errorf("the guide has %d sessions, %d of them with entries, from %s to %s", len(guide.Sessions), known, guide.Begin, guide.End)
	}
	// The world goes on: an hour later other races are live, and what was live has a result.
	later := fake(t, func(o *Options) { o.Now = func() time.Time { return noon.Add(3 * time.Hour) } })
	var r result
	later.into("/data/results/get", fmt.Sprintf("subsession_id=%d", ids.IDs[len(ids.IDs)-1]), &r)
	if len(r.rows(0)) == 0 {
		t.Error("the race has no result three hours later")
	}
}

// Two worlds of one seed answer the same bytes, two of different seeds do not.
func TestSeeds(t *testing.T) {
	answers := func(s *world.World) string {
		v := fake(t, func(o *Options) { o.World, o.OneHost = s, true })
		var all strings.Builder
		var recent struct {
			Races []struct {
				Subsession int64 `json:"subsession_id"`
			}
		}
		v.into("/data/stats/member_recent_races", "", &recent)
		for _, query := range [][2]string{
			{"/data/member/info", ""},
			{"/data/series/season_list", ""},
			{"/data/results/get", fmt.Sprintf("subsession_id=%d", recent.Races[0].Subsession)},
			{"/data/results/lap_chart_data", fmt.Sprintf("subsession_id=%d&simsession_number=0", recent.Races[0].Subsession)},
			{"/data/stats/member_career", ""},
			{"/data/results/search_series", "season_year=2026&season_quarter=4"},
		} {
			a := v.get(query[0], query[1])
			all.WriteString(strings.ReplaceAll(fmt.Sprint(a.body, a.rows), strings.TrimPrefix(v.URL, "http://"), "host"))
		}
		return all.String()
	}
	seven := func() *world.World { return world.New(world.Options{Seed: 7, Now: noon, Races: 10}) }
	one, again, other := answers(seven()), answers(seven()), answers(shared())
	if one != again {
		t.Error("two worlds of one seed differ")
	}
	if one == other {
		t.Error("two worlds of different seeds are the same")
	}
}
