package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// names gathers what an answer names: drivers, teams, cars and so on, so that their rows are there before those that refer
// to them. They are written in one order by all processes.
//
// Names change. Of the names in races that of the latest month holds, whichever race was kept first; one from iRacing's own
// lists holds against all of them.
type names struct {
	month   time.Time // of what the answer tells
	drivers map[int64]driver
	teams   map[int64]named
	cars    map[int64]named
	classes map[int64]class
	tracks  map[int64]trackName
	series  map[int64]named
	seasons map[int64]seasonName
	leagues map[int64]named
	leagueS map[[2]int64]named
}

// named is something with its name, and the month of what told that.
type named struct {
	id    int64
	name  string
	month time.Time
}

// driver is somebody, with what only answers about members tell.
type driver struct {
	named
	flair, country string
	since          time.Time
}

type class struct {
	named
	short string
}

type trackName struct {
	iracing.TrackRef
	month time.Time
}

type seasonName struct {
	named
	series, category int64
	year, quarter    int
}

// newNames begins to gather the names of an answer that tells of a time.
func newNames(of time.Time) *names {
	of = of.UTC()
	month := time.Date(of.Year(), of.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !moment(month).Valid {
		month = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) // older than any other
	}
	return &names{
		month:   month,
		drivers: map[int64]driver{}, teams: map[int64]named{}, cars: map[int64]named{}, classes: map[int64]class{}, tracks: map[int64]trackName{},
		series: map[int64]named{}, seasons: map[int64]seasonName{}, leagues: map[int64]named{}, leagueS: map[[2]int64]named{},
	}
}

// tidy takes the spaces off that iRacing leaves at the ends of some names.
func tidy(s string) string { return strings.TrimSpace(plain(s)) }

// name is what something is called by an answer, or else by what was gathered before.
func (n *names) name(id int64, name string, before named) named {
	return named{id, tidy(name), n.month}.or(before)
}

// or is what something is called, and by another answer where this one has no name.
func (n named) or(other named) named {
	if n.name == "" {
		n.name, n.month = other.name, other.month
	}
	return n
}

func (n *names) put(m map[int64]named, id int64, name string) {
	if id != 0 {
		m[id] = n.name(id, name, m[id])
	}
}

func (n *names) driver(id int64, name string) {
	if id > 0 {
		d := n.drivers[id]
		d.named = n.name(id, name, d.named)
		n.drivers[id] = d
	}
}

func (n *names) team(id int64, name string) {
	if id < 0 {
		n.put(n.teams, id, name)
	}
}

// entrant is a team by its negative number, or else a driver.
func (n *names) entrant(id int64, name string) {
	n.driver(id, name)
	n.team(id, name)
}

func (n *names) car(r iracing.Ref) {
	if r.ID > 0 {
		n.put(n.cars, r.ID, r.Name)
	}
}

func (n *names) class(r iracing.Ref, short string) {
	if c, ok := n.classes[r.ID]; r.ID != 0 {
		name := n.name(r.ID, r.Name, c.named)
		if !ok || name.name != "" {
			n.classes[r.ID] = class{name, cmp.Or(tidy(short), c.short)}
		}
	}
}

func (n *names) track(t iracing.TrackRef) {
	if t.ID > 0 {
		t.Name, t.Config = tidy(t.Name), tidy(t.Config)
		if t.Name != "" || n.tracks[t.ID].Name == "" {
			n.tracks[t.ID] = trackName{t, n.month}
		}
	}
}

// season names a season and its series, as far as these are known.
func (n *names) season(id iracing.Ref, series iracing.Ref, category int64, year, quarter int) {
	if series.ID > 0 {
		n.put(n.series, series.ID, series.Name)
	}
	if id.ID > 0 {
		n.seasons[id.ID] = seasonName{n.name(id.ID, id.Name, n.seasons[id.ID].named), max(series.ID, 0), category, year, quarter}
	}
}

func (n *names) league(r iracing.Ref) {
	if r.ID > 0 {
		n.put(n.leagues, r.ID, r.Name)
	}
}

func (n *names) leagueSeason(league, season iracing.Ref) {
	n.league(league)
	if league.ID > 0 && season.ID > 0 {
		key := [2]int64{league.ID, season.ID}
		n.leagueS[key] = n.name(season.ID, season.Name, n.leagueS[key])
	}
}

