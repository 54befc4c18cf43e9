package store_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// accessToken is an access token that the fake handed out.
type accessToken string

func (a accessToken) Token(context.Context, string) (string, error) { return string(a), nil }

// collector asks and keeps as the collector does, and remembers what it asked.
type collector struct {
	t     testing.TB
	store *store.Store
	src   iracing.Source

	mu    sync.Mutex // searches ask several things at once
	asked []keptAnswer
	rows  store.Rows
}

func (c *collector) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, err := c.src.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Keep(ctx, r, a)
	if err != nil {
		c.t.Errorf("%s: %v", r.Key(), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, keptAnswer{r, a})
	for table, n := range rows {
		c.rows[table] += n
	}
	return a, nil
}

// worldNow is when the made-up world is looked at.
var worldNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// madeWorld is one world for all tests, as making it takes a while.
var madeWorld = sync.OnceValue(func() *world.World { return world.New(world.Options{Races: 12, Now: worldNow}) })

// wholeWorld asks for all that a made-up world tells of the account, in one order or the other.
func wholeWorld(t testing.TB, s *store.Store, races int, backwards bool) (*collector, int64) {
	t.Helper()
	fake := iracingtest.Start(t, iracingtest.Options{World: madeWorld(), PerMinute: -1, TokensPerMinute: -1, Now: func() time.Time { return worldNow }})
	client := iracing.New(iracing.Options{
		URL: fake.URL, LinkHosts: fake.LinkHosts, PerSecond: 1e6, Burst: 1e6, Tokens: accessToken(fake.Credentials.NewAccessToken()),
		Now: func() time.Time { return worldNow },
	})
	t.Cleanup(client.Close)
	c := &collector{t: t, store: s, src: client, rows: store.Rows{}}
	api, ctx := iracing.API{Source: c}, t.Context()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	account, err := api.Account(ctx)
	check(err)
	own := account.Cust
	check(s.SetDrivers(ctx, []int64{own}, nil))

	reference := func() {
		for _, ask := range []func() error{
			func() error { _, err := api.Cars(ctx); return err },
			func() error { _, err := api.CarClasses(ctx); return err },
			func() error { _, err := api.Tracks(ctx); return err },
			func() error { _, err := api.Series(ctx); return err },
			func() error { _, err := api.SeasonList(ctx, 0, 0); return err },
			func() error { _, err := api.Seasons(ctx, 0, 0); return err },
			func() error { _, err := api.Members(ctx, own); return err },
			func() error { _, err := api.Profile(ctx, own); return err },
			func() error { _, err := api.Career(ctx, own); return err },
			func() error { _, err := api.Yearly(ctx, own); return err },
			func() error { _, err := api.RecentRaces(ctx, own); return err },
			func() error { _, err := api.Memberships(ctx, own); return err },
			func() error { _, err := api.Teams(ctx); return err },
		} {
			check(ask())
		}
		for _, category := range iracing.LicenceCategories {
			for _, chart := range []iracing.ChartType{iracing.ChartIRating, iracing.ChartTT, iracing.ChartSafety} {
				_, err := api.RatingChart(ctx, own, category.ID, chart)
				check(err)
			}
		}
	}
	if !backwards {
		reference()
	}
	ranges, _ := iracing.SearchRanges(worldNow.AddDate(-10, 0, 0), worldNow, worldNow, 60)
	found, err := api.SearchSeries(ctx, own, ranges)
	check(err)
	hosted, err := api.SearchHosted(ctx, own, ranges)
	check(err)
	all := someRaces(found, hosted, races)
	if backwards {
		slices.Reverse(all)
	}
	seasons := map[int64]bool{}
	seasonOf := map[int64]bool{} // races whose season is asked for
	for _, f := range someRaces(found, hosted, races) {
		if f.Season > 0 && len(seasons) < 2 && !seasons[f.Season] {
			seasons[f.Season], seasonOf[f.Subsession] = true, true
		}
	}
	for _, f := range all {
		charts := func() {
			_, err := api.LapChart(ctx, f.Subsession, 0)
			check(err)
			_, err = api.EventLog(ctx, f.Subsession, 0)
			check(err)
		}
		if backwards {
			charts()
		}
		_, err := api.Result(ctx, f.Subsession)
		check(err)
		if !backwards {
			charts()
		}
		if seasonOf[f.Subsession] {
			_, err := api.SeasonResults(ctx, f.Season, f.Week, iracing.EventRace)
			check(err)
			_, err = api.SeasonSchedule(ctx, f.Season)
			check(err)
			for _, of := range []iracing.Championship{iracing.DriverStandings, iracing.TeamStandings} {
				_, err = api.Standings(ctx, iracing.Table{Of: of, Season: f.Season, Class: f.Own.Class.ID})
				check(err)
			}
		}
	}
	leagues, err := api.Memberships(ctx, own)
	check(err)
	for _, l := range leagues {
		_, err := api.League(ctx, l.ID)
		check(err)
		_, _, err = api.LeagueRoster(ctx, l.ID)
		check(err)
		list, err := api.LeagueSeasons(ctx, l.ID, true)
		check(err)
		for _, season := range list {
			_, err := api.LeagueRaces(ctx, l.ID, season.ID)
			check(err)
			_, _, err = api.LeagueStandings(ctx, l.ID, season.ID, 0)
			check(err)
		}
	}
	teams, err := api.Teams(ctx)
	check(err)
	for _, team := range teams {
		_, err := api.Team(ctx, team.ID)
		check(err)
	}
	if backwards {
		reference()
	}
	return c, own
}

