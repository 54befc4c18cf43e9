package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// keepVersion numbers the rules by which answers are taken apart. Another number lets them be taken apart again.
const keepVersion = 1

// keepLock is the first half of the advisory locks that order those who keep the same at one time.
const keepLock = 7212652

// Rows are how many rows were written, by table. Rows that were there already, and are the same, do not count.
type Rows map[string]int64

// Total is how many rows were written in all.
func (r Rows) Total() int64 {
	var n int64
	for _, rows := range r {
		n += rows
	}
	return n
}

// facts are what an answer tells: names of people and things, and how to write the rows that refer to them.
type facts struct {
	names *names
	// lock names what the rows are about, where several requests write rows of the same; empty where only this one does.
	lock string
	// result is that of a subsession; several are written at once. It is nil where the answer is something else, which has
	// the following.
	result *result
	// read looks into the database for what the rows depend on, and may write rows itself; nil where they depend on nothing.
	read func(ctx context.Context, tx pgx.Tx, k *keeping) error
	// write adds rows, after that.
	write func(k *keeping)
}

// keeping is one answer on its way into the tables.
type keeping struct {
	pipe
	people *people.People
	stand  map[int64]int64 // who was taken out, and their stand-ins
	rows   Rows
}

// named tells that a request names somebody who was taken out.
func (k *keeping) named(r iracing.Request) bool {
	for text := range strings.SplitSeq(r.Params["cust_ids"], ",") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && k.stand[n] != 0 {
			return true
		}
	}
	return false
}

// flush sends what was gathered.
func (k *keeping) flush(ctx context.Context, q querier) error { return k.send(ctx, q, k.rows) }

// copyAll copies rows into a table, behind all that was gathered. Afterwards the condition holds for them and for no other
// rows of the table.
func copyAll[T any](ctx context.Context, tx pgx.Tx, k *keeping, b *bulk[T], where string, args ...any) error {
	if err := k.flush(ctx, tx); err != nil {
		return err
	}
	write := func() error {
		n, err := b.copyTo(ctx, tx)
		if n > 0 {
			k.rows[b.table] += n
		}
		return err
	}
	if len(b.rows) < togetherFrom {
		return write()
	}
	return newRows{b.table, where, args}.together(ctx, tx, write)
}

// cust is the number that somebody has in the tables; 0 for nobody.
func (k *keeping) cust(id int64) int64 {
	if in, ok := k.stand[id]; ok {
		return in
	}
	return max(id, 0)
}

// entrant is the number that a team or a driver has in the tables.
func (k *keeping) entrant(id int64) int64 {
	if id < 0 {
		return id
	}
	return k.cust(id)
}

// hide takes the names of those who were taken out from a text.
func (k *keeping) hide(text string, who map[int64]string) string {
	for id, in := range k.stand {
		if name := who[id]; name != "" {
			text = strings.ReplaceAll(text, name, k.people.Driver(in, ""))
		}
	}
	return text
}

// reader takes an answer apart. It answers nil where there is nothing in it.
type reader func(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error)

// keepers are the endpoints that have facts.
var keepers = map[string]reader{
	"/data/car/get":                   readCars,
	"/data/carclass/get":              readCarClasses,
	"/data/track/get":                 readTracks,
	"/data/series/get":                readSeries,
	"/data/series/season_list":        readSeasonList,
	"/data/series/seasons":            readSeasons,
	"/data/series/past_seasons":       readPastSeasons,
	"/data/series/season_schedule":    readSeasonSchedule,
	"/data/season/list":               readSeasonNames,
	"/data/results/season_results":    readSeasonResults,
	"/data/results/get":               readResult,
	"/data/results/lap_chart_data":    readLapChart,
	"/data/results/lap_data":          readLapData,
	"/data/results/event_log":         readEventLog,
	"/data/results/search_series":     readSearchSeries,
	"/data/results/search_hosted":     readSearchHosted,
	"/data/stats/member_recent_races": readRecentRaces,
	"/data/stats/member_career":       readCareer,
	"/data/stats/member_yearly":       readYearly,
	"/data/member/get":                readMembers,
	"/data/member/profile":            readProfile,
	"/data/member/info":               readAccount,
	"/data/member/chart_data":         readRatingChart,
	"/data/league/get":                readLeague,
	"/data/league/roster":             readLeagueRoster,
	"/data/league/seasons":            readLeagueSeasons,
	"/data/league/season_sessions":    readLeagueRaces,
	"/data/league/season_standings":   readLeagueStandings,
	"/data/league/membership":         readLeagueMembership,
	"/data/team/get":                  readTeam,
	"/data/team/membership":           readTeamMembership,

	"/data/stats/season_driver_standings":       readStandings,
	"/data/stats/season_supersession_standings": readStandings,
	"/data/stats/season_team_standings":         readStandings,
	"/data/stats/season_tt_standings":           readStandings,
	"/data/stats/season_tt_results":             readStandings,
	"/data/stats/season_qualify_results":        readStandings,
}