// add adds names of the same month or of a later one, which hold.
func (n *names) add(more *names) {
	for id, d := range more.drivers {
		old := n.drivers[id]
		n.drivers[id] = driver{d.or(old.named), cmp.Or(d.flair, old.flair), cmp.Or(d.country, old.country), cmp.Or(d.since, old.since)}
	}
	for _, m := range []struct{ to, from map[int64]named }{{n.teams, more.teams}, {n.cars, more.cars}, {n.series, more.series}, {n.leagues, more.leagues}} {
		for id, v := range m.from {
			m.to[id] = v.or(m.to[id])
		}
	}
	for id, c := range more.classes {
		old := n.classes[id]
		n.classes[id] = class{c.or(old.named), cmp.Or(c.short, old.short)}
	}
	for id, t := range more.tracks {
		if t.Name != "" || n.tracks[id].Name == "" {
			n.tracks[id] = t
		}
	}
	for id, s := range more.seasons {
		old := n.seasons[id]
		n.seasons[id] = seasonName{
			s.or(old.named),
			cmp.Or(s.series, old.series), cmp.Or(s.category, old.category), cmp.Or(s.year, old.year), cmp.Or(s.quarter, old.quarter),
		}
	}
	for key, s := range more.leagueS {
		n.leagueS[key] = s.or(n.leagueS[key])
	}
}

// newest keeps a name and its month unless the new one is of a later month. Of two of one month one holds whichever came
// first.
func (b *bulk[T]) newest(of func(*T) named) {
	b.text("name", func(r *T) string { return of(r).name }).merge = "case when (new.named_on, new.name) > (old.named_on, old.name) then new.name else old.name end"
	column(b, "named_on", "date", "%s", func(r *T) pgtype.Date {
		n := of(r)
		if plain(n.name) == "" {
			return pgtype.Date{InfinityModifier: pgtype.NegativeInfinity, Valid: true}
		}
		return day(n.month)
	}).merge = "greatest(old.named_on, new.named_on)"
}

func sorted[K comparable, V any](m map[K]V, compare func(a, b V) int) []V {
	return slices.SortedFunc(maps.Values(m), compare)
}

func byID(a, b named) int { return cmp.Compare(a.id, b.id) }

// queue adds the writes of what was gathered.
func (n *names) queue(out *pipe, p *people.People) {
	out.put("drivers", n.driverRows(p))
	out.put("teams", n.teamRows(p))
	out.put("cars", namedRows("cars", "car_id", n.cars))
	out.put("car_classes", n.classRows())
	out.put("tracks", n.trackRows())
	out.put("series", namedRows("series", "series_id", n.series))
	out.put("seasons", n.seasonRows())
	out.put("leagues", namedRows("leagues", "league_id", n.leagues))
	out.put("league_seasons", n.leagueSeasonRows())
}

func (n *names) driverRows(p *people.People) *bulk[driver] {
	b := into("drivers", sorted(n.drivers, func(a, b driver) int { return byID(a.named, b.named) }), func(d *driver) int64 { return d.id })
	b.key("cust_id", func(d *driver) int64 { return d.id })
	b.newest(func(d *driver) named { return d.named })
	b.aliases(func(d *driver) string { return p.Driver(d.id, "") }, func(d *driver) string { return p.Key(d.id) })
	b.word("flair", func(d *driver) string { return d.flair }).known()
	b.word("country", func(d *driver) string { return d.country }).known()
	b.day("member_since", func(d *driver) time.Time { return d.since }).known()
	return b
}

func (n *names) teamRows(p *people.People) *bulk[named] {
	b := into("teams", sorted(n.teams, byID), func(t *named) int64 { return t.id })
	b.key("team_id", func(t *named) int64 { return t.id })
	b.newest(func(t *named) named { return *t })
	b.aliases(func(t *named) string { return p.Team(t.id, "") }, func(t *named) string { return p.Key(t.id) })
	return b
}

// aliases adds the pseudonym and its key, which stay what they are. A statement that could write the key, which is unique, would
// lock the row against all who refer to it, be it changed or not.
func (b *bulk[T]) aliases(alias, key func(*T) string) {
	b.text("alias", alias).fixed = true
	b.text("alias_key", key).fixed = true
}

// unlisted are the tables whose rows iRacing's own lists know better.
const unlisted = "not old.listed"

func namedRows(table, key string, m map[int64]named) *bulk[named] {
	b := into(table, sorted(m, byID), func(t *named) int64 { return t.id })
	b.key(key, func(t *named) int64 { return t.id })
	b.newest(func(t *named) named { return *t })
	b.guard = unlisted
	return b
}

func (n *names) classRows() *bulk[class] {
	b := into("car_classes", sorted(n.classes, func(a, b class) int { return byID(a.named, b.named) }), func(c *class) int64 { return c.id })
	b.key("car_class_id", func(c *class) int64 { return c.id })
	b.newest(func(c *class) named { return c.named })
	b.word("short_name", func(c *class) string { return c.short }).known()
	b.guard = unlisted
	return b
}

func (n *names) trackRows() *bulk[trackName] {
	b := into("tracks", sorted(n.tracks, func(a, b trackName) int { return cmp.Compare(a.ID, b.ID) }), func(t *trackName) int64 { return t.ID })
	b.key("track_id", func(t *trackName) int64 { return t.ID })
	b.newest(func(t *trackName) named { return named{t.ID, t.Name, t.month} })
	b.word("config", func(t *trackName) string { return t.Config }).merge = "case when (new.named_on, new.name) > (old.named_on, old.name) then new.config else old.config end"
	b.guard = unlisted
	return b
}

