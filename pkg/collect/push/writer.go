package push

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/exp/api/remote"
	"golang.org/x/time/rate"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// Defaults of a [Config].
const (
	DefaultMaxAge    = 90 * 24 * time.Hour
	DefaultPerSecond = 5000
	DefaultBatch     = 2000
)

// Ahead is how far in the future a sample may lie: clocks differ a little. One that lies further ahead is not sent, as a
// Prometheus counts the age of samples from its newest one: a single sample of next year would make all that it scrapes and
// computes from then on too old.
const Ahead = 10 * time.Minute

// maxSplits bounds the requests by which the samples that a target refuses are told from those that it takes, for each
// recording. It takes about a dozen to find the first sample that is not too old.
const maxSplits = 100

// Config tells where to push to, and how much at a time.
type Config struct {
	URL string // of the receiver, such as http://localhost:9090/api/v1/write; without credentials

	User, Password string            // basic authentication, unless User is empty
	BearerToken    string            // instead of it
	Headers        map[string]string // more headers, such as X-Scope-OrgID

	// MaxAge is how old a sample may be that the target takes. 0 means [DefaultMaxAge], less than 0 any age.
	MaxAge time.Duration
	// PerSecond bounds the samples that are sent in a second. 0 means [DefaultPerSecond], less than 0 no bound.
	PerSecond int
	// Batch bounds the samples of a request. 0 means [DefaultBatch].
	Batch   int
	Samples SampleOptions

	HTTP *http.Client     // nil means one with a timeout of 30 s
	Log  hclog.Logger     // nil logs nothing
	Now  func() time.Time // nil means [time.Now]
}

// Outcome is what became of the samples of a recording. TooNew are those that lie further in the future than [Ahead]; they
// can be sent when their time has come. Retried counts samples that had to be sent again; they are among the others too.
type Outcome struct{ Sent, TooOld, TooNew, Rejected, Retried int64 }

// Writer pushes recordings to one target by remote write, version 1 of the protocol. It is safe for use by several
// goroutines, which share its rate.
type Writer struct {
	config Config
	name   string
	target *target
	check  *target // as target, but less patient
	limit  *rate.Limiter
	old    sync.Once // for telling that the target refuses samples for their age
}

// retries are how long a target that does not answer is asked again: for about a minute, and longer if it says so.
var retries = remote.BackoffConfig{Min: time.Second, Max: 10 * time.Second, MaxRetries: 10}

// NewWriter checks the configuration. It does not connect.
func NewWriter(c Config) (*Writer, error) { return newWriter(c, retries) }

