package iracingtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// The endpoints and their parameters are those that the client knows.
func TestEndpointsAreTheClients(t *testing.T) {
	want := map[string]string{}
	for _, e := range iracing.Endpoints() {
		if !strings.HasPrefix(e.Path, "/data/") {
			continue
		}
		var names []string
		for _, p := range e.Params {
			name := p.Name
			if p.Required {
				name += "*"
			}
			if p.Type != iracing.Tags {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		want[e.Path] = strings.Join(names, " ") + " " + string(e.Delivery)
	}
	for _, path := range Paths() {
		e := endpointAt(path)
		names := strings.Fields(e.params)
		slices.Sort(names)
		if got := strings.Join(names, " ") + " " + string(e.delivery); got != want[path] {
			t.Errorf("%s has %q; the client's table %q", path, got, want[path])
		}
		delete(want, path)
	}
	if len(want) != 0 || len(Paths()) != 74 {
		t.Errorf("%d endpoints; missing are %v", len(Paths()), want)
	}
}

func TestSignature(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.Now = func() time.Time { return now } })
	for name, c := range map[string]struct {
		path, query, token string
		status             int
	}{
		"without a token":          {"/data/member/info", "", "", 401},
		"with a wrong token":       {"/data/member/info", "", "wrong", 401},
		"an unknown endpoint":      {"/data/member/nothing", "", v.token, 404},
		"a missing parameter":      {"/data/results/get", "", v.token, 400},
		"a parameter of no type":   {"/data/results/get", "subsession_id=abc", v.token, 400},
		"a boolean that is none":   {"/data/results/get", "subsession_id=1&include_licenses=1", v.token, 400},
		"an unknown parameter":     {"/data/member/info", "SubsessionID=1", v.token, 400},
		"a parameter twice":        {"/data/member/get", "cust_ids=1&cust_ids=2", v.token, 400},
		"an unknown race":          {"/data/results/get", "subsession_id=1", v.token, 404},
		"an unknown season":        {"/data/series/season_schedule", "season_id=1", v.token, 404},
		"a list that is none":      {"/data/member/get", "cust_ids=1,b", v.token, 400},
		"a chart of no type":       {"/data/member/chart_data", "category_id=5&chart_type=9", v.token, 400},
		"half a season":            {"/data/series/season_list", "season_year=2026", v.token, 400},
		"a list of one":            {"/data/member/get", "cust_ids=1", v.token, 200},
		"the document":             {"/data/doc", "", v.token, 200},
		"the document of one":      {"/data/doc/results/get", "", v.token, 200},
		"a document there is none": {"/data/doc/results/nothing", "", v.token, 404},
	} {
		r := v.do(http.MethodGet, v.URL+c.path+"?"+c.query, c.token, nil)
		if r.status != c.status {
			t.Errorf("%s: %d %s; want %d", name, r.status, r.body, c.status)
		}
		if c.status != 200 && !strings.Contains(string(r.body), `"error"`) {
			t.Errorf("%s: %s", name, r.body)
		}
		for _, header := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-iRacing-Id"} {
			if r.header.Get(header) == "" {
				t.Errorf("%s: no header %s", name, header)
			}
		}
	}
	if r := v.do(http.MethodPost, v.URL+"/data/member/info", v.token, nil); r.status != 405 {
		t.Errorf("POST: %d", r.status)
	}
	now = now.Add(601 * time.Second)
	if r := v.api("/data/member/info", ""); r.status != 401 {
		t.Errorf("after its ten minutes the token is good: %d", r.status)
	}
}

