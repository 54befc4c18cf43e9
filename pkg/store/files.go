package store

import (
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The sizes of uploads.
const (
	// MaxPart bounds one part of an upload.
	MaxPart = 4 << 20
	// FileChunk is how many bytes of a file one row holds.
	FileChunk = 256 << 10

	defaultFileBytes  = 512 << 20
	defaultTotalBytes = 20 << 30

	maxUploads   = 100_000
	staleUploads = 24 * time.Hour
)

// Upload is a telemetry file in the database, or one on its way there. Its JSON is what the HTTP protocol of uploads
// carries, with the sum in hexadecimal digits.
type Upload struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Size     int64     `json:"size"`
	Received int64     `json:"received"` // bytes that are there, from the file's start on
	SHA256   Sum       `json:"sha256"`
	Done     bool      `json:"done"`
	Started  time.Time `json:"started"`
	Updated  time.Time `json:"updated"` // when its last bytes came
}

// Sum is a SHA-256, which reads as 64 hexadecimal digits.
type Sum [32]byte

func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (s Sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Sum) UnmarshalText(text []byte) error {
	if len(text) != 2*len(s) {
		return fmt.Errorf("a SHA-256 has %d hexadecimal digits, not %d", 2*len(s), len(text))
	}
	if _, err := hex.Decode(s[:], text); err != nil {
		return fmt.Errorf("a SHA-256 is %d hexadecimal digits", 2*len(s))
	}
	return nil
}

// UploadLimits bound what is taken; 0 means 512 MiB for a file and 20 GiB for all of them.
type UploadLimits struct{ FileBytes, TotalBytes int64 }

func (l UploadLimits) filled() UploadLimits {
	if l.FileBytes <= 0 {
		l.FileBytes = defaultFileBytes
	}
	if l.TotalBytes <= 0 {
		l.TotalBytes = defaultTotalBytes
	}
	return l
}

// UploadProblem says what is wrong with an upload.
type UploadProblem string

// What can be wrong with an upload.
const (
	UploadBad      UploadProblem = "bad"       // the name, the size or the part is not one
	UploadTooLarge UploadProblem = "too_large" // the file is larger than one may be
	UploadNoRoom   UploadProblem = "no_room"   // all files together would be
	UploadUnknown  UploadProblem = "unknown"   // there is no such upload (any more)
	UploadGap      UploadProblem = "gap"       // bytes between what is there and the part are missing: go on from Received
	UploadCorrupt  UploadProblem = "corrupt"   // what came is not what was announced, or no telemetry; the upload is dropped
)

// UploadError is why an upload is refused, for the person who uploads.
type UploadError struct {
	Problem UploadProblem
	Reason  string
}

func (e *UploadError) Error() string { return e.Reason }

func refuse(p UploadProblem, format string, args ...any) error {
	return &UploadError{Problem: p, Reason: fmt.Sprintf(format, args...)}
}

// megabytes writes a size for people.
func megabytes(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", (n+1<<20-1)>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// uploadName tells why a name cannot be one, or "". Names are relative paths with slashes, as a library's are; none leads
// anywhere.
func uploadName(name string) string {
	switch {
	case !strings.EqualFold(path.Ext(name), ".ibt"):
		return "only telemetry files are taken; their names end in .ibt"
	case len(name) > 500:
		return "the name of the file is too long"
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl), strings.Contains(name, `\`),
		path.Clean("/"+name) != "/"+name, strings.HasPrefix(path.Base(name), ".."):
		return "the name of the file is not one"
	}
	return ""
}
