package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// tokenTimes are how long the steps of keeping tokens may take.
type tokenTimes struct {
	// lease is for how long others leave a row alone whose holder has lost its connection: it is coming back, with what it
	// got for the refresh token. The holder renews the lease three times in that time.
	lease time.Duration
	// write is how long a holder tries to write.
	write time.Duration
	// round is how often a row that somebody has a lease on is looked at.
	round time.Duration
}

var defaultTokenTimes = tokenTimes{lease: 30 * time.Second, write: 30 * time.Second, round: 250 * time.Millisecond}

// maxAsides is how many unreadable records of a name are looked into.
const maxAsides = 16

// Tokens keeps one sign-in in the table tokens, sealed with key. name is a fingerprint of the client and account, so that
// two sign-ins do not share a row.
//
// While somebody is inside Update it holds a lock of its session and, in the row, a lease. The lock lets the next one in at
// once; the lease keeps others out when the connection breaks between the use of a refresh token and the writing of what
// came for it. A process that dies there leaves its lease behind, for half a minute.
func (s *Store) Tokens(name string, key []byte) oauth.TokenStore {
	return &tokens{store: s, name: name, key: bytes.Clone(key)}
}

type tokens struct {
	store *Store
	name  string
	key   []byte
}

// String tells nothing of the key.
func (t *tokens) String() string { return "the tokens in the database" }

// Format prints String whatever the verb.
func (t *tokens) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// Update implements [oauth.TokenStore].
func (t *tokens) Update(ctx context.Context, f func(old oauth.Stored) (oauth.Stored, error)) (oauth.Stored, error) {
	if len(t.key) == 0 {
		return oauth.Stored{}, &Error{Kind: BadSettings, Detail: "there is no key to encrypt the tokens with"}
	}
	release, err := t.store.tokenLocks.Lock(ctx, t.name)
	if err != nil {
		return oauth.Stored{}, fmt.Errorf("wait for the tokens: %w", err)
	}
	defer release()
	h := &holding{tokens: t}
	defer h.end()
	if err := h.take(ctx); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("another process has them: %w", context.Cause(ctx))
		}
		return oauth.Stored{}, fmt.Errorf("read the tokens: %w", err)
	}
	old, recovered := h.open(ctx)
	beat := h.keepAlive(ctx)
	record, err := f(old)
	beat()
	// Whatever f has used up is used up: from here on, ctx has no say.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		h.giveBack(ctx)
		return oauth.Stored{}, err
	}
	record.Lost, record.Others = nil, false
	sealed, err := oauth.Seal(t.key, record)
	if err != nil {
		h.giveBack(ctx)
		return oauth.Stored{}, err
	}
	if err := h.write(ctx, sealed, record, recovered); err != nil {
		return oauth.Stored{}, fmt.Errorf("write the tokens: %w", err)
	}
	return record, nil
}

// holding is one Update.
type holding struct {
	*tokens
	conn   *pgx.Conn // nil when it was lost
	sealed []byte    // what was in the row
	lost   bool      // and could not be read
}

func (h *holding) end() {
	if h.conn != nil {
		end(h.conn)
	}
}

// connect makes a connection where there is none.
func (h *holding) connect(ctx context.Context) error {
	if h.conn != nil && !h.conn.IsClosed() {
		return nil
	}
	h.end()
	var err error
	h.conn, err = h.store.session(ctx)
	return err
}

// take waits until nobody else is inside and takes the lock and the lease. That the lease is written proves that the record
// can be, before anything is used up.
func (h *holding) take(ctx context.Context) error {
	const tries = 3
	for try := 1; ; try++ {
		err := h.tryTake(ctx)
		if err == nil || try == tries || h.conn == nil || !broken(h.conn, err) || !pause(ctx, h.store.tokenTimes.round) {
			return h.store.fail(ctx, err)
		}
	}
}