func TestWindows(t *testing.T) {
	v := fake(t, nil)
	me := text(v.me())
	for name, c := range map[string]struct {
		path, query string
		status      int
	}{
		"nothing given":         {"/data/results/search_series", "", 400},
		"only a driver":         {"/data/results/search_series", "cust_id=" + me, 400},
		"half a season":         {"/data/results/search_series", "season_year=2026", 400},
		"a season":              {"/data/results/search_series", "season_year=2026&season_quarter=4", 200},
		"90 days":               {"/data/results/search_series", "start_range_begin=2026-01-01T00:00Z&start_range_end=2026-04-01T00:00Z", 200},
		"91 days":               {"/data/results/search_series", "start_range_begin=2026-01-01T00:00Z&start_range_end=2026-04-02T00:00Z", 400},
		"an end before":         {"/data/results/search_series", "start_range_begin=2026-01-02T00:00Z&start_range_end=2026-01-01T00:00Z", 400},
		"an end alone":          {"/data/results/search_series", "start_range_end=2026-01-01T00:00Z", 400},
		"open and recent":       {"/data/results/search_series", "finish_range_begin=2026-11-01T00:00:00Z", 200},
		"open and long ago":     {"/data/results/search_series", "finish_range_begin=2026-01-01T00:00Z", 400},
		"a time that is none":   {"/data/results/search_series", "finish_range_begin=yesterday", 400},
		"hosted with no name":   {"/data/results/search_hosted", "start_range_begin=2026-11-01T00:00Z", 400},
		"hosted with no range":  {"/data/results/search_hosted", "cust_id=" + me, 400},
		"hosted of a driver":    {"/data/results/search_hosted", "start_range_begin=2026-10-01T00:00Z&cust_id=" + me, 200},
		"hosted of a host":      {"/data/results/search_hosted", "start_range_begin=2026-10-01T00:00Z&host_cust_id=" + me, 200},
		"hosted of a name":      {"/data/results/search_hosted", "start_range_begin=2026-10-01T00:00Z&session_name=league", 200},
		"a week numbered zero":  {"/data/results/search_series", "season_year=2026&season_quarter=4&race_week_num=0", 200},
		"with types of events":  {"/data/results/search_series", "season_year=2026&season_quarter=4&event_types=2,4", 200},
		"with some categories":  {"/data/results/search_series", "season_year=2026&season_quarter=4&category_ids=1", 200},
		"a season there is not": {"/data/results/search_series", "season_year=1999&season_quarter=1", 200},
	} {
		if r := v.api(c.path, c.query); r.status != c.status {
			t.Errorf("%s: %d %s; want %d", name, r.status, r.body, c.status)
		}
	}
	// The end of a window is outside it.
	var rows, before, after []searchRecord
	v.into("/data/results/search_series", "finish_range_begin=2026-11-01T00:00Z", &rows)
	at := rows[len(rows)/2].End.Format("2006-01-02T15:04:05Z")
	v.into("/data/results/search_series", "finish_range_begin=2026-11-01T00:00Z&finish_range_end="+at, &before)
	v.into("/data/results/search_series", "finish_range_begin="+at, &after)
	if len(before)+len(after) != len(rows) || slices.ContainsFunc(before, func(r searchRecord) bool { return !r.End.Before(rows[len(rows)/2].End) }) {
		t.Errorf("%d rows, %d before and %d after one of them", len(rows), len(before), len(after))
	}
	var weeks []searchRecord
	v.into("/data/results/search_series", "season_year=2026&season_quarter=4&race_week_num=0", &weeks)
	if len(weeks) == 0 || slices.ContainsFunc(weeks, func(r searchRecord) bool { return r.Week != 0 }) {
		t.Errorf("week 0 has %d rows", len(weeks))
	}
}

func TestLinks(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.Now = func() time.Time { return now } })
	link := v.decode(v.api("/data/car/get", "").body).(map[string]any)["link"].(string)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(v.LinkHosts, u.Host) || u.Host == strings.TrimPrefix(v.URL, "http://") {
		t.Errorf("the link leads to %s; the hosts are %v", u.Host, v.LinkHosts)
	}
	if r := v.do(http.MethodGet, link, "", nil); r.status != 200 || r.header.Get("ETag") == "" {
		t.Errorf("the link: %d", r.status)
	}
	if r := v.do(http.MethodGet, link, v.token, nil); r.status != 400 || !strings.Contains(string(r.body), "InvalidArgument") {
		t.Errorf("the link with a token: %d %s", r.status, r.body)
	}
	sorted := *u
	sorted.RawQuery = u.Query().Encode()
	for name, address := range map[string]string{
		"a query written anew": sorted.String(), "a query without its escapes": strings.ReplaceAll(link, "%2F", "/"),
		"no signature": link[:strings.Index(link, "&X-Amz-Signature")], "another object": strings.Replace(link, "/car/", "/caz/", 1),
	} {
		if r := v.do(http.MethodGet, address, "", nil); address != link && r.status != 403 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	now = now.Add(119 * time.Second)
	if r := v.do(http.MethodGet, link, "", nil); r.status != 200 {
		t.Errorf("after 119 s: %d", r.status)
	}
	now = now.Add(2 * time.Second)
	if r := v.do(http.MethodGet, link, "", nil); r.status != 403 || !strings.Contains(string(r.body), "expired") {
		t.Errorf("after 121 s: %d %s", r.status, r.body)
	}
	if r := v.do(http.MethodGet, v.URL+u.Path, v.token, nil); r.status != 404 {
		t.Errorf("the object is at the API's address: %d", r.status)
	}
	head := v.api("/data/car/get", "").header
	if head.Get("ETag") == "" || head.Get("Cache-Control") == "" {
		t.Errorf("the headers are %v", head)
	}
}

