package library_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// export is a result as the member site exports it.
func export(subsession int, day string) string {
	return fmt.Sprintf(`{"type":"event_result","data":{"subsession_id":%d,"session_id":5,"start_time":"2025-03-%sT14:00:00Z",
		"end_time":"2025-03-%[2]sT15:00:00Z","series_name":"Touring Cup","event_type":5,
		"track":{"track_id":7,"track_name":"Test Ring","config_name":"Short"},
		"session_results":[{"simsession_number":0,"simsession_type":6,"simsession_name":"RACE","results":[
			{"cust_id":11,"display_name":"Some Body","finish_position":0,"laps_complete":10}]}]}}`, subsession, day)
}

func results(t *testing.T, location, kept string) *library.Results {
	t.Helper()
	r, err := library.NewResults(location, kept)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResultsOfAFolder(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	write(t, filepath.Join(dir, "a.json"), []byte(export(101, "01")))
	write(t, filepath.Join(dir, "b.JSON"), []byte(export(102, "03")))
	write(t, filepath.Join(dir, "notes.txt"), []byte("no result"))
	write(t, filepath.Join(dir, "other.json"), []byte(`{"type":"recipe"}`))
	r := results(t, "file://"+dir, kept)
	if info, err := r.Add([]byte(export(103, "02"))); err != nil || info.Title() != "2025-03-02 14:00 · Touring Cup · Test Ring, Short" {
		t.Fatalf("Add = %q, %v", info.Title(), err)
	}
	list, remarks, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var order []int64
	for _, info := range list {
		order = append(order, info.Subsession)
	}
	if got := fmt.Sprint(order); got != "[102 103 101]" {
		t.Errorf("the list has %s; want the newest first, from both folders", got)
	}
	if len(remarks) != 1 || !strings.HasPrefix(remarks[0], "other.json: ") {
		t.Errorf("remarks = %q; want one about other.json", remarks)
	}

	// What changes on disk is noticed, and of the same race the later file counts.
	if err := os.Remove(filepath.Join(dir, "b.JSON")); err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(export(101, "01"), "Touring Cup", "Touring Cup, revised", 1)
	write(t, filepath.Join(dir, "a2.json"), []byte(later))
	soon := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "a2.json"), soon, soon); err != nil {
		t.Fatal(err)
	}
	if list, _, err = r.List(t.Context()); err != nil || len(list) != 2 || list[1].Series != "Touring Cup, revised" {
		t.Errorf("after the change the list is %+v, %v", list, err)
	}
	// Another instance finds what was handed over.
	if list, _, err = results(t, "", kept).List(t.Context()); err != nil || len(list) != 1 || list[0].Subsession != 103 {
		t.Errorf("a new instance lists %+v, %v", list, err)
	}
}

func TestResultsRefuse(t *testing.T) {
	r := results(t, "", filepath.Join(t.TempDir(), "kept"))
	for name, raw := range map[string]string{
		"empty":     "",
		"no JSON":   "<html>",
		"no result": `{"type":"event_result","data":{}}`,
		"a list":    `[1]`,
		"too large": strings.Repeat(" ", library.MaxResultBytes+1),
	} {
		if _, err := r.Add([]byte(raw)); err == nil {
			t.Errorf("%s was taken for a result", name)
		}
	}
	if _, err := results(t, "", "").Add([]byte(export(1, "01"))); err == nil || !strings.Contains(err.Error(), "folder of exported results") {
		t.Errorf("without a folder to keep it in Add says %v", err)
	}
	if _, _, err := results(t, filepath.Join(t.TempDir(), "gone"), "").List(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("List of a missing folder says %v", err)
	}
	if _, err := library.NewResults("https://example.com/x", ""); err == nil {
		t.Error("a web address was taken for a folder")
	}
}

// refusing is an API that has nothing.
type refusing struct{ err error }

func (r refusing) Get(context.Context, iracing.Request) (*iracing.Answer, error) { return nil, r.err }

func TestResultsOverAnAPI(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"), []byte(export(101, "01")))
	noAccount := &iracing.Error{Kind: iracing.NoCredentials}
	api := iracing.API{Source: results(t, dir, "").Over(refusing{noAccount})}
	got, err := api.Result(t.Context(), 101)
	if err != nil || got.Subsession != 101 || len(got.Race().Rows) != 1 {
		t.Fatalf("Result = %+v, %v; want the imported one", got, err)
	}
	if _, err := api.Result(t.Context(), 102); !errors.Is(err, noAccount) {
		t.Errorf("a result that was not imported gives %v; want the API's own error", err)
	}
}

func TestResultsTellNobodysName(t *testing.T) {
	dir := t.TempDir()
	hosted := strings.Replace(export(101, "01"), `"series_name":"Touring Cup"`, `"series_name":"Hosted iRacing","private_session_id":9,"host_id":11,"session_name":"Some Body's evening"`, 1)
	write(t, filepath.Join(dir, "a.json"), []byte(hosted))
	list, _, err := results(t, dir, "").List(t.Context())
	if err != nil || len(list) != 1 || list[0].Series != "Hosted race" {
		t.Errorf("a hosted race is listed as %+v, %v", list, err)
	}
}

// Splits of one start have one order, whichever way the folder is read.
func TestResultsOfOneStart(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		write(t, filepath.Join(dir, fmt.Sprint(i, ".json")), []byte(export(100+i, "01")))
	}
	r := results(t, dir, "")
	for range 20 {
		if list, _, err := r.List(t.Context()); err != nil || list[0].Subsession != 104 || list[4].Subsession != 100 {
			t.Fatalf("the list is %+v, %v", list, err)
		}
	}
}

func TestResultsFindWhatWasJustAdded(t *testing.T) {
	r := results(t, "", filepath.Join(t.TempDir(), "kept"))
	api := iracing.API{Source: r.Over(refusing{&iracing.Error{Kind: iracing.NotFound}})}
	if _, err := api.Result(t.Context(), 101); err == nil {
		t.Fatal("a result is there that nobody added")
	}
	if _, err := r.Add([]byte(export(101, "01"))); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Result(t.Context(), 101); err != nil {
		t.Errorf("what was just added is not found: %v", err)
	}
}
