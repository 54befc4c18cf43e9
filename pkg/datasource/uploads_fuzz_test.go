package datasource_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Whatever Grafana hands on as a request about uploads is answered in JSON, an error with words for the user, and nothing
// gets into the database that the limits, the role and the file's own announcement do not allow.
func FuzzUploads(f *testing.F) {
	const most, together = 1 << 20, 3 << 20
	server := pgtest.Start(f)
	f.Setenv("XDG_CACHE_HOME", f.TempDir())
	d := uploading(f, server.URL, models.Settings{Uploads: true, UploadFileMB: most >> 20, UploadTotalMB: together >> 20})
	file := ibttest.Drive{Laps: []float64{20}}.Bytes()
	sum := fmt.Sprintf("%x", sha256.Sum256(file))
	conn, err := pgx.Connect(f.Context(), server.URL)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close(context.Background()) }) // it read only

	// {id} in an address is the upload that is under way, and {file} and {rest} in a body are the file and its second half.
	announce := func(name string, size int, sum string) []byte {
		return fmt.Appendf(nil, `{"name":%q,"size":%d,"sha256":%q}`, name, size, sum)
	}
	for _, c := range []struct {
		method, path, query string
		body                []byte
	}{
		{"GET", "uploads", "", nil},
		{"GET", "uploads/{id}", "", nil},
		{"POST", "uploads", "", announce("a.ibt", len(file), sum)},
		{"POST", "uploads", "offset=1", announce("deep/er/b.ibt", most, strings.Repeat("0f", 32))},
		{"POST", "uploads", "", announce("../../c.ibt", 1<<62, sum)},
		{"POST", "uploads", "", announce("d.ibt", -1, sum)},
		{"POST", "uploads", "", []byte(`{"name":"e.ibt","size":1e999,"sha256":[]}`)},
		{"POST", "uploads", "", []byte(`{"name":"` + strings.Repeat("n", 1000) + `.ibt","size":9223372036854775807,"sha256":"` + sum + `"}`)},
		{"POST", "uploads", "", []byte("[[[[[[")},
		{"PUT", "uploads/{id}", "offset=0", []byte("{file}")},
		{"PUT", "uploads/{id}", "offset=0", file[:len(file)/2]},
		{"PUT", "uploads/{id}", fmt.Sprintf("offset=%d", len(file)/2), []byte("{rest}")},
		{"PUT", "uploads/{id}", "offset=9223372036854775807", []byte("x")},
		{"PUT", "uploads/{id}", "offset=-1&offset=0", []byte("x")},
		{"PUT", "uploads/{id}", "offset=0;x=%zz", nil},
		{"PUT", "uploads/%2e%2e%2f", "offset=0", []byte("x")},
		{"PUT", "//uploads//x/../{id}", "offset=0", []byte("x")},
		{"DELETE", "uploads/{id}", "", nil},
		{"DELETE", "uploads/00000000000000000000000000000000'; drop", "", nil},
		{"PATCH", "uploads/\x00", "\x00", []byte("\x00")},
		{"", "", "", nil},
	} {
		for _, role := range []string{"Editor", "Viewer"} {
			f.Add(c.method, c.path, c.query, "Content-Length", "99999999999", role, c.body)
		}
	}
	f.Fuzz(func(t *testing.T, method, path, query, header, value, role string, body []byte) {
		editor := role == "Editor" || role == "Admin"
		_, raw := d.call(t, "Editor", http.MethodPost, "uploads", "", nil, announce("a.ibt", len(file), sum))
		var u models.Upload
		if err := json.Unmarshal(raw, &u); err != nil || u.ID == "" {
			// Other files have taken the room: a fuzzer that announces files fills it in the end.
			if _, err := conn.Exec(t.Context(), "delete from iracing.uploads"); err != nil {
				t.Fatal(err)
			}
			return
		}
		path = strings.ReplaceAll(path, "{id}", u.ID)
		body = []byte(strings.NewReplacer("{file}", string(file), "{rest}", string(file[len(file)/2:])).Replace(string(body)))
		before := held(t, conn)
		status, answer := d.call(t, role, method, path, query, map[string][]string{header: {value}}, body)
		if status == 0 || status/100 == 3 {
			// No request can be made of it, or its address has slashes and dots too many, and leads to the one without.
			if after := held(t, conn); after != before {
				t.Fatalf("%s %q changes %+v into %+v", method, path, before, after)
			}
			return
		}
		var said struct{ Message string }
		if problem := json.Unmarshal(answer, &said); status >= 400 && (problem != nil || said.Message == "") || !json.Valid(answer) {
			t.Fatalf("%s %q?%q: status %d, %.300q", method, path, query, status, answer)
		}
		if status == http.StatusInternalServerError || status == http.StatusBadGateway {
			t.Fatalf("%s %q?%q: status %d, %s", method, path, query, status, said.Message)
		}
		after := held(t, conn)
		if !editor && after != before {
			t.Fatalf("as %q %s %q changes %+v into %+v", role, method, path, before, after)
		}
		if after.files > 0 && (after.announced > together || after.largest > most || after.beyond) {
			t.Fatalf("%s %q: the database holds %+v", method, path, after)
		}
	})
}

// content is what of uploads is in a database.
type content struct {
	files, announced, largest, received int64
	beyond                              bool // more than was announced, or than the answers tell
}

func held(t *testing.T, conn *pgx.Conn) (c content) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `select count(*), coalesce(sum(size_bytes), 0)::bigint, coalesce(max(size_bytes), 0), coalesce(sum(received_bytes), 0)::bigint,
		coalesce(bool_or(received_bytes > size_bytes or chunks <> (received_bytes + $1 - 1) / $1), false)
		from iracing.uploads u, lateral (select count(*) as chunks from iracing.file_chunks f where f.upload_id = u.upload_id) c`, int64(store.FileChunk)).
		Scan(&c.files, &c.announced, &c.largest, &c.received, &c.beyond)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// uploader is a data source that takes uploads.
type uploader struct{ *datasource.Datasource }

func uploading(t testing.TB, dsn string, settings models.Settings) uploader {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	settings.DatabaseHost, settings.DatabaseName, settings.DatabaseUser = u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
	settings.DatabaseTLS = models.DatabaseTLSDisable
	js, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{JSONData: js})
	if err != nil {
		t.Fatal(err)
	}
	d := inst.(*datasource.Datasource)
	t.Cleanup(d.Dispose)
	return uploader{d}
}

// call sends a request; the status is 0 when there can be none like that.
func (u uploader) call(t *testing.T, role, method, path, query string, headers map[string][]string, body []byte) (status int, answer []byte) {
	t.Helper()
	err := u.CallResource(t.Context(), &backend.CallResourceRequest{
		PluginContext: backend.PluginContext{User: &backend.User{Role: role}},
		Method:        method, Path: path, URL: path + "?" + query, Headers: headers, Body: body,
	}, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		if part.Status != 0 {
			status = part.Status
		}
		answer = append(answer, part.Body...)
		return nil
	}))
	if err != nil {
		return 0, nil
	}
	return status, answer
}