// Keeps tells whether an answer to the request has facts that [Store.Keep] takes.
func (s *Store) Keeps(r iracing.Request) bool {
	return r.Endpoint != nil && keepers[r.Endpoint.Path] != nil
}

// oneAnswer is a source of the answer that is taken apart.
type oneAnswer struct{ *iracing.Answer }

func (a oneAnswer) Get(context.Context, iracing.Request) (*iracing.Answer, error) {
	return a.Answer, nil
}

// Answered is a request with an answer to it.
type Answered struct {
	Request iracing.Request
	Answer  *iracing.Answer
}

// Keep takes an answer apart by its endpoint and writes its facts, all or none. Keeping an answer twice changes nothing, and
// one that is older than what was kept of the same request is left aside. It answers nil where the endpoint has no facts,
// and where the answer says nothing yet. An answer that cannot be read is an error of type [*iracing.Error].
//
// Who asked is not known here: of endpoints whose answer depends on that, such as /data/member/info, the latest answer
// counts.
func (s *Store) Keep(ctx context.Context, r iracing.Request, a *iracing.Answer) (Rows, error) {
	return s.KeepAll(ctx, []Answered{{r, a}})
}

// KeepAll keeps several answers as [Store.Keep] does, in one transaction: all of them or none. It is quicker than keeping
// one after the other, results of races above all.
func (s *Store) KeepAll(ctx context.Context, answers []Answered) (Rows, error) {
	return s.keep(ctx, answers, s.checkRealm)
}

// KeepImported is [Store.KeepAll] for results that somebody exported and handed over. Such a file does not tell which
// service it is from, so that it goes into any database, and says nothing about what else does.
func (s *Store) KeepImported(ctx context.Context, answers []Answered) (Rows, error) {
	return s.keep(ctx, answers, func(context.Context, querier) error { return nil })
}

// keep keeps answers in a database that passes a check.
func (s *Store) keep(ctx context.Context, answers []Answered, check func(context.Context, querier) error) (Rows, error) {
	jobs, err := takeApart(ctx, answers)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return s.write(ctx, jobs, check)
}

// job is an answer that was taken apart.
type job struct {
	request   iracing.Request
	key       string // of the request
	at, until time.Time
	facts     *facts
}

// takeApart reads what answers tell. Of answers to one request it is the latest that counts.
func takeApart(ctx context.Context, answers []Answered) ([]job, error) {
	jobs := make([]job, 0, len(answers))
	for _, a := range answers {
		if err := ctx.Err(); err != nil {
			return nil, err // reading all of them takes long
		}
		if a.Answer == nil || a.Request.Endpoint == nil {
			continue
		}
		read := keepers[a.Request.Endpoint.Path]
		if read == nil {
			continue
		}
		until, says := iracing.FreshUntil(a.Request, a.Answer)
		if !says {
			continue
		}
		f, err := read(ctx, iracing.API{Source: oneAnswer{a.Answer}}, a.Request, a.Answer.At)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		j := job{a.Request, requestKey(a.Request.Key()), a.Answer.At, until, f}
		if f.lock == "" {
			f.lock = j.key
		}
		switch i := slices.IndexFunc(jobs, func(other job) bool { return other.key == j.key }); {
		case i < 0:
			jobs = append(jobs, j)
		case !j.at.Before(jobs[i].at):
			jobs[i] = j
		}
	}
	return jobs, nil
}