func (n *names) seasonRows() *bulk[seasonName] {
	b := into("seasons", sorted(n.seasons, func(a, b seasonName) int { return byID(a.named, b.named) }), func(s *seasonName) int64 { return s.id })
	b.key("season_id", func(s *seasonName) int64 { return s.id })
	b.newest(func(s *seasonName) named { return s.named })
	b.id("series_id", func(s *seasonName) int64 { return s.series }).known()
	b.id("category_id", func(s *seasonName) int64 { return s.category }).known()
	b.place("year", func(s *seasonName) int { return s.year }).known()
	b.place("quarter", func(s *seasonName) int { return s.quarter }).known()
	b.guard = unlisted
	return b
}

func (n *names) leagueSeasonRows() *bulk[leagueSeasonName] {
	list := make([]leagueSeasonName, 0, len(n.leagueS))
	for key, s := range n.leagueS {
		list = append(list, leagueSeasonName{key[0], s})
	}
	slices.SortFunc(list, func(a, b leagueSeasonName) int {
		return cmp.Or(cmp.Compare(a.league, b.league), byID(a.named, b.named))
	})
	b := into("league_seasons", list, func(s *leagueSeasonName) [2]int64 { return [2]int64{s.league, s.id} })
	b.key("league_id", func(s *leagueSeasonName) int64 { return s.league })
	b.key("league_season_id", func(s *leagueSeasonName) int64 { return s.id })
	b.newest(func(s *leagueSeasonName) named { return s.named })
	b.guard = unlisted
	return b
}

type leagueSeasonName struct {
	league int64
	named
}

// aliases makes the pseudonyms of the views, which are the same for all who use this database.
func (s *Store) aliases(ctx context.Context) (*people.People, []byte, error) {
	secret, err := s.Secret(ctx, pseudonyms)
	if err != nil {
		return nil, nil, err
	}
	return people.New(false, 0, secret), secret, nil
}

// putDriver makes the row of a driver, for rows of other tables that refer to it, and answers the number that it has there:
// the customer id, or that of a stand-in. p and secret are the aliases; at is when the driver had the name.
func putDriver(ctx context.Context, q querier, p *people.People, secret []byte, cust int64, name string, at time.Time) (int64, error) {
	if cust <= 0 {
		return 0, nil
	}
	if err := nobodyIsPurged(ctx, q); err != nil {
		return 0, err
	}
	n := newNames(at)
	n.driver(cust, name)
	stand, err := standIns(ctx, q, secret, n.drivers)
	if err != nil {
		return 0, err
	}
	if in, ok := stand[cust]; ok {
		return in, nil
	}
	var out pipe
	n.queue(&out, p)
	return cust, out.send(ctx, q, Rows{})
}

// without is the names without those of some drivers.
func (n *names) without(drivers map[int64]int64) *names {
	if len(drivers) == 0 {
		return n
	}
	out := *n
	out.drivers = maps.Clone(n.drivers)
	maps.DeleteFunc(out.drivers, func(id int64, _ driver) bool {
		_, ok := drivers[id]
		return ok
	})
	return &out
}

// digest is how somebody who was taken out is known.
func digest(secret []byte, cust int64) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("purged"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(cust)))
	return mac.Sum(nil)
}

// purgeLock is the advisory lock that keeps the taking out of a person apart from whatever names people, which would
// otherwise write the name anew that it had read before.
const purgeLock = 7212653

// nobodyIsPurged keeps [Store.PurgeDriver] waiting until the end of a transaction, and waits for one that is under way. It
// comes before standIns.
func nobodyIsPurged(ctx context.Context, tx querier) error {
	_, err := tx.Exec(ctx, "select pg_advisory_xact_lock_shared($1)", purgeLock)
	return err
}

// standIns are the stand-ins of those of some drivers who were taken out.
func standIns(ctx context.Context, q querier, secret []byte, of map[int64]driver) (map[int64]int64, error) {
	var any bool
	if err := q.QueryRow(ctx, "select exists (select from iracing.purged_drivers)").Scan(&any); err != nil || !any {
		return nil, err
	}
	digests, by := make([][]byte, 0, len(of)), make(map[string]int64, len(of))
	for id := range of {
		d := digest(secret, id)
		digests, by[string(d)] = append(digests, d), id
	}
	rows, err := q.Query(ctx, "select digest, stand_in from iracing.purged_drivers where digest = any($1)", digests)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64]int64{}
	for rows.Next() {
		var d []byte
		var in int64
		if err := rows.Scan(&d, &in); err != nil {
			return nil, fmt.Errorf("read stand-ins: %w", err)
		}
		found[by[string(d)]] = in
	}
	return found, rows.Err()
}
