package datasource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// held are the tables that the health check counts, and what their rows are.
var held = []struct{ table, one string }{
	{"answers", "answer"},
	{"subsessions", "race"},
	{"laps", "race lap"},
	{"uploads", "uploaded file"},
	{"telemetry_files", "recording"},
}

// checkDatabase tells what the database holds, or why it cannot be used and what to do.
func (d *Datasource) checkDatabase(ctx context.Context) part {
	if d.dbErr != nil {
		return part{message: frames.Sentence(d.dbErr.Error()), failed: true}
	}
	if err := d.db.Ready(ctx); err != nil {
		return d.withoutDatabase(err)
	}
	status, err := d.db.Status(ctx)
	if err != nil {
		return d.withoutDatabase(err)
	}
	if status.ReadOnly {
		err := store.NewReadOnly()
		return part{
			message: frames.Sentence(err.Error()) + " What it holds is used, but nothing new is kept, and nothing can be uploaded.",
			more:    d.waiting(), failed: true,
		}
	}
	if err := d.db.CheckRealm(ctx); err != nil {
		p := part{message: frames.Sentence(err.Error()), more: d.waiting(), failed: true}
		if d.settings.APIURL != "" {
			p.message += " If you meant iRacing itself, empty the addresses of the stand-in."
		}
		p.message += " Until then no races and ratings are written into it. Panels answer without it."
		return p
	}
	var parts []string
	for _, h := range held {
		if n := status.Rows[h.table]; n > 0 {
			parts = append(parts, count(n, h.one))
		}
	}
	p := part{message: fmt.Sprintf("The PostgreSQL database %s works; it is empty so far.", d.db.name)}
	if len(parts) > 0 {
		p.message = fmt.Sprintf("The PostgreSQL database %s holds about %s (%s).", d.db.name, enumerate(parts), megabytes(status.Bytes))
	}
	more := []string{fmt.Sprintf("PostgreSQL %s, signed in as %s, schema version %d.", status.Server, status.User, status.Schema)}
	if !status.Encrypted {
		more = append(more, "The connection to PostgreSQL is not encrypted.")
	}
	if w := d.waiting(); w != "" {
		more = append(more, w)
	}
	p.more = strings.Join(more, "\n")
	return p
}

// withoutDatabase tells why the database cannot be used, and what is missing meanwhile.
func (d *Datasource) withoutDatabase(err error) part {
	text := frames.Sentence(err.Error())
	if down, ok := errors.AsType[*store.Error](err); ok && down.Kind == store.SignIn && d.secrets.DatabasePassword == "" {
		text += " No password is set."
	}
	text += " Panels answer without it"
	if d.settings.Uploads || d.settings.TelemetryURL == "" {
		text += ", but uploaded recordings cannot be read"
	}
	text += "."
	return part{message: text, more: d.waiting(), failed: true}
}

// waiting tells what is still to be written into the database.
func (d *Datasource) waiting() string {
	if d.account == nil || d.account.tiered == nil {
		return ""
	}
	state := d.account.tiered.State()
	if state.Pending == 0 {
		return ""
	}
	return "Still to be written into the database: " + count(int64(state.Pending), "answer") + " of iRacing's."
}

// count is "1,234 races".
func count(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// enumerate is "a, b and c".
func enumerate(parts []string) string {
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return parts[0]
}

func megabytes(bytes int64) string {
	const mb = 1 << 20
	if bytes < mb {
		return "less than 1 MB"
	}
	return thousands(bytes/mb) + " MB"
}

// checkUploads tells what is in the database where there is no other place for telemetry. That the database is away is
// told elsewhere.
func (d *Datasource) checkUploads(ctx context.Context) part {
	lib, err := d.openLibrary()
	if err != nil {
		return part{message: frames.Sentence(err.Error()), failed: true}
	}
	sessions, _, err := lib.Sessions(ctx)
	if _, away := errors.AsType[*store.Error](err); away {
		return part{}
	}
	if err == nil && len(sessions) == 0 {
		if d.settings.Uploads {
			return part{message: "No telemetry was uploaded yet."}
		}
		return part{}
	}
	return d.checkTelemetry(ctx)
}
