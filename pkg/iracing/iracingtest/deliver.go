package iracingtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// delivery is how an endpoint hands out its answer.
type delivery string

const (
	inline       delivery = "inline"
	linked       delivery = "link"
	linkedChunks delivery = "link+chunks"
	linkedData   delivery = "link+data"
	inlineChunks delivery = "inline+chunks"
	dataURL      delivery = "data_url"
	linkedCSV    delivery = "link+csv"
)

// answer is what an endpoint has to say, before it is delivered.
type answer struct {
	body   any    // the content
	header obj    // what comes before rows, or the data of a data_url
	rows   []any  // the rows of a chunked answer; nil means chunk_info is null, or absent for laps
	csv    []byte // the content of a CSV file
	size   int    // rows of a chunk; 0 means 500
	public string // path of the chunks on the open host; empty means signed ones
	table  string // the whole table as CSV, for csv_url; empty means none
	folder string // the folder of the object behind a link
}

// store keeps the objects that answers lead to, until they have expired or there are too many.
type store struct {
	mu      sync.Mutex
	objects map[string]*object
	order   []*object
	size    int
}

type object struct {
	path   string
	body   []byte
	kind   string
	chunks bool // lies on the open host and needs no signature
}

// keep is how many bytes of objects are kept.
const keep = 48 << 20

func (s *store) put(o *object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = map[string]*object{}
	}
	if old := s.objects[o.path]; old != nil {
		// Somebody may be reading the old one: it is replaced, not changed.
		s.size -= len(old.body)
		s.order = slices.DeleteFunc(s.order, func(other *object) bool { return other == old })
	}
	s.objects[o.path] = o
	s.order = append(s.order, o)
	s.size += len(o.body)
	for s.size > keep && len(s.order) > 1 {
		s.size -= len(s.order[0].body)
		delete(s.objects, s.order[0].path)
		s.order = s.order[1:]
	}
}

func (s *store) get(path string) *object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[path]
}

