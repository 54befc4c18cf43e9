package analysis

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

const (
	maxLaps     = 20_000 // four days on the shortest oval
	maxStretch  = 64     // sessions of one event
	chunkRows   = 4096
	clockLag    = 4.0  // s after the line within which the sim's lap clock restarts; 1.85 was seen
	clockSlack  = 0.25 // s that the official crossing may differ from the one by position; 0.02 was seen
	gapTime     = 2.0  // s without a record after which a new run begins
	jump        = 0.05 // of a lap: further than a car gets in a tick
	nearLine    = 0.02 // of a lap: a lap whose rows reach this close to the line is whole
	refuelStep  = 0.01 // l a tick: the level does not rise by itself
	minLapRows  = 2
	maxTrackLen = 100_000 // m
)

var nan = math.NaN()

// Laps reads the lap table of a file in one pass, with memory that does not depend on the file's size. The file must
// have the channels SessionTime, Lap and LapDistPct; others are used when it has them.
func Laps(ctx context.Context, f *ibt.File) (*Table, error) {
	text, _ := f.Session() // without it the table has no sectors, but stands
	s := scanner{table: &Table{Info: ReadInfo(text), TrackLength: nan, Rows: f.Len()}}
	s.bounds = s.table.Info.Sectors
	picks, err := s.pick(f)
	if err != nil {
		return nil, err
	}
	var b ibt.Batch
	for from := 0; from < s.table.Rows; from += chunkRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := ibt.Range{From: from, To: min(from+chunkRows, s.table.Rows)}
		if err := f.Read(&b, rows, picks...); err != nil {
			return nil, err
		}
		for i := range rows.Len() {
			s.row(&b, i)
		}
		if s.table.Cut {
			break
		}
	}
	s.finish()
	return s.table, nil
}

// column is the place of a channel in the scanner's batch.
type column int

const (
	cTime column = iota
	cLap
	cPct
	cNum
	cClock
	cLast
	cPitRoad
	cSurface
	cStall
	cSpeed
	cFuel
	cIncidents
	cAir
	cTrack
	cWet
	cDist
	cTow
	cLat
	columns
)

// The channels the scanner reads; where several are named, the first that a file has counts.
var scanned = [columns][]string{
	cTime: {"SessionTime"}, cLap: {"Lap"}, cPct: {"LapDistPct"}, cNum: {"SessionNum"},
	cClock: {"LapCurrentLapTime"}, cLast: {"LapLastLapTime"},
	cPitRoad: {"OnPitRoad"}, cSurface: {"PlayerTrackSurface"}, cStall: {"PlayerCarInPitStall"},
	cSpeed: {"Speed"}, cFuel: {"FuelLevel"}, cIncidents: {"PlayerCarMyIncidentCount"},
	cAir: {"AirTemp"}, cTrack: {"TrackTempCrew", "TrackTemp"}, cWet: {"TrackWetness"},
	cDist: {"LapDist"}, cTow: {"PlayerCarTowTime"}, cLat: {"Lat"},
}

// scanner tells laps apart as the rows go by.
type scanner struct {
	table  *Table
	bounds []float64
	at     [columns]int // column of the batch, or -1

	n          int // rows seen
	prev, now  row
	lap        *Lap // being driven, in open
	open       Lap
	acc        accumulator
	run        int
	instances  map[int]int
	clockFound bool
	lengths    []float64 // of the track, by position
}

// row is one record as the scanner needs it.
type row struct {
	time, pct, clock, last, speed, fuel, air, track, tow, lat, dist float64
	lap, num, incidents, surface, wet                               int
	pits, stall                                                     bool
}

// accumulator is what adds up over a lap.
type accumulator struct {
	first, last   row
	fuelAdded     float64
	top, low      float64
	air, track    float64
	rows          int
	wet           int
	pits          bool
	offTrack, tow bool
	incidents0    int
	crossings     []float64 // SessionTime at the beginning of each sector by position
}

