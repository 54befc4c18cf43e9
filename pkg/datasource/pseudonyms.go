package datasource

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

const (
	// sharedSecret is what the database calls the secret that pseudonyms come from, in its views as in panels.
	sharedSecret = "pseudonyms"
	// secretPatience bounds the wait for it where a copy serves as well, firstPatience where people would be called
	// otherwise until it comes: the database may be setting itself up. secretRest is how long nobody asks again.
	secretPatience = 2 * time.Second
	firstPatience  = 10 * time.Second
	secretRest     = 5 * time.Second
	// secretBytes is the length of one that is made here.
	secretBytes = 32
)

// secret is what pseudonyms come from. With a database it is the database's, so that its views and all data sources call a
// person the same; a copy on disk serves while that is away.
type secret struct {
	db   *database // nil without one
	path string    // of the copy; "" where there is no folder

	mu     sync.Mutex
	value  []byte
	copied bool      // it is the copy
	shared bool      // it is the database's
	again  time.Time // when to ask that next
}

// newSecret is the secret of the settings, for the time until the database has told its own.
func newSecret(dir string, secrets models.Secrets, db *database) (*secret, error) {
	s := &secret{db: db}
	if db != nil && dir != "" {
		s.path = filepath.Join(dir, "pseudonyms-"+db.id+".key")
		if kept := readSecret(s.path); kept != nil {
			s.value, s.copied = kept, true
			return s, nil
		}
	}
	var err error
	s.value, err = ownSecret(dir, secrets)
	return s, err
}

// get is the secret, and whether it is still to change.
func (s *secret) get(ctx context.Context) (value []byte, shared bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil || s.shared || time.Now().Before(s.again) {
		return s.value, s.shared
	}
	patience := secretPatience
	if !s.copied {
		patience = firstPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, err := s.db.Secret(ctx, sharedSecret)
	if err != nil || len(value) == 0 {
		s.again = time.Now().Add(secretRest)
		return s.value, false
	}
	s.value, s.shared = value, true
	if s.path != "" {
		if kept := readSecret(s.path); string(kept) != string(value) {
			s.keep()
		}
	}
	return s.value, true
}

// keep writes the copy. One that cannot be written is missed at the next start without the database only.
func (s *secret) keep() {
	temp, err := os.CreateTemp(filepath.Dir(s.path), "pseudonyms-*")
	if err != nil {
		return
	}
	_, err = temp.Write(s.value)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), s.path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // it may be gone already
	}
}

func readSecret(path string) []byte {
	kept, err := os.ReadFile(path)
	if err != nil || len(kept) != secretBytes {
		return nil
	}
	return kept
}

// ownSecret is a secret without a database: the client secret, which all who share the settings have, or else random
// bytes that are kept in the folder. Where nothing can be kept, pseudonyms change with each start.
func ownSecret(dir string, secrets models.Secrets) ([]byte, error) {
	if secrets.ClientSecret != "" {
		return []byte(secrets.ClientSecret), nil
	}
	fresh := make([]byte, secretBytes)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make the secret of the pseudonyms: %w", err)
	}
	if dir == "" {
		return fresh, nil
	}
	path := filepath.Join(dir, "pseudonyms.key")
	if kept := readSecret(path); kept != nil {
		return kept, nil
	}
	// Whoever comes first wins: a link is made whole or not at all.
	temp, err := os.CreateTemp(dir, "pseudonyms-*")
	if err != nil {
		return fresh, nil
	}
	defer func() { _ = os.Remove(temp.Name()) }() // the link stays
	_, err = temp.Write(fresh)
	if err = errors.Join(err, temp.Close()); err != nil {
		return fresh, nil
	}
	if os.Link(temp.Name(), path) == nil {
		return fresh, nil
	}
	if kept := readSecret(path); kept != nil {
		return kept, nil
	}
	return fresh, nil
}
