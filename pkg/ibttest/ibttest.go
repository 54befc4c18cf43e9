// Package ibttest makes small telemetry files for tests: a car on a round track, lap by lap in given times, with the
// sim's own habits (the blank first record, the lap clock that restarts late). What is in such a file is known exactly.
package ibttest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Length is that of the track, m.
const Length = 1200.0

const (
	rate     = 60
	clockLag = 0.5 // s after the line until the lap clock restarts
	pitExit  = 0.05
)

// Drive describes a recording. It begins in the pits and ends on the track, in the lap after the last timed one.
type Drive struct {
	Start      time.Time // the zero time means 2025-03-01 14:00 UTC
	Car, Track string    // "" means Test Car, Test Ring
	Driver     string
	Cust       int64 // the driver's customer id; 0 leaves it out
	TrackID    int
	OutLap     float64   // s; 0 means 30
	Laps       []float64 // lap times of the flying laps, s
	InLap      float64   // s of the lap that the recording ends in; 0 means 5
	OffTrack   int       // number of the flying lap, from 1, in which the car leaves the track and gets an incident point
	Open       bool      // leave the file as the sim leaves it before closing it
	Channels   []ibt.Var // more channels, which stay 0
}

// Name is what the sim would call the file.
func (d *Drive) Name() string {
	d.fill()
	return fmt.Sprintf("%s_%s %s.ibt", "testcar", "testring", d.Start.Format("2006-01-02 15-04-05"))
}

func (d *Drive) fill() {
	if d.Start.IsZero() {
		d.Start = time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	}
	for p, v := range map[*string]string{&d.Car: "Test Car", &d.Track: "Test Ring", &d.Driver: "Tess Driver"} {
		if *p == "" {
			*p = v
		}
	}
	for p, v := range map[*float64]float64{&d.OutLap: 30, &d.InLap: 5} {
		if *p == 0 {
			*p = v
		}
	}
	if d.TrackID == 0 {
		d.TrackID = 7
	}
}

// session is the session text.
func (d *Drive) session() []byte {
	id := ""
	if d.Cust > 0 {
		id = fmt.Sprintf("   UserID: %d\n", d.Cust)
	}
	return fmt.Appendf(nil, `---
WeekendInfo:
 TrackName: testring
 TrackID: %d
 TrackLength: %.2f km
 TrackDisplayName: %s
 TrackConfigName: 
 TrackLatitude: 52.000000 m
 TrackLongitude: 1.000000 m
 SubSessionID: 0
 EventType: Test

SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Offline Testing

DriverInfo:
 DriverCarIdx: 0
 Drivers:
 - CarIdx: 0
   UserName: %s
%s   CarScreenName: %s

SplitTimeInfo:
 Sectors:
 - SectorNum: 0
   SectorStartPct: 0.000000
 - SectorNum: 1
   SectorStartPct: 0.400000
 - SectorNum: 2
   SectorStartPct: 0.750000

...
`, d.TrackID, Length/1000, d.Track, d.Driver, id, d.Car)
}

var channels = []ibt.Var{
	{Name: "SessionTime", Desc: "Seconds since session start", Unit: "s", Type: ibt.TypeDouble},
	{Name: "SessionNum", Desc: "Session number", Type: ibt.TypeInt},
	{Name: "SessionFlags", Desc: "Session flags", Unit: "irsdk_Flags", Type: ibt.TypeBitField},
	{Name: "Lap", Desc: "Laps started count", Type: ibt.TypeInt},
	{Name: "LapDistPct", Desc: "Share of the lap driven", Unit: "%", Type: ibt.TypeFloat},
	{Name: "LapDist", Desc: "Metres from the line", Unit: "m", Type: ibt.TypeFloat},
	{Name: "LapCurrentLapTime", Desc: "Time in the current lap", Unit: "s", Type: ibt.TypeFloat},
	{Name: "LapLastLapTime", Desc: "Time of the last lap", Unit: "s", Type: ibt.TypeFloat},
	{Name: "OnPitRoad", Desc: "Is the car on pit road", Type: ibt.TypeBool},
	{Name: "PlayerTrackSurface", Desc: "Where the car is", Unit: "irsdk_TrkLoc", Type: ibt.TypeInt},
	{Name: "Speed", Desc: "GPS vehicle speed", Unit: "m/s", Type: ibt.TypeFloat},
	{Name: "Throttle", Desc: "0=off throttle to 1=full throttle", Unit: "%", Type: ibt.TypeFloat},
	{Name: "Brake", Desc: "0=brake released to 1=max pedal force", Unit: "%", Type: ibt.TypeFloat},
	{Name: "Gear", Desc: "-1=reverse, 0=neutral, 1..n=current gear", Type: ibt.TypeInt},
	{Name: "RPM", Desc: "Engine speed", Unit: "revs/min", Type: ibt.TypeFloat},
	{Name: "SteeringWheelAngle", Desc: "Steering wheel angle", Unit: "rad", Type: ibt.TypeFloat},
	{Name: "FuelLevel", Desc: "Litres of fuel remaining", Unit: "l", Type: ibt.TypeFloat},
	{Name: "PlayerCarMyIncidentCount", Desc: "Incident points of this driver", Type: ibt.TypeInt},
	{Name: "AirTemp", Desc: "Air temperature", Unit: "C", Type: ibt.TypeFloat},
	{Name: "TrackTempCrew", Desc: "Track temperature", Unit: "C", Type: ibt.TypeFloat},
	{Name: "Lat", Desc: "Latitude", Unit: "deg", Type: ibt.TypeDouble},
	{Name: "Lon", Desc: "Longitude", Unit: "deg", Type: ibt.TypeDouble},
	{Name: "SteeringWheelTorque_ST", Desc: "Steering torque, 360 Hz", Unit: "N*m", Type: ibt.TypeFloat, Count: 6, CountAsTime: true},
}