func (s *scanner) pick(f *ibt.File) ([]ibt.Pick, error) {
	var picks []ibt.Pick
	for c, names := range scanned {
		s.at[c] = -1
		for _, name := range names {
			if _, ok := f.Var(name); ok {
				s.at[c] = len(picks)
				picks = append(picks, ibt.Pick{Name: name, Float: true})
				break
			}
		}
		if s.at[c] < 0 && column(c) <= cPct {
			return nil, &ibt.ChannelError{Name: names[0]}
		}
	}
	s.instances = make(map[int]int)
	return picks, nil
}

func (s *scanner) load(b *ibt.Batch, i int) row {
	get := func(c column, missing float64) float64 {
		if k := s.at[c]; k >= 0 {
			return b.Cols[k].F64[i]
		}
		return missing
	}
	return row{
		time: get(cTime, nan), pct: get(cPct, nan), clock: get(cClock, nan), last: get(cLast, nan),
		speed: get(cSpeed, nan), fuel: get(cFuel, nan), air: get(cAir, nan), track: get(cTrack, nan), tow: get(cTow, 0),
		lat: get(cLat, nan), dist: get(cDist, nan),
		lap: int(get(cLap, 0)), num: int(get(cNum, 0)), incidents: int(get(cIncidents, -1)),
		surface: int(get(cSurface, ibt.TrackLocOnTrack)), wet: int(get(cWet, 0)),
		pits: get(cPitRoad, 0) != 0, stall: get(cStall, 0) != 0,
	}
}

// blank tells the record that the sim writes while the car is put into the world: lap 0 at distance 0, standing at
// latitude 0. A car that really waits on the line in lap 0 has a latitude.
func (r *row) blank() bool {
	return r.lap == 0 && r.pct == 0 && !(r.speed > 0) && !(math.Abs(r.lat) > 0)
}

func (r *row) inPits() bool {
	return r.pits || r.stall || r.surface == ibt.TrackLocInPitStall || r.surface == ibt.TrackLocApproachingPits
}

func (s *scanner) row(b *ibt.Batch, i int) {
	r := s.load(b, i)
	at := s.n
	s.n++
	s.stretch(at, &r)
	// A row without time or place cannot be drawn or timed, so it is treated like a blank one.
	if r.blank() || math.IsNaN(r.time) || math.IsNaN(r.pct) || r.pct < -0.5 || r.pct > 1.5 {
		s.close(at)
		return
	}
	r.pct = min(max(r.pct, 0), 1)
	if r.pct > 0.5 && r.dist > 0 && len(s.lengths) < 4096 && at%16 == 0 {
		s.lengths = append(s.lengths, r.dist/r.pct)
	}
	switch {
	case s.lap == nil:
		s.begin(at, &r, true)
	case s.resets(&r):
		s.close(at)
		s.begin(at, &r, true)
	case r.lap != s.now.lap:
		s.line(at, &r)
	}
	if s.lap == nil {
		return
	}
	s.findClock(&r)
	s.add(&r)
	s.now = r
}

// resets tells whether the car got from the row before to r otherwise than by driving.
func (s *scanner) resets(r *row) bool {
	moved := math.Abs(r.pct - s.now.pct)
	moved = min(moved, 1-moved)
	dt := r.time - s.now.time
	return r.num != s.now.num || dt < 0 || dt > gapTime || moved > jump
}

// stretch keeps the list of sessions.
func (s *scanner) stretch(at int, r *row) {
	list := s.table.Sessions
	if n := len(list); n > 0 && list[n-1].SessionNum == r.num {
		list[n-1].To = at + 1
		if r.time > list[n-1].End {
			list[n-1].End = r.time
		}
		return
	}
	if math.IsNaN(r.time) || len(list) == maxStretch {
		return
	}
	next := Stretch{
		SessionNum: r.num, Type: s.table.Info.SessionType(r.num), From: at, To: at + 1, Start: r.time, End: r.time,
	}
	if n := len(list); n > 0 {
		// The clock may restart with the session; the records go on at their rate.
		next.Offset = list[n-1].Offset + list[n-1].End - list[n-1].Start + 1.0/60
	}
	s.table.Sessions = append(list, next)
}