// someRaces are so many official races and as many hosted ones, and a race of teams where there is one.
func someRaces(found, hosted []iracing.FoundRace, n int) []iracing.FoundRace {
	teams := slices.DeleteFunc(slices.Clone(found), func(f iracing.FoundRace) bool { return !f.Teams })
	slices.SortFunc(teams, func(a, b iracing.FoundRace) int { return a.Laps - b.Laps })
	return slices.Concat(found[:min(n, len(found))], hosted[:min(n, len(hosted))], teams[:min(1, len(teams))])
}

// number reads one number.
func number(t testing.TB, conn *pgx.Conn, sql string, args ...any) float64 {
	t.Helper()
	var v *float64
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if v == nil {
		return math.NaN()
	}
	return *v
}

// The whole of a made-up world is kept; keeping it in another order leaves the same rows. What the views tell of its races
// is what the plugin shows of them.
func TestWholeWorld(t *testing.T) {
	s, conn := openFacts(t)
	c, own := wholeWorld(t, s, 3, false)
	t.Log(c.rows)
	first := dumpFacts(t, conn)
	for table, rows := range first {
		if len(rows) == 0 && !strings.Contains("purged_drivers uploads file_chunks library_index imports tokens_unreadable", table) && !strings.Contains(table, "telemetry") && table != "lap_trace" {
			t.Errorf("nothing was kept in %s", table)
		}
	}
	t.Run("in another order", func(t *testing.T) {
		other, conn2 := openFacts(t)
		if err := other.SetDrivers(t.Context(), nil, nil); err != nil { // makes no difference
			t.Fatal(err)
		}
		_, _ = conn2.Exec(t.Context(), "delete from iracing.secrets")
		sameSecret(t, conn, conn2)
		wholeWorld(t, other, 3, true)
		sameRows(t, "in another order", first, dumpFacts(t, conn2))
	})
	t.Run("many at once", func(t *testing.T) {
		other, conn2 := openFacts(t)
		sameSecret(t, conn, conn2)
		if err := other.SetDrivers(t.Context(), []int64{own}, nil); err != nil {
			t.Fatal(err)
		}
		var list []store.Answered
		for _, k := range c.asked {
			list = append(list, store.Answered{Request: k.r, Answer: k.a})
		}
		rows := store.Rows{}
		for some := range slices.Chunk(list, 30) {
			wrote, err := other.KeepAll(t.Context(), some)
			if err != nil {
				t.Fatal(err)
			}
			for table, n := range wrote {
				rows[table] += n
			}
		}
		sameRows(t, "many at once", first, dumpFacts(t, conn2))
		if rows["results"] != c.rows["results"] || rows["laps"] != c.rows["laps"] {
			t.Errorf("many at once wrote %v, and one after the other %v", rows, c.rows)
		}
	})
	t.Run("numbers", func(t *testing.T) { checkRaces(t, conn, c, own) })
	t.Run("privacy", func(t *testing.T) { checkPrivacy(t, conn, own) })
	t.Run("views", func(t *testing.T) { checkViews(t, s, conn) })
	t.Run("purge", func(t *testing.T) { checkPurge(t, s, conn, c, own) })
}

func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
}

