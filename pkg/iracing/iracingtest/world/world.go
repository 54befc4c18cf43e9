// Package world makes up a whole iRacing: its cars, tracks and series, some hundred members with invented names, and
// years of races between them, in which the account's own driver takes part a few times a week.
//
// Everything follows from a seed and from the moment the world is made: two worlds of the same seed and moment are the
// same to the last bit. Everything also agrees with everything: a result is what its laps add up to, a rating is what
// the races have made of it, a championship is the sum of its weeks. What is kept in memory is the results; the laps of
// a race are driven again when somebody asks for them.
//
// The world goes on: [World.Read] shows it as it is at a moment, and makes more of it when that moment nears the end of
// what there is. Races that are not over yet are known to the world and not to its readers, but for being live.
//
// Units are those of iRacing's API: times in 1/10000 s, places counted from 0, safety ratings times 100.
package world

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Options say which world to make.
type Options struct {
	// Seed is what the world follows from; 0 means 1.
	Seed uint64
	// Now is the moment the world is made; the zero time means the real one.
	Now time.Time
	// Races is about how many official races the account's own driver has driven; 0 means 250, over the last two years.
	// More of them reach further back. Fewer make a smaller world, in less time: one of 40 is made five times as fast.
	Races int
}

// World is a made-up iRacing.
type World struct {
	// These do not change once the world is made.
	Cars    []*Car
	Classes []*Class
	Tracks  []*Track
	Series  []*Series
	Me      *Member

	seed    uint64
	made    time.Time // when the world was made
	begin   time.Time // when its first race may be
	regular time.Time // from when on the own driver races a few times a week
	busy    time.Time // from when on every series races week after week
	dense   time.Time // from when on every series races several times a day
	weekly  float64   // own races in a week
	small   bool      // nothing but the last races is wanted

	mu       sync.RWMutex
	until    time.Time // up to when everything is made
	members  []*Member
	byMember map[int64]*Member
	teams    []*Team
	leagues  []*League
	seasons  []*Season
	races    []*Race // by id, which is also by start
	nextID   int64
	session  int64
	private  int64
	pools    map[*Series][]favourite
	sim      simulation
	keys     []candidate
}

// Season is a series in one quarter.
type Season struct {
	ID      int64
	Series  *Series
	Quarter Quarter
	Tracks  [Weeks]*Track
}

// Name is the season's whole name.
func (s *Season) Name() string { return s.Series.Name + " - " + s.Quarter.String() }

// How far the world is made ahead of its readers, and how near they may come to its end.
const (
	ahead = 8 * time.Hour
	near  = 4 * time.Hour
)

// New makes a world.
func New(o Options) *World {
	w := &World{seed: o.Seed, made: o.Now, byMember: map[int64]*Member{}, pools: map[*Series][]favourite{}}
	if w.seed == 0 {
		w.seed = 1
	}
	if w.made.IsZero() {
		w.made = time.Now()
	}
	w.made = w.made.UTC().Truncate(time.Second)
	races := o.Races
	if races <= 0 {
		races = 250
	}
	// Two or three races a week; who has raced more has done so for longer and more often.
	weeks := max(13, min(104, races*104/250), races/5)
	w.weekly = float64(races) / float64(weeks)
	w.regular = w.made.Add(-time.Duration(weeks) * week)
	w.busy = w.regular.Add(-quarter)
	if w.small = races < 250; !w.small {
		w.busy = w.made.Add(-9 * quarter)
	}
	w.dense = w.made.Add(-6 * time.Hour).Truncate(day)
	current := QuarterOf(w.made)
	first := current.Add(-9)
	if road := quarterAt(splitQuarter - 2); first.index()-road.index() <= 6 && road.index() < first.index() {
		first = road
	}
	if q := QuarterOf(w.regular).Add(-1); q.index() < first.index() {
		first = q
	}
	w.begin = first.Start()
	w.nextID, w.session, w.private = 71000300, 250100200, 4100100

	w.Cars, w.Classes = makeCars()
	w.Tracks = makeTracks()
	w.Series = makeSeries(w.Classes, w.Tracks)
	w.makeMembers()
	w.makeTeams()
	w.makeLeagues()
	w.until = w.begin
	w.extend(w.made.Add(ahead))
	return w
}

// The purposes of random numbers.
const (
	rngMembers = iota + 1
	rngTeams
	rngSeason
	rngWeek
	rngDay
	rngRace
	rngQualify
	rngField
	rngLeague
	rngWeather
	rngTrial
	rngPractice
	rngView
)

// rng is a source of random numbers that follows from the seed and from what they are for.
func (w *World) rng(purpose uint64, ids ...int64) *rand.Rand {
	h := mix(w.seed + purpose<<32)
	for _, id := range ids {
		h = mix(h ^ uint64(id))
	}
	return rand.New(rand.NewPCG(h, mix(h)))
}

// mix scatters the bits of a number (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Read shows the world as it is at a moment. The view must not be used after show has returned.
func (w *World) Read(now time.Time, show func(v *View)) {
	w.mu.RLock()
	for w.until.Before(now.Add(near)) {
		w.mu.RUnlock()
		w.mu.Lock()
		w.extend(now.Add(ahead))
		w.mu.Unlock()
		w.mu.RLock()
	}
	defer w.mu.RUnlock()
	show(&View{World: w, Now: now.UTC()})
}

// extend makes the world up to a moment, day by day.
func (w *World) extend(to time.Time) {
	for ; w.until.Before(to); w.until = w.until.Add(day) {
		q := QuarterOf(w.until)
		if w.until.Equal(q.Start()) {
			w.openQuarter(q)
		}
		plan := w.plan(w.until)
		slices.SortStableFunc(plan, func(a, b start) int { return a.at.Compare(b.at) })
		for i := range plan {
			w.hold(&plan[i])
		}
	}
}