// begin opens a lap at row at. fresh tells that it begins a run.
func (s *scanner) begin(at int, r *row, fresh bool) {
	if len(s.table.Laps) >= maxLaps {
		s.table.Cut = true
		return
	}
	if fresh {
		s.run++
	}
	s.instances[r.lap]++
	s.open = Lap{
		SessionNum: r.num, Run: s.run, Number: r.lap, Instance: s.instances[r.lap], From: at,
		Start: r.time, End: nan, Time: nan, CrossStart: nan, CrossEnd: nan,
	}
	s.lap = &s.open
	incidents := r.incidents
	if !fresh {
		incidents = s.now.incidents // a point that is given with the crossing belongs to the new lap
	}
	s.acc = accumulator{first: *r, top: nan, low: nan, incidents0: incidents, crossings: s.acc.crossings[:0]}
	for range s.bounds {
		s.acc.crossings = append(s.acc.crossings, nan)
	}
	s.clockFound = false
	s.now = *r
}

// line ends the lap at the row in which the lap number changes and begins the next.
func (s *scanner) line(at int, r *row) {
	cross := nan
	// Only a number that rises where the distance wraps is a crossing of the line.
	if r.lap == s.now.lap+1 && s.now.pct > 1-jump && r.pct < jump {
		before, after := 1-s.now.pct, r.pct
		cross = r.time
		if before+after > 0 {
			cross = s.now.time + (r.time-s.now.time)*before/(before+after)
		}
		s.lap.CrossEnd, s.lap.End = cross, cross
	}
	s.close(at)
	s.begin(at, r, false)
	if s.lap != nil && !math.IsNaN(cross) {
		s.lap.CrossStart, s.lap.Start = cross, cross
		if len(s.acc.crossings) > 0 {
			s.acc.crossings[0] = cross
		}
	}
}

// findClock looks for the record in which the sim's lap clock restarts. From it on, the session time less the lap clock
// is the official time of the crossing, and the time of the lap before stands in LapLastLapTime.
func (s *scanner) findClock(r *row) {
	l := s.lap
	if s.clockFound || math.IsNaN(l.CrossStart) || !(r.clock > 0) || r.time-l.CrossStart > clockLag {
		return
	}
	start := r.time - r.clock
	if math.Abs(start-l.CrossStart) > clockSlack {
		return
	}
	s.clockFound = true
	l.Start, l.ByClock = start, true
	n := len(s.table.Laps)
	if n == 0 || s.table.Laps[n-1].To != l.From {
		return
	}
	before := &s.table.Laps[n-1]
	before.End = start
	if !(r.last > 0) {
		before.Clock, before.Time = NoClock, nan
		return
	}
	// A lap that began before the recording did is timed all the same. Where both ends are known, they outweigh a
	// channel that a build of the sim may write late.
	before.Clock, before.Time = Official, r.last
	if d := start - before.Start; before.ByClock && math.Abs(d-r.last) > 0.001 {
		before.Time = d
	}
	before.Time = math.Round(before.Time*1e4) / 1e4 // the resolution of the sim
}

// add takes the row into what adds up over the lap.
func (s *scanner) add(r *row) {
	a := &s.acc
	if a.rows > 0 {
		for k, bound := range s.bounds {
			if math.IsNaN(a.crossings[k]) && s.now.pct < bound && r.pct >= bound {
				a.crossings[k] = s.now.time + (r.time-s.now.time)*(bound-s.now.pct)/(r.pct-s.now.pct)
			}
		}
		if rise := r.fuel - s.now.fuel; rise > refuelStep {
			a.fuelAdded += rise
		}
	}
	a.rows++
	a.last = *r
	a.top = larger(a.top, r.speed)
	a.low = -larger(-a.low, -r.speed)
	a.air += r.air
	a.track += r.track
	a.wet = max(a.wet, r.wet)
	a.pits = a.pits || r.inPits()
	a.offTrack = a.offTrack || r.surface == ibt.TrackLocOffTrack
	a.tow = a.tow || r.tow > 0
}

