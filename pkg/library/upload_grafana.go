package library

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Grafana is one with the plugin, to which files are uploaded.
type Grafana struct {
	URL   string       // of Grafana, with its path if it has one
	UID   string       // of the data source
	Token string       // of a service account that is an editor
	HTTP  *http.Client // nil means a client of its own

	// Patience is for how long the same is tried again while Grafana does not answer, or says that it cannot just now.
	// 0 means 8 times, which takes about a minute.
	Patience time.Duration
	// Warn is told why something is tried again, once until it works. nil ignores it.
	Warn func(error)
}

const (
	maxUploadList   = 64 << 20 // bytes
	maxUploadAnswer = 1 << 20
	partPatience    = 5 * time.Minute // for 4 MiB on a slow line
)

var grafanaUID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`)

// ToGrafana uploads to a Grafana whose data source keeps files in its database.
func ToGrafana(g Grafana) (Destination, error) {
	u, err := url.Parse(strings.TrimSpace(g.URL))
	token := strings.TrimSpace(g.Token)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the address of Grafana is not one; it looks like https://grafana.example.com")
	case u.User != nil:
		return nil, errors.New("credentials do not belong into the address of Grafana; it takes the token of a service account")
	case !grafanaUID.MatchString(g.UID):
		return nil, fmt.Errorf("%.60q is no UID of a data source; it is the last part of the address of its settings page", g.UID)
	case token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("the token of the service account is missing, or is none")
	}
	t := &toGrafana{
		token: token, uid: g.UID, name: u.Scheme + "://" + u.Host + strings.TrimRight(u.Path, "/"), client: g.HTTP, max: store.MaxPart,
		retries: retries{rest: partBackoff, patience: g.Patience, warn: g.Warn},
	}
	t.base = t.name + "/api/datasources/uid/" + g.UID + "/resources/uploads"
	if t.client == nil {
		t.client, t.own = newHTTP(), true
		t.client.Transport.(*http.Transport).ResponseHeaderTimeout = partPatience
	}
	return t, nil
}

type toGrafana struct {
	name, base, token string
	uid               string
	client            *http.Client
	own               bool
	max               int // bytes of a part, as far as what is in between lets through
	retries
}

func (t *toGrafana) String() string { return t.name }

// Close implements [Destination].
func (t *toGrafana) Close() error {
	if t.own {
		t.client.CloseIdleConnections()
	}
	return nil
}

// Held implements [Destination].
func (t *toGrafana) Held(ctx context.Context) (func(FileInfo) bool, error) {
	var list []store.Upload
	s := &sender{to: t, retries: t.retries}
	for {
		err := t.ask(ctx, http.MethodGet, "", nil, "", maxUploadList, &list)
		if err == nil {
			return heldIn(uploaded(list)), nil
		}
		if err := s.pause(ctx, err); err != nil {
			return nil, err
		}
	}
}

// Put implements [Destination].
func (t *toGrafana) Put(ctx context.Context, file FileInfo, content io.ReaderAt, sent func(int64)) error {
	return putParts(ctx, t, file, content, sent, &t.max, t.retries)
}

func (t *toGrafana) begin(ctx context.Context, name string, size int64, sum store.Sum) (u store.Upload, err error) {
	body, err := json.Marshal(struct {
		Name   string    `json:"name"`
		Size   int64     `json:"size"`
		SHA256 store.Sum `json:"sha256"`
	}{name, size, sum})
	if err != nil {
		return u, err
	}
	err = t.ask(ctx, http.MethodPost, "", body, "application/json", maxUploadAnswer, &u)
	if p, ok := errors.AsType[*partError](err); ok {
		p.smaller = false // there is nothing smaller to announce
	}
	return u, err
}

func (t *toGrafana) part(ctx context.Context, id string, offset int64, part []byte) (u store.Upload, err error) {
	query := "/" + url.PathEscape(id) + "?offset=" + strconv.FormatInt(offset, 10)
	err = t.ask(ctx, http.MethodPut, query, part, "application/octet-stream", maxUploadAnswer, &u)
	return u, err
}

// ask makes one request. An error is a [*partError] unless ctx has ended.
func (t *toGrafana) ask(ctx context.Context, method, below string, body []byte, kind string, most int64, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, partPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, t.base+below, bytes.NewReader(body))
	if err != nil {
		return &partError{reason: "the request to Grafana cannot be made"}
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	req.Header.Set("Accept", "application/json")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		reason, again := silence(err)
		return &partError{reason: fmt.Sprintf("Grafana at %s cannot be reached: %s", t.name, reason), again: again}
	}
	defer func() { _ = resp.Body.Close() }() // all that matters of it is read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return &partError{reason: fmt.Sprintf("the connection to Grafana at %s broke off", t.name), again: true}
	}
	if resp.StatusCode/100 != 2 {
		return t.refused(resp, raw, method)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return &partError{reason: fmt.Sprintf("%s does not answer as a Grafana with this plugin does; check its address", t.name)}
	}
	return nil
}

// What Grafana itself says of a data source that it does not have, with a status that differs between its versions.
var noSource = []string{"Unable to load datasource metadata", "Data source not found", "Unable to find datasource plugin"}

// refused says what a status other than success means.
func (t *toGrafana) refused(resp *http.Response, raw []byte, method string) error {
	list, part := method == http.MethodGet, method == http.MethodPut
	var said struct{ Message string }
	_ = json.Unmarshal(raw, &said) // a proxy answers in HTML
	// Whoever answers knows the token, and may repeat it.
	said.Message = strings.TrimRight(plainText(strings.ReplaceAll(said.Message, t.token, "…")), ".")
	p := &partError{reason: cmp.Or(said.Message, fmt.Sprintf("Grafana at %s answers with status %d", t.name, resp.StatusCode))}
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		p.reason = fmt.Sprintf("Grafana at %s does not know the token; it may have expired or been deleted", t.name)
	case status == http.StatusForbidden:
		p.reason = fmt.Sprintf("Grafana at %s does not let this service account upload; give it the role Editor", t.name)
	case status/100 == 3, status == http.StatusBadRequest && strings.HasPrefix(t.name, "http://") && bytes.Contains(raw, []byte("HTTPS")):
		p.reason = fmt.Sprintf("%s leads elsewhere; give the address that Grafana itself has, with https:// if it uses it", t.name)
	case status == http.StatusMethodNotAllowed && said.Message != "":
		p.reason = fmt.Sprintf("Grafana at %s takes no uploads: %s", t.name, said.Message)
	case status == http.StatusMethodNotAllowed, slices.Contains(noSource, said.Message),
		status == http.StatusNotFound && (said.Message == "" || !part):
		p.reason = fmt.Sprintf("Grafana at %s has no data source with the UID %s that takes uploads; the UID is the last part of the address of its settings page", t.name, t.uid)
	case status == http.StatusNotFound, status == http.StatusConflict:
		p.resume = part
	case status == http.StatusRequestEntityTooLarge:
		p.smaller, p.file = true, said.Message != "" && !list
		if said.Message == "" {
			p.reason = fmt.Sprintf("something in front of Grafana at %s lets no files through; allow requests of 4 MB there (in nginx: client_max_body_size 5m)", t.name)
		}
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		p.file = !list
	case status == http.StatusTooManyRequests, status >= 500 && status != http.StatusInsufficientStorage:
		p.again = true
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			p.after = time.Duration(min(s, 3600)) * time.Second
		}
	}
	return p
}

// silence says why there is no answer, and whether there may be one later.
func silence(err error) (reason string, temporary bool) {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, dns := errors.AsType[*net.DNSError](err)
	_, dial := errors.AsType[*net.OpError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	switch {
	case verification:
		return "its certificate cannot be trusted", false
	case record, errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS; its address begins with http:// then", false
	case dns:
		return "its host is not known; check the address and the network", true
	case isNetwork && network.Timeout(), dial:
		return "nobody answers; check the address and the network", true
	}
	return "the connection broke off", true
}

// plainText is a message of another machine, fit for a line of a log.
func plainText(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300])
	}
	return s
}