// checkRaces compares the views with what the plugin works out from the same answers.
func checkRaces(t *testing.T, conn *pgx.Conn, c *collector, own int64) {
	api := iracing.API{Source: c.src}
	results, laps := 0, 0
	for _, k := range c.asked {
		if k.r.Endpoint.Path != "/data/results/get" {
			continue
		}
		id, _ := strconv.ParseInt(k.r.Params["subsession_id"], 10, 64)
		res, err := api.Result(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		main := res.Race()
		if main == nil {
			continue
		}
		for i := range main.Rows {
			row := &main.Rows[i]
			results++
			var position, classPosition, rowLaps *int
			var gap, qualify, best, change, sof *float64
			err := conn.QueryRow(t.Context(), `
				select v.position, v.class_position, v.laps, v.gap_seconds, v.qualify_lap_seconds, v.best_lap_seconds, v.irating_change, v.sof
				from iracing.v_results v
				left join iracing.drivers d on d.cust_id = $2 left join iracing.teams tm on tm.team_id = $2
				where v.subsession_id = $1 and v.kind = 'race' and v.main and v.driver_key in (d.alias_key, d.cust_id::text, tm.alias_key)`,
				id, row.ID()).Scan(&position, &classPosition, &rowLaps, &gap, &qualify, &best, &change, &sof)
			if err != nil {
				t.Fatalf("race %d, P%d: %v", id, row.Position, err)
			}
			if *position != row.Position || *classPosition != row.ClassPosition || *rowLaps != row.Laps || !near(orNaN(gap), row.Interval) ||
				!near(orNaN(qualify), res.QualifyLap(row)) || !near(orNaN(best), row.BestLap) || row.Team == 0 && !near(orNaN(change), row.IRating.Diff()) {
				t.Errorf("race %d, P%d: the view tells %d %d %d %v %v %v %v", id, row.Position, *position, *classPosition, *rowLaps, orNaN(gap), orNaN(qualify), orNaN(best), orNaN(change))
			}
		}
		list, err := api.LapChart(t.Context(), id, main.Number)
		if err != nil {
			t.Fatal(err)
		}
		chart := race.NewChart(list)
		rows, err := conn.Query(t.Context(), `
			select l.entrant_id, l.lap, l.gap_seconds, l.at_seconds, l.clean, l.took_seconds, l.class_position, l.class_gap_seconds
			from iracing.laps l where l.subsession_id = $1 and l.part = $2`, id, main.Number)
		if err != nil {
			t.Fatal(err)
		}
		var entrant int64
		var lap int
		var classPosition *int
		var gap, at, took, classGap *float64
		var clean bool
		only := map[int64]*race.Chart{}
		_, err = pgx.ForEachRow(rows, []any{&entrant, &lap, &gap, &at, &clean, &took, &classPosition, &classGap}, func() error {
			laps++
			car := chart.Car(entrant)
			if !near(orNaN(gap), chart.ToLeader(car)[lap]) || !near(orNaN(at), car.At(lap)) {
				return fmt.Errorf("race %d, lap %d of %d: gap %v at %v", id, lap, entrant, orNaN(gap), orNaN(at))
			}
			row := main.Find(entrant)
			if row == nil {
				return nil
			}
			in := only[row.Class.ID]
			if in == nil {
				in = chart.Only(func(id int64) bool { r := main.Find(id); return r != nil && r.Class.ID == row.Class.ID })
				only[row.Class.ID] = in
			}
			place := 0
			if classPosition != nil {
				place = *classPosition
			}
			if in.Car(entrant).Position(lap) != place || !near(orNaN(classGap), in.ToLeader(in.Car(entrant))[lap]) {
				return fmt.Errorf("race %d, lap %d of %d: in class %d, gap %v; want %d, %v", id, lap, entrant, place, orNaN(classGap), in.Car(entrant).Position(lap), in.ToLeader(in.Car(entrant))[lap])
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if results < 50 || laps < 500 {
		t.Errorf("%d results and %d laps were compared", results, laps)
	}
	// The races of the own driver are those of the searches.
	ranges, _ := iracing.SearchRanges(worldNow.AddDate(-10, 0, 0), worldNow, worldNow, 60)
	series, err := api.SearchSeries(t.Context(), own, ranges)
	if err != nil {
		t.Fatal(err)
	}
	if n := number(t, conn, "select count(*)::float8 from iracing.v_own_races where own and not hosted"); int(n) > len(series) || int(n) < len(series)-3 {
		t.Errorf("there are %v own races of %d", n, len(series))
	}
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// others are the names and ids of everybody but the own driver.
func others(t *testing.T, conn *pgx.Conn, own int64) (names, ids map[string]bool) {
	t.Helper()
	names, ids = map[string]bool{}, map[string]bool{}
	for _, n := range texts(t, conn, "select name from iracing.drivers join iracing.results using (cust_id) where cust_id <> $1 and name <> '' union select name from iracing.teams where name <> ''", own) {
		names[n] = true
	}
	for _, id := range texts(t, conn, "select cust_id::text from iracing.drivers where cust_id <> $1 union select team_id::text from iracing.teams", own) {
		ids[id] = true
	}
	return names, ids
}

// checkPrivacy looks for other people in every text of every view.
func checkPrivacy(t *testing.T, conn *pgx.Conn, own int64) {
	names, ids := others(t, conn, own)
	if len(names) < 20 {
		t.Fatalf("there are %d others", len(names))
	}
	look := func() (found []string) {
		for _, view := range store.Views() {
			values := texts(t, conn, fmt.Sprintf("select distinct j.value from iracing.%s v cross join lateral jsonb_each_text(to_jsonb(v)) j where j.value is not null", view))
			for _, value := range values {
				if ids[value] || names[value] {
					found = append(found, view+": "+value)
				}
			}
			all := strings.Join(values, "\n")
			for name := range names {
				if len(name) > 4 && strings.Contains(all, name) {
					found = append(found, view+": "+name)
				}
			}
		}
		return found
	}
	if found := look(); len(found) > 0 {
		t.Errorf("with pseudonyms, %d names or ids of others are in the views: %.10q", len(found), found)
	}
	if n := number(t, conn, "select count(distinct driver)::float8 from iracing.v_driver_results where own and driver !~ '^Driver [0-9]{5}$'"); n != 1 {
		t.Errorf("the own driver has %v names", n)
	}
	if _, err := conn.Exec(t.Context(), "update iracing.settings set show_names = true"); err != nil {
		t.Fatal(err)
	}
	if found := look(); len(found) < 20 {
		t.Errorf("with names shown, only %d of them are in the views", len(found))
	}
	if _, err := conn.Exec(t.Context(), "update iracing.settings set show_names = false"); err != nil {
		t.Fatal(err)
	}
}

// checkViews reads every view by itself and through the export.
func checkViews(t *testing.T, s *store.Store, conn *pgx.Conn) {
	for _, view := range store.Views() {
		n := 0
		err := s.Export(t.Context(), view, time.Time{}, time.Time{}, func(cols []store.Column, values []any) error {
			n++
			if len(cols) != len(values) || cols[0].Name == "" || cols[0].About == "" {
				return fmt.Errorf("%d columns and %d values", len(cols), len(values))
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", view, err)
		}
		if want := number(t, conn, "select count(*)::float8 from iracing."+view); int(want) != n {
			t.Errorf("%s: %d rows of %v were exported", view, n, want)
		}
		if n == 0 && !strings.Contains(view, "telemetry") && !strings.HasPrefix(view, "v_lap_trace") && view != "v_job_runs" && !strings.Contains(view, "upload") {
			t.Errorf("%s is empty", view)
		}
	}
	// Bounds keep what began within them, in order.
	from, to := worldNow.AddDate(0, -2, 0), worldNow
	last := time.Time{}
	n := 0
	err := s.Export(t.Context(), "v_own_races", from, to, func(cols []store.Column, values []any) error {
		at := values[slices.IndexFunc(cols, func(c store.Column) bool { return c.Name == "started_at" })].(time.Time)
		if at.Before(from) || !at.Before(to) || at.Before(last) {
			t.Errorf("a race of %v follows one of %v", at, last)
		}
		last = at
		n++
		return nil
	})
	if err != nil || float64(n) != number(t, conn, "select count(*)::float8 from iracing.v_own_races where started_at >= $1 and started_at < $2", from, to) {
		t.Errorf("%d races, %v", n, err)
	}
	if err := s.Export(t.Context(), "drivers", from, to, nil); err == nil {
		t.Error("a table was exported")
	}
}

// checkPurge takes out who was in most races and looks for any trace.
func checkPurge(t *testing.T, s *store.Store, conn *pgx.Conn, c *collector, own int64) {
	victim := int64(number(t, conn, "select cust_id::float8 from iracing.driven_races where cust_id <> $1 group by cust_id order by count(*) desc, cust_id limit 1", own))
	name := texts(t, conn, "select name from iracing.drivers where cust_id = $1", victim)[0]
	teamMate := number(t, conn, "select coalesce((select cust_id::float8 from iracing.laps l join iracing.drivers d on d.cust_id = l.driver_id where d.cust_id <> $1 limit 1), 0)", own)
	counts := func() string {
		return fmt.Sprint(texts(t, conn, `select 'results ' || count(*) || ' ' || sum(position) from iracing.results union all select 'laps ' || count(*) || ' ' || round(sum(at_seconds)::numeric, 3) from iracing.laps
			union all select 'events ' || count(*) from iracing.events union all select 'team ' || count(*) || ' ' || sum(laps) from iracing.team_results
			union all select 'standings ' || count(*) || ' ' || sum(points) from iracing.standings`))
	}
	before := counts()
	cache := s.Cache()
	for _, k := range c.asked {
		if err := cache.Save(t.Context(), k.r.Key(), &iracing.Entry{Header: k.a.Header, Body: k.a.Body, CSV: k.a.CSV, Class: k.r.Endpoint.Class, At: k.a.At}); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []int64{victim, int64(teamMate)} {
		if who == 0 {
			continue
		}
		rows, err := s.PurgeDriver(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(who, rows)
	}
	trace := func(what string) {
		t.Helper()
		for _, who := range []int64{victim, int64(teamMate)} {
			id := strconv.FormatInt(who, 10)
			for _, table := range texts(t, conn, "select relname from pg_class where relnamespace = 'iracing'::regnamespace and relkind = 'r'") {
				found := texts(t, conn, fmt.Sprintf(`select j.key || ': ' || left(j.value, 200) from iracing.%s v cross join lateral jsonb_each_text(to_jsonb(v)) j
					where j.value ~ ('(^|[^0-9])' || $1 || '([^0-9]|$)') or j.value like '%%' || $2 || '%%' limit 5`, table), id, name)
				if who != 0 && len(found) > 0 {
					t.Errorf("%s, %s still holds %s: %q", what, table, id, found)
				}
			}
		}
	}
	trace("taken out")
	if after := counts(); after != before {
		t.Errorf("races are no longer whole: %s, were %s", after, before)
	}
	for _, k := range c.asked {
		e, err := cache.Load(t.Context(), k.r.Key())
		if err != nil {
			t.Fatal(err)
		}
		if e != nil && strings.Contains(string(e.Body), name) {
			t.Errorf("the cached answer to %s still names the driver", k.r.Key())
		}
	}
	// What comes again later is kept under the same stand-in.
	for _, k := range c.asked {
		a := *k.a
		a.At = a.At.Add(time.Minute)
		if _, err := s.Keep(t.Context(), k.r, &a); err != nil {
			t.Fatal(err)
		}
	}
	trace("kept again")
	if after := counts(); after != before {
		t.Errorf("kept again, races are no longer whole: %s, were %s", after, before)
	}
	if err := s.SetDrivers(t.Context(), []int64{own}, []int64{victim}); err != nil {
		t.Fatal(err)
	}
	trace("followed")
	// Nobody is there any more, for whom nothing is changed.
	if err := s.SaveIndex(t.Context(), "a place", 1, []store.IndexRow{{Name: "a.ibt", Entry: []byte("learned")}}, nil); err != nil {
		t.Fatal(err)
	}
	again, err := s.PurgeDriver(t.Context(), victim)
	if err != nil || again.Total() != 0 {
		t.Errorf("taken out again: %v, %v", again, err)
	}
}

// Several processes keep the same races at one time.
func TestKeepersAtOnce(t *testing.T) {
	s, conn := openFacts(t)
	c, _ := wholeWorld(t, s, 2, false)
	want := dumpFacts(t, conn)

	other, conn2 := openFacts(t)
	sameSecret(t, conn, conn2)
	if err := other.SetDrivers(t.Context(), []int64{c.own()}, nil); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 3 {
		wait.Go(func() {
			for j := range c.asked {
				k := c.asked[(j*7+i*len(c.asked)/3)%len(c.asked)]
				if _, err := other.Keep(t.Context(), k.r, k.a); err != nil {
					t.Errorf("%s: %v", k.r.Key(), err)
				}
			}
		})
	}
	wait.Wait()
	for _, k := range c.asked { // each of the above leaves some out
		if _, err := other.Keep(t.Context(), k.r, k.a); err != nil {
			t.Fatal(err)
		}
	}
	sameRows(t, "at once", want, dumpFacts(t, conn2))
}

// own is who the account is.
func (c *collector) own() int64 {
	account, err := iracing.API{Source: c.src}.Account(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return account.Cust
}
