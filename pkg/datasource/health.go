package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// part is what the health check says of one thing that was set up: telemetry, iRacing, imported results, the database.
type part struct {
	message string
	more    string // details, a line each
	failed  bool
}

// CheckHealth is what "Save & test" shows: whether what was set up works, what is there, and what to do about what does
// not. A data source needs one of its sources; of those that are set up each has to work.
func (d *Datasource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	leave, err := d.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	var parts []part
	add := func(p part) {
		if p.message != "" {
			parts = append(parts, p)
		}
	}
	imports := d.checkImports(ctx)
	if d.settings.TelemetryURL != "" {
		add(d.checkTelemetry(ctx))
	} else if d.db != nil {
		add(d.checkUploads(ctx))
	}
	if d.accountErr != nil {
		add(part{message: frames.Sentence(d.accountErr.Error()), failed: true})
	} else if d.account.signsIn() {
		add(d.checkAccount(ctx))
	}
	add(imports)
	if d.settings.Uploads && d.db == nil && d.dbErr == nil {
		add(part{message: "Uploads are turned on, but uploaded files are kept in a database, and none is named.", failed: true})
	}
	if d.db != nil || d.dbErr != nil {
		add(d.checkDatabase(ctx))
	}
	if len(parts) == 0 {
		add(part{message: "Nothing is set up yet: name your telemetry folder, sign in to iRacing, or import exported results.", failed: true})
	}
	result := &backend.CheckHealthResult{Status: backend.HealthStatusOk}
	// What has to be mended comes first.
	var bad, good, more []string
	for _, p := range parts {
		if p.failed {
			result.Status = backend.HealthStatusError
			bad = append(bad, p.message)
		} else {
			good = append(good, p.message)
		}
		if p.more != "" {
			more = append(more, p.more)
		}
	}
	result.Message = strings.Join(append(bad, good...), " ")
	if len(more) > 0 {
		result.JSONDetails, err = json.Marshal(map[string]string{"verboseMessage": strings.Join(more, "\n")})
	}
	return result, err
}

// checkTelemetry tells what is in the telemetry folder.
func (d *Datasource) checkTelemetry(ctx context.Context) part {
	lib, err := d.openLibrary()
	if err != nil {
		return part{message: frames.Sentence(err.Error()), failed: true}
	}
	sessions, _, err := lib.Sessions(ctx)
	if err != nil {
		return part{message: frames.Sentence(err.Error()), failed: true}
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
	p := part{more: strings.Join(broken, "\n")}
	switch {
	case len(sessions) == 0:
		p.message, p.failed = frames.Sentence(noFiles(lib.String())), true
	case readable == 0:
		p.message = fmt.Sprintf("Of the %s in %s none can be read.", frames.Plural(failed, ".ibt file"), lib)
		p.failed = true
	default:
		p.message = fmt.Sprintf("%s in %s. The newest is %s on %s, %s.", frames.Plural(readable, "telemetry session"), lib,
			newest.Car, newest.Track, newest.Start.Format("2 January 2006 15:04 UTC"))
		if failed > 0 {
			p.message += fmt.Sprintf(" %s cannot be read; the sessions query tells why.", frames.Plural(failed, "file"))
		}
	}
	return p
}

// checkAccount signs in and asks iRacing for as little as can be: who the account is.
func (d *Datasource) checkAccount(ctx context.Context) part {
	id, err := signin.WhoAmI(ctx, d.account.Client)
	if err == nil {
		text := fmt.Sprintf("Signed in to iRacing as customer %d.", id)
		if status := d.account.Manager.Status(); d.settings.SignIn == models.SignInAccess && !status.AccessExpiry.IsZero() {
			text += fmt.Sprintf(" The access token expires at %s, and then somebody has to paste another.", status.AccessExpiry.UTC().Format("15:04 UTC"))
		} else if d.settings.SignIn == models.SignInRefresh && !status.RefreshExpiry.IsZero() {
			text += fmt.Sprintf(" Without a query until %s, somebody has to sign in again.", status.RefreshExpiry.UTC().Format("2 January 15:04 UTC"))
		}
		if d.settings.SignIn == models.SignInRefresh && !d.account.lasts {
			text += " The plugin has no folder to keep the next refresh token in: after a restart somebody has to sign in again."
		}
		if own, err := d.account.me(ctx); err == nil && own != id {
			text += fmt.Sprintf(" Panels take customer %d for you, but leagues and teams are those of the account.", own)
		}
		return part{message: text}
	}
	text := frames.Sentence(err.Error())
	if api, ok := errors.AsType[*iracing.Error](err); ok && api.Temporary() {
		text += " Panels show what was asked before."
	}
	return part{message: text, failed: true}
}

// checkImports tells how many results were imported; its message is empty where nobody imports any.
func (d *Datasource) checkImports(ctx context.Context) part {
	if d.account == nil {
		return part{}
	}
	list, remarks, err := d.account.imports.list(ctx)
	switch {
	case err != nil:
		return part{message: frames.Sentence(err.Error()), failed: true}
	case len(list) > 0:
		return part{message: frames.Plural(len(list), "imported result") + ".", more: strings.Join(remarks, "\n")}
	case len(remarks) > 0:
		return part{message: "None of the files in the folder of exported results is one.", more: strings.Join(remarks, "\n"), failed: true}
	case d.settings.ResultsURL != "":
		return part{message: "There is no exported result in " + d.settings.ResultsURL + ".", failed: true}
	}
	return part{}
}
