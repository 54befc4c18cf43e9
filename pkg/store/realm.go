package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Realm is where facts come from. Their rows do not tell, so that a database takes those of one realm only: made-up races
// among real ones could not be taken apart again.
type Realm string

// The realms.
const (
	RealmIRacing   Realm = "iracing"
	RealmElsewhere Realm = "elsewhere" // a stand-in for iRacing: a made-up one, a recording, a proxy under another name
)

// RealmOf is the realm of what a source answers whose keys in the response cache begin with a text
// ([iracing.CachedOptions.Realm]); that is empty for iRacing itself.
func RealmOf(cached string) Realm {
	if cached == "" {
		return RealmIRacing
	}
	return RealmElsewhere
}

// realmFor is how long a mark that was seen is believed to be there: somebody may drop the schema and begin anew.
const realmFor = time.Minute

// realmSeen remembers when the database was last seen to be of the store's realm.
type realmSeen struct{ at atomic.Pointer[time.Time] }

func (r *realmSeen) now() {
	now := time.Now()
	r.at.Store(&now)
}

func (r *realmSeen) forget() { r.at.Store(nil) }

func (r *realmSeen) holds() bool {
	at := r.at.Load()
	return at != nil && time.Since(*at) < realmFor
}

// CheckRealm tells whether the database takes facts of the store's realm; it does until it has some of another.
func (s *Store) CheckRealm(ctx context.Context) error {
	return s.query(ctx, func(q querier) error { return s.sameRealm(ctx, q) })
}

// sameRealm refuses a database that is marked with another realm, and leaves one without a mark as it is.
func (s *Store) sameRealm(ctx context.Context, q querier) error {
	if s.config.Realm == "" {
		return nil
	}
	marked, err := readRealm(ctx, q)
	if err != nil || marked == "" {
		return err
	}
	return s.compare(marked)
}

// checkRealm refuses a database that has facts of another realm, and marks one that has none yet. It belongs into a
// transaction that writes facts, once, before it looks for facts that there are. The mark is there with the new ones or not
// at all; who comes at the same time waits for that.
func (s *Store) checkRealm(ctx context.Context, q querier) error {
	if s.config.Realm == "" || s.realm.holds() {
		return nil
	}
	marked, err := readRealm(ctx, q)
	if err != nil {
		return err
	}
	if marked != "" {
		if err := s.compare(marked); err != nil {
			return err
		}
		s.realm.now()
		return nil
	}
	err = q.QueryRow(ctx, `
		insert into iracing.settings (realm) values ($1)
		on conflict (one) do update set realm = coalesce(settings.realm, excluded.realm)
		returning realm`, string(s.config.Realm)).Scan(&marked)
	if err != nil {
		return err
	}
	return s.compare(marked) // it is not remembered: this transaction may come to nothing yet
}

// readRealm is what the database is marked with; empty for nothing.
func readRealm(ctx context.Context, q querier) (marked Realm, err error) {
	err = q.QueryRow(ctx, "select coalesce(realm, '') from iracing.settings").Scan(&marked)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return marked, err
}

// compare is the error of a store that a marked database is not for.
func (s *Store) compare(marked Realm) error {
	switch marked {
	case s.config.Realm:
		return nil
	case RealmIRacing:
		return &Error{Kind: OtherRealm, Detail: "what it holds is from iRacing, and this program's API address is that of a stand-in"}
	}
	return &Error{Kind: OtherRealm, Detail: "what it holds is from a stand-in for iRacing, and this program asks iRacing itself"}
}
