package iracing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// HOST stands for the address of the stand-in.
func TestShapes(t *testing.T) {
	files := map[string]string{
		"/a/list":     `[{"race": 1}]`,
		"/a/object":   `{"success":true,"races":[1]}`,
		"/a/header":   `{"success":true,"best":null,"chunk_info":{"chunk_size":500,"rows":3,"num_chunks":99,"base_download_url":"HOST/a/","chunk_file_names":["one?X-Amz-Signature=s%2F1","none","two"]},"more":[{}]}`,
		"/a/below":    `{"type":"stats_world_records","data":{"car_id":1,"chunk_info":{"base_download_url":"HOST/a/","chunk_file_names":["two"]}}}`,
		"/a/null":     `{"success":true,"best":null,"chunk_info":null}`,
		"/a/absent":   `{"success":true,"best":null}`,
		"/a/one":      ` [ {"lap":1} , {"lap":1.50} ] `,
		"/a/none":     "[\n]",
		"/a/two":      `[{"lap":"ü\u00e9"}]`,
		"/a/bad":      `{"lap":1}`,
		"/a/many":     `{"chunk_info":{"base_download_url":"HOST/a/","chunk_file_names":[` + strings.Repeat(`"two",`, 1000) + `"two"]}}`,
		"/a/badchunk": `{"chunk_info":{"base_download_url":"HOST/a/","chunk_file_names":["bad"]}}`,
		"/a/badinfo":  `{"chunk_info":["HOST/a/one"]}`,
		"/a/csv":      "DRIVER,CUSTID\n\"A, B\",1\n",
		"/a/linkish":  `{"link":"HOST/a/list"}`,
	}
	const joined = `[{"lap":1} , {"lap":1.50},{"lap":"ü\u00e9"}]`
	lap := iracing.Params{"subsession_id": "1", "simsession_number": "0"}
	record := iracing.Params{"car_id": "1", "track_id": "1"}
	for _, c := range []struct {
		name, path   string
		params       iracing.Params
		api          string
		header, body string
		csv          bool
		text         string // of the error
	}{
		{name: "inline", path: "/data/constants/categories", api: ` [1] `, body: ` [1] `},
		{name: "inline object", path: "/data/constants/categories", api: `{"link":"HOST/a/list","race":1}`, body: `{"link":"HOST/a/list","race":1}`},
		{name: "a link that is no text", path: "/data/constants/categories", api: `{"link":null}`, body: `{"link":null}`},
		{name: "link", path: "/data/car/get", api: `{"expires":"2026-01-01T00:00:00Z","link":"HOST/a/list"}`, body: `[{"race": 1}]`},
		{name: "link to an object", path: "/data/car/get", api: `{"link":"HOST/a/object"}`, body: `{"success":true,"races":[1]}`},
		{name: "a link behind a link is content", path: "/data/car/get", api: `{"link":"HOST/a/linkish"}`, body: `{"link":"HOST/a/list"}`},
		{
			name: "link and chunks", path: "/data/results/lap_data", params: lap, api: `{"link":"HOST/a/header"}`, body: joined,
			header: `{"success":true,"best":null,"chunk_info":{"chunk_size":500,"num_chunks":99,"rows":3},"more":[{}]}`,
		},
		{name: "chunks of an endpoint that is known for none", path: "/data/car/get", api: `{"link":"HOST/a/below"}`, body: `[{"lap":"ü\u00e9"}]`, header: `{"car_id":1,"chunk_info":{}}`},
		{name: "chunk_info below data", path: "/data/stats/world_records", params: record, api: `{"link":"HOST/a/below"}`, body: `[{"lap":"ü\u00e9"}]`, header: `{"car_id":1,"chunk_info":{}}`},
		{name: "inline and chunks", path: "/data/results/search_series", api: `{"type":"x","data":{"success":true,"chunk_info":{"rows":1,"base_download_url":"HOST/a/","chunk_file_names":["two"]},"params":{}}}`, body: `[{"lap":"ü\u00e9"}]`, header: `{"success":true,"chunk_info":{"rows":1},"params":{}}`},
		{name: "inline without chunks", path: "/data/results/search_series", api: `{"type":"x","data":{"success":true}}`, body: `[]`, header: `{"success":true}`},
		{name: "null chunk_info", path: "/data/results/lap_data", params: lap, api: `{"link":"HOST/a/null"}`, body: `[]`, header: `{"success":true,"best":null,"chunk_info":null}`},
		{name: "null chunk_info below data", path: "/data/stats/world_records", params: record, api: `{"data":{"car_id":1,"chunk_info":null}}`, body: `[]`, header: `{"car_id":1,"chunk_info":null}`},
		{name: "no chunk_info", path: "/data/results/lap_data", params: lap, api: `{"link":"HOST/a/absent"}`, body: `[]`, header: `{"success":true,"best":null}`},
		{name: "rows at once", path: "/data/results/lap_data", params: lap, api: `{"link":"HOST/a/list"}`, body: `[{"race": 1}]`},
		{name: "data_url", path: "/data/member/awards", api: `{"type":"member_awards","data":{"award_count":1},"data_url":"HOST/a/list"}`, body: `[{"race": 1}]`, header: `{"award_count":1}`},
		{name: "csv", path: "/data/driver_stats_by_category/oval", api: `{"link":"HOST/a/csv"}`, body: "DRIVER,CUSTID\n\"A, B\",1\n", csv: true},
		{name: "json where csv was", path: "/data/driver_stats_by_category/oval", api: `{"link":"HOST/a/list"}`, body: `[{"race": 1}]`},
		{name: "text where csv was", path: "/data/driver_stats_by_category/oval", api: `DRIVER`, text: "no JSON"},
		{name: "a chunk that is no list", path: "/data/car/get", api: `{"link":"HOST/a/badchunk"}`, text: "no list of rows"},
		{name: "too many chunks", path: "/data/car/get", api: `{"link":"HOST/a/many"}`, text: "too many"},
		{name: "no list of chunks", path: "/data/car/get", api: `{"link":"HOST/a/badinfo"}`, text: "list of chunks"},
		{name: "an empty link", path: "/data/car/get", api: `{"link":""}`, text: "unexpected address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := ""
			s := newStand(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, strings.ReplaceAll(c.api, "HOST", host))
			}, func(_ int, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/octet-stream")
				if r.URL.Path == "/a/one" {
					time.Sleep(5 * time.Millisecond) // the first chunk comes last
				}
				_, _ = io.WriteString(w, strings.ReplaceAll(files[r.URL.Path], "HOST", host))
			})
			host = s.URL
			client, rec := s.client(t)
			a, err := client.Get(t.Context(), request(t, c.path, c.params))
			if c.text != "" {
				var e *iracing.Error
				if !errors.As(err, &e) || e.Kind != iracing.BadAnswer || !strings.Contains(err.Error(), c.text) {
					t.Errorf("error is %v", err)
				}
				noSecrets(t, err, rec)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.body, c.header = strings.ReplaceAll(c.body, "HOST", host), strings.ReplaceAll(c.header, "HOST", host)
			if string(a.Body) != c.body || string(a.Header) != c.header || a.CSV != c.csv {
				t.Errorf("header %s\nwant   %s\nbody %s\nwant %s", a.Header, c.header, a.Body, c.body)
			}
			if time.Since(a.At) > time.Minute || a.Cached || a.Stale != nil {
				t.Errorf("answered at %v", a.At)
			}
		})
	}
}

