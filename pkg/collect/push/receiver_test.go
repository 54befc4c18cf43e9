package push

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/exp/api/remote"
	"google.golang.org/protobuf/encoding/protowire"
)

// receiver takes remote write of version 1 as the specification has it, and keeps what it took.
type receiver struct {
	*httptest.Server
	// answer decides on a request. nil, or an answer of 0, takes it.
	answer func(n int, batch []Series, w http.ResponseWriter) (status int, text string)

	mu       sync.Mutex
	requests int
	headers  []http.Header
	sizes    []int
	taken    collected
}

func receive(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{taken: make(collected)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		batch, err := decode(req)
		if err != nil {
			t.Errorf("a request is malformed: %v", err)
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		r.requests++
		r.headers = append(r.headers, req.Header.Clone())
		r.sizes = append(r.sizes, count(batch))
		if r.answer != nil {
			if status, text := r.answer(r.requests, batch, w); status != 0 {
				http.Error(w, text, status)
				return
			}
		}
		for i := range batch {
			key := selector(&batch[i])
			r.taken[key] = append(r.taken[key], batch[i].Samples...)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

func decode(req *http.Request) ([]Series, error) {
	for name, want := range map[string]string{
		"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0",
	} {
		if got := req.Header.Get(name); got != want {
			return nil, fmt.Errorf("%s is %q", name, got)
		}
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if body, err = snappy.Decode(nil, body); err != nil {
		return nil, err
	}
	var batch []Series
	err = fields(body, func(_ protowire.Number, b []byte, _ uint64) error {
		var s Series
		err := fields(b, func(field protowire.Number, b []byte, _ uint64) error {
			var l Label
			var x Sample
			err := fields(b, func(part protowire.Number, b []byte, v uint64) error {
				switch {
				case field == 1 && part == 1:
					l.Name = string(b)
				case field == 1:
					l.Value = string(b)
				case part == 1:
					x.Value = math.Float64frombits(v)
				default:
					x.Time = int64(v)
				}
				return nil
			})
			if field == 1 {
				s.Labels = append(s.Labels, l)
			} else {
				s.Samples = append(s.Samples, x)
			}
			return err
		})
		for i, l := range s.Labels {
			if l.Name == "" || l.Value == "" || i > 0 && l.Name <= s.Labels[i-1].Name {
				return fmt.Errorf("labels %v", s.Labels)
			}
		}
		batch = append(batch, s)
		return err
	})
	return batch, err
}

// fields calls use for each field of a message: with its bytes, or with its bits as a number.
func fields(b []byte, use func(field protowire.Number, b []byte, v uint64) error) error {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		var part []byte
		var v uint64
		switch kind {
		case protowire.BytesType:
			part, n = protowire.ConsumeBytes(b)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(b)
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		default:
			return fmt.Errorf("field %d has type %d", field, kind)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := use(field, part, v); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// impatient retries at once, three times.
var impatient = remote.BackoffConfig{Min: time.Millisecond, Max: time.Millisecond, MaxRetries: 3}

// writer pushes anything of any age to a receiver as fast as it can, unless the configuration says otherwise.
func writer(t testing.TB, url string, c Config) *Writer {
	t.Helper()
	c.URL = url
	if c.MaxAge == 0 {
		c.MaxAge = -1
	}
	if c.PerSecond == 0 {
		c.PerSecond = -1
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	if c.HTTP == nil {
		c.HTTP = &http.Client{Transport: transport, Timeout: 10 * time.Second}
	}
	w, err := newWriter(c, impatient)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
