// Package ibt reads and writes iRacing's disk telemetry, the .ibt file.
//
// A file is a header, a sub header, one header per variable, the session text, and then records of equal length, sixty
// a second, to the end of the file. A [File] is opened over anything that reads at an offset and gives the values of
// named channels over a range of rows as columns, in the file's own types or as float64, without touching or copying
// what was not asked for. Everything a file says about itself is checked against its size before it is used, so that a
// truncated, foreign or hostile file yields an error or the rows that are whole, and never more work than its size.
//
// The package knows nothing of laps, of Grafana or of where files are kept.
package ibt

import (
	"fmt"
	"time"
)

// Sizes of the fixed parts of a file, in bytes.
const (
	headerLen     = 112 // irsdk_header
	diskHeaderLen = 32  // irsdk_diskSubHeader, right behind it
	fixedLen      = headerLen + diskHeaderLen
	varHeaderLen  = 144 // irsdk_varHeader

	nameAt, nameLen = 16, 32 // in a variable's header
	descAt, descLen = 48, 64
	unitAt, unitLen = 112, 32
)

// Bounds that a reader puts on what a header may claim.
const (
	maxVersion  = 1000
	maxTickRate = 10_000
	maxVars     = 5000
	maxBufLen   = 1 << 20
	maxSession  = 16 << 20 // bytes of session text; the sim's own limit is half a MiB
)

// Type is how a channel's values are stored.
type Type int32

// The types a channel can have.
const (
	TypeChar     Type = 0 // one byte
	TypeBool     Type = 1 // one byte, not zero is true
	TypeInt      Type = 2 // int32
	TypeBitField Type = 3 // uint32 of flags
	TypeFloat    Type = 4 // float32
	TypeDouble   Type = 5 // float64
)

// Size is the length of one value in bytes, 0 for a type that does not exist.
func (t Type) Size() int {
	switch t {
	case TypeChar, TypeBool:
		return 1
	case TypeInt, TypeBitField, TypeFloat:
		return 4
	case TypeDouble:
		return 8
	}
	return 0
}

func (t Type) String() string {
	switch t {
	case TypeChar:
		return "char"
	case TypeBool:
		return "bool"
	case TypeInt:
		return "int"
	case TypeBitField:
		return "bitField"
	case TypeFloat:
		return "float"
	case TypeDouble:
		return "double"
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Var describes one channel.
type Var struct {
	Name string // as the sim calls it, such as LapDistPct
	Desc string
	Unit string // as the file has it; for an enumeration or a bit field the name of its type, see [LookupEnum]
	Type Type
	// Offset is where its first value lies in a record, in bytes.
	Offset int
	// Count is the number of values in a record: 1, or more for an array.
	Count int
	// CountAsTime tells that an array holds samples within one tick, oldest first, instead of one value per entity.
	CountAsTime bool
}

func (v *Var) size() int { return v.Count * v.Type.Size() }

// Header is the part of the file header that matters on disk.
type Header struct {
	Version           int // 1 until 2016, 2 since
	Status            int
	TickRate          int // records a second
	SessionInfoLen    int
	SessionInfoOffset int
	NumVars           int
	VarHeaderOffset   int
	NumBuf            int // 1 on disk, 3 or 4 in a dump of live memory
	BufLen            int // bytes of a record
	BufOffset         int // where the first record begins
}

// DiskHeader is the sub header, which the sim fills when it closes the file. All of it is zero while the file is being
// written and stays so if the sim crashed.
type DiskHeader struct {
	StartDate time.Time // when the file was opened, to the second; the zero time if unknown
	StartTime float64   // SessionTime of the first record, s
	EndTime   float64   // SessionTime of the last record, s
	LapCount  int       // distinct values of Lap, the 0 of the blank first record included
	Records   int       // a cross-check only: the size of the file tells how many there are
}

// Range is a half-open range of rows: From is in it, To is not.
type Range struct{ From, To int }

// Len is the number of rows in r.
func (r Range) Len() int { return max(r.To-r.From, 0) }

// FormatError says that a file is not telemetry that can be read, and why.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return "not a readable .ibt file: " + e.Reason }

func formatErrorf(format string, args ...any) error {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

// ChannelError says that a file has no channel of that name.
type ChannelError struct{ Name string }

func (e *ChannelError) Error() string { return fmt.Sprintf("the file has no channel %q", e.Name) }
