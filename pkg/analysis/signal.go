package analysis

import (
	"math"
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Signal is something that can be traced over a lap: a channel of the file or a value derived from some.
type Signal struct {
	Name string
	Var  *ibt.Var // nil for a derived signal
	// Step tells that the value holds until the next one, like a gear, so nothing lies between two of them.
	Step bool
	// Place tells that the value says where the car is. Places that are traced together must come from the same rows.
	Place bool

	from []string
	eval func([]float64) float64
}

// The derived signals: metres to the east and to the north of the track's origin.
const (
	TrackX = "TrackX"
	TrackY = "TrackY"
)

// heldFloats are the starts of the names of channels that are stored as floats but change in steps.
var heldFloats = []string{"LapLast", "LapBest", "dc", "dp", "PitSv", "PlayerCarPowerAdjust", "PlayerCarWeightPenalty"}

// FindSignal looks a signal up. The error is an [*ibt.ChannelError] if the file lacks it or what it is derived from.
func FindSignal(f *ibt.File, in *Info, name string) (Signal, error) {
	if v, ok := f.Var(name); ok {
		return Signal{
			Name: name, Var: v, from: []string{name},
			Step: v.Type != ibt.TypeFloat && v.Type != ibt.TypeDouble ||
				slices.ContainsFunc(heldFloats, func(p string) bool { return strings.HasPrefix(name, p) }),
			Place: name == "Lat" || name == "Lon" || name == "Alt",
		}, nil
	}
	if name != TrackX && name != TrackY {
		return Signal{}, &ibt.ChannelError{Name: name}
	}
	for _, need := range []string{"Lat", "Lon"} {
		if _, ok := f.Var(need); !ok {
			return Signal{}, &ibt.ChannelError{Name: need}
		}
	}
	origin := in.Origin
	if origin == (Geo{}) {
		var err error
		if origin, err = firstPlace(f); err != nil {
			return Signal{}, err
		}
	}
	s := Signal{Name: name, Place: true, from: []string{"Lat", "Lon"}}
	if name == TrackX {
		s.eval = func(v []float64) float64 { x, _ := origin.metres(v[0], v[1]); return x }
	} else {
		s.eval = func(v []float64) float64 { _, y := origin.metres(v[0], v[1]); return y }
	}
	return s, nil
}

// firstPlace is where the car stood at the beginning of the file, behind a blank record or two.
func firstPlace(f *ibt.File) (Geo, error) {
	var b ibt.Batch
	if err := f.Read(&b, ibt.Range{To: min(f.Len(), 64)}, ibt.Floats("Lat", "Lon")...); err != nil {
		return Geo{}, err
	}
	for i := range b.Rows.Len() {
		if g := (Geo{b.Cols[0].F64[i], b.Cols[1].F64[i]}); g != (Geo{}) && g.onEarth() {
			return g, nil
		}
	}
	return Geo{}, nil
}

func (g Geo) onEarth() bool { return math.Abs(g.Lat) <= 90 && math.Abs(g.Lon) <= 180 }

// metres is where a place lies east and north of g on the plane that touches the earth there, which a circuit is small
// enough for.
func (g Geo) metres(lat, lon float64) (east, north float64) {
	const perDegree = 6_371_008.8 * math.Pi / 180 // of the mean radius of the earth
	east = math.Remainder(lon-g.Lon, 360) * perDegree * math.Cos(g.Lat*math.Pi/180)
	return east, (lat - g.Lat) * perDegree
}

// reader reads signals in chunks of rows.
type reader struct {
	file    *ibt.File
	signals []Signal
	picks   []ibt.Pick
	inputs  [][]int // columns that each signal is made from
	batch   ibt.Batch
	args    []float64
}

// newReader prepares to read signals. The channels in extra come first in the batch.
func newReader(f *ibt.File, signals []Signal, extra ...string) *reader {
	r := &reader{file: f, signals: signals, picks: ibt.Floats(extra...)}
	for _, s := range signals {
		var in []int
		for _, name := range s.from {
			i := slices.IndexFunc(r.picks, func(p ibt.Pick) bool { return p.Name == name })
			if i < 0 {
				i = len(r.picks)
				r.picks = append(r.picks, ibt.Pick{Name: name, Float: true})
			}
			in = append(in, i)
		}
		r.inputs = append(r.inputs, in)
	}
	return r
}

func (r *reader) read(rows ibt.Range) error { return r.file.Read(&r.batch, rows, r.picks...) }

// value is signal k in row i of the chunk.
func (r *reader) value(k, i int) float64 {
	in := r.inputs[k]
	if r.signals[k].eval == nil {
		return r.batch.Cols[in[0]].F64[i]
	}
	r.args = r.args[:0]
	for _, c := range in {
		r.args = append(r.args, r.batch.Cols[c].F64[i])
	}
	return r.signals[k].eval(r.args)
}