// larger is the larger of two numbers of which either may be NaN.
func larger(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// close ends the lap that is being driven before row at.
func (s *scanner) close(at int) {
	l, a := s.lap, &s.acc
	s.lap = nil
	if l == nil || at-l.From < minLapRows {
		return
	}
	l.To = at
	if math.IsNaN(l.End) {
		l.End = a.last.time
	}
	n := float64(a.rows)
	l.AirTemp, l.TrackTemp = a.air/n, a.track/n
	l.TopSpeed, l.MinSpeed = a.top, a.low
	l.FuelStart = a.first.fuel
	l.FuelUsed = a.first.fuel - a.last.fuel + a.fuelAdded
	l.Wetness = a.wet
	l.Incidents = -1
	if a.last.incidents >= 0 {
		l.Incidents = max(a.last.incidents-a.incidents0, 0)
	}
	l.Sectors = s.sectors(l)

	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	out, in := a.first.inPits(), a.last.inPits()
	switch {
	case out && in && began && ended:
		l.Kind = OutIn
	case in && (ended || began):
		l.Kind = In
	case out && ended:
		l.Kind = Out
	case !began || !ended:
		l.Kind = Partial
	case a.pits:
		l.Kind = Pit
	}
	if l.Kind != Flying {
		l.Reasons |= NotFlying
	}
	if a.offTrack {
		l.Reasons |= OffTrack
	}
	if l.Incidents > 0 {
		l.Reasons |= Incident
	}
	if a.tow {
		l.Reasons |= Towed
	}
	if began && ended && (a.first.pct > nearLine || a.last.pct < 1-nearLine) {
		l.Reasons |= Incomplete
	}
	// Until the sim's clock says more, the positions give the time of a lap that is whole.
	if began && ended && l.Kind == Flying {
		l.Time, l.Clock = l.CrossEnd-l.CrossStart, Position
	}
	s.table.Laps = append(s.table.Laps, *l)
}

// sectors are the times between the crossings by position; NaN where one is missing.
func (s *scanner) sectors(l *Lap) []float64 {
	if len(s.bounds) == 0 {
		return nil
	}
	times := make([]float64, len(s.bounds))
	for k := range times {
		end := l.CrossEnd
		if k+1 < len(times) {
			end = s.acc.crossings[k+1]
		}
		times[k] = end - s.acc.crossings[k]
	}
	return times
}

// finish completes what could not be known before the next lap or the end of the file.
func (s *scanner) finish() {
	s.close(s.n)
	t := s.table
	if len(s.lengths) > 0 {
		slices.SortFunc(s.lengths, cmp.Compare)
		t.TrackLength = s.lengths[len(s.lengths)/2]
	}
	if !(t.TrackLength > 1 && t.TrackLength < maxTrackLen) {
		t.TrackLength = nan
		if l := t.Info.TrackLength; l > 1 && l < maxTrackLen {
			t.TrackLength = l
		}
	}
	for i := range t.Laps {
		l := &t.Laps[i]
		if !l.Timed() {
			l.Reasons |= NotTimed
		}
		for k := range t.Sessions {
			if st := &t.Sessions[k]; l.From >= st.From && l.From < st.To {
				l.Offset = st.Offset + l.Start - st.Start
			}
		}
		// The crossings by position are late by about the same at every line. What is left of it is spread over the
		// sectors, so that they add up to the lap time.
		sum := 0.0
		for _, x := range l.Sectors {
			sum += x
		}
		if l.Clock == Official && sum > 0 {
			for k := range l.Sectors {
				l.Sectors[k] *= l.Time / sum
			}
		}
	}
}
