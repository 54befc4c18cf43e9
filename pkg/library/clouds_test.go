package library_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// gcs answers as Google Cloud Storage does, as far as listing, reading and writing go.
func gcs(objects map[string][]byte) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch path := r.URL.Path; {
		case path == "/token":
			_, _ = io.WriteString(w, `{"access_token":"`+secret+`","token_type":"Bearer","expires_in":3600}`)
		case strings.HasPrefix(path, "/upload/storage/v1/b/team/o"):
			body, _ := io.ReadAll(r.Body)
			// The name and the bytes are parts of one body.
			name := r.URL.Query().Get("name")
			if _, after, ok := bytes.Cut(body, []byte(`"name":"`)); ok {
				name, _, _ = strings.Cut(string(after), `"`)
			}
			objects[name] = body
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"name":%q,"bucket":"team","size":"%d"}`, name, len(body))
		case path == "/storage/v1/b/team/o":
			type item struct {
				Name       string `json:"name"`
				Size       string `json:"size"`
				Updated    string `json:"updated"`
				Generation string `json:"generation"`
			}
			var items []item
			for name, content := range objects {
				if strings.HasPrefix(name, r.URL.Query().Get("prefix")) {
					items = append(items, item{name, strconv.Itoa(len(content)), "2025-03-01T14:00:00Z", "1"})
				}
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
		default:
			name, _ := strings.CutPrefix(path, "/team/")
			content, ok := objects[name]
			if !ok {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Header().Set("x-goog-generation", "1")
			serveRange(w, r.Header.Get("Range"), content)
		}
	}
}

func serveRange(w http.ResponseWriter, header string, content []byte) {
	var from, to int
	_, _ = fmt.Sscanf(header, "bytes=%d-%d", &from, &to)
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Last-Modified", day.Format(http.TimeFormat))
	if from >= len(content) {
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	to = min(to, len(content)-1)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(content)))
	w.Header().Set("Content-Length", strconv.Itoa(to-from+1))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(content[from : to+1])
}

// serviceAccount is the JSON of a key whose tokens come from a server.
func serviceAccount(t *testing.T, server string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "reader@example.com", "private_key_id": secret,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": server + "/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// azure answers as Azure Blob Storage does, as far as listing, reading and writing go.
func azure(objects map[string][]byte) http.HandlerFunc {
	var mu sync.Mutex
	blocks := map[string][]byte{}
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		name, _ := strings.CutPrefix(r.URL.Path, "/team/")
		q := r.URL.Query()
		w.Header().Set("x-ms-version", "2025-01-05")
		switch {
		case q.Get("comp") == "list":
			var b strings.Builder
			b.WriteString(`<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>`)
			for name, content := range objects {
				if strings.HasPrefix(name, q.Get("prefix")) {
					fmt.Fprintf(&b, `<Blob><Name>%s</Name><Properties><Last-Modified>%s</Last-Modified><Etag>1</Etag>`+
						`<Content-Length>%d</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>`, name, day.Format(http.TimeFormat), len(content))
				}
			}
			b.WriteString(`</Blobs><NextMarker/></EnumerationResults>`)
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, b.String())
		case r.Method == http.MethodPut && q.Get("comp") == "block":
			blocks[q.Get("blockid")], _ = io.ReadAll(r.Body)
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodPut && q.Get("comp") == "blocklist":
			list, _ := io.ReadAll(r.Body)
			var content []byte
			for _, part := range strings.Split(string(list), "<Latest>")[1:] {
				id, _, _ := strings.Cut(part, "<")
				content = append(content, blocks[id]...)
			}
			objects[name] = content
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodPut:
			objects[name], _ = io.ReadAll(r.Body)
			w.WriteHeader(http.StatusCreated)
		case objects[name] == nil:
			w.Header().Set("x-ms-error-code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
		default:
			serveRange(w, r.Header.Get("x-ms-range"), objects[name])
		}
	}
}

func TestTheOtherClouds(t *testing.T) {
	content := long().Bytes()
	objects := func() map[string][]byte {
		return map[string][]byte{"me/a.ibt": content, "me/notes.txt": []byte("x"), "else.ibt": content}
	}
	key := base64.StdEncoding.EncodeToString([]byte(secret))
	for _, c := range []struct {
		location string
		server   http.HandlerFunc
		creds    func(server string) library.Credentials
	}{
		{"gs://team/me", gcs(objects()), func(s string) library.Credentials {
			return library.Credentials{Secret: serviceAccount(t, s), Endpoint: s}
		}},
		{"gs://team/me?anonymous=true", gcs(objects()), func(s string) library.Credentials { return library.Credentials{Endpoint: s} }},
		{"azblob://team/me", azure(objects()), func(s string) library.Credentials {
			return library.Credentials{KeyID: "acc", Secret: key, Endpoint: s}
		}},
		{"azblob://team/me", azure(objects()), func(s string) library.Credentials {
			return library.Credentials{KeyID: "acc", Secret: "?sv=2025-01-05&sig=" + secret, Endpoint: s}
		}},
		{"azblob://team/me?anonymous=true", azure(objects()), func(s string) library.Credentials { return library.Credentials{Endpoint: s} }},
	} {
		server := httptest.NewServer(c.server)
		store, err := library.OpenURL(c.location, c.creds(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(store.String(), secret) {
			t.Errorf("%s tells the secret", store)
		}
		lib := library.New(store, library.Options{})
		list, notices := sessions(t, lib)
		if len(list) != 1 || list[0].File.Name != "a.ibt" || list[0].Problem != "" || list[0].TimedLaps != 6 || len(notices) != 0 {
			t.Errorf("%s: %+v, %q", c.location, list, notices)
		} else if got := read(t, lib, list[0].ID); len(got) == 0 {
			t.Errorf("%s: nothing is read", c.location)
		}
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(c.location, "anonymous") {
			uploadsTo(t, c.location, c.creds(server.URL))
		}
		server.Close()
	}
}

// uploadsTo sends a file to a bucket and finds it there.
func uploadsTo(t *testing.T, location string, creds library.Credentials) {
	t.Helper()
	dir := t.TempDir()
	d := long()
	d.Laps = d.Laps[:2]
	d.Write(t, dir)
	to, err := library.ToBucket(t.Context(), location, creds)
	if err != nil {
		t.Fatal(err)
	}
	from := mustStore(t, dir)
	sum, err := library.NewUploader(to, library.UploaderOptions{}).Upload(t.Context(), from)
	if err != nil || sum.Sent != 1 || sum.Failed != 0 {
		t.Errorf("%s: %+v, %v", location, sum, err)
	}
	held, err := to.Held(t.Context())
	files, _, listErr := from.List(t.Context())
	if err != nil || listErr != nil || !strings.HasPrefix(location, "gs") && !held(files[0]) {
		t.Errorf("%s: it is not there: %v, %v", location, err, listErr)
	}
	if err := to.Close(); err != nil {
		t.Error(err)
	}
	if err := from.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongWithTheOtherClouds(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte(secret))
	google := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				gcs(nil)(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"error":{"code":%d,"message":"%s %s"}}`, status, r.URL.Path, secret)
		}
	}
	microsoft := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-ms-error-code", code)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, secret)
		}
	}
	for _, c := range []struct {
		location string
		server   http.HandlerFunc
		want     string
	}{
		{"gs://team", google(401), "the credentials are wrong"},
		{"gs://team", google(403), "access is denied"},
		{"gs://team", google(404), "there is no such bucket"},
		{"gs://team", google(503), "overloaded"},
		{"gs://team", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"`+secret+`"}`)
		}, "the service account's key is refused"},
		{"gs://team", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "does not answer as a bucket does"},
		{"azblob://team", microsoft(403, "AuthenticationFailed"), "is wrong or has expired"},
		{"azblob://team", microsoft(403, "AuthorizationPermissionMismatch"), "Storage Blob Data Reader"},
		{"azblob://team", microsoft(404, "ContainerNotFound"), "there is no container of that name"},
		{"azblob://team", microsoft(409, "PublicAccessNotPermitted"), "it is not public"},
		{"azblob://team", microsoft(503, "ServerBusy"), "overloaded"},
		{"azblob://team", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "does not answer as a bucket does"},
	} {
		server := httptest.NewServer(c.server)
		creds := library.Credentials{KeyID: "acc", Secret: key, Endpoint: server.URL}
		if strings.HasPrefix(c.location, "gs") {
			creds = library.Credentials{Secret: serviceAccount(t, server.URL), Endpoint: server.URL}
		}
		store, err := library.OpenURL(c.location, creds)
		if err != nil {
			t.Fatal(err)
		}
		library.TryAgainAtOnce(store)
		_, _, err = store.List(t.Context())
		tellsWell(t, err, c.want)
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
	// A signature in the address of Azure must not be told by an error of the network.
	for _, creds := range []library.Credentials{
		{KeyID: "acc", Secret: "sv=1&sig=" + url.QueryEscape(secret), Endpoint: "http://127.0.0.1:1"},
		{KeyID: "acc", Secret: key, Endpoint: "http://127.0.0.1:1"},
	} {
		store, err := library.OpenURL("azblob://team", creds)
		if err != nil {
			t.Fatal(err)
		}
		library.TryAgainAtOnce(store)
		_, _, err = store.List(t.Context())
		tellsWell(t, err, "nobody answers")
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}
