package datasource

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// CheckHealth is what "Save & test" shows: whether the telemetry folder can be read, what is in it, and what to do if
// that is nothing.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	leave, err := d.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	lib, err := d.openLibrary()
	if err != nil {
		return unhealthy(err.Error(), ""), nil
	}
	sessions, _, err := lib.Sessions(ctx)
	if err != nil {
		return unhealthy(err.Error(), ""), nil
	}
	readable := 0
	var newest *library.Session
	var broken []string
	for i := range sessions {
		s := &sessions[i]
		if s.Problem != "" {
			if len(broken) < 10 {
				broken = append(broken, fmt.Sprintf("%s: %s", path.Base(s.File.Name), s.Problem))
			}
			continue
		}
		readable++
		if newest == nil {
			newest = s
		}
	}
	failed := len(sessions) - readable
	switch {
	case len(sessions) == 0:
		return unhealthy(noFiles(lib.String()), ""), nil
	case readable == 0:
		return unhealthy(fmt.Sprintf("Of the %s in %s none can be read.", frames.Plural(failed, ".ibt file"), lib), strings.Join(broken, "\n")), nil
	}
	message := fmt.Sprintf("%s in %s. The newest is %s on %s, %s.", frames.Plural(readable, "telemetry session"), lib,
		newest.Car, newest.Track, newest.Start.Format("2 January 2006 15:04 UTC"))
	if failed > 0 {
		message += fmt.Sprintf(" %s cannot be read; the sessions query tells why.", frames.Plural(failed, "file"))
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: message, JSONDetails: details(strings.Join(broken, "\n"))}, nil
}

func unhealthy(message, more string) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: frames.Sentence(message), JSONDetails: details(more)}
}

// details is the form in which Grafana shows more under a message.
func details(more string) []byte {
	if more == "" {
		return nil
	}
	b, err := json.Marshal(map[string]string{"verboseMessage": more})
	if err != nil {
		return nil // a map of strings always marshals
	}
	return b
}
