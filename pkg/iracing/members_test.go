package iracing_test

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

// apiOf is an API that answers these bodies by their path.
func apiOf(t testing.TB, bodies map[string]string) iracing.API {
	t.Helper()
	return apiBy(t, func(path string, _ url.Values) string { return bodies[path] })
}

// apiBy is an API that answers what a function tells; an empty text is an unknown thing.
func apiBy(t testing.TB, body func(path string, params url.Values) string) iracing.API {
	t.Helper()
	s := newStand(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		text := body(r.URL.Path, r.URL.Query())
		if text == "" {
			w.WriteHeader(http.StatusNotFound)
			text = `{"error":"Not Found"}`
		}
		_, _ = io.WriteString(w, text)
	}, nil)
	client, _ := s.client(t)
	return iracing.API{Source: client}
}

// recorded is an API that answers what was recorded.
func recorded(t testing.TB) iracing.API {
	t.Helper()
	s := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(s.Close)
	client := iracing.New(replay.Options(s.URL))
	t.Cleanup(client.Close)
	return iracing.API{Source: client}
}

func near(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9 }

func TestRecordedMembers(t *testing.T) {
	api := recorded(t)
	m, err := api.Member(t.Context(), 100229)
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	if want := time.Date(2020, 4, 10, 0, 0, 0, 0, time.UTC); !m.Since.Equal(want) || m.Flair != "Germany" || len(m.Licences) != 5 {
		t.Errorf("a member since %s from %s with %d licences", m.Since, m.Flair, len(m.Licences))
	}
	sports := m.In(iracing.SportsCar)
	if sports == nil || sports.Licence.String() != "B 3.37" || sports.IRating != 6260 || sports.Colour != "#00c702" || sports.Name != "Class B" || sports.PromotionRaces != 2 {
		t.Errorf("the sports car licence is %+v", sports)
	}
	if dirt := m.In(iracing.DirtOval); dirt == nil || !math.IsNaN(dirt.IRating) || dirt.Licence.String() != "R 2.50" {
		t.Errorf("a licence without iRating is %+v", dirt)
	}
	if road := m.In(iracing.Road); road != nil {
		t.Errorf("a licence in a category that is gone: %+v", road)
	}

	p, err := api.Profile(t.Context(), 100230)
	if err != nil {
		t.Fatal(err)
	}
	if p.Recent30 != 1 || p.Previous30 != 9 || p.Weeks != 0 || p.MostWeeks != 66 {
		t.Errorf("activity: %v, %v days, %v, %v weeks", p.Recent30, p.Previous30, p.Weeks, p.MostWeeks)
	}
	if road := p.Last(iracing.Road); road == nil || road.IRating != 5316 || road.TTRating != 1506 {
		t.Errorf("road at the end of the last season: %+v", road)
	}

	a, err := api.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a.Cust == 0 || len(a.Licences) != 5 || a.Licences[0].Category != iracing.Oval || a.Licences[1].Category != iracing.SportsCar {
		t.Errorf("the account %d has the licences %+v", a.Cust, a.Licences)
	}
}

func TestRecordedCharts(t *testing.T) {
	api := recorded(t)
	ir, err := api.RatingChart(t.Context(), 100613, iracing.Road, iracing.ChartIRating)
	if err != nil {
		t.Fatal(err)
	}
	first := iracing.RatingPoint{Day: time.Date(2018, 10, 1, 0, 0, 0, 0, time.UTC), Value: 1350}
	if ir.Hidden || len(ir.Points) < 60 || ir.Points[0] != first {
		t.Errorf("%d points from %+v", len(ir.Points), ir.Points[0])
	}
	for i := 1; i < len(ir.Points); i++ {
		if !ir.Points[i].Day.After(ir.Points[i-1].Day) {
			t.Errorf("point %d of %s follows on %s", i, ir.Points[i].Day, ir.Points[i-1].Day)
		}
	}
	sr, err := api.RatingChart(t.Context(), 100230, iracing.Road, iracing.ChartSafety)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range sr.Points {
		got = append(got, p.Licence().String())
	}
	if want := "R 2.50 R 2.66 R 2.86 R 2.77 D 2.66 D 3.36 D 3.39"; strings.Join(got, " ") != want {
		t.Errorf("the licences were %s, want %s", strings.Join(got, " "), want)
	}
}

func TestChartsThatAreOdd(t *testing.T) {
	api := apiOf(t, map[string]string{"/data/member/chart_data": `{"blackout":true,"data":[
		{"when":"2024-02-02","value":1500},{"when":"2024-02-01","value":1400},{"when":"2024-02-02","value":1510},
		{"when":"soon","value":1600},{"when":"2024-02-03","value":null},{"when":"2024-02-04","value":-1},{"when":"2024-02-05"},{"when":"2024-02-06","value":"x"}]}`})
	c, err := api.RatingChart(t.Context(), 1, iracing.Oval, iracing.ChartIRating)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Hidden || len(c.Points) != 2 || c.Points[0].Value != 1400 || c.Points[1].Value != 1510 {
		t.Errorf("hidden %v: %+v", c.Hidden, c.Points)
	}
}

func TestChartLicences(t *testing.T) {
	for value, want := range map[float64]string{
		1250: "R 2.50", 2266: "D 2.66", 3000: "C 0.00", 4499: "B 4.99", 5432: "A 4.32", 6100: "P 1.00", 7350: "WC 3.50",
		0: "", -1: "", 999: "", 8100: "", math.Inf(1): "", math.NaN(): "",
	} {
		if got := (iracing.RatingPoint{Value: value}).Licence().String(); got != want {
			t.Errorf("%v is %q, want %q", value, got, want)
		}
	}
	if l := (iracing.RatingPoint{Value: 5432}).Licence(); l.Level != 20 {
		t.Errorf("A 4.32 is of level %d, want 20", l.Level)
	}
}

// Answers lose and change fields from season to season.
func TestMembersOfOtherShapes(t *testing.T) {
	//nolint:misspell // the spelling of the API
	api := apiOf(t, map[string]string{
		"/data/member/get": `{"members":[
			{"cust_id":7,"display_name":"Ada Moss","member_since":17,"licenses":[{"category_id":5,"license_level":"high","irating":1500.5,"color":"javascript:x"}]},
			{"cust_id":5}]}`,
		"/data/member/profile": `{"member_info":{"cust_id":7},"activity":null}`,
		"/data/member/info":    `{"cust_id":7,"licenses":[]}`,
	})
	list, err := api.Members(t.Context(), 5, 6, 7)
	if err != nil || len(list) != 2 || list[0].Cust != 5 || list[1].Cust != 7 {
		t.Fatalf("%+v, %v", list, err)
	}
	if l := list[1].In(iracing.SportsCar); l == nil || l.IRating != 1500.5 || l.Licence.Level != 0 || l.Colour != "" || !math.IsNaN(l.Licence.SR) {
		t.Errorf("the licence is %+v", l)
	}
	p, err := api.Profile(t.Context(), 7)
	if err != nil || !math.IsNaN(p.Recent30) || p.Last(iracing.Oval) != nil {
		t.Errorf("a profile without activity: %+v, %v", p, err)
	}
	if a, err := api.Account(t.Context()); err != nil || a.Cust != 7 || len(a.Licences) != 0 {
		t.Errorf("an account without licences: %+v, %v", a, err)
	}
	_, err = apiOf(t, map[string]string{"/data/member/get": `[1,2]`}).Member(t.Context(), 7)
	if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.BadAnswer {
		t.Errorf("a list in place of an object: %v", err)
	}
}