func newWriter(c Config, retry remote.BackoffConfig) (*Writer, error) {
	c.Headers = maps.Clone(c.Headers)
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.PerSecond == 0 {
		c.PerSecond = DefaultPerSecond
	}
	if c.Batch <= 0 {
		c.Batch = DefaultBatch
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	u, err := c.address()
	if err != nil {
		return nil, err
	}
	w := &Writer{config: c, name: targetName(u, &c), limit: rate.NewLimiter(rate.Inf, c.Batch)}
	if c.PerSecond > 0 {
		w.limit.SetLimit(rate.Limit(c.PerSecond))
	}
	if w.target, err = newTarget(u, &w.config, retry); err != nil {
		return nil, err
	}
	if w.check, err = newTarget(u, &w.config, remote.BackoffConfig{Min: retry.Min, Max: retry.Min, MaxRetries: 1}); err != nil {
		return nil, err
	}
	for _, outcome := range []string{metrics.Sent, metrics.TooOld, metrics.TooNew, metrics.Rejected, metrics.Retried} {
		metrics.RemoteWriteSamples.WithLabelValues(outcome) // so that the first one is a rise
	}
	return w, nil
}

// Target names the target by its host and a hash of what else tells it from another: the path, the user and the tenant.
// It stays the same when a password changes and holds no secret.
func (w *Writer) Target() string { return w.name }

// Check tells whether the target can be reached and takes the credentials, by a request without samples. The error says
// what to mend.
func (w *Writer) Check(ctx context.Context) error {
	err := w.check.send(ctx, nil, func(string) {})
	if refused, ok := errors.AsType[*refusal](err); ok && refused.samples() {
		return nil // it has read the request
	}
	return err
}

// Push sends a recording. Samples that the target refuses are counted and left out. The error is for a target that
// cannot be reached or does not let us in; what was sent until then is in the outcome, and the recording can be pushed
// again as a whole, since a sample that is there already changes nothing.
func (w *Writer) Push(ctx context.Context, rec *library.Recording) (Outcome, error) {
	p := pushing{w: w, ctx: ctx, file: rec.Session.File.Name, splits: maxSplits}
	oldest := int64(math.MinInt64)
	if w.config.MaxAge > 0 {
		oldest = w.config.Now().Add(-w.config.MaxAge).UnixMilli()
	}
	newest := latest(w.config.Now())
	err := Samples(ctx, rec, w.config.Samples, func(batch []Series) error {
		old, fresh := cut(batch, oldest)
		fresh, future := cut(fresh, newest+1)
		p.count(&p.out.TooOld, metrics.TooOld, old)
		p.count(&p.out.TooNew, metrics.TooNew, future)
		return p.put(fresh)
	})
	if p.out.TooNew > 0 {
		w.config.Log.Warn("A telemetry file lies in the future, so its samples are not sent to Prometheus before that; "+
			"set the clock of the computer that recorded it, and take the file away if it is not to be sent at all",
			"file", p.file, "begins", rec.Session.Start.UTC().Format(time.DateTime), "samples", p.out.TooNew)
	}
	if err != nil {
		err = fmt.Errorf("push the samples of %s: %w", p.file, err)
	}
	return p.out, err
}

// latest is the time of the newest sample that may be handed on.
func latest(now time.Time) int64 { return now.Add(Ahead).UnixMilli() }

// pushing is one recording on its way.
type pushing struct {
	w      *Writer
	ctx    context.Context
	file   string
	out    Outcome
	splits int  // that are left
	warned bool // of refused samples
}

func (p *pushing) count(to *int64, outcome string, batch []Series) {
	n := count(batch)
	*to += int64(n)
	metrics.RemoteWriteSamples.WithLabelValues(outcome).Add(float64(n))
}

// put sends a batch in requests of the right size and takes out what is refused.
func (p *pushing) put(batch []Series) error {
	n := count(batch)
	if n == 0 {
		return nil
	}
	if before, after, ok := halve(batch); ok && n > p.w.config.Batch {
		if err := p.put(before); err != nil {
			return err
		}
		return p.put(after)
	}
	err := p.send(batch, n)
	refused, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		p.count(&p.out.Sent, metrics.Sent, batch)
		return nil
	case !ok || !refused.samples():
		return err
	case refused.tooOld():
		return p.tooOld(batch, refused)
	}
	return p.rejected(batch, refused)
}

func (p *pushing) send(batch []Series, n int) error {
	if err := p.w.limit.WaitN(p.ctx, min(n, p.w.limit.Burst())); err != nil {
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		return context.DeadlineExceeded // there is none before the next samples may go
	}
	return p.w.target.send(p.ctx, batch, func(reason string) {
		p.w.config.Log.Warn("The remote write target is asked again", "file", p.file, "reason", reason)
		p.count(&p.out.Retried, metrics.Retried, batch)
	})
}

// tooOld looks for the samples of a batch that are not, since a target refuses all of a request for one.
func (p *pushing) tooOld(batch []Series, refused *refusal) error {
	p.w.old.Do(func() { // of many old files it is the same
		p.w.config.Log.Warn("The remote write target takes no samples of that age; how far back it takes some is its setting storage.tsdb.out_of_order_time_window",
			"file", p.file, "reason", refused.text())
	})
	_, last := span(batch)
	rest, newest := cut(batch, last)
	if len(rest) == 0 || p.splits <= 0 {
		p.count(&p.out.TooOld, metrics.TooOld, batch)
		return nil
	}
	err := p.send(newest, count(newest))
	again, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		p.splits--
		p.count(&p.out.Sent, metrics.Sent, newest)
	case !ok || !again.samples():
		return err
	default: // with the newest, all are too old
		p.count(&p.out.TooOld, metrics.TooOld, batch)
		return nil
	}
	before, after, ok := halve(rest)
	if !ok {
		return p.put(rest)
	}
	if err := p.put(after); err != nil {
		return err
	}
	return p.put(before)
}

// rejected looks for the samples of a batch that are not.
func (p *pushing) rejected(batch []Series, refused *refusal) error {
	p.warn("The remote write target refuses samples", refused)
	before, after, ok := halve(batch)
	if !ok || p.splits <= 0 {
		p.count(&p.out.Rejected, metrics.Rejected, batch)
		return nil
	}
	p.splits--
	if err := p.put(before); err != nil {
		return err
	}
	return p.put(after)
}

// warn says why samples are left out, once a recording.
func (p *pushing) warn(text string, refused *refusal) {
	if !p.warned {
		p.w.config.Log.Warn(text, "file", p.file, "reason", refused.text())
		p.warned = true
	}
}
