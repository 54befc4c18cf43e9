package ibt

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"
)

// ArrayMode tells which values of an array channel are wanted.
type ArrayMode uint8

const (
	// ArrayLast takes the last element: of the samples within a tick the one that belongs to the record's time.
	ArrayLast ArrayMode = iota
	// ArrayElement takes one element.
	ArrayElement
	// ArrayExpand takes all elements, Count values a row: 360 a second for the samples within a tick.
	ArrayExpand
)

// Pick asks for one channel.
type Pick struct {
	Name    string
	Array   ArrayMode
	Element int  // for ArrayElement
	Float   bool // convert to float64, whatever the file's type
}

// Floats picks channels by name as float64.
func Floats(names ...string) []Pick {
	picks := make([]Pick, len(names))
	for i, n := range names {
		picks[i] = Pick{Name: n, Float: true}
	}
	return picks
}

// Column is one channel over a range of rows. One of its slices is filled: F64 if float64 was asked for, else the one
// of the channel's type.
type Column struct {
	Var *Var
	Per int // values a row: 1, or Var.Count when an array was expanded

	F64  []float64 // TypeDouble, or any type picked as Float
	F32  []float32 // TypeFloat
	I32  []int32   // TypeInt
	U32  []uint32  // TypeBitField
	Bool []bool    // TypeBool
	Char []byte    // TypeChar

	offset int
	float  bool
}

// Batch receives columns and keeps their memory for the next read. The zero value is ready for use; one goroutine at
// a time may use it.
type Batch struct {
	Rows Range
	Cols []Column
}

// Records are taken a tile at a time, all columns of one tile while its bytes are in the processor's cache.
const tileBytes = 128 << 10

var tiles = sync.Pool{New: func() any { b := make([]byte, tileBytes); return &b }}

// Read fills b with the picked channels over rows, a column for each pick. It returns a [*ChannelError] for a channel
// that the file does not have and an error for rows outside of 0 … [File.Len]. What b holds after an error is
// undefined.
func (f *File) Read(b *Batch, rows Range, picks ...Pick) error {
	if n := f.Len(); rows.From < 0 || rows.To < rows.From || rows.To > n {
		return fmt.Errorf("rows %d to %d are asked for, the file has %d", rows.From, rows.To, n)
	}
	if err := b.prepare(f, rows, picks); err != nil {
		return err
	}
	stride := f.header.BufLen
	step := max(tileBytes/stride, 1)
	if view, ok := f.src.(viewer); ok {
		ok, err := view.view(f.offset(rows.From), int64(rows.Len())*int64(stride), func(data []byte) {
			for row := 0; row < rows.Len(); row += step {
				n := min(step, rows.Len()-row)
				b.gather(data[row*stride:(row+n)*stride], stride, row, n)
			}
		})
		if ok || err != nil {
			return wrapRows(err, rows)
		}
	}
	p := tiles.Get().(*[]byte)
	defer tiles.Put(p)
	if len(*p) < stride {
		*p = make([]byte, stride)
	}
	for row := rows.From; row < rows.To; row += step {
		n := min(step, rows.To-row)
		data := (*p)[:n*stride]
		if err := f.readFull(data, f.offset(row)); err != nil {
			return wrapRows(err, Range{row, row + n})
		}
		b.gather(data, stride, row-rows.From, n)
	}
	return nil
}

func wrapRows(err error, r Range) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read rows %d to %d: %w", r.From, r.To, err)
}

// offset is where a row begins in the file.
func (f *File) offset(row int) int64 {
	return int64(f.header.BufOffset) + int64(row)*int64(f.header.BufLen)
}