// A presigned address is signed to the letter.
func TestLinksAreAskedForAsTheyAre(t *testing.T) {
	client := iracing.New(iracing.Options{})
	defer client.Close()
	for _, line := range []string{
		"/production/data-server/cache/e5d3519d?X-Amz-Expires=60&X-Amz-Signature=abc",
		"/a%2Fb%2fc/%7Ed~/e+f?x=%2F%2f/&y=a+b%20c&&z",
		"/", "/?", "/a?", "/a??b?c", "?a=b",
		"/{a}|b^`\"<>;=,@:$&'()*!", "/a?b={|}^`\"<>[]", "/%41%zz", "/a/./../b", "/a%3Fb?c%23d",
	} {
		_, got := client.Link("https://scorpio-assets.s3.amazonaws.com" + line)
		want := line
		if strings.HasPrefix(line, "?") {
			want = "/" + line
		}
		if got != want && got != "" {
			t.Errorf("%s is asked for as %s", line, got)
		}
		if got == "" && !strings.Contains(line, "%zz") {
			t.Errorf("%s is refused", line)
		}
	}
	// And over the wire, with what Go would have written in another way.
	line := "/a%2Fb/{c}|d^e?X-Amz-Signature=%2f+~{}|"
	s := newStand(t, nil, answer(200, "[]"))
	s.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"link": s.URL + line})
	})
	c, _ := s.client(t)
	if _, err := c.Get(t.Context(), request(t, "/data/car/get", nil)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.lines, []string{line}) {
		t.Errorf("asked for %s, want %s", s.lines, line)
	}
}