func (h *holding) tryTake(ctx context.Context) error {
	if err := h.store.Ready(ctx); err != nil {
		return err
	}
	if err := h.connect(ctx); err != nil {
		return err
	}
	if err := waitAdvisory(ctx, h.conn, lockKey("tokens "+h.name)); err != nil {
		return err
	}
	for {
		if ok, err := h.lease(ctx); ok || err != nil {
			return err
		}
		if !pause(ctx, h.store.tokenTimes.round) {
			return ctx.Err()
		}
	}
}

// lease reads the row and takes the lease, unless somebody else has it.
func (h *holding) lease(ctx context.Context) (ok bool, err error) {
	err = pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error {
		if err := durable(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into iracing.tokens (name) values ($1) on conflict (name) do nothing", h.name); err != nil {
			return err
		}
		var taken bool
		err := tx.QueryRow(ctx, `
			select sealed, coalesce(holder <> $2 and held_until > clock_timestamp(), false)
			from iracing.tokens where name = $1 for update`, h.name, h.store.holder).Scan(&h.sealed, &taken)
		if err != nil || taken {
			return err
		}
		ok = true
		return h.renew(ctx, tx)
	})
	return ok && err == nil, err
}

// durable has a transaction wait until it is on the disk, whatever the server's custom is.
func durable(ctx context.Context, q querier) error {
	_, err := q.Exec(ctx, "set local synchronous_commit = on")
	return err
}

func (h *holding) renew(ctx context.Context, q querier) error {
	_, err := q.Exec(ctx, `
		update iracing.tokens set holder = $2, held_until = clock_timestamp() + make_interval(secs => $3)
		where name = $1 and (holder is null or holder = $2 or held_until <= clock_timestamp())`,
		h.name, h.store.holder, h.store.tokenTimes.lease.Seconds())
	return err
}

// keepAlive renews the lease until done is called, which waits for the end of it. The connection is its own meanwhile.
func (h *holding) keepAlive(ctx context.Context) (done func()) {
	ctx = context.WithoutCancel(ctx)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(h.store.tokenTimes.lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			within, cancel := context.WithTimeout(ctx, h.store.config.ConnectTimeout)
			if h.connect(within) == nil {
				_ = h.renew(within, h.conn) // the next one is soon
			}
			cancel()
		}
	}()
	return func() { close(stop); <-ended }
}

// giveBack ends the lease without writing.
func (h *holding) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.store.config.ConnectTimeout)
	defer cancel()
	if h.connect(ctx) == nil {
		_, _ = h.conn.Exec(ctx, "update iracing.tokens set holder = null, held_until = null where name = $1 and holder = $2", h.name, h.store.holder)
	}
}

// open makes a record of what was in the row. What was sealed with another key is set aside when the new record is written;
// a key that was changed by mistake, and then back, finds its record there. Where there are no tokens, the record tells which
// there are that its settings do not lead to.
func (h *holding) open(ctx context.Context) (old oauth.Stored, recovered []byte) {
	var err error
	if h.sealed != nil {
		old, err = oauth.Unseal(h.key, h.sealed)
	}
	if err != nil {
		h.lost = true
		old.Lost = fmt.Errorf("the tokens in the database: %w", err)
		if errors.Is(err, oauth.ErrOtherKey) {
			return h.recover(ctx, old)
		}
		return old, nil
	}
	if old.RefreshToken == "" {
		if h.sealedOtherwise(ctx) {
			old.Lost = fmt.Errorf("the tokens in the database: %w", oauth.ErrOtherKey)
		}
		old.Others = h.others(ctx)
	}
	return old, nil
}

// sealedOtherwise tells that there are tokens of this name that were sealed with another key, and set aside.
func (h *holding) sealedOtherwise(ctx context.Context) bool {
	asides, err := h.sealedRecords(ctx, "select sealed from iracing.tokens_unreadable where name = $1 order by set_aside_at desc limit $2")
	return err == nil && slices.ContainsFunc(asides, func(sealed []byte) bool {
		_, err := oauth.Unseal(h.key, sealed)
		return errors.Is(err, oauth.ErrOtherKey)
	})
}

