package oauth

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Manager hands out access tokens for one account. It is safe for use by several goroutines, and implements
// [iracing.Tokens].
type Manager struct {
	cfg Config

	closing context.Context // ends with Close
	end     context.CancelFunc
	work    sync.WaitGroup

	mu     sync.Mutex // guards the rest
	closed bool
	flight *flight // the round that is under way; nil when there is none
	// record is the newest record that this Manager has seen or made. It is ahead of the store's when writing failed.
	record  Stored
	unsaved bool     // writing record has failed, so that its access token must not be used
	refused []string // access tokens that the API has refused, newest last
	lastErr *iracing.Error
	pause   time.Time // until when no round is begun after one that failed
	rounds  int       // that failed in a row
}

// flight is one round of getting an access token. Whoever wants one meanwhile waits for it.
type flight struct {
	done  chan struct{} // closed when token and err are there
	token string
	err   *iracing.Error
}

var _ iracing.Tokens = (*Manager)(nil)

// New is a Manager. Its errors are of type [*iracing.Error] and say which setting is missing or wrong. Nothing is asked
// until a token is wanted.
func New(cfg Config) (*Manager, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if cfg.exchanges() && inTheClear(cfg.URL) {
		cfg.Log.Warn("The OAuth service is asked without encryption: use that for a stand-in only")
	}
	m := &Manager{cfg: cfg}
	m.closing, m.end = context.WithCancel(context.Background())
	return m, nil
}

// exchanges tells that the token endpoint is asked.
func (c Config) exchanges() bool { return c.Grant != None && c.Grant != AccessToken }

// Token implements [iracing.Tokens]. Calls that come together make one exchange. When ctx ends the call ends, the
// exchange does not.
func (m *Manager) Token(ctx context.Context, refused string) (string, error) {
	if !m.cfg.exchanges() {
		return m.pasted(refused)
	}
	for {
		token, f, err := m.begin(ctx, refused)
		if err != nil {
			return "", err
		}
		if f == nil {
			return token, nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", &iracing.Error{Kind: iracing.Unreachable, Detail: "the request ended while it waited for the sign-in", Err: ctx.Err()}
		}
		if f.err != nil {
			return "", f.err
		}
		if f.token != refused {
			return f.token, nil
		}
		// The round had begun before it was known that this token is refused.
	}
}

// pasted is Token for those who have nothing to exchange.
func (m *Manager) pasted(refused string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cfg.Grant == None {
		return "", &iracing.Error{Kind: iracing.NoCredentials}
	}
	if refused == m.cfg.AccessToken {
		m.lastErr = &iracing.Error{Kind: iracing.SignInAgain, Detail: "the access token that was entered has expired or is refused"}
	}
	if m.lastErr != nil {
		return "", m.lastErr
	}
	return m.cfg.AccessToken, nil
}

// begin answers a token that is at hand, or the round to wait for.
func (m *Manager) begin(ctx context.Context, refused string) (string, *flight, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return "", nil, &iracing.Error{Kind: iracing.Unreachable, Detail: "the data source is being closed", Err: context.Canceled}
	}
	if refused != "" && !slices.Contains(m.refused, refused) {
		m.refused = append(m.refused, refused)
		m.refused = m.refused[max(0, len(m.refused)-8):]
	}
	now := m.cfg.Now()
	if m.record.fresh(now) && m.usable() {
		return m.record.AccessToken, nil, nil
	}
	if m.flight != nil {
		return "", m.flight, nil
	}
	if now.Before(m.pause) {
		if token := m.lastDrops(now); token != "" {
			return token, nil, nil
		}
		return "", nil, m.lastErr
	}
	f := &flight{done: make(chan struct{})}
	m.flight = f
	m.work.Add(1)
	go m.fly(context.WithoutCancel(ctx), f, slices.Clone(m.refused))
	return "", f, nil
}

// lastDrops is an access token that should have been renewed by now, but still serves; empty when there is none.
func (m *Manager) lastDrops(now time.Time) string {
	const enough = 5 * time.Second
	if !m.usable() || m.record.AccessExpiry.Sub(now) < enough {
		return ""
	}
	return m.record.AccessToken
}

// usable tells that the access token, if there is one, may be handed out.
func (m *Manager) usable() bool {
	return !m.unsaved && !slices.Contains(m.refused, m.record.AccessToken)
}