// hashed is a name made from a content.
func hashed(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// sign adds the query of a presigned address to a path.
func (s *Server) sign(path string, life time.Duration) string {
	at := s.now().UTC()
	text := path + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=FAKEACCESSKEY%2F" + at.Format("20060102") +
		"%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=" + at.Format("20060102T150405Z") + "&X-Amz-Expires=" + strconv.Itoa(int(life.Seconds())) +
		"&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2F%2B3D%3D&X-Amz-SignedHeaders=host&x-id=GetObject"
	return text + "&X-Amz-Signature=" + signature(text)
}

func signature(text string) string {
	mac := hmac.New(sha256.New, []byte("the fake iRacing's own key"))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// host is the address of a host of files.
func (s *Server) host(p part) string { return "http://" + s.front(p).public }

// link puts an object behind a presigned link.
func (s *Server) link(path, kind string, body []byte) string {
	s.store.put(&object{path: path, body: body, kind: kind})
	return s.host(partLinks) + s.sign(path, s.options.LinkLife)
}

// objectKind is the content type of an object: not always the one of its content, as with the real ones.
func objectKind(path string) string {
	if strings.HasSuffix(path, ".csv") {
		return "text/csv"
	}
	if len(path)%2 == 0 {
		return "application/octet-stream"
	}
	return "application/json"
}

// deliver hands out an answer.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, e *endpoint, a *answer) {
	f := s.faults.match(API, r.URL.Path, true)
	expires := s.now().UTC().Add(time.Duration(e.expires) * time.Second).Format("2006-01-02T15:04:05.000Z")
	id := requestID(r.URL.RequestURI(), s.now())
	path := "/production/data-server/cache/data-services" + strings.TrimPrefix(e.path, "/data") + "/" + id
	if a.folder != "" {
		path = a.folder
	}
	var value any
	switch e.delivery {
	case inline:
		value = a.body
	case inlineChunks:
		header, err := s.chunked(r, f, a)
		if err != nil {
			apiError(w, http.StatusInternalServerError, "")
			return
		}
		value = obj{"type": e.kind, "data": header}
	case dataURL:
		body, err := json.Marshal(a.body)
		if err != nil {
			apiError(w, http.StatusInternalServerError, "")
			return
		}
		value = obj{"type": e.kind, "data": a.header, "data_url": s.spoil(f, s.link(path, objectKind(path), body))}
	default:
		body, kind, err := a.csv, "text/csv", error(nil)
		switch e.delivery {
		case linked:
			body, err = json.Marshal(a.body)
			kind = objectKind(path)
		case linkedChunks, linkedData:
			var header obj
			if header, err = s.chunked(r, f, a); err == nil {
				var content any = header
				if e.delivery == linkedData {
					content = obj{"type": e.kind, "data": header}
				}
				body, err = json.Marshal(content)
				kind = objectKind(path)
			}
		}
		if err != nil {
			apiError(w, http.StatusInternalServerError, "")
			return
		}
		value = obj{"link": s.spoil(f, s.link(path, kind, body)), "expires": expires}
	}
	body, err := json.Marshal(value)
	if err != nil {
		apiError(w, http.StatusInternalServerError, "")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age="+strconv.Itoa(min(60, e.expires)))
	w.Header().Set("ETag", fmt.Sprintf(`W/"%x-%s"`, len(body), hashed(string(body))[:27]))
	w.WriteHeader(http.StatusOK)
	s.send(w, r, f, body)
}

// spoil changes a link as a fault would have it.
func (s *Server) spoil(f *Fault, link string) string {
	switch {
	case f == nil:
	case f.Do == LeadsTo:
		return f.Link
	case f.Do == Signed:
		u, err := url.Parse(link)
		if err != nil {
			return link
		}
		return s.host(partLinks) + s.sign(u.EscapedPath(), -time.Minute)
	}
	return link
}

// chunked puts the rows of an answer into chunks and answers its header with chunk_info.
func (s *Server) chunked(r *http.Request, f *Fault, a *answer) (obj, error) {
	header := obj{}
	maps.Copy(header, a.header)
	if f != nil && f.Do == NullChunks {
		header["chunk_info"] = nil
		return header, nil
	}
	if a.rows == nil {
		if a.public == "" {
			header["chunk_info"] = nil
		}
		return header, nil
	}
	size := orInt(a.size, 500)
	folder, host := a.public, s.host(partChunks)
	if folder == "" {
		folder, host = "/members/messaging-services/short_lived"+strings.TrimPrefix(r.URL.Path, "/data")+"/"+hashed(r.URL.RequestURI())[:32]+"/", s.host(partLinks)
	}
	names := []string{}
	for from := 0; from < len(a.rows); from += size {
		body, err := json.Marshal(a.rows[from:min(len(a.rows), from+size)])
		if err != nil {
			return nil, fmt.Errorf("encoding rows: %w", err)
		}
		last := from+size >= len(a.rows)
		if f != nil && f.Do == WrongChunk && last {
			body = []byte(`{"rows":"none"}`)
		}
		name := hashed(string(body)) + ".json"
		if f == nil || f.Do != NoChunk || !last {
			s.store.put(&object{path: folder + name, body: body, kind: objectKind(folder + name), chunks: a.public != ""})
		}
		if a.public == "" {
			signed := s.sign(folder+name, time.Hour)
			name = strings.TrimPrefix(signed, folder)
		}
		names = append(names, name)
	}
	header["chunk_info"] = obj{
		"chunk_size": size, "num_chunks": len(names), "rows": len(a.rows), "base_download_url": host + folder, "chunk_file_names": names,
	}
	if a.table != "" {
		path := folder + "export.csv"
		header["csv_url"] = s.link(path, "text/csv", []byte(a.table))
	}
	return header, nil
}

// serveAsset answers for the hosts of files. It looks at addresses as they were sent: one that was written anew is
// another address.
func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "AmazonS3")
	w.Header().Set("X-Amz-Request-Id", strings.ToUpper(requestID(r.URL.Path, s.now())[:16]))
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		assetError(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	o := s.store.get(path)
	if o == nil && strings.HasPrefix(path, "/img/") {
		s.serveImage(w)
		return
	}
	if r.Header.Get("Authorization") != "" {
		assetError(w, http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
		return
	}
	if o == nil || !o.chunks {
		if code, message := s.refuses(path, query); code != "" {
			assetError(w, http.StatusForbidden, code, message)
			return
		}
	}
	if o == nil {
		assetError(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	f := s.faults.match(Asset, r.URL.Path, true)
	w.Header().Set("Content-Type", o.kind)
	w.Header().Set("ETag", `"`+hashed(string(o.body))[:32]+`"`)
	w.Header().Set("Cache-Control", "max-age=60")
	w.Header().Set("Accept-Ranges", "bytes")
	if f == nil {
		w.Header().Set("Content-Length", strconv.Itoa(len(o.body)))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		s.send(w, r, f, o.body)
	}
}

// refuses checks the signature and the age of an address.
func (s *Server) refuses(path, query string) (code, message string) {
	text, sign, ok := strings.Cut(path+"?"+query, "&X-Amz-Signature=")
	if !ok {
		return "AccessDenied", "Access Denied"
	}
	if !hmac.Equal([]byte(sign), []byte(signature(text))) {
		return "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "AuthorizationQueryParametersError", "The query cannot be read."
	}
	at, err := time.Parse("20060102T150405Z", values.Get("X-Amz-Date"))
	life, err2 := strconv.Atoi(values.Get("X-Amz-Expires"))
	if err != nil || err2 != nil || !s.now().Before(at.Add(time.Duration(life)*time.Second)) {
		return "AccessDenied", "Request has expired"
	}
	return "", ""
}

// assetError answers an error of the hosts of files.
func assetError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}

// serveImage answers a picture of one grey pixel for every image.
func (s *Server) serveImage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="#888"/></svg>`)
}

// requestID is an id such as the real service gives its answers.
func requestID(path string, at time.Time) string {
	h := hashed(path, at.Format(time.RFC3339Nano))
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// keepLink puts a value behind a link that lives for a week.
func (s *Server) keepLink(path string, value any) string {
	if s.store.get(path) == nil {
		body, err := json.Marshal(value)
		if err != nil {
			body = []byte("null")
		}
		s.store.put(&object{path: path, body: body, kind: "application/json"})
	}
	return s.host(partLinks) + s.sign(path, 7*24*time.Hour)
}
