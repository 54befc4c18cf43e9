package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"gocloud.dev/blob"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// bucketBlock holds the head of most files: channels and session text take 30 to 75 kB in real ones.
const bucketBlock = 128 << 10

// bucket is a Store in the cloud.
type bucket struct {
	at     *address
	creds  Credentials
	http   *http.Client
	own    bool // the client is the bucket's own
	blocks *blocks
	most   int // files of a listing

	mu     sync.Mutex
	client *blob.Bucket // nil until it is connected
	closed bool
}

func openBucket(location string, c Credentials) (*bucket, error) {
	at, err := parseAddress(location, &c)
	if err != nil {
		return nil, err
	}
	b := &bucket{at: at, creds: c, http: c.HTTP, most: maxFiles}
	if b.http == nil {
		b.http, b.own = newHTTP(), true
	}
	b.blocks = newBlocks(bucketBlock, retriable)
	return b, nil
}

// newHTTP is a client that gives up on a server that does not answer, and follows no redirect, which would be signed for
// another address.
func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: fetchIdle,
			MaxIdleConnsPerHost:   fetchesAtOnce,
			IdleConnTimeout:       90 * time.Second,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// connect makes the client at its first use. To find credentials can take requests.
func (b *bucket) connect(ctx context.Context) (*blob.Bucket, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fs.ErrClosed
	}
	if b.client != nil {
		return b.client, nil
	}
	dial := map[string]func(context.Context, *address, *Credentials, *http.Client) (*blob.Bucket, error){
		"s3": dialS3, "gs": dialGCS, "azblob": dialAzure,
	}[b.at.scheme]
	client, err := dial(ctx, b.at, &b.creds, b.http)
	if err != nil {
		return nil, b.explain(ctx, err)
	}
	b.client = client
	return client, nil
}

func (b *bucket) String() string { return b.at.String() }

func (b *bucket) Close() error {
	b.blocks.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	var err error
	if b.client != nil {
		err = b.client.Close()
		b.client = nil
	}
	if b.own {
		b.http.CloseIdleConnections()
	}
	return err
}

// List asks for the names of all objects below the prefix, a thousand with each request.
func (b *bucket) List(ctx context.Context) (files []FileInfo, notices []string, err error) {
	client, err := b.connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	wait, touch, stop := withIdle(ctx, b.blocks.idle)
	defer stop()
	defer func() {
		if err = b.recovered(err, recover()); err != nil {
			err = b.explain(ctx, orIdle(wait, err))
		}
	}()
	it := client.List(&blob.ListOptions{Prefix: b.at.prefix})
	odd := 0
	for objects := 0; ; objects++ {
		o, err := it.Next(wait)
		if err == io.EOF { //nolint:errorlint // within another error it is a connection that broke off
			break
		}
		if err != nil {
			return nil, nil, err
		}
		touch()
		if objects >= maxEntries || len(files) >= b.most {
			notices = append(notices, fmt.Sprintf("The bucket holds more than can be listed; the first %d telemetry files are shown.", len(files)))
			break
		}
		name, below := strings.CutPrefix(o.Key, b.at.prefix)
		if !below || o.IsDir || !strings.EqualFold(path.Ext(name), ".ibt") {
			continue
		}
		if !plainName(name) {
			odd++
			continue
		}
		files = append(files, FileInfo{Name: name, Size: o.Size, ModTime: o.ModTime})
	}
	if odd > 0 {
		notices = append(notices, fmt.Sprintf("%s left out for a name that cannot be one of a file.", were(odd)))
	}
	return files, notices, nil
}

func were(n int) string {
	if n == 1 {
		return "1 file was"
	}
	return fmt.Sprintf("%d files were", n)
}

// plainName tells that a name is a relative path that leads nowhere else, and text.
func plainName(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) && "/"+name == path.Clean("/"+name)
}

// Open opens an object, of which ranges are read as they are needed.
func (b *bucket) Open(ctx context.Context, name string) (*ibt.File, error) {
	return openRemote(ctx, func() (*remote, error) { return b.remote(ctx, name) })
}

// openRemote reads the head of a remote file, as long as ctx lasts.
func openRemote(ctx context.Context, open func() (*remote, error)) (*ibt.File, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, r.cancel)
	f, err := ibt.Open(r)
	if !stop() && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return f, nil
}

// Bytes implements [Store].
func (b *bucket) Bytes(ctx context.Context, name string) (Content, error) {
	r, err := b.remote(ctx, name)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (b *bucket) remote(ctx context.Context, name string) (*remote, error) {
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	key := b.at.prefix + name
	return b.blocks.open(ctx, func(ctx context.Context, off, n int64, found func(int64, string) error, w io.Writer) error {
		return b.read(ctx, client, key, off, n, found, w)
	})
}

// read fetches a range of an object.
func (b *bucket) read(ctx context.Context, client *blob.Bucket, key string, off, n int64, found func(int64, string) error, w io.Writer) (err error) {
	defer func() {
		if err = b.recovered(err, recover()); err != nil && !errors.Is(err, errChanged) && !errors.Is(err, errTooMuch) {
			err = b.explain(ctx, err)
		}
	}()
	r, err := client.NewRangeReader(ctx, key, off, n, nil)
	if err != nil {
		if !beyondEnd(err) {
			return err
		}
		// There is nothing at off, not even in an empty object at 0.
		attrs, err := client.Attributes(ctx, key)
		if err != nil {
			return err
		}
		if err := found(attrs.Size, attrs.ETag); err != nil {
			return err
		}
		if attrs.Size > off {
			return errTooMuch
		}
		return nil
	}
	mark, begin := objectMark(r)
	err = found(r.Size(), mark)
	if err == nil && begin != off {
		err = errTooMuch
	}
	if err == nil {
		var got int64
		got, err = io.Copy(w, io.LimitReader(r, n))
		if err == nil && got < min(n, r.Size()-off) {
			err = io.ErrUnexpectedEOF
		}
	}
	return errors.Join(err, r.Close())
}

// recovered makes an error of a panic in a cloud's library, as some answers that no cloud gives lead to.
func (b *bucket) recovered(err error, panicked any) error {
	if panicked != nil {
		return &BucketError{Bucket: b.at.String(), Reason: "the service answered something that no bucket does", Err: fmt.Errorf("%v", panicked)}
	}
	return err
}

// Pacing implements [Paced]. Whoever lists a bucket pays for it, and waits.
func (b *bucket) Pacing() Pacing {
	return Pacing{Relist: 15 * time.Second, Retry: time.Minute, Heads: fetchesAtOnce, Tables: 4}
}

// withIdle is a context that ends when touch was not called for so long.
func withIdle(ctx context.Context, idle time.Duration) (wait context.Context, touch, stop func()) {
	wait, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(idle, func() { cancel(errIdle) })
	return wait, func() { timer.Reset(idle) }, func() {
		timer.Stop()
		cancel(nil)
	}
}

// orIdle is what came of something within a context of withIdle: that it ended for want of an answer is known to that only.
func orIdle(wait context.Context, err error) error {
	if err != nil && context.Cause(wait) == errIdle { //nolint:errorlint // it is that very value
		return errIdle
	}
	return err
}

// retriable tells that a fetch may succeed when it is tried again: bytes that did not come, as the clouds' own libraries try
// everything else again.
func retriable(err error) bool {
	own, ok := errors.AsType[*BucketError](err)
	return ok && own.Temporary && errors.Is(err, io.ErrUnexpectedEOF)
}
