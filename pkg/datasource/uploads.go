package datasource

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// maxAnnouncement bounds what announces an upload.
const maxAnnouncement = 64 << 10

// forbiddenError refuses what the user's role does not allow.
type forbiddenError struct{ what string }

func (e *forbiddenError) Error() string { return e.what + " takes the rights of an editor" }

// editor tells whether who asks may change what others see.
func editor(r *http.Request, what string) error {
	user := backend.PluginConfigFromContext(r.Context()).User
	if user == nil || user.Role != "Editor" && user.Role != "Admin" {
		return &forbiddenError{what}
	}
	return nil
}

// uploading is the database for who may upload into it.
func (d *Datasource) uploading(r *http.Request) (*database, error) {
	if err := editor(r, "uploading telemetry"); err != nil {
		return nil, err
	}
	switch {
	case !d.settings.Uploads:
		return nil, errNoUploads
	case d.dbErr != nil:
		return nil, d.dbErr
	case d.db == nil:
		return nil, errNowhere
	}
	return d.db, nil
}

// What a data source says that takes no uploads, in place of an answer about one.
var (
	errNoUploads = errors.New("uploads are not turned on in the data source's settings")
	errNowhere   = errors.New("uploaded files are kept in a database; name one in the data source's settings")
)

// uploadLimits are those of the settings; the store has its own where they name none.
func (d *Datasource) uploadLimits() store.UploadLimits {
	mib := func(n float64) int64 {
		const most = 1 << 40 // beyond that a number of bytes is none
		return int64(min(max(n, 0), most) * (1 << 20))
	}
	return store.UploadLimits{FileBytes: mib(d.settings.UploadFileMB), TotalBytes: mib(d.settings.UploadTotalMB)}
}

// uploads answers the files that are in the database or on their way there.
func (d *Datasource) uploads(r *http.Request) (any, error) {
	db, err := d.uploading(r)
	if err != nil {
		return nil, err
	}
	list, err := db.Uploads(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]models.Upload, len(list))
	for i := range list {
		out[i] = uploadOf(&list[i])
	}
	return out, nil
}

// beginUpload announces a file: the answer says how much of it is there already.
func (d *Datasource) beginUpload(r *http.Request) (any, error) {
	db, err := d.uploading(r)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r, maxAnnouncement)
	if err != nil {
		return nil, err
	}
	var file models.NewUpload
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, frames.BadQuery("the announcement of the file cannot be read: %s", frames.JSONProblem(err))
	}
	var sum store.Sum
	if err := sum.UnmarshalText([]byte(file.SHA256)); err != nil {
		return nil, frames.BadQuery("%s", err)
	}
	u, err := db.BeginUpload(r.Context(), file.Name, file.Size, sum, d.uploadLimits())
	if err != nil {
		return nil, err
	}
	return uploadOf(&u), nil
}

// putPart takes the next bytes of a file.
func (d *Datasource) putPart(r *http.Request) (any, error) {
	db, err := d.uploading(r)
	if err != nil {
		return nil, err
	}
	offset, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil || offset < 0 {
		return nil, frames.BadQuery("the offset of a part is a number of bytes")
	}
	part, err := readBody(r, store.MaxPart)
	if err != nil {
		return nil, err
	}
	u, err := db.PutPart(r.Context(), r.PathValue("id"), offset, part)
	if err != nil {
		return nil, err
	}
	return uploadOf(&u), nil
}

// deleteUpload deletes a file, or ends its upload.
func (d *Datasource) deleteUpload(r *http.Request) (any, error) {
	db, err := d.uploading(r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, db.DeleteUpload(r.Context(), r.PathValue("id"))
}

func uploadOf(u *store.Upload) models.Upload {
	return models.Upload{
		ID: u.ID, Name: u.Name, Size: u.Size, Received: u.Received, Done: u.Done, Started: u.Started.UTC().Format(time.RFC3339),
	}
}

// tooLargeError refuses a request that carries more than it may.
type tooLargeError struct{ most int64 }

func (e *tooLargeError) Error() string {
	return "the request carries more than " + strconv.FormatInt(e.most, 10) + " bytes"
}

// readBody reads what a request carries, up to a bound.
func readBody(r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, frames.BadQuery("the request did not arrive whole; try again")
	}
	if int64(len(body)) > most {
		return nil, &tooLargeError{most}
	}
	return body, nil
}

// refusal is the HTTP status of what the database or its rules refuse; 0 for other errors.
func refusal(err error) int {
	if errors.Is(err, errNoUploads) || errors.Is(err, errNowhere) {
		return http.StatusMethodNotAllowed
	}
	if _, ok := errors.AsType[*forbiddenError](err); ok {
		return http.StatusForbidden
	}
	if _, ok := errors.AsType[*tooLargeError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if up, ok := errors.AsType[*store.UploadError](err); ok {
		switch up.Problem {
		case store.UploadUnknown:
			return http.StatusNotFound
		case store.UploadGap:
			return http.StatusConflict
		case store.UploadTooLarge:
			return http.StatusRequestEntityTooLarge
		case store.UploadNoRoom:
			return http.StatusInsufficientStorage
		case store.UploadCorrupt:
			return http.StatusUnprocessableEntity
		}
		return http.StatusBadRequest
	}
	if db, ok := errors.AsType[*store.Error](err); ok {
		if db.Temporary() {
			return http.StatusServiceUnavailable
		}
		return http.StatusBadGateway
	}
	return 0
}
