package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
)

// none is what the sim writes for the distance to a car that is not there.
const none = 500000.0

// rival is another car of the session. It drives laps of the shape of the quasi-steady-state lap, each with its own time.
type rival struct {
	idx      int
	number   int
	rating   int
	licence  string
	best     float64   // s, its best lap before the file begins, 0 in a race
	lapEnds  []float64 // session times at which its laps end; the first entry is when it crossed the line to begin one
	slot     float64   // m behind the line on the grid, races only
	lap      int
	stopped  float64 // session time at which it leaves the track
	distance float64 // m since the start line of its first lap
	there    bool
}

// field is everyone else in the session.
type field struct {
	rivals []rival
	length float64
	shape  []float64 // m at every shapeStep seconds of the reference lap
	lap    float64   // s, the reference lap
	green  float64   // session time of the start, races only
}

const shapeStep = 0.05 // s

// newField makes n rivals around a reference lap: times[i] is when it passes metre i·step of the line.
func newField(rng *rand.Rand, n int, times []float64, length float64) *field {
	f := &field{length: length, lap: times[len(times)-1]}
	step := length / float64(len(times)-1)
	j := 0
	for t := 0.0; t < f.lap; t += shapeStep {
		for times[j+1] < t {
			j++
		}
		f.shape = append(f.shape, step*(float64(j)+(t-times[j])/(times[j+1]-times[j])))
	}
	f.shape = append(f.shape, length)
	for i := range n {
		f.rivals = append(f.rivals, rival{idx: i + 1, rating: 1250 + int(2600*rng.Float64()), number: 2 + i*4 + rng.IntN(4)})
	}
	// The better rated are the faster ones, which a field shows and ratings predict.
	sort.Slice(f.rivals, func(a, b int) bool { return f.rivals[a].rating > f.rivals[b].rating })
	classes := []string{"A", "B", "C", "D"}
	for i := range f.rivals {
		f.rivals[i].idx = i + 1
		f.rivals[i].licence = fmt.Sprintf("%s %.2f", classes[min(i*4/max(n, 1), 3)], 1.5+3.4*rng.Float64())
	}
	return f
}

// practice lets the rivals run on their own, some of them standing in the pits for a while.
func (f *field) practice(rng *rand.Rand, from, to, pace, spread float64) {
	for i := range f.rivals {
		r := &f.rivals[i]
		typical := f.lap * (pace + spread*float64(i)/float64(len(f.rivals)))
		r.best = typical * (1 + 0.002*rng.Float64())
		r.lapEnds = []float64{from - typical*rng.Float64()}
		r.there = true
		for end := r.lapEnds[0]; end < to; {
			end += typical * (1.004 + 0.006*math.Abs(rng.NormFloat64()))
			r.lapEnds = append(r.lapEnds, end)
		}
		r.stopped = from + (to-from)*(0.35+0.9*rng.Float64())
	}
}

// race sets the rivals on the grid, leaving a gap for the player, and writes their race in advance.
func (f *field) race(rng *rand.Rand, green float64, laps, grid int, pace, spread, stop float64) {
	f.green = green
	for i := range f.rivals {
		r := &f.rivals[i]
		place := i + 1
		if place >= grid {
			place++
		}
		r.slot = gridSlot(place)
		typical := f.lap * (pace + spread*float64(i)/float64(len(f.rivals)))
		pits := 4 + rng.IntN(max(laps-6, 1))
		end := green + typical + 5.6 + 0.31*float64(place) + 0.4*rng.Float64()
		r.lapEnds = []float64{green, end}
		for lap := 2; lap <= laps; lap++ {
			t := typical * (1 + 0.0016*rng.NormFloat64() + 0.0035*math.Exp(-float64(lap)/2))
			if rng.Float64() < 0.03 {
				t += 1.5 + 3*rng.Float64()
			}
			if lap == pits || lap == pits+1 {
				t += stop / 2
			}
			end += t
			r.lapEnds = append(r.lapEnds, end)
		}
		r.stopped, r.there = math.Inf(1), true
	}
}

// gridSlot is how many metres behind the line a grid place is.
func gridSlot(place int) float64 { return 12 + 8*float64(place-1) }

// update moves everyone to session time t.
func (f *field) update(t float64) {
	for i := range f.rivals {
		r := &f.rivals[i]
		for r.lap < len(r.lapEnds)-1 && t >= r.lapEnds[r.lap+1] {
			r.lap++
		}
		r.there = t < r.stopped
		switch {
		case r.lap == len(r.lapEnds)-1: // after its last lap: rolls on at half speed
			r.distance = float64(r.lap)*f.length + f.at(0.5*(t-r.lapEnds[r.lap]))
		case r.slot > 0 && r.lap == 0:
			// From a standstill: the reference lap with a clock that starts slowly and never makes up what it lost.
			took := r.lapEnds[1] - r.lapEnds[0]
			loss := took - f.lap
			slow := func(x float64) float64 { return x - loss*(1-math.Exp(-x/loss)) }
			x := math.Max(t-f.green, 0)
			r.distance = -r.slot + (f.length+r.slot)*f.at(f.lap*slow(x)/slow(took))/f.length
		default:
			took := r.lapEnds[r.lap+1] - r.lapEnds[r.lap]
			r.distance = float64(r.lap)*f.length + f.at(f.lap*(t-r.lapEnds[r.lap])/took)
		}
	}
}

// at is how far the reference lap is after t seconds.
func (f *field) at(t float64) float64 {
	x := math.Min(math.Max(t/shapeStep, 0), float64(len(f.shape)-1))
	i := min(int(x), len(f.shape)-2)
	return f.shape[i] + (x-float64(i))*(f.shape[i+1]-f.shape[i])
}

// around is the distance in metres to the next car ahead and behind on the road.
func (f *field) around(distance float64) (ahead, behind float64) {
	ahead, behind = none, none
	for i := range f.rivals {
		if !f.rivals[i].there {
			continue
		}
		gap := math.Mod(f.rivals[i].distance-distance, f.length)
		if gap < 0 {
			gap += f.length
		}
		ahead, behind = math.Min(ahead, gap), math.Min(behind, f.length-gap)
	}
	return ahead, behind
}

// racePosition is the place of a car that has covered a distance.
func (f *field) racePosition(distance float64) int {
	place := 1
	for i := range f.rivals {
		if f.rivals[i].distance > distance {
			place++
		}
	}
	return place
}

// timePosition is the place of a best lap, 0 for no lap.
func (f *field) timePosition(best float64) int {
	if best <= 0 {
		return 0
	}
	place := 1
	for i := range f.rivals {
		if f.rivals[i].best > 0 && f.rivals[i].best < best {
			place++
		}
	}
	return place
}
