package analysis

import (
	"context"
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

const (
	maxLaps     = 20_000 // three days and a half on the shortest oval
	maxStretch  = 1000   // times that the session clock restarts
	maxLengths  = 1024   // samples of the track's length
	maxTrackLen = 100_000.0
	maxNumber   = 1e9 // no time, lap or count of a real file comes near it

	chunkRows = 2048

	clockSlack = 0.25 // s that the official crossing may differ from the one by position; 0.02 was seen
	gapTime    = 2.0  // s without a record after which a new run begins
	jump       = 0.05 // of a lap: further than a car gets from one record to the next
	maxHole    = 0.02 // of a lap: what may lie between two records of a lap that counts as recorded whole
	refuelStep = 0.01 // l a tick: the level does not rise by itself
	minLapRows = 2
	minLapTime = 1.0 // s
	maxLapTime = 24 * 3600.0
)

var nan = math.NaN()

// Laps reads the lap table of a file in one pass, with memory that does not depend on the file's size. The file must
// have the channels SessionTime, Lap and LapDistPct, or the error is an [*ibt.ChannelError]; others are used when it
// has them.
func Laps(ctx context.Context, f *ibt.File) (*Table, error) {
	text, _ := f.Session() // without it the table has no sectors, but stands
	s := scanner{
		table:     &Table{Info: ReadInfo(text), TrackLength: nan, Rows: f.Len()},
		tick:      1 / float64(f.Header().TickRate),
		newRun:    true,
		instances: make(map[int]int),
	}
	s.bounds = s.table.Info.Sectors
	s.sums.crossings = make([]float64, len(s.bounds))
	picks, err := s.pick(f)
	if err != nil {
		return nil, err
	}
	var b ibt.Batch
	for s.base < s.table.Rows && !s.table.Cut {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := ibt.Range{From: s.base, To: min(s.base+chunkRows, s.table.Rows)}
		if err := f.Read(&b, rows, picks...); err != nil {
			return nil, err
		}
		for c, k := range s.at {
			if k >= 0 {
				s.cols[c] = b.Cols[k].F64
			}
		}
		s.chunk(rows.Len())
		s.base = rows.To
	}
	s.close(s.base)
	s.finish()
	return s.table, nil
}

// column is a channel that the scanner reads.
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

// scanned are the channels and what stands for each in a file that lacks it. Where several are named, the first that the
// file has counts.
var scanned = [columns]struct {
	names   []string
	missing float64
}{
	cTime:      {[]string{"SessionTime"}, nan},
	cLap:       {[]string{"Lap"}, nan},
	cPct:       {[]string{"LapDistPct"}, nan},
	cNum:       {[]string{"SessionNum"}, 0},
	cClock:     {[]string{"LapCurrentLapTime"}, nan},
	cLast:      {[]string{"LapLastLapTime"}, nan},
	cPitRoad:   {[]string{"OnPitRoad"}, 0},
	cSurface:   {[]string{"PlayerTrackSurface"}, ibt.TrackLocOnTrack},
	cStall:     {[]string{"PlayerCarInPitStall"}, 0},
	cSpeed:     {[]string{"Speed"}, nan},
	cFuel:      {[]string{"FuelLevel"}, nan},
	cIncidents: {[]string{"PlayerCarMyIncidentCount"}, -1},
	cAir:       {[]string{"AirTemp"}, nan},
	cTrack:     {[]string{"TrackTempCrew", "TrackTemp"}, nan},
	cWet:       {[]string{"TrackWetness"}, 0},
	cDist:      {[]string{"LapDist"}, nan},
	cTow:       {[]string{"PlayerCarTowTime"}, 0},
	cLat:       {[]string{"Lat"}, nan},
}

// scanner tells laps apart as the rows go by. Where a lap begins and ends is found row by row from four channels; the
// others are then summed up column by column over the rows that the lap has in a chunk.
type scanner struct {
	table  *Table
	bounds []float64 // of the sectors
	tick   float64   // s from record to record

	at   [columns]int       // column of the batch, or -1
	cols [columns][]float64 // the chunk at hand
	base int                // row where it begins

	driving bool // a lap is open
	open    Lap
	prev    place // in the row before, if a lap is open
	sums    sums
	timing  bool // the sim's clock has not restarted yet in the open lap

	run       int
	newRun    bool // the next lap begins one
	instances map[int]int
	lengths   []float64 // of the track, by position
}

// place is where and when a record was made.
type place struct{ time, lap, pct, num float64 }

// sums is what adds up over a lap.
type sums struct {
	rows                  int
	top, low              float64
	air, track            float64
	wet                   float64
	fuel0, fuel, added    float64 // at the first row and the last, and what was filled in
	incidents0, incidents float64
	out, in, pits         bool // in the pits at the first row, at the last, at any
	offTrack, towed       bool

	progress float64 // from the first row to the last, in laps; backwards counts off
	hole     float64 // the largest distance between two rows, in laps

	pct, time float64 // of the row before
	sector    int     // the next to begin
	crossings []float64
}

func (s *scanner) pick(f *ibt.File) ([]ibt.Pick, error) {
	var picks []ibt.Pick
	for c, channel := range scanned {
		s.at[c] = -1
		for _, name := range channel.names {
			if _, ok := f.Var(name); ok {
				s.at[c] = len(picks)
				picks = append(picks, ibt.Pick{Name: name, Float: true})
				break
			}
		}
		switch {
		case s.at[c] >= 0:
		case column(c) <= cPct:
			return nil, &ibt.ChannelError{Name: channel.names[0]}
		default:
			s.cols[c] = slices.Repeat([]float64{channel.missing}, min(chunkRows, f.Len()))
		}
	}
	return picks, nil
}

// chunk takes n rows in.
func (s *scanner) chunk(n int) {
	taken := 0 // rows that are in the sums already, or in no lap
	for i := range n {
		now := place{s.cols[cTime][i], s.cols[cLap][i], s.cols[cPct][i], s.cols[cNum][i]}
		if math.Abs(now.time) < maxNumber {
			s.session(i, &now)
		}
		if s.table.Cut {
			s.take(taken, i)
			s.close(s.base + i)
			return
		}
		if !s.onLap(i, &now) {
			s.take(taken, i)
			s.close(s.base + i)
			s.newRun, taken = true, i+1
			continue
		}
		moved := wrap(now.pct - s.prev.pct)
		switch dt := now.time - s.prev.time; {
		case !s.driving:
			s.begin(i, &now, nan)
			taken = i
		case now.num != s.prev.num || dt < 0 || dt > gapTime || math.Abs(moved) > jump:
			// The car did not get here by driving.
			s.take(taken, i)
			s.close(s.base + i)
			s.newRun, taken = true, i
			s.begin(i, &now, nan)
		case now.lap != s.prev.lap:
			s.take(taken, i)
			s.line(i, &now, moved)
			taken = i
		default:
			s.sums.progress += moved
			s.sums.hole = max(s.sums.hole, math.Abs(moved))
		}
		if s.timing {
			s.seekClock(i, &now)
		}
		s.prev = now
	}
	s.take(taken, n)
}

// wrap is the shorter way around the lap.
func wrap(pct float64) float64 {
	switch {
	case pct > 0.5:
		return pct - 1
	case pct < -0.5:
		return pct + 1
	}
	return pct
}

// onLap tells whether the row belongs to a lap. The record that the sim writes while the car is put into the world does
// not: it has lap 0 at distance 0 and latitude 0; a car that really waits on the line in lap 0 has a latitude. Nor does a
// row whose time or place is nonsense, since it can be neither drawn nor timed.
func (s *scanner) onLap(i int, p *place) bool {
	if !(math.Abs(p.time) < maxNumber && math.Abs(p.lap) < maxNumber && p.pct >= -0.5 && p.pct <= 1.5) {
		return false
	}
	blank := p.lap == 0 && p.pct == 0 && !(math.Abs(s.cols[cLat][i]) > 0)
	return !blank
}

func (s *scanner) inPits(i int) bool {
	surface := s.cols[cSurface][i]
	return s.cols[cPitRoad][i] != 0 || s.cols[cStall][i] != 0 ||
		surface == ibt.TrackLocInPitStall || surface == ibt.TrackLocApproachingPits
}

// session keeps the list of stretches in which the session clock runs on.
func (s *scanner) session(i int, now *place) {
	list, row, num := s.table.Sessions, s.base+i, whole(now.num, 0)
	offset := 0.0
	if n := len(list); n > 0 {
		last := &list[n-1]
		if last.SessionNum == num && now.time >= last.End {
			last.To, last.End = row+1, now.time
			return
		}
		if n == maxStretch {
			s.table.Cut = true
			return
		}
		// The clock restarts; the records go on at their rate.
		offset = last.Offset + last.End - last.Start + s.tick
	}
	s.table.Sessions = append(list, Stretch{
		SessionNum: num, Type: s.table.Info.SessionType(num), From: row, To: row + 1,
		Start: now.time, End: now.time, Offset: offset,
	})
}

// whole is x as an integer, or missing if it is not one that a file can mean.
func whole(x float64, missing int) int {
	if math.Abs(x) <= maxNumber {
		return int(x)
	}
	return missing
}

// begin opens a lap at row i of the chunk, where the line was crossed at a session time or, if that is NaN, was not.
func (s *scanner) begin(i int, now *place, cross float64) {
	if len(s.table.Laps) >= maxLaps {
		s.table.Cut = true
		return
	}
	old := s.sums
	s.driving, s.timing = true, !math.IsNaN(cross)
	s.open = Lap{
		SessionNum: whole(now.num, 0), Number: int(now.lap), From: s.base + i,
		Start: now.time, End: nan, Time: nan, CrossStart: cross, CrossEnd: nan,
	}
	s.sums = sums{
		top: math.Inf(-1), low: math.Inf(1),
		fuel0: s.cols[cFuel][i], fuel: s.cols[cFuel][i],
		incidents0: s.cols[cIncidents][i], out: s.inPits(i),
		pct: now.pct, time: now.time, crossings: old.crossings,
	}
	a := &s.sums
	for k := range a.crossings {
		a.crossings[k] = nan
	}
	if !s.timing {
		for a.sector < len(s.bounds) && s.bounds[a.sector] <= now.pct {
			a.sector++ // it began behind that one
		}
		return
	}
	s.open.Start = cross
	a.incidents0 = old.incidents // a point that is given with the crossing belongs to the new lap
	a.hole = wrap(now.pct - s.prev.pct)
	if len(s.bounds) > 0 {
		a.crossings[0], a.sector = cross, 1
		a.pct, a.time = s.prev.pct-1, s.prev.time
	}
}

// line ends the lap before row i of the chunk, in which the lap number changes, and begins the next.
func (s *scanner) line(i int, now *place, moved float64) {
	cross := nan
	// Only a number that rises where the distance wraps is a crossing of the line.
	if now.lap > s.prev.lap && now.pct < s.prev.pct-0.5 {
		// The sim's first position behind the line can lie a bit before it. Held to the line, it agrees better with the
		// sim's clock.
		before, after := max(1-s.prev.pct, 0), max(now.pct, 0)
		part := 1.0
		if before+after > 0 {
			part = before / (before + after)
		}
		cross = s.prev.time + (now.time-s.prev.time)*part
		s.open.CrossEnd, s.open.End = cross, cross
		s.sums.hole = max(s.sums.hole, moved)
		s.passBounds(now.pct+1, now.time)
	}
	s.close(s.base + i)
	s.begin(i, now, cross)
}

// seekClock looks for the record in which the sim's lap clock restarts. From it on, the session time less the lap clock
// is the official time of the crossing, and the time of the lap before stands in LapLastLapTime.
func (s *scanner) seekClock(i int, now *place) {
	l, clock := &s.open, s.cols[cClock][i]
	start := now.time - clock
	if !(clock > 0) || math.Abs(start-l.CrossStart) > clockSlack {
		return
	}
	s.timing = false
	l.Start, l.ByClock = start, true
	if n := len(s.table.Laps); n > 0 && s.table.Laps[n-1].To == l.From {
		s.table.Laps[n-1].timed(start, s.cols[cLast][i])
	}
}

// timed gives the lap its official time: it ended at a session time, and last is what the sim says.
func (l *Lap) timed(end, last float64) {
	l.End = max(end, l.Start) // a recording that began between the official crossing and the one by position
	took := end - l.Start     // less than the lap time if the recording began within the lap
	switch {
	case last <= 0:
		l.Clock, l.Time = NoClock, nan
		return
	case l.ByClock && !(math.Abs(took-last) <= 0.001):
		// Both ends are known, which outweighs a channel that is missing or that a build of the sim may write late.
		last = took
	}
	// At a standing start the clock runs from the green light, before the line: then the time is more than was seen. What
	// cannot be leaves the time by position, if there is one.
	if last >= max(took-clockSlack, minLapTime) && last < maxLapTime {
		l.Clock, l.Time = Official, math.Round(last*1e4)/1e4 // the resolution of the sim
	}
}

// take adds rows from … to of the chunk to the sums of the open lap.
func (s *scanner) take(from, to int) {
	if !s.driving || from >= to {
		return
	}
	a := &s.sums
	rows := func(c column) []float64 { return s.cols[c][from:to] }
	for _, v := range rows(cSpeed) {
		if v > a.top {
			a.top = v
		}
		if v < a.low {
			a.low = v
		}
	}
	for _, v := range rows(cFuel) {
		if v-a.fuel > refuelStep {
			a.added += v - a.fuel
		}
		a.fuel = v
	}
	for _, v := range rows(cAir) {
		a.air += v
	}
	for _, v := range rows(cTrack) {
		a.track += v
	}
	for _, v := range rows(cWet) {
		if v > a.wet {
			a.wet = v
		}
	}
	a.rows += to - from
	a.incidents, a.in = s.cols[cIncidents][to-1], s.inPits(to-1)
	for i := from; i < to && !a.pits; i++ {
		a.pits = s.inPits(i)
	}
	a.offTrack = a.offTrack || slices.Contains(rows(cSurface), ibt.TrackLocOffTrack)
	a.towed = a.towed || slices.ContainsFunc(rows(cTow), func(v float64) bool { return v > 0 })
	if a.sector < len(s.bounds) {
		for i, pct := range rows(cPct) {
			s.passBounds(pct, s.cols[cTime][from+i])
		}
	}
	for i := from; i < to && len(s.lengths) < maxLengths; i += 16 {
		if pct, dist := s.cols[cPct][i], s.cols[cDist][i]; pct > 0.01 && dist > 0 {
			s.lengths = append(s.lengths, dist/pct)
		}
	}
}

// passBounds notes when the sectors began whose bounds lie between the row before and the next.
func (s *scanner) passBounds(pct, time float64) {
	a := &s.sums
	if pct-a.pct < 0.5 { // not back over the line
		for a.sector < len(s.bounds) && a.pct < s.bounds[a.sector] && pct >= s.bounds[a.sector] {
			a.crossings[a.sector] = a.time + (time-a.time)*(s.bounds[a.sector]-a.pct)/(pct-a.pct)
			a.sector++
		}
	}
	a.pct, a.time = pct, time
}

// close ends the lap that is being driven before a row of the file.
func (s *scanner) close(at int) {
	l, a := &s.open, &s.sums
	if !s.driving {
		return
	}
	s.driving, s.timing = false, false
	if at-l.From < minLapRows {
		return
	}
	if s.newRun {
		s.run++
		s.newRun = false
	}
	s.instances[l.Number]++
	l.Run, l.Instance, l.To = s.run, s.instances[l.Number], at
	if math.IsNaN(l.End) {
		l.End = s.prev.time
	}
	l.AirTemp, l.TrackTemp = a.air/float64(a.rows), a.track/float64(a.rows)
	l.TopSpeed, l.MinSpeed = finite(a.top), finite(a.low)
	l.FuelStart, l.FuelUsed = a.fuel0, a.fuel0-a.fuel+a.added
	l.Wetness = whole(a.wet, 0)
	l.Incidents = -1
	if first, last := whole(a.incidents0, -1), whole(a.incidents, -1); first >= 0 && last >= 0 {
		l.Incidents = max(last-first, 0)
	}
	l.Sectors = s.sectors(l)
	l.Kind = l.kind(a)

	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	entire := began && ended && a.hole <= maxHole && math.Abs(a.progress-1) < 0.5 && l.CrossEnd-l.CrossStart >= minLapTime
	for _, c := range [...]struct {
		is bool
		Reason
	}{
		{l.Kind != Flying, NotFlying},
		{a.offTrack, OffTrack},
		{l.Incidents > 0, Incident},
		{a.towed, Towed},
		{began && ended && !entire, Incomplete},
	} {
		if c.is {
			l.Reasons |= c.Reason
		}
	}
	// Until the sim's clock says more, the positions give the time of a lap that is whole.
	if entire && l.Kind == Flying {
		l.Time, l.Clock = l.CrossEnd-l.CrossStart, Position
	}
	s.table.Laps = append(s.table.Laps, *l)
}

func finite(x float64) float64 {
	if math.IsInf(x, 0) {
		return nan
	}
	return x
}

// kind is what the two ends of the lap make it.
func (l *Lap) kind(a *sums) Kind {
	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	switch {
	case !began && !ended, !began && !a.out, !ended && !a.in:
		return Partial
	case a.out && a.in:
		return OutIn
	case a.out:
		return Out
	case a.in:
		return In
	case a.pits:
		return Pit
	}
	return Flying
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
			end = s.sums.crossings[k+1]
		}
		times[k] = end - s.sums.crossings[k]
	}
	return times
}