func TestRateLimit(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.PerMinute, o.Now = 5, func() time.Time { return now } })
	for i := range 5 {
		r := v.api("/data/constants/divisions", "")
		if left := r.header.Get("X-RateLimit-Remaining"); r.status != 200 || left != strconv.Itoa(4-i) {
			t.Errorf("request %d: %d with %s left", i, r.status, left)
		}
	}
	r := v.api("/data/constants/divisions", "")
	if r.status != 429 || string(r.body) != "Rate limit exceeded" || r.header.Get("X-RateLimit-Reset") != strconv.FormatInt(now.Add(time.Minute).Unix(), 10) {
		t.Errorf("%d %s %v", r.status, r.body, r.header)
	}
	now = now.Add(time.Minute)
	if r := v.api("/data/constants/divisions", ""); r.status != 200 {
		t.Errorf("in the next minute: %d", r.status)
	}
	if n := v.MaxRate(time.Hour); n != 7 {
		t.Errorf("the most within an hour are %d", n)
	}
}

// The files that need no sign-in.
func TestPublicFiles(t *testing.T) {
	v := fake(t, nil)
	if r := v.do(http.MethodGet, v.StatusURL, "", nil); r.status != 200 || !strings.Contains(string(r.body), "Race Results Processing") {
		t.Errorf("status: %d %.200s", r.status, r.body)
	}
	index := v.decode(v.do(http.MethodGet, v.TimeAttackURL+"time_attack_schedule_index.json", "", nil).body).(map[string]any)
	name, _ := index["ta_schedule_filename"].(string)
	if r := v.do(http.MethodGet, v.TimeAttackURL+name+".json", "", nil); r.status != 200 || !strings.Contains(string(r.body), "comp_season_id") {
		t.Errorf("schedule: %d %.200s", r.status, r.body)
	}
	if r := v.do(http.MethodGet, v.TimeAttackURL+"nothing.json", "", nil); r.status != 403 {
		t.Errorf("a schedule there is not: %d", r.status)
	}
}

