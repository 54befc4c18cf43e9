package races_test

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// token is an access token that the fake handed out.
type token string

func (t token) Token(context.Context, string) (string, error) { return string(t), nil }

// The races of the fake iRacing: one of each kind that a dashboard may meet, asked in every way.
func TestFakeRaces(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	fake := iracingtest.Start(t, iracingtest.Options{Races: 12, PerMinute: -1, TokensPerMinute: -1, Now: func() time.Time { return now }})
	client := iracing.New(iracing.Options{
		URL: fake.URL, LinkHosts: fake.LinkHosts, PerSecond: 1e6, Burst: 1e6, Tokens: token(fake.Credentials.NewAccessToken()), Now: func() time.Time { return now },
	})
	t.Cleanup(client.Close)
	api := &kept{client, map[string]*iracing.Answer{}}
	account, err := iracing.API{Source: api}.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := account.Cust

	in := func(r *world.Race) *world.Entry {
		for i := range r.Entries {
			e := &r.Entries[i]
			mine := func(d world.Drive) bool { return d.Member.ID == own }
			if e.Member != nil && e.Member.ID == own || slices.ContainsFunc(e.Drivers, mine) {
				return e
			}
		}
		return nil
	}
	races := map[string]*world.Race{}
	fake.World().Read(now, func(v *world.View) {
		for _, r := range v.Races(func(r *world.Race) bool { return r.Event == world.RaceEvent }) {
			mine := in(r) != nil
			switch {
			case mine && r.IsTeam():
				if old := races["mine in a team"]; old == nil || r.Laps < old.Laps {
					races["mine in a team"] = r
				}
			case r.IsTeam():
			case r.Hosted != nil:
				races["hosted"] = r
			case r.Cautions > 0:
				races["with cautions"] = r
			case len(r.Fields) > 1:
				races["of classes"] = r
			case mine:
				races["mine"] = r
			}
		}
	})
	if races["mine"] == nil || len(races) < 4 {
		t.Fatalf("the world has %d kinds of races", len(races))
	}
	for name, r := range races {
		t.Run(name, func(t *testing.T) {
			s, open := source(api, own, false), source(api, own, true)
			id := strconv.FormatInt(r.ID, 10)
			others := map[string]bool{}
			for i := range r.Entries {
				e := &r.Entries[i]
				others[e.Name()] = e.Group() != own
				for _, d := range e.Drivers {
					others[d.Member.Name] = d.Member.ID != own
				}
			}
			number := regexp.MustCompile(`[0-9.]+`)
			ids := map[string]bool{}
			for i := range r.Entries {
				for _, d := range append(r.Entries[i].Drivers, world.Drive{Member: r.Entries[i].Member}) {
					if d.Member != nil && d.Member.ID != own {
						ids[strconv.FormatInt(d.Member.ID, 10)] = true
					}
				}
			}
			for _, c := range every(id) {
				if in(r) == nil || r.IsTeam() && c.kind != models.KindRaceResults && c.kind != models.KindEventLog && c.name != "laps" {
					continue // the answers to these are of one making
				}
				text := marshal(t, mustRun(t, s, c.kind, c.query))
				for other, hidden := range others {
					if hidden && strings.Contains(text, `"`+other+`"`) || hidden && strings.Contains(text, " "+other) {
						t.Errorf("%s names %s", c.name, other)
					}
				}
				for _, n := range number.FindAllString(text, -1) {
					if ids[n] {
						t.Errorf("%s holds the id %s", c.name, n)
					}
				}
			}

			results := mustRun(t, open, models.KindRaceResults, `{"subsession":`+id+`}`)
			if results.Rows() != len(r.Entries) {
				t.Fatalf("%d rows of %d", results.Rows(), len(r.Entries))
			}
			chart := mustRun(t, open, models.KindLapChart, `{"subsession":`+id+`}`)
			gaps := mustRun(t, open, models.KindGapChart, `{"subsession":`+id+`}`)
			seconds, places := floats(t, results, "gap"), floats(t, results, "position")
			for i, no := range texts(t, results, "number") {
				if !(seconds[i] > 0) {
					continue
				}
				column, gap := floats(t, chart, "car"+no), floats(t, gaps, "car"+no)
				if last := column[len(column)-1]; !math.IsNaN(last) && last != -places[i] {
					t.Errorf("P%v ends the chart in %v", places[i], last)
				}
				if last := gap[len(gap)-1]; !math.IsNaN(last) && math.Abs(last-seconds[i]) > 0.002 {
					t.Errorf("P%v finished %v s behind, by the chart %v s", places[i], seconds[i], last)
				}
			}
			events := mustRun(t, open, models.KindEventLog, `{"subsession":`+id+`,"as":"annotations"}`)
			kinds, ends := texts(t, events, "tags"), field(t, events, "timeEnd")
			cautions := 0
			for i, kind := range kinds {
				if kind != "caution" {
					continue
				}
				cautions++
				if end, ok := ends.At(i).(*time.Time); !ok || end == nil || end.After(r.End.Add(time.Second)) {
					t.Errorf("a caution without an end, or one after the race's: %v", end)
				}
			}
			if cautions != r.Cautions {
				t.Errorf("%d cautions of %d", cautions, r.Cautions)
			}
			if in(r) != nil {
				laps := mustRun(t, open, models.KindRaceLaps, `{"subsession":`+id+`}`)
				if in(r).Laps > 0 && laps.Rows() < int(in(r).Laps) {
					t.Errorf("%d of my %d laps", laps.Rows(), in(r).Laps)
				}
			}
		})
	}
}
