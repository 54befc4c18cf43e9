package replay_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) (*iracing.Client, string, string) {
	t.Helper()
	dir := replay.Dir(t)
	srv := httptest.NewServer(replay.New(dir))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	return client, dir, srv.URL
}

func TestEveryRecordingAnswersARequest(t *testing.T) {
	dir := replay.Dir(t)
	served := map[string]bool{}
	for _, r := range replay.Requests() {
		for _, file := range r.Files {
			served[file] = true
		}
	}
	unserved := replay.Unserved()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case unserved[name] != "" && d.IsDir():
			return fs.SkipDir
		case !d.IsDir() && !served[name] && unserved[name] == "":
			t.Errorf("%s is no part of any answer, and no reason is given", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The content of every answer is that of the recording, byte for byte but for white space.
func TestTheClientGetsWhatWasRecorded(t *testing.T) {
	client, dir, _ := start(t)
	for _, rec := range replay.Requests() {
		t.Run(rec.String(), func(t *testing.T) {
			r, err := iracing.NewRequest(rec.Path, rec.Params)
			if err != nil {
				t.Fatal(err)
			}
			a, err := client.Get(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if a.CSV {
				if !strings.HasPrefix(string(a.Body), "DRIVER,CUSTID,") || bytes.Count(a.Body, []byte("\n")) < 2 {
					t.Errorf("a CSV file of %d bytes", len(a.Body))
				}
				return
			}
			if !json.Valid(a.Body) {
				t.Fatalf("the body is no JSON: %.80s", a.Body)
			}
			if len(rec.Files) == 0 {
				return
			}
			last := rec.Files[len(rec.Files)-1]
			raw, err := os.ReadFile(filepath.Join(dir, last))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case strings.Contains(last, ".header"):
				raw = []byte("[]")
			case strings.Contains(last, "export"):
				var file struct{ Data json.RawMessage }
				if err := json.Unmarshal(raw, &file); err != nil {
					t.Fatal(err)
				}
				raw = file.Data
			}
			if !bytes.Equal(compact(t, a.Body), compact(t, raw)) {
				t.Errorf("the body of %d bytes is not the recording's of %d", len(a.Body), len(raw))
			}
			if _, keep := iracing.FreshUntil(r, a); !keep {
				t.Error("it would not be kept")
			}
			delivery := r.Endpoint.Delivery
			chunked := delivery == iracing.LinkChunks || delivery == iracing.LinkData || delivery == iracing.InlineChunks
			if got, want := a.Header != nil, chunked || delivery == iracing.DataURL; got != want {
				t.Errorf("header: %.80s", a.Header)
			}
			if bytes.Contains(a.Header, []byte("X-Amz")) && bytes.Contains(a.Header, []byte("chunk_file_names")) {
				t.Error("the addresses of the chunks are still there")
			}
		})
	}
}

func compact(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	// The recordings are plain UTF-8, what is written anew escapes these three.
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String()))
}

func TestWhatWasNotRecorded(t *testing.T) {
	client, _, url := start(t)
	r, err := iracing.NewRequest("/data/results/get", iracing.Params{"subsession_id": "1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(t.Context(), r); err == nil || !strings.Contains(err.Error(), "knows nothing") {
		t.Errorf("error is %v", err)
	}
	resp, err := http.Get(url + "/data/car/get")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", resp.Status)
	}
}