// others tells that there are tokens of other accounts under this key.
func (h *holding) others(ctx context.Context) bool {
	rows, err := h.sealedRecords(ctx, "select sealed from iracing.tokens where name <> $1 and sealed is not null order by updated_at desc limit $2")
	return err == nil && slices.ContainsFunc(rows, func(sealed []byte) bool {
		r, err := oauth.Unseal(h.key, sealed)
		return err == nil && r.RefreshToken != ""
	})
}

// sealedRecords reads some records of, or beside, a name.
func (h *holding) sealedRecords(ctx context.Context, sql string) ([][]byte, error) {
	rows, err := h.conn.Query(ctx, sql, h.name, maxAsides)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[[]byte])
}

// recover looks for the newest record with our key among those that were set aside. Nobody can have used its tokens
// meanwhile. The hold is the one that was found last.
func (h *holding) recover(ctx context.Context, unreadable oauth.Stored) (best oauth.Stored, recovered []byte) {
	asides, err := h.sealedRecords(ctx, "select sealed from iracing.tokens_unreadable where name = $1 order by set_aside_at desc limit $2")
	if err != nil {
		return unreadable, nil
	}
	best = unreadable
	for _, sealed := range asides {
		r, err := oauth.Unseal(h.key, sealed)
		if err == nil && r.RefreshToken != "" && (recovered == nil || r.Generation > best.Generation) {
			best, recovered = r, sealed
		}
	}
	if recovered != nil {
		best.Hold = unreadable.Hold
	}
	return best, recovered
}

// write puts the new record in place of the old one, over as many connections as that takes.
func (h *holding) write(ctx context.Context, sealed []byte, record oauth.Stored, recovered []byte) error {
	ctx, cancel := context.WithTimeout(ctx, h.store.tokenTimes.write)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := h.connect(ctx)
		if err == nil {
			err = pgx.BeginFunc(ctx, h.conn, func(tx pgx.Tx) error { return h.put(ctx, tx, sealed, record, recovered) })
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errOvertaken):
			return err
		}
		err = h.store.fail(ctx, err)
		if !pause(ctx, wait) {
			return err
		}
	}
}

// errOvertaken says that another process has taken over.
var errOvertaken = errors.New("another process has written newer ones meanwhile")

// overtakes tells that what another process has written meanwhile is newer than the record. Where both began with the same
// one, whoever has got tokens is right: the other has found the refresh token used up.
func overtakes(there, record oauth.Stored) bool {
	if there.Generation == record.Generation {
		return there.Failure == nil || record.Failure != nil || record.RefreshToken == ""
	}
	return there.Generation > record.Generation
}

func (h *holding) put(ctx context.Context, tx pgx.Tx, sealed []byte, record oauth.Stored, recovered []byte) error {
	if err := durable(ctx, tx); err != nil {
		return err
	}
	var there []byte
	var mine, free bool
	err := tx.QueryRow(ctx, `
		select sealed, coalesce(holder = $2, false), holder is null or held_until <= clock_timestamp()
		from iracing.tokens where name = $1 for update`, h.name, h.store.holder).Scan(&there, &mine, &free)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // somebody deleted it; then it is ours to make
		mine, there = true, h.sealed
	case err != nil:
		return err
	}
	if bytes.Equal(there, sealed) {
		return nil // the last attempt had come through
	}
	// A lease that had run out and was renewed later does not tell what was written between.
	if !mine || !bytes.Equal(there, h.sealed) {
		newest, err := oauth.Unseal(h.key, there)
		if !mine && !free || err != nil || overtakes(newest, record) {
			return errOvertaken
		}
	}
	if h.lost {
		_, err := tx.Exec(ctx, `
			insert into iracing.tokens_unreadable (name, sealed, set_aside_at) values ($1, $2, clock_timestamp())`, h.name, h.sealed)
		if err != nil {
			return err
		}
	}
	if recovered != nil {
		// It would be out of date the next time.
		if _, err := tx.Exec(ctx, "delete from iracing.tokens_unreadable where name = $1 and sealed = $2", h.name, recovered); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		insert into iracing.tokens (name, sealed) values ($1, $2)
		on conflict (name) do update set sealed = excluded.sealed, holder = null, held_until = null, updated_at = now()`, h.name, sealed)
	return err
}
