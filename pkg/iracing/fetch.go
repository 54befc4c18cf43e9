package iracing

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// reply is one HTTP answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	at     time.Time
}

// room is how many bytes an answer may still take, all its parts together.
type room struct{ left atomic.Int64 }

func newRoom(n int64) *room {
	r := &room{}
	r.left.Store(n)
	return r
}

// What came instead of a status, in metrics.
const (
	codeTimeout     = "timeout"     // no answer, or not all of it, in time
	codeCanceled    = "canceled"    // whoever asked has gone
	codeUnreachable = "unreachable" // no connection
	codeCut         = "cut"         // the answer ended too early
	codeTooLarge    = "too_large"   // the answer is longer than it may be
	codeAsset       = "asset_error" // a link or a chunk could not be had
)

// maxErrorBody bounds what is read of an answer that is no content: enough for a few words of JSON.
const maxErrorBody = 64 << 10

// exchange sends one request and reads the answer within the client's timeout. The error's text never holds the address,
// as a link is as good as a key.
func (c *Client) exchange(ctx context.Context, r Request, u *url.URL, token string, space *room) (*reply, string, *failure) {
	timeout := c.opts.Timeout
	if r.Endpoint.Class == Bulk {
		timeout *= 5
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, "", http.NoBody)
	if err != nil {
		return nil, codeUnreachable, &failure{err: r.fail(Unreachable, 0, "the request cannot be made")}
	}
	req.URL, req.Host = u, u.Host
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if token != "" {
		// Here and not in a transport, as a token sent along with a link breaks the link's signature and gives the token away.
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Accept", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		code, f := r.transportFailure(ctx, limited, timeout, err)
		return nil, code, f
	}
	defer func() { _ = resp.Body.Close() }()
	rep := &reply{status: resp.StatusCode, header: resp.Header, at: c.opts.Now()}
	if resp.StatusCode/100 != 2 {
		// A body that cannot be read takes nothing away from what the status says.
		rep.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		if ctx.Err() != nil {
			return nil, codeCanceled, &failure{err: ctx.Err()}
		}
		return rep, strconv.Itoa(rep.status), nil
	}
	rep.body, err = space.read(resp.Body, resp.ContentLength)
	switch {
	case err == nil:
		return rep, strconv.Itoa(rep.status), nil
	case errors.Is(err, errTooLarge):
		return nil, codeTooLarge, &failure{err: r.fail(BadAnswer, rep.status, fmt.Sprintf("it is larger than %d MB", c.opts.MaxBytes>>20))}
	case limited.Err() != nil:
		code, f := r.transportFailure(ctx, limited, timeout, err)
		return nil, code, f
	}
	return nil, codeCut, &failure{r.fail(BadAnswer, rep.status, "it was cut off"), onceMore}
}

// transportFailure says why there is no answer.
func (r Request) transportFailure(ctx, limited context.Context, timeout time.Duration, err error) (string, *failure) {
	if ctx.Err() != nil {
		return codeCanceled, &failure{err: ctx.Err()}
	}
	e := r.fail(Unreachable, 0, "")
	if limited.Err() != nil || isTimeout(err) {
		e.Detail, e.Err = fmt.Sprintf("no whole answer within %v", timeout), context.DeadlineExceeded
		return codeTimeout, &failure{err: e}
	}
	e.Detail, e.Err = causeOf(err)
	return codeUnreachable, &failure{e, reconnect}
}

func isCertificate(err error) bool {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	return errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid) || errors.As(err, &verify)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// causeOf gives a few words and a cause for a request that got no answer. The errors of net/http hold addresses and
// parts of answers, so only what is known to hold neither is passed on.
func causeOf(err error) (string, error) {
	var dns *net.DNSError
	var op *net.OpError
	var errno syscall.Errno
	switch {
	case errors.As(err, &dns):
		return "its name cannot be resolved", nil
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy cannot be reached", nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", syscall.ECONNREFUSED
	case errors.As(err, &errno):
		return "the connection failed", errno
	case isCertificate(err):
		return "its certificate is not trusted", nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed", io.ErrUnexpectedEOF
	}
	return "the connection failed", nil
}

var errTooLarge = errors.New("too large")

// The sizes of the blocks an answer is read into.
const (
	firstBlock = 32 << 10
	lastBlock  = 4 << 20
)

// read reads to the end, or until the room is used up. An answer whose length is not known is gathered in blocks and
// copied once, so that one that is refused never takes much more than the room.
func (m *room) read(r io.Reader, length int64) ([]byte, error) {
	size := firstBlock
	if length > m.left.Load() {
		return nil, errTooLarge
	}
	if length >= 0 && length < lastBlock {
		size = int(length) + 1 // the one more lets the end show without another block
	}
	var blocks [][]byte
	block, total := make([]byte, 0, size), int64(0)
	for {
		if len(block) == cap(block) {
			blocks = append(blocks, block)
			size = min(2*size, lastBlock)
			block = make([]byte, 0, size)
		}
		n, err := r.Read(block[len(block):cap(block)])
		block, total = block[:len(block)+n], total+int64(n)
		if m.left.Add(-int64(n)) < 0 {
			err = errTooLarge
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			m.left.Add(total) // what is thrown away takes no room
			return nil, err
		}
	}
	if len(blocks) == 0 && cap(block)-len(block) <= len(block)/4+1 {
		return block, nil
	}
	return slices.Concat(append(blocks, block)...), nil
}

// fail makes the error of a request.
func (r Request) fail(kind Kind, status int, detail string) *Error {
	return &Error{Kind: kind, Endpoint: r.Endpoint.Path, Status: status, Detail: detail}
}

// isHTML tells a web page from an answer: what stands before iRacing speaks HTML when iRacing is silent.
func isHTML(rep *reply) bool {
	return bytes.HasPrefix(bytes.TrimSpace(rep.body), []byte("<"))
}

// said picks iRacing's few words out of the body of an error. Words that could be anything else than words are left out.
func said(body []byte) string {
	var words struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		Note    string `json:"note"`
	}
	if json.Unmarshal(body, &words) != nil {
		return ""
	}
	for _, text := range []string{words.Message, words.Note, words.Error} {
		if plain(text) {
			return text
		}
	}
	return ""
}

func plain(text string) bool {
	word := 0
	for _, b := range []byte(text) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '_', b == '-':
			word++
		case b == ' ', b == '.', b == ',', b == '\'', b == ':':
			word = 0
		default:
			return false
		}
		if word > 24 {
			return false
		}
	}
	return text != "" && len(text) <= 120
}

// jitter spreads a pause from half of it to one and a half, so that many who failed together do not come back together.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1)
}

// sleep waits, or ends early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