func TestWhereLinksMayLead(t *testing.T) {
	iRacing := iracing.New(iracing.Options{})
	standIn := iracing.New(iracing.Options{URL: "http://127.0.0.1:8080/", LinkHosts: []string{"assets.test:81", "Assets2.test"}})
	for _, c := range []struct {
		link             string
		iRacing, standIn bool
	}{
		{"https://scorpio-assets.s3.amazonaws.com/a", true, false},
		{"https://scorpio-assets.s3.us-east-1.amazonaws.com/a", true, false},
		{"https://scorpio-assets.s3-us-gov-west-1.amazonaws.com/a", true, false},
		{"https://scorpio-assets.s3.dualstack.us-east-1.amazonaws.com/a", true, false},
		{"https://SCORPIO-assets.s3.amazonaws.com:443/a", true, false},
		{"https://dqfp1ltauszrc.cloudfront.net/a", true, false},
		{"https://members-assets.iracing.com/a", true, false},
		{"https://images-static.iracing.com/a", true, false},
		{"http://scorpio-assets.s3.amazonaws.com/a", false, false},
		{"https://scorpio-assets.s3.amazonaws.com:8443/a", false, false},
		{"https://other.s3.amazonaws.com/a", false, false},
		{"https://scorpio-assets.s3.amazonaws.com.evil.test/a", false, false},
		{"https://scorpio-assets.s3.evil.amazonaws.com/a", false, false},
		{"https://scorpio-assetsXs3.amazonaws.com/a", false, false},
		{"https://x.cloudfront.net/a", false, false},
		{"https://iracing.com/a", false, false},
		{"https://iracing.com.evil.test/a", false, false},
		{"https://eviliracing.com/a", false, false},
		{"https://members-assets.iracing.com./a", false, false},
		{"https://.iracing.com/a", false, false},
		{"https://a_b.iracing.com/a", false, false},
		{"https://members-assets.iracing.com@evil.test/a", false, false},
		{"https://user:word@members-assets.iracing.com/a", false, false},
		{"https://evil.test#@members-assets.iracing.com/a", false, false},
		{"https://evil.test\\@members-assets.iracing.com/a", false, false},
		{"https://evil.test/@members-assets.iracing.com/a", false, false},
		{"https://members-assets.iracing.com%2Eevil.test/a", false, false},
		{"https://members-assets.iracing.com%00.evil.test/a", false, false},
		{"https:members-assets.iracing.com/a", false, false},
		{"https:///members-assets.iracing.com/a", false, false},
		{"//members-assets.iracing.com/a", false, false},
		{"/a", false, false},
		{"ftp://members-assets.iracing.com/a", false, false},
		{"file:///etc/passwd", false, false},
		{"https://127.0.0.1/a", false, false},
		{"https://169.254.169.254/latest/meta-data/", false, false},
		{"http://169.254.169.254/latest/meta-data/", false, false},
		{"https://metadata.google.internal/computeMetadata/v1/", false, false},
		{"https://[::1]/a", false, false},
		{"https://[fd00:ec2::254]/a", false, false},
		{"https://[::ffff:169.254.169.254]/a", false, false},
		{"https://[fe80::1%25eth0]/a", false, false},
		{"https://2130706433/a", false, false},
		{"https://0x7f.1/a", false, false},
		{"https://localhost/a", false, false},
		{"https://members-assets.iracing.com/a b", false, false},
		{"https://members-assets.iracing.com/a\r\nHost: evil", false, false},
		{"https://members-assets.iracing.com/ä", false, false},
		{"", false, false},

		{"http://127.0.0.1:8080/a", false, true},
		{"https://127.0.0.1:8080/a", false, false},
		{"http://127.0.0.1:8081/a", false, false},
		{"http://127.0.0.1/a", false, false},
		{"http://assets.test:81/a", false, true},
		{"https://assets.test:81/a", false, true},
		{"http://assets.test/a", false, false},
		{"http://assets2.TEST/a", false, true},
		{"http://user@127.0.0.1:8080/a", false, false},
	} {
		if at, _ := iRacing.Link(c.link); (at != "") != c.iRacing {
			t.Errorf("iRacing's link %q is followed: %v", c.link, at != "")
		}
		if at, _ := standIn.Link(c.link); (at != "") != c.standIn {
			t.Errorf("a stand-in's link %q is followed: %v", c.link, at != "")
		}
	}
}

