package demo

import (
	"math"
	"math/rand/v2"
)

// weather drifts slowly: the day warms or cools in a straight line, with a slow wave on top; wind has gusts.
type weather struct {
	air0, perHour float64 // °C, K/h
	sun           float64 // K by which the road is warmer than the air
	humidity0     float64
	wind0, from0  float64 // m/s, rad clockwise from north
	skies         int
	phase         float64

	air, track, humidity, wind, from, pressure, density float64
	gust, veer                                          drift
}

// step brings the weather to t seconds of session time.
func (w *weather) step(rng *rand.Rand, t, dt, altitude float64) {
	slow := math.Sin(2*math.Pi*t/2700 + w.phase)
	w.air = w.air0 + w.perHour*t/3600 + 0.25*slow
	w.track = w.air + w.sun + 1.3*math.Sin(2*math.Pi*t/1900+2*w.phase) + 0.9*w.perHour*t/3600
	w.humidity = w.humidity0 - 0.018*(w.air-w.air0) + 0.004*slow
	w.wind = math.Max(w.wind0*(1+0.12*w.gust.next(rng, dt, 9)), 0)
	w.from = math.Mod(w.from0+0.09*w.veer.next(rng, dt, 14)+2*math.Pi, 2*math.Pi)
	// The standard atmosphere at the track's altitude, with a slow change of a few pascals.
	w.pressure = 101325*math.Pow(1-2.25577e-5*altitude, 5.25588) + 14*math.Sin(2*math.Pi*t/5400+w.phase)
	// Density of moist air: dry air and vapour as ideal gases, saturation by Magnus.
	kelvin := w.air + 273.15
	vapour := w.humidity * 611.2 * math.Exp(17.62*w.air/(243.12+w.air))
	w.density = (w.pressure-vapour)/(287.05*kelvin) + vapour/(461.5*kelvin)
}