// fly makes one round and tells those who wait.
func (m *Manager) fly(ctx context.Context, f *flight, refused []string) {
	defer m.work.Done()
	// While a record is waited for or a pause is made, Close and the clock may end the round. An exchange itself goes on.
	ctx, cancel := context.WithTimeout(ctx, 6*m.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(m.closing, cancel)()

	record, unsaved, err := m.round(ctx, refused)

	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(f.done)
	m.flight = nil
	now := m.cfg.Now()
	m.record, m.unsaved, m.lastErr, m.pause = record, unsaved, err, time.Time{}
	if err == nil {
		m.rounds = 0
		f.token = record.AccessToken
		m.cfg.Observer.TokenExpiry(record.AccessExpiry, record.RefreshExpiry)
		return
	}
	switch err.Kind {
	case iracing.Unreachable, iracing.Unavailable, iracing.Maintenance, iracing.BadAnswer, iracing.NotKept:
		m.pause = now.Add(m.cfg.Backoff * time.Duration(min(4<<min(m.rounds, 5), 120)))
		if err.Kind == iracing.Maintenance {
			m.pause = now.Add(600 * m.cfg.Backoff)
		}
		if err.Until.After(m.pause) {
			m.pause = err.Until
		}
		err.Until = m.pause
		m.rounds++
	}
	if err.Temporary() {
		f.token = m.lastDrops(now)
	}
	if f.token == "" {
		f.err = err
	}
}

// round reads the store, does what is to be done, and answers the newest record there is. unsaved tells that it has an
// access token that the store does not have.
func (m *Manager) round(ctx context.Context, refused []string) (record Stored, unsaved bool, failure *iracing.Error) {
	m.mu.Lock()
	newest, unsaved := m.record, m.unsaved
	m.mu.Unlock()
	kept, err := m.cfg.Store.Update(ctx, func(old Stored) (Stored, error) {
		if old.Lost != nil {
			m.cfg.Log.Warn("The kept tokens cannot be read; a new sign-in is tried", "error", old.Lost)
		}
		if newest.aheadOf(old) {
			if len(old.Hold.Logins) > len(newest.Hold.Logins) {
				newest.Hold.Logins = old.Hold.Logins
			}
			old = newest
		} else {
			unsaved = false
		}
		s := signIn{exchanger: exchanger{m.cfg}, refused: refused, now: m.cfg.Now, wait: wait}
		next, e := s.step(ctx, old.clone())
		if !next.same(old) {
			next.Generation = old.Generation + 1
		}
		next.Lost, next.Others = nil, false
		unsaved = unsaved || next.AccessToken != old.AccessToken && next.AccessToken != ""
		newest, failure = next, e
		return next, nil
	})
	if err == nil {
		return kept, false, failure
	}
	if failure != nil {
		m.cfg.Log.Error("The tokens cannot be kept", "error", err)
		return newest, unsaved, failure
	}
	// What is not kept is not used either: a crash would lose it. The next round begins with writing it.
	failure = &iracing.Error{Kind: iracing.NotKept, Detail: fmt.Sprintf("%.160s", err.Error()), Err: err}
	switch {
	case m.closing.Err() != nil:
		failure.Detail = "the data source is being closed"
	case ctx.Err() != nil:
		failure.Detail = "another process has the tokens for too long"
	}
	m.cfg.Log.Error("The tokens cannot be kept", "error", err)
	return newest, unsaved, failure
}

// wait pauses, and tells whether to go on.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Close waits for the exchange that is under way, which it does not break off, and ends all waiting. Tokens are not
// handed out any more.
func (m *Manager) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.end()
	m.work.Wait()
	return nil
}

// Status is how the sign-in stands, for a health check and for metrics.
type Status struct {
	Grant Grant
	// AccessExpiry and RefreshExpiry are when the tokens end; zero when there are none or nobody has said.
	AccessExpiry, RefreshExpiry time.Time
	// LastError is what the last attempt came to; nil when it succeeded or there was none. Its Until says when the next
	// one is made.
	LastError *iracing.Error
}

// Status tells what this Manager knows, without asking anybody.
func (m *Manager) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Status{
		Grant: m.cfg.Grant, AccessExpiry: m.record.AccessExpiry, RefreshExpiry: m.record.RefreshExpiry, LastError: m.lastErr,
	}
}

// String tells how it signs in, and no secrets.
func (m *Manager) String() string { return m.cfg.String() }

// Format prints String whatever the verb.
func (m *Manager) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(m.String())) }