func TestLinksElsewhere(t *testing.T) {
	elsewhere := newStand(t, nil, answer(200, `["`+secretSign+`"]`))
	for _, link := range []string{
		elsewhere.URL + "/a", "http://127.0.0.1/a?" + secretSign, "http://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/a",
		"https://scorpio-assets.s3.amazonaws.com/a", "http://[::1]:80/a",
	} {
		for _, shape := range []string{
			`{"link":%q}`, `{"data":{},"data_url":%q}`, `{"chunk_info":{"base_download_url":%q,"chunk_file_names":[""]}}`,
			`{"chunk_info":{"base_download_url":"","chunk_file_names":[%q]}}`,
		} {
			s := newStand(t, answer(200, fmt.Sprintf(shape, link)), nil)
			client, rec := s.client(t)
			_, err := client.Get(t.Context(), request(t, "/data/car/get", nil))
			var e *iracing.Error
			if !errors.As(err, &e) || e.Kind != iracing.BadAnswer || strings.Contains(err.Error(), "://") {
				t.Errorf("%s: %v", link, err)
			}
			if s.calls.Load() != 1 {
				t.Errorf("iRacing was asked %d times", s.calls.Load())
			}
			noSecrets(t, err, rec)
		}
	}
	if elsewhere.fetched.Load() != 0 {
		t.Error("a link was followed to another server")
	}
	// The name of a chunk must not turn the address before it into something else.
	s := newStand(t, nil, nil)
	s.answers(answer(200, `{"chunk_info":{"base_download_url":"`+s.URL+`","chunk_file_names":["@`+strings.TrimPrefix(elsewhere.URL, "http://")+`/a"]}}`))
	client, _ := s.client(t)
	if _, err := client.Get(t.Context(), request(t, "/data/car/get", nil)); err == nil || elsewhere.fetched.Load() != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestChunks(t *testing.T) {
	const chunks, rows = 60, 50
	var want strings.Builder
	want.WriteString("[")
	for i := range chunks * rows {
		if i > 0 {
			want.WriteString(",")
		}
		fmt.Fprintf(&want, `{"lap":%d}`, i)
	}
	want.WriteString("]")
	chunk := func(n int) string {
		var b strings.Builder
		for i := n * rows; i < (n+1)*rows; i++ {
			fmt.Fprintf(&b, `,{"lap":%d}`, i)
		}
		return "[" + b.String()[1:] + "]"
	}
	header := func(_ int, w http.ResponseWriter, r *http.Request) {
		names := make([]string, chunks)
		for i := range names {
			names[i] = fmt.Sprintf("%d?X-Amz-Signature=%s", i, secretSign)
		}
		list, _ := json.Marshal(names)
		_, _ = fmt.Fprintf(w, `{"chunk_info":{"base_download_url":"http://%s/asset/","chunk_file_names":%s}}`, r.Host, list)
	}
	serve := func(_ int, w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/asset/%d", &n)
		_, _ = io.WriteString(w, chunk(n))
	}
	s := newStand(t, header, serve)
	client, _ := s.client(t)
	a, err := client.Get(t.Context(), request(t, "/data/car/get", nil))
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Body) != want.String() {
		t.Error("the rows are not those of the chunks in order")
	}
	if s.calls.Load() != 1 || s.fetched.Load() != chunks {
		t.Errorf("%d and %d requests", s.calls.Load(), s.fetched.Load())
	}

	// One chunk that has expired: the API is asked for new addresses, once.
	s = newStand(t, header, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 30 {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		serve(n, w, r)
	})
	client, _ = s.client(t)
	if a, err = client.Get(t.Context(), request(t, "/data/car/get", nil)); err != nil || string(a.Body) != want.String() || s.calls.Load() != 2 {
		t.Errorf("%v after %d requests", err, s.calls.Load())
	}

	// One that fails for ever ends the others.
	s = newStand(t, header, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/asset/1" {
			http.Error(w, page, http.StatusInternalServerError)
			return
		}
		serve(n, w, r)
	})
	client, rec := s.client(t)
	var e *iracing.Error
	if _, err = client.Get(t.Context(), request(t, "/data/car/get", nil)); !errors.As(err, &e) || e.Kind != iracing.Unavailable || s.calls.Load() != 1 {
		t.Errorf("%v after %d requests", err, s.calls.Load())
	}
	if s.fetched.Load() > chunks+1 {
		t.Errorf("%d requests", s.fetched.Load())
	}
	noSecrets(t, err, rec)
}