// place is how far round the track a lap is after the share p of its time: faster and slower twice a lap.
func place(p float64) float64 { return p + 0.04*math.Sin(4*math.Pi*p)/math.Pi }

// slope is its derivative.
func slope(p float64) float64 { return 1 + 0.16*math.Cos(4*math.Pi*p) }

// Bytes is the recording as a file.
func (d Drive) Bytes() []byte {
	d.fill()
	var buf Memory
	w, err := ibt.NewWriter(&buf, ibt.WriterOptions{
		Vars: slices.Concat(channels, d.Channels), Session: d.session(), StartDate: d.Start,
	})
	if err != nil {
		panic(err) // the options are ours
	}
	const begin = 1000.0 // SessionTime of the first record
	now := begin
	set := func(values map[string]float64) {
		for name, v := range values {
			w.Set(w.Index(name), v)
		}
	}
	record := func() {
		w.Set(w.Index("SessionTime"), now)
		if err := w.WriteRecord(); err != nil {
			panic(err) // memory takes everything
		}
		now += 1.0 / rate
	}
	set(map[string]float64{"RPM": 300, "PlayerTrackSurface": ibt.TrackLocNotInWorld, "FuelLevel": 40, "AirTemp": 20, "TrackTempCrew": 30})
	record()

	times := append(append([]float64{d.OutLap}, d.Laps...), d.InLap)
	lineAt, last, incidents := begin+1.0/rate, 0.0, 0
	for lap, lapTime := range times {
		out, final := lap == 0, lap == len(times)-1
		whole := lapTime
		if final {
			whole = 30 // driven at that pace, but not to its end
		}
		before := last
		clockStart := math.Inf(-1)
		if lap > 1 {
			clockStart = lineAt - times[lap-1]
		}
		for ; now < lineAt+lapTime; record() {
			p := (now - lineAt) / whole
			pct := place(p)
			if out {
				pct = pitExit/2 + (1-pitExit/2)*pct
			}
			speed := Length / whole * slope(p)
			off := lap == d.OffTrack && lap > 0 && p > 0.5 && p < 0.55
			if lap == d.OffTrack && lap > 0 && p > 0.5 {
				incidents = 1
			}
			clock := now - lineAt
			if clock < clockLag && lap > 0 {
				clock = max(now-clockStart, 0)
				if math.IsInf(clockStart, -1) {
					clock = 0
				}
			} else if out {
				clock = 0
			} else {
				last = times[lap-1]
				if lap == 1 {
					last = -1
				}
				before = last
			}
			angle := 2 * math.Pi * pct
			radius := Length / (2 * math.Pi)
			set(map[string]float64{
				"Lap": float64(lap + 1), "LapDistPct": pct, "LapDist": pct * Length, "Speed": speed,
				"LapCurrentLapTime": clock, "LapLastLapTime": before,
				"OnPitRoad": bit(out && pct < pitExit), "PlayerTrackSurface": surface(out && pct < pitExit, off),
				"Throttle": 0.5 + 0.5*math.Sin(4*math.Pi*p), "Brake": max(0, -math.Sin(4*math.Pi*p)),
				"Gear": math.Floor(2 + speed/20), "RPM": 3000 + 60*speed, "SteeringWheelAngle": 0.4,
				"FuelLevel": 40 - (now-begin)*0.02, "PlayerCarMyIncidentCount": float64(incidents),
				"SessionFlags": 0x4, "SteeringWheelTorque_ST": 3,
				"Lat": 52 + radius*math.Sin(angle)/111_195, "Lon": 1 + radius*math.Cos(angle)/111_195/math.Cos(52*math.Pi/180),
			})
		}
		lineAt += lapTime
	}
	if !d.Open {
		if err := w.Close(); err != nil {
			panic(err) // memory takes everything
		}
	}
	return buf.Data
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func surface(pits, off bool) float64 {
	switch {
	case pits:
		return ibt.TrackLocApproachingPits
	case off:
		return ibt.TrackLocOffTrack
	}
	return ibt.TrackLocOnTrack
}

// Write writes the recording into dir under the name that the sim would give it, with a time of change that tells that
// the sim has left it alone, and returns its path.
func (d Drive) Write(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, d.Name())
	if err := os.WriteFile(path, d.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, d.Start, d.Start); err != nil {
		t.Fatal(err)
	}
	return path
}