// A private league's results are not for others.
func TestPrivateLeague(t *testing.T) {
	v := fake(t, nil)
	var rows []searchRecord
	v.into("/data/results/search_hosted", "start_range_begin=2026-10-01T00:00Z&session_name=lantern+oval", &rows)
	if len(rows) == 0 {
		t.Fatal("the league has no races")
	}
	query := fmt.Sprintf("subsession_id=%d", rows[0].Subsession)
	for path, query := range map[string]string{
		"/data/results/get": query, "/data/results/lap_chart_data": query + "&simsession_number=0", "/data/results/event_log": query + "&simsession_number=0",
	} {
		if r := v.api(path, query); r.status != 403 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

func TestOneHost(t *testing.T) {
	v := fake(t, func(o *Options) { o.OneHost = true })
	host := strings.TrimPrefix(v.URL, "http://")
	if len(v.LinkHosts) != 1 || v.LinkHosts[0] != host || !strings.HasPrefix(v.OAuthURL, v.URL) || !strings.HasPrefix(v.StatusURL, v.URL) {
		t.Errorf("%s %v %s %s", v.URL, v.LinkHosts, v.OAuthURL, v.StatusURL)
	}
	var rows []searchRecord
	v.into("/data/results/search_series", "season_year=2026&season_quarter=4", &rows)
	var laps []lapRecord
	v.into("/data/results/lap_chart_data", fmt.Sprintf("subsession_id=%d&simsession_number=0", rows[len(rows)-1].Subsession), &laps)
	if len(rows) == 0 || len(laps) == 0 {
		t.Errorf("%d rows, %d laps", len(rows), len(laps))
	}
	if r := v.do(http.MethodGet, v.StatusURL, "", nil); r.status != 200 {
		t.Errorf("status: %d", r.status)
	}
}

func TestOffline(t *testing.T) {
	v := fake(t, nil)
	v.Offline()
	if _, err := v.http.Get(v.URL + "/data/constants/divisions"); err == nil {
		t.Error("it answers though it is offline")
	}
	if err := v.Online(); err != nil {
		t.Fatal(err)
	}
	if r := v.api("/data/constants/divisions", ""); r.status != 200 {
		t.Errorf("back online: %d", r.status)
	}
}

func TestLog(t *testing.T) {
	v := fake(t, nil)
	v.get("/data/car/get", "")
	v.do(http.MethodGet, v.StatusURL, "", nil)
	v.api("/data/results/get", "subsession_id=5")
	log := v.Log()
	var got []string
	for _, q := range log {
		got = append(got, fmt.Sprintf("%s %d %s", q.Kind, q.Status, q.Query))
	}
	if want := []string{"api 200 ", "asset 200 ", "public 200 ", "api 404 subsession_id=5"}; !slices.Equal(got, want) {
		t.Errorf("the log has %q", got)
	}
	if v.Count(API, "/data/car") != 1 || v.Count(API, "") != 2 || v.Requests()[API]["/data/results/get"] != 1 {
		t.Errorf("%v", v.Requests())
	}
	for _, q := range log {
		if strings.Contains(fmt.Sprint(q), v.token) || strings.Contains(fmt.Sprint(q), "Signature") {
			t.Errorf("the log holds a secret: %v", q)
		}
	}
	v.ResetLog()
	if len(v.Log()) != 0 {
		t.Error("the log is not empty")
	}
}

// Each fault does what it says, after as many and as often as it says.
func TestFaults(t *testing.T) {
	v := fake(t, nil)
	var rows []searchRecord
	v.into("/data/results/search_series", "season_year=2026&season_quarter=4", &rows)
	chart := fmt.Sprintf("subsession_id=%d&simsession_number=0", rows[len(rows)-1].Subsession)
	for does, want := range map[Does]string{
		BadRequest: "400 application/json", Forbidden: "403 application/json", NotFound: "404 application/json", LimitText: "429 text/plain",
		LimitJSON: "429 application/json", LimitHidden: "200 text/plain", Failed: "500 application/json", Maintenance: "503 application/json",
		GatewayHTML: "504 text/html", PageHTML: "200 text/html", NotJSON: "200 application/json", Unauthorized: "401 application/json", //nolint:misspell // the spelling of the API
		Redirect: "302 text/html",
	} {
		off := v.Fault(Fault{Path: "/data/constants/cat", Do: does, After: 1, Count: 2, Link: "/elsewhere"})
		for i := range 4 {
			r := v.api("/data/constants/categories", "")
			got := strconv.Itoa(r.status) + " " + strings.Split(r.header.Get("Content-Type"), ";")[0]
			if struck := i == 1 || i == 2; struck && got != want || !struck && r.status != 200 {
				t.Errorf("%s: request %d answers %s", does, i, got)
			}
		}
		if r := v.api("/data/constants/divisions", ""); r.status != 200 {
			t.Errorf("%s strikes another path", does)
		}
		off()
	}
	for does, check := range map[Does]func(link string) bool{
		Signed:  func(link string) bool { return v.do(http.MethodGet, link, "", nil).status == 403 },
		LeadsTo: func(link string) bool { return link == "http://169.254.169.254/" },
	} {
		off := v.Fault(Fault{Do: does, Link: "http://169.254.169.254/"})
		if link := v.decode(v.api("/data/car/get", "").body).(map[string]any)["link"].(string); !check(link) {
			t.Errorf("%s: %s", does, link)
		}
		off()
	}
	chunk := func() (any, int) {
		header := v.decode(v.follow(v.decode(v.api("/data/results/lap_chart_data", chart).body).(map[string]any)["link"].(string))).(map[string]any)
		info, ok := header["chunk_info"].(map[string]any)
		if !ok {
			return header["chunk_info"], 0
		}
		names := info["chunk_file_names"].([]any)
		r := v.do(http.MethodGet, info["base_download_url"].(string)+names[len(names)-1].(string), "", nil)
		return string(r.body[:min(5, len(r.body))]), r.status
	}
	off := v.Fault(Fault{Do: NullChunks})
	if info, _ := chunk(); info != nil {
		t.Errorf("chunk_info is %v", info)
	}
	off()
	off = v.Fault(Fault{Do: WrongChunk})
	if start, status := chunk(); status != 200 || start != `{"row` {
		t.Errorf("the chunk is %v %d", start, status)
	}
	off()
	other := fake(t, nil) // which has not served the chunk before
	off = other.Fault(Fault{Do: NoChunk})
	v = other
	if _, status := chunk(); status != 403 && status != 404 {
		t.Errorf("the missing chunk answers %d", status)
	}
	off()
	for _, does := range []Does{CutBody, Drop, Hang, HugeBody, Slow, Late} {
		off := v.Fault(Fault{Do: does, Count: 1, Delay: 50 * time.Millisecond})
		client := http.Client{Transport: v.http.Transport, Timeout: 300 * time.Millisecond}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.URL+"/data/constants/divisions", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+v.token)
		res, err := client.Do(r)
		n := int64(0)
		if err == nil {
			n, err = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<20))
			_ = res.Body.Close()
		}
		if good := does == Slow || does == Late; good != (err == nil) && does != HugeBody || does == HugeBody && n < 1<<20 {
			t.Errorf("%s: %d bytes, %v", does, n, err)
		}
		off()
	}
	v.Fault(Fault{Do: Expired, Count: 1})
	if r := v.api("/data/constants/divisions", ""); r.status != 401 {
		t.Errorf("an expired token: %d", r.status)
	}
	if r := v.api("/data/constants/divisions", ""); r.status != 401 {
		t.Errorf("the same token again: %d", r.status)
	}
	v.token = v.Credentials.NewAccessToken()
	if r := v.api("/data/constants/divisions", ""); r.status != 200 {
		t.Errorf("a new token: %d", r.status)
	}
	v.Fault(Fault{Do: Maintenance})
	v.ClearFaults()
	if r := v.api("/data/constants/divisions", ""); r.status != 200 {
		t.Errorf("with no faults: %d", r.status)
	}
}

