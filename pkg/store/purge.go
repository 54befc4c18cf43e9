package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// PurgeDriver takes a person out of the database, for good, and answers how many rows of which table that changed; none of
// drivers when nobody of that number was there.
//
// What is the person's alone is deleted: rating history, licences, totals, memberships of leagues and teams, races that only
// a search told of, recorded telemetry with its laps and traces. What others drove in as well stays whole: in results,
// laps, events, standings and as winner a stand-in takes the place, a driver without a name whose number belongs to nobody.
// The messages of the events of races that the person was in are emptied, as they name people. Of what the person hosted,
// owned or founded, only that is forgotten. Cached answers that hold the id or the name are deleted, imported results among
// them, of which the rows remain. The index of telemetry files is emptied and made anew from the files, unless the database
// does not know the person.
//
// Who was taken out stays out, and so does somebody whom the database did not know: a keyed digest of the id is kept, by which
// answers that come later are kept under the same stand-in. To undo that, delete the row of iracing.purged_drivers.
//
// Not touched are files: those in folders and buckets, and those uploaded into the database, which hold the names of all who
// were in a session. Answers that are fetched later are cached as iRacing gives them until the next purge. Running programs
// may hold answers in memory for a while, and backups are backups.
func (s *Store) PurgeDriver(ctx context.Context, cust int64) (Rows, error) {
	if cust <= 0 {
		return nil, fmt.Errorf("%d is no customer id", cust)
	}
	p, secret, err := s.aliases(ctx)
	if err != nil {
		return nil, err
	}
	var rows Rows
	err = s.tx(ctx, func(tx pgx.Tx) error {
		rows = Rows{}
		// Nobody names anybody meanwhile. Reading all answers takes its time.
		if _, err := tx.Exec(ctx, "select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true), pg_advisory_xact_lock($1)", purgeLock); err != nil {
			return err
		}
		var name string
		err := tx.QueryRow(ctx, "select coalesce(name, '') from iracing.drivers where cust_id = $1 for update", cust).Scan(&name)
		known := !errors.Is(err, pgx.ErrNoRows)
		if err != nil && known {
			return err
		}
		stand, err := standIn(ctx, tx, p, secret, cust)
		if err != nil {
			return err
		}
		var out pipe
		for _, step := range purgeSteps {
			if step.table == indexed && !known {
				continue // what it tells of people, it tells of their files, which are not touched
			}
			var args []any
			if strings.Contains(step.sql, "$1") {
				args = append(args, cust)
			}
			if strings.Contains(step.sql, "$2") {
				args = append(args, stand)
			}
			out.do(step.table, step.sql, args...)
		}
		if err := out.send(ctx, tx, rows); err != nil {
			return err
		}
		return purgeAnswers(ctx, tx, cust, name, rows)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// standIn is the number of nobody that takes somebody's place.
func standIn(ctx context.Context, tx pgx.Tx, p *people.People, secret []byte, cust int64) (int64, error) {
	found, err := standIns(ctx, tx, secret, map[int64]driver{cust: {}})
	if err != nil || found[cust] != 0 {
		return found[cust], err
	}
	var stand int64
	if err := tx.QueryRow(ctx, "select nextval('iracing.stand_ins')").Scan(&stand); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "insert into iracing.drivers (cust_id, alias, alias_key) values ($1, $2, $3)", stand, p.Driver(stand, ""), p.Key(stand))
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "insert into iracing.purged_drivers (digest, stand_in) values ($1, $2)", digest(secret, cust), stand)
	return stand, err
}

// indexed is the table of what was learned of telemetry files, packed as one text a file.
const indexed = "library_index"

// purgeSteps put the stand-in $2 in the place of the driver $1, or delete what is the driver's alone.
var purgeSteps = []struct{ table, sql string }{
	{"events", `update iracing.events set message = '' where message <> '' and subsession_id in (
		select subsession_id from iracing.results where cust_id = $1
		union select subsession_id from iracing.team_results where cust_id = $1
		union select subsession_id from iracing.lap_cars where cust_id = $1
		union select subsession_id from iracing.laps where driver_id = $1
		union select subsession_id from iracing.events where cust_id = $1)`},
	{"events", "update iracing.events set cust_id = $2 where cust_id = $1"},
	{"rating_history", "delete from iracing.rating_history where cust_id = $1"},
	{"licences", "delete from iracing.licences where cust_id = $1"},
	{"driver_totals", "delete from iracing.driver_totals where cust_id = $1"},
	{"found_races", "delete from iracing.found_races where cust_id = $1"},
	{"team_members", "delete from iracing.team_members where cust_id = $1"},
	{"league_members", "delete from iracing.league_members where cust_id = $1"},
	{"telemetry_files", "delete from iracing.telemetry_files where cust_id = $1"},
	{"teams", "update iracing.teams set owner_id = null where owner_id = $1"},
	{"leagues", "update iracing.leagues set owner_id = null where owner_id = $1"},
	{"league_races", "update iracing.league_races set winner_id = $2 where winner_id = $1"},
	{"league_standings", "update iracing.league_standings set cust_id = $2, entrant_id = $2 where cust_id = $1"},
	{"standings", "update iracing.standings set cust_id = $2, entrant_id = $2 where cust_id = $1"},
	{"subsessions", "update iracing.subsessions set host_id = null, session_name = null where host_id = $1"},
	{"subsessions", "update iracing.subsessions set winner_id = $2 where winner_id = $1"},
	{"results", "update iracing.results set cust_id = $2, entrant_id = $2, flair = null, country = null where cust_id = $1"},
	{"team_results", "update iracing.team_results set cust_id = $2, flair = null, country = null where cust_id = $1"},
	{"lap_cars", `insert into iracing.lap_cars (subsession_id, part, entrant_id, cust_id, car_number, charted)
		select subsession_id, part, $2::bigint, $2::bigint, car_number, charted from iracing.lap_cars where cust_id = $1`},
	{"laps", `update iracing.laps l set entrant_id = $2 from iracing.lap_cars c
		where c.cust_id = $1 and l.subsession_id = c.subsession_id and l.part = c.part and l.entrant_id = c.entrant_id`},
	{"", "delete from iracing.lap_cars where cust_id = $1"},
	{"laps", "update iracing.laps set driver_id = $2 where driver_id = $1"},
	{indexed, "delete from iracing.library_index"},
	{"drivers", "delete from iracing.drivers where cust_id = $1"},
	// The texts of requests name people by their ids.
	{"kept", `delete from iracing.kept where request ~ ('(=|%2C)' || $1::bigint || '(&|%2C|$)')`},
}

// shortestName is the shortest name that is looked for in answers; a shorter one is in many words. All answers that name
// somebody tell the id as well.
const shortestName = 5

// purgeAnswers deletes the cached answers that hold a person.
func purgeAnswers(ctx context.Context, tx pgx.Tx, cust int64, name string, rows Rows) error {
	id := strconv.AppendInt(nil, cust, 10)
	var found []string
	// A page at a time: the server must not wait for long while one is unpacked here.
	const page = 200
	var request string
	for n := page; n == page; {
		n = 0
		list, err := tx.Query(ctx, "select request, header, body, size from iracing.answers where request > $1 order by request limit $2", request, page)
		if err != nil {
			return err
		}
		var header, body []byte
		var size int64
		_, err = pgx.ForEachRow(list, []any{&request, &header, &body, &size}, func() error {
			n++
			texts := [][]byte{[]byte(request)}
			for _, packed := range [][]byte{header, body} {
				if len(packed) == 0 {
					continue
				}
				text, err := unpack(packed, size)
				if err != nil {
					text = nil // nobody can read it
				}
				texts = append(texts, text)
			}
			for _, text := range texts {
				if holdsNumber(text, id) || utf8.RuneCountInString(name) >= shortestName && bytes.Contains(text, []byte(name)) {
					found = append(found, request)
					break
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	tag, err := tx.Exec(ctx, "delete from iracing.answers where request = any($1)", found)
	if n := tag.RowsAffected(); n > 0 {
		rows["answers"] += n
	}
	return err
}

// holdsNumber finds a number in a text, where it is not a part of a longer one.
func holdsNumber(text, number []byte) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for from := 0; ; {
		at := bytes.Index(text[from:], number)
		if at < 0 {
			return false
		}
		at += from
		if !digit(at-1) && !digit(at+len(number)) {
			return true
		}
		from = at + 1
	}
}