func FuzzResolve(f *testing.F) {
	for _, body := range []string{
		`[]`, `null`, ``, `{"link":"HOST/a"}`, `{"link":"HOST/a","expires":"2026-01-01T00:00:00Z"}`, `{"data":{"a":1},"data_url":"HOST/a"}`,
		`{"chunk_info":{"base_download_url":"HOST/","chunk_file_names":["a","a?b=c"]}}`, `{"type":"x","data":{"chunk_info":null}}`,
		`{"data":{"chunk_info":{"base_download_url":"HOST","chunk_file_names":["/a","@b"]}}}`, `<html>`, `Rate limit exceeded`, `{"link":`,
		`{"link":"https://127.0.0.1/a"}`, `{"link":"HOST/%2f/a"}`,
	} {
		f.Add(body, `[{"a":1}]`)
		f.Add(body, `{"chunk_info":{"base_download_url":"HOST/","chunk_file_names":["a"]}}`)
		f.Add(body, `a,b`)
	}
	var text atomic.Pointer[[2]string] // what the API and the file server answer
	s := newStand(f, nil, nil)
	s.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.ReplaceAll(text.Load()[0], "HOST", s.URL))
	})
	s.asset = func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.ReplaceAll(text.Load()[1], "HOST", s.URL))
	}
	client, _ := s.client(f)
	client.SetWait(func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
	client.SetClock(func() time.Time { return time.Now().Add(time.Duration(s.calls.Load()) * time.Hour) })
	paths := []string{"/data/car/get", "/data/driver_stats_by_category/oval", "/data/results/search_series", "/data/stats/world_records"}
	f.Fuzz(func(t *testing.T, api, file string) {
		text.Store(&[2]string{api, file})
		for _, path := range paths {
			params := iracing.Params{}
			if strings.HasSuffix(path, "records") {
				params = iracing.Params{"car_id": "1", "track_id": "2"}
			}
			before := s.calls.Load()
			a, err := client.Get(t.Context(), request(t, path, params))
			var e *iracing.Error
			switch {
			case err != nil && (!errors.As(err, &e) || a != nil):
				t.Errorf("error is %#v", err)
			case err == nil && !a.CSV && !json.Valid(a.Body):
				t.Errorf("the body is no JSON: %q", a.Body)
			case err == nil && a.Header != nil && !json.Valid(a.Header):
				t.Errorf("the header is no JSON: %q", a.Header)
			}
			if n := s.calls.Load() - before; n > 4 {
				t.Errorf("%d requests", n)
			}
		}
	})
}
