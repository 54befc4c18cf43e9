package library_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// Errors about places are read in Grafana and at the terminal of a collector, so they claim neither.
func TestErrorsAboutPlacesAreTrueEverywhere(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	shut := filepath.Join(t.TempDir(), "shut")
	if err := os.Mkdir(shut, 0); err != nil {
		t.Fatal(err)
	}
	telemetry := func(location string) error {
		s, err := library.OpenURL(location)
		if err == nil {
			_, _, err = s.List(t.Context())
			_ = s.Close() // nothing was written to it
		}
		return err
	}
	exported := func(location string) error {
		r, err := library.NewResults(location, "")
		if err == nil {
			_, _, err = r.List(t.Context())
		}
		return err
	}
	upload := func(location string) error {
		to, err := library.ToBucket(t.Context(), location, library.Credentials{})
		if err == nil {
			_ = to.Close() // nothing was written to it
		}
		return err
	}
	for _, c := range []struct {
		open     func(string) error
		location string
		want     string
	}{
		{telemetry, gone, "the telemetry folder " + gone + " does not exist on the machine that looks for it"},
		{exported, gone, "the folder of exported results " + gone + " does not exist on the machine that looks for it"},
		{upload, gone, "the telemetry folder " + gone + " does not exist on the machine that looks for it"},
		{telemetry, shut, "may not be read by the user that this program runs as"},
		{exported, shut, "may not be read by the user that this program runs as"},
		{telemetry, " ", "no telemetry folder is set"},
		{telemetry, "ftp://x/y", "telemetry cannot be read from ftp:// locations"},
		{upload, "ftp://x/y", "telemetry cannot be read from ftp:// locations"},
		{exported, "s3://x/y", "a folder is named by its path or by a file:// URL, not by an address with s3://"},
		{telemetry, "s3://me:key@bucket", "keys do not belong into the address"},
	} {
		if _, err := os.ReadDir(c.location); err == nil && c.location == shut {
			continue // this user may read everything
		}
		err := c.open(c.location)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.location, err, c.want)
			continue
		}
		for _, place := range []string{"Grafana", "data source", "collector", "plugin", "refresh", "settings"} {
			if strings.Contains(err.Error(), place) {
				t.Errorf("it speaks of the %s: %v", place, err)
			}
		}
	}
	if err := os.Chmod(shut, fs.FileMode(0o700)); err != nil {
		t.Error(err)
	}
}