// finish completes what could not be known before the end of the file.
func (s *scanner) finish() {
	t := s.table
	slices.Sort(s.lengths)
	if n := len(s.lengths); n > 0 {
		t.TrackLength = s.lengths[n/2]
	}
	if t.TrackLength = trackLength(t.TrackLength); math.IsNaN(t.TrackLength) {
		t.TrackLength = trackLength(t.Info.TrackLength)
	}
	for i := range t.Laps {
		l := &t.Laps[i]
		l.Repeated = s.instances[l.Number] > 1
		if !l.Timed() {
			l.Reasons |= NotTimed
		}
		if l.Timed() && !math.IsNaN(l.CrossStart) {
			l.fit()
		}
		l.Offset = t.OffsetAt(l.From, l.Start)
	}
}

// trackLength is l if a track can have that length.
func trackLength(l float64) float64 {
	if l > 1 && l < maxTrackLen {
		return l
	}
	return nan
}

// fit makes the ends and the sectors of a timed lap that began at the line agree with its time.
func (l *Lap) fit() {
	// An end by the sim's clock is better known than one by position.
	switch {
	case math.Abs(l.End-l.Start-l.Time) <= 0.001:
	case l.ByClock:
		l.End = l.Start + l.Time
	default:
		l.Start = l.End - l.Time
	}
	sum := 0.0
	for _, x := range l.Sectors {
		sum += x
	}
	switch left := l.Time - sum; {
	case !(sum > 0): // some are not known
	case math.Abs(left) < clockSlack:
		// The crossings by position are late by about the same at every line. What is left is spread over the sectors.
		for k := range l.Sectors {
			l.Sectors[k] *= l.Time / sum
		}
	default:
		l.Sectors[0] += left // the clock ran before the car was at the line
	}
}