func (b *Batch) prepare(f *File, rows Range, picks []Pick) error {
	b.Rows = rows
	b.Cols = slices.Grow(b.Cols[:0], len(picks))[:len(picks)]
	for i, p := range picks {
		v, ok := f.Var(p.Name)
		if !ok {
			return &ChannelError{Name: p.Name}
		}
		c := &b.Cols[i]
		c.Var, c.Per, c.float = v, 1, p.Float
		element := v.Count - 1
		switch p.Array {
		case ArrayElement:
			if element = p.Element; element < 0 || element >= v.Count {
				return fmt.Errorf("channel %q has %d elements, number %d is asked for", v.Name, v.Count, element)
			}
		case ArrayExpand:
			c.Per, element = v.Count, 0
		}
		c.offset = v.Offset + element*v.Type.Size()
		c.resize(rows.Len() * c.Per)
	}
	return nil
}

// resize gives the slice that will be filled n elements and empties the others but keeps their memory.
func (c *Column) resize(n int) {
	c.F64, c.F32, c.I32, c.U32, c.Bool, c.Char = c.F64[:0], c.F32[:0], c.I32[:0], c.U32[:0], c.Bool[:0], c.Char[:0]
	switch {
	case c.float || c.Var.Type == TypeDouble:
		c.F64 = slices.Grow(c.F64, n)[:n]
	case c.Var.Type == TypeFloat:
		c.F32 = slices.Grow(c.F32, n)[:n]
	case c.Var.Type == TypeInt:
		c.I32 = slices.Grow(c.I32, n)[:n]
	case c.Var.Type == TypeBitField:
		c.U32 = slices.Grow(c.U32, n)[:n]
	case c.Var.Type == TypeBool:
		c.Bool = slices.Grow(c.Bool, n)[:n]
	default:
		c.Char = slices.Grow(c.Char, n)[:n]
	}
}

// Value reads one value as float64; of an array the last.
func (f *File) Value(row int, v *Var) (float64, error) {
	if row < 0 || row >= f.Len() {
		return 0, fmt.Errorf("row %d is asked for, the file has %d", row, f.Len())
	}
	var b [8]byte
	size := v.Type.Size()
	if err := f.readFull(b[:size], f.offset(row)+int64(v.Offset+v.size()-size)); err != nil {
		return 0, wrapRows(err, Range{row, row + 1})
	}
	return v.Type.float64(b[:]), nil
}

// float64 is the value at the start of p.
func (t Type) float64(p []byte) float64 {
	switch t {
	case TypeFloat:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(p)))
	case TypeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(p))
	case TypeInt:
		return float64(int32(binary.LittleEndian.Uint32(p)))
	case TypeBitField:
		return float64(binary.LittleEndian.Uint32(p))
	case TypeBool:
		return float64(min(p[0], 1))
	case TypeChar:
		return float64(p[0])
	}
	return math.NaN()
}

// RowsForTime finds the rows of one session number whose SessionTime is at least from and less than to, in seconds. It
// is exact whatever ticks the file dropped, and takes about 40 single reads. A session number that the file does not
// have yields an empty range.
func (f *File) RowsForTime(sessionNum int, from, to float64) (Range, error) {
	t, ok := f.Var("SessionTime")
	if !ok {
		return Range{}, &ChannelError{Name: "SessionTime"}
	}
	all := Range{0, f.Len()}
	if num, ok := f.Var("SessionNum"); ok {
		var err error
		if all, err = f.between(all, num, float64(sessionNum), float64(sessionNum)+1); err != nil {
			return Range{}, err
		}
	}
	return f.between(all, t, from, to)
}

// between is the part of rows in which v is at least lo and less than hi, for a v that never falls.
func (f *File) between(rows Range, v *Var, lo, hi float64) (Range, error) {
	var failed error
	find := func(x float64) int {
		return rows.From + sort.Search(rows.Len(), func(i int) bool {
			value, err := f.Value(rows.From+i, v)
			if err != nil && failed == nil {
				failed = err
			}
			return value >= x
		})
	}
	r := Range{find(lo), find(hi)}
	if failed != nil {
		return Range{}, failed
	}
	r.To = max(r.To, r.From)
	return r, nil
}
