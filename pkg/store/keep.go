package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

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

// copyAll copies rows into a table, behind all that was gathered.
func copyAll[T any](ctx context.Context, tx pgx.Tx, k *keeping, b *bulk[T]) error {
	if err := k.flush(ctx, tx); err != nil {
		return err
	}
	n, err := b.copyTo(ctx, tx)
	if n > 0 {
		k.rows[b.table] += n
	}
	return err
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

// Keep takes an answer apart by its endpoint and writes its facts, all or none. Keeping an answer twice changes nothing, and
// one that is older than what was kept of the same request is left aside. It answers nil where the endpoint has no facts,
// and where the answer says nothing yet. An answer that cannot be read is an error of type [*iracing.Error].
//
// Who asked is not known here: of endpoints whose answer depends on that, such as /data/member/info, the latest answer
// counts.
func (s *Store) Keep(ctx context.Context, r iracing.Request, a *iracing.Answer) (Rows, error) {
	if !s.Keeps(r) || a == nil {
		return nil, nil
	}
	until, says := iracing.FreshUntil(r, a)
	if !says {
		return nil, nil
	}
	f, err := keepers[r.Endpoint.Path](ctx, iracing.API{Source: oneAnswer{a}}, r, a.At)
	if err != nil || f == nil {
		return nil, err
	}
	p, secret, err := s.aliases(ctx)
	if err != nil {
		return nil, err
	}
	key := requestKey(r.Key())
	if f.lock == "" {
		f.lock = key
	}
	var rows Rows
	err = s.tx(ctx, func(tx pgx.Tx) error {
		rows = Rows{}
		// Rows come as arrays, so that one plan is as good as another.
		_, err := tx.Exec(ctx, "select set_config('plan_cache_mode', 'force_generic_plan', true), pg_advisory_xact_lock($1, hashtext($2))", keepLock, f.lock)
		if err == nil {
			err = nobodyIsPurged(ctx, tx)
		}
		if err != nil {
			return err
		}
		var there bool // with a clock that was wrong once, an answer from the future must not keep later ones out
		err = tx.QueryRow(ctx, "select answered_at > $2 and answered_at <= now() + interval '1 hour' or answered_at = $2 and version >= $3 from iracing.kept where request = $1",
			key, moment(a.At), keepVersion).Scan(&there)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) || there {
			return err
		}
		k := &keeping{people: p, rows: rows}
		if k.stand, err = standIns(ctx, tx, secret, f.names.drivers); err != nil {
			return err
		}
		if k.stand[param(r, "cust_id")] != 0 {
			return nil // it is about somebody who was taken out
		}
		// The names stay what they are for the next try of the transaction.
		f.names.without(k.stand).queue(&k.pipe, p)
		if f.read != nil {
			if err := f.read(ctx, tx, k); err != nil {
				return err
			}
		}
		if f.write != nil {
			f.write(k)
		}
		if k.named(r) {
			return k.flush(ctx, tx)
		}
		k.do("", `
			insert into iracing.kept (request, answered_at, version, fresh_until) values ($1, $2, $3, $4)
			on conflict (request) do update set answered_at = $2, version = $3, fresh_until = $4, kept_at = now()`,
			key, moment(a.At), keepVersion, moment(until))
		return k.flush(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
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