// Many may ask at once, and while the world goes on.
func TestManyAtOnce(t *testing.T) {
	var mu sync.Mutex
	now := noon
	v := fake(t, func(o *Options) {
		o.Now = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
		o.AccessLife = 1000 * time.Hour
		o.LinkLife = 1000 * time.Hour
	})
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for _, path := range []string{"/data/season/race_guide", "/data/member/info", "/data/stats/member_recent_races", "/data/hosted/sessions"} {
				v.get(path, "")
				mu.Lock()
				now = now.Add(time.Duration(i) * time.Hour)
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"maintenance":                {Do: Maintenance},
		"429-text:/data/results/:3":  {Do: LimitText, Path: "/data/results/", Count: 3},
		"504-html::0:10":             {Do: GatewayHTML, After: 10},
		"504-html:/oauth2/token:1":   {Do: GatewayHTML, Path: "/oauth2/token", Kind: Token, Count: 1},
		"unauthorized_client":        {Do: LockedOut}, //nolint:misspell // the spelling of the API
		"drop:/production/data-serv": {Do: Drop, Path: "/production/data-serv", Kind: Asset},
	} {
		if got, err := ParseFault(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "nothing", "401:/data:x", "401:/data:-1", "401:/data:1:2:3"} {
		if got, err := ParseFault(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("429-text:/data/results/:3:1")
	f.Add(":::::")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := ParseFault(text); err == nil && (got.Count < 0 || got.After < 0 || !slices.Contains(allDoes, got.Do)) {
			t.Errorf("%q is %+v", text, got)
		}
	})
}

// Where clients reach the server under another address, all it hands out leads there.
func TestPublicAddress(t *testing.T) {
	v := fake(t, func(o *Options) { o.OneHost, o.Public = true, "fake.example:8400" })
	listens := v.fronts[0].addr
	if v.URL != "http://fake.example:8400" || v.LinkHosts[0] != "fake.example:8400" {
		t.Errorf("%s %v", v.URL, v.LinkHosts)
	}
	r := v.do(http.MethodGet, "http://"+listens+"/data/results/search_series?season_year=2026&season_quarter=4", v.token, nil)
	if strings.Contains(string(r.body), listens) || !strings.Contains(string(r.body), "http://fake.example:8400/") {
		t.Errorf("%s", r.body)
	}
}

func TestExport(t *testing.T) {
	v := fake(t, nil)
	rows := v.history(5)
	var file struct {
		Type string
		Data result
	}
	id := rows[len(rows)-1].Subsession
	if err := json.Unmarshal(v.Export(id), &file); err != nil || file.Type != "event_result" || file.Data.Subsession != id || len(file.Data.rows(0)) == 0 {
		t.Errorf("%v %s %d", err, file.Type, file.Data.Subsession)
	}
	if v.Export(5) != nil {
		t.Error("a race that is not there has a result")
	}
}
