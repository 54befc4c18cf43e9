package library

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// unionPatience is how long the listing of a union waits for a store that has been listed before, and failingPatience how
// long for one that failed the last time, which is asked again after unionRetry.
const (
	unionPatience   = 3 * time.Second
	failingPatience = 300 * time.Millisecond
	unionRetry      = 5 * time.Second
)

// Union is one store of several, which it owns from then on. The files of the first keep their names; those of the others are
// named after their store. While one of them cannot be listed, its files stay as they were last seen, and a notice tells
// why.
func Union(stores ...Store) Store {
	u := &union{}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	for i, s := range stores {
		m := &member{Store: s}
		if i > 0 {
			m.prefix = unionPrefix(s, i)
		}
		u.members = append(u.members, m)
	}
	return u
}

// unionPrefix sets the names of one store of a union apart. It holds a colon, as no folder on Windows does, and ends with a
// slash, so that the last part of a name stays what it is.
func unionPrefix(s Store, i int) string {
	switch s := s.(type) {
	case *stored:
		return "postgresql:/"
	case *bucket:
		return s.at.scheme + ":/" + s.at.bucket + "/"
	}
	return fmt.Sprintf("%d:/", i+1)
}

type union struct {
	members []*member
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// member is one store of a union.
type member struct {
	Store
	prefix string

	mu      sync.Mutex
	pending chan struct{} // closed when the listing that is under way ends; nil when there is none
	at      time.Time     // of the last listing
	once    bool          // there was one that did not fail
	files   []FileInfo    // of the last one that did not fail
	notices []string
	err     error // of the last one
}

func (u *union) String() string {
	names := make([]string, len(u.members))
	for i, m := range u.members {
		names[i] = m.String()
	}
	return strings.Join(names, " and ")
}

func (u *union) Close() error {
	u.cancel()
	u.work.Wait()
	var err error
	for _, m := range u.members {
		err = errors.Join(err, m.Close())
	}
	return err
}

// List asks all stores at once, those that are far away less often. It fails when all of them do.
func (u *union) List(ctx context.Context) (files []FileInfo, notices []string, err error) {
	waits := make([]<-chan struct{}, len(u.members))
	for i, m := range u.members {
		waits[i] = u.refresh(m)
	}
	failed := 0
	for i, m := range u.members {
		m.mu.Lock()
		once, patience := m.once || m.err != nil, unionPatience
		if m.err != nil {
			patience = failingPatience
		}
		m.mu.Unlock()
		late := waits[i] != nil && !wait(ctx, waits[i], once, patience)
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m.mu.Lock()
		found, remarks, problem := m.files, m.notices, m.err
		m.mu.Unlock()
		switch {
		case late && problem == nil:
			notices = append(notices, fmt.Sprintf("%s takes long to answer; its telemetry files are those that it held before.", m.Store))
		case problem != nil:
			failed++
			err = errors.Join(err, problem)
			notices = append(notices, fmt.Sprintf("Telemetry files are missing, or shown as they were: %s.", problem))
		default:
			notices = append(notices, remarks...)
		}
		for _, fi := range found {
			if _, inner := u.owner(fi.Name); i == 0 && inner != fi.Name {
				continue // it would pass for a file of another store
			}
			fi.Name = m.prefix + fi.Name
			files = append(files, fi)
		}
	}
	if failed == len(u.members) {
		return nil, nil, err
	}
	return files, notices, nil
}

// refresh lists a store again unless the last listing still counts, and returns what to wait for.
func (u *union) refresh(m *member) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pending != nil {
		return m.pending
	}
	every := unionRetry
	if m.err == nil {
		every = pacingOf(m.Store).Relist
	}
	if time.Since(m.at) < every || u.ctx.Err() != nil {
		return nil
	}
	done := make(chan struct{})
	m.pending = done
	u.work.Go(func() {
		files, notices, err := m.List(u.ctx)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.pending, m.at, m.err = nil, time.Now(), err
		if err == nil {
			m.files, m.notices, m.once = files, notices, true
		}
		close(done)
	})
	return done
}

// owner is the store of a name, and the name in it.
func (u *union) owner(name string) (*member, string) {
	for _, m := range u.members[1:] {
		if rest, ok := strings.CutPrefix(name, m.prefix); ok {
			return m, rest
		}
	}
	return u.members[0], name
}

// Open implements [Store].
func (u *union) Open(ctx context.Context, name string) (*ibt.File, error) {
	m, inner := u.owner(name)
	return m.Open(ctx, inner)
}

// Bytes implements [Store].
func (u *union) Bytes(ctx context.Context, name string) (Content, error) {
	m, inner := u.owner(name)
	return m.Bytes(ctx, inner)
}

// Pacing implements [Paced]: listings as often as the fastest store wants them, as the others' are kept, and readers as many
// as any takes.
func (u *union) Pacing() Pacing {
	p := Pacing{Relist: maxRelist}
	for _, m := range u.members {
		q := pacingOf(m.Store)
		p.Relist, p.Retry = min(p.Relist, q.Relist), max(p.Retry, q.Retry)
		p.Heads, p.Tables = max(p.Heads, q.Heads), max(p.Tables, q.Tables)
	}
	return p
}