// write writes what answers tell.
func (s *Store) write(ctx context.Context, jobs []job, check func(context.Context, querier) error) (Rows, error) {
	p, secret, err := s.aliases(ctx)
	if err != nil {
		return nil, err
	}
	var rows Rows
	err = s.tx(ctx, func(tx pgx.Tx) error {
		rows = Rows{}
		if err := lockFacts(ctx, tx, jobs); err != nil {
			return err
		}
		if err := check(ctx, tx); err != nil {
			return err
		}
		jobs, err := withoutKept(ctx, tx, jobs)
		if err != nil || len(jobs) == 0 {
			return err
		}
		k := &keeping{people: p, rows: rows}
		drivers := map[int64]driver{}
		for i := range jobs {
			maps.Copy(drivers, jobs[i].facts.names.drivers)
		}
		if k.stand, err = standIns(ctx, tx, secret, drivers); err != nil {
			return err
		}
		jobs = slices.DeleteFunc(jobs, func(j job) bool {
			return k.stand[param(j.request, "cust_id")] != 0 // it is about somebody who was taken out
		})
		namesOf(jobs).without(k.stand).queue(&k.pipe, p)
		if err := k.writeFacts(ctx, tx, jobs); err != nil {
			return err
		}
		k.note(jobs)
		return k.flush(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// lockFacts makes others wait who would write the same at one time.
func lockFacts(ctx context.Context, tx pgx.Tx, jobs []job) error {
	locks := make([]string, len(jobs))
	for i := range jobs {
		locks[i] = jobs[i].facts.lock
	}
	// Rows come as arrays, so that one plan is as good as another.
	_, err := tx.Exec(ctx, `
		select set_config('plan_cache_mode', 'force_generic_plan', true), count(pg_advisory_xact_lock($1, l))
		from (select distinct hashtext(t) as l from unnest($2::text[]) as t order by 1) as locks`, keepLock, locks)
	if err != nil {
		return err
	}
	return nobodyIsPurged(ctx, tx)
}

// withoutKept are the answers that tell something new, by the current rules.
func withoutKept(ctx context.Context, tx pgx.Tx, jobs []job) ([]job, error) {
	keys, times := make([]string, len(jobs)), make([]pgtype.Timestamptz, len(jobs))
	for i := range jobs {
		keys[i], times[i] = jobs[i].key, moment(jobs[i].at)
	}
	// With a clock that was wrong once, an answer from the future must not keep later ones out.
	rows, err := tx.Query(ctx, `
		select u.request from unnest($1::text[], $2::timestamptz[]) as u(request, at) join iracing.kept k using (request)
		where k.answered_at > u.at and k.answered_at <= now() + interval '1 hour' or k.answered_at = u.at and k.version >= $3`, keys, times, keepVersion)
	if err != nil {
		return nil, err
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return slices.DeleteFunc(slices.Clone(jobs), func(j job) bool { return slices.Contains(kept, j.key) }), err
}

// namesOf are the names of answers, of which the latest hold. Each is written once, and all in one order: a second write of
// what others have begun to write would wait for them in a circle.
func namesOf(jobs []job) *names {
	all := newNames(time.Time{})
	for _, j := range slices.SortedStableFunc(slices.Values(jobs), func(a, b job) int { return a.facts.names.month.Compare(b.facts.names.month) }) {
		all.add(j.facts.names)
	}
	return all
}

// writeFacts writes the rows of answers: results first, as laps are ranked by the classes that these tell.
func (k *keeping) writeFacts(ctx context.Context, tx pgx.Tx, jobs []job) error {
	var results []*result
	seen := map[int64]bool{}
	write := func() error {
		if len(results) == 0 {
			return nil
		}
		err := writeResults(ctx, tx, k, results)
		results = nil
		clear(seen)
		return err
	}
	for i := range jobs {
		r := jobs[i].facts.result
		if r == nil {
			continue
		}
		if seen[r.Subsession] { // another request for the same
			if err := write(); err != nil {
				return err
			}
		}
		seen[r.Subsession] = true
		results = append(results, r)
	}
	if err := write(); err != nil {
		return err
	}
	for i := range jobs {
		f := jobs[i].facts
		if f.read != nil {
			if err := k.flush(ctx, tx); err != nil { // it may look for what was gathered
				return err
			}
			if err := f.read(ctx, tx, k); err != nil {
				return err
			}
		}
		if f.write != nil {
			f.write(k)
		}
	}
	return nil
}

// note notes which answers were kept.
func (k *keeping) note(jobs []job) {
	var keys []string
	var at, until []pgtype.Timestamptz
	for i := range jobs {
		if j := &jobs[i]; !k.named(j.request) {
			keys, at, until = append(keys, j.key), append(at, moment(j.at)), append(until, moment(j.until))
		}
	}
	if len(keys) == 0 {
		return
	}
	k.do("", `
		insert into iracing.kept as old (request, answered_at, version, fresh_until)
		select request, at, $4, until from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as u(request, at, until) order by request
		on conflict (request) do update set answered_at = excluded.answered_at, version = excluded.version, fresh_until = excluded.fresh_until, kept_at = now()`,
		keys, at, until, keepVersion)
}

// Kept tells which requests need not be asked again: the facts of an answer are there by the current rules, and the answer
// is still fresh.
func (s *Store) Kept(ctx context.Context, rs ...iracing.Request) ([]bool, error) {
	kept := make([]bool, len(rs))
	keys := make([]string, len(rs))
	at := map[string][]int{}
	for i, r := range rs {
		keys[i] = requestKey(r.Key())
		at[keys[i]] = append(at[keys[i]], i)
	}
	const most = 5000
	for some := range slices.Chunk(keys, most) {
		err := s.query(ctx, func(q querier) error {
			rows, err := q.Query(ctx, `
				select request from iracing.kept
				where request = any($1) and version >= $2 and (fresh_until is null or fresh_until > now())`, some, keepVersion)
			if err != nil {
				return err
			}
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			for _, key := range found {
				for _, i := range at[key] {
					kept[i] = true
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// param is a parameter of a request that is a number; 0 where it has none.
func param(r iracing.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.Params[name], 10, 64) // NewRequest has checked it
	return n
}
