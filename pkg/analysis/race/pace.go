package race

import (
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Clean tells which of a driver's laps are ones to judge pace by: nothing happened on them, and they are no slower than
// the median of those plus three robust standard deviations (1.4826 times the median absolute deviation). The second rule
// drops laps behind a safety car.
func Clean(laps []iracing.Lap) []bool {
	clean := make([]bool, len(laps))
	var times []float64
	for i := range laps {
		if clean[i] = laps[i].Clean(); clean[i] {
			times = append(times, laps[i].Time)
		}
	}
	slices.Sort(times)
	median := Quantile(times, 0.5)
	spread := make([]float64, len(times))
	for i, t := range times {
		spread[i] = math.Abs(t - median)
	}
	slices.Sort(spread)
	slowest := median + 3*1.4826*Quantile(spread, 0.5)
	for i := range laps {
		// Times are multiples of 0.1 ms, which sums of them are not quite.
		clean[i] = clean[i] && laps[i].Time <= slowest+1e-6
	}
	return clean
}

// Pace is what clean laps tell of a driver. Times are seconds; NaN where there are too few laps.
type Pace struct {
	Laps             int
	Best             float64
	P25, Median, P75 float64
	Mean             float64
	Sigma            float64 // standard deviation of the sample; from two laps on
	Consistency      float64 // 0 to 1: see below
	Best5            float64 // average of the best five laps
}

// steady is the ratio of standard deviation to mean at which consistency is 0.
const steady = 0.02

// PaceOf sums lap times up. Consistency is 1 - (sigma/mean)/0.02, and 0 where that is negative: laps that spread by one per
// cent of their time give one half.
func PaceOf(times []float64) Pace {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	nan := math.NaN()
	p := Pace{
		Laps: len(sorted), Best: Quantile(sorted, 0), P25: Quantile(sorted, 0.25), Median: Quantile(sorted, 0.5), P75: Quantile(sorted, 0.75),
		Mean: average(sorted), Sigma: nan, Consistency: nan, Best5: nan,
	}
	if len(sorted) >= 2 {
		sum := 0.0
		for _, t := range sorted {
			sum += (t - p.Mean) * (t - p.Mean)
		}
		p.Sigma = math.Sqrt(sum / float64(len(sorted)-1))
		p.Consistency = max(0, 1-p.Sigma/p.Mean/steady)
	}
	if len(sorted) >= 5 {
		p.Best5 = average(sorted[:5])
	}
	return p
}

// Quantile is the value below which the share q of ascending values lies, interpolated between neighbours (type 7 of
// Hyndman and Fan 1996); NaN without values.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (sorted[j]-sorted[i])*(at-float64(i))
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values)) // NaN without values
}

// CleanLaps tells which laps of a car are clean, by the own pace of each driver who shared it. See [Clean].
func CleanLaps(laps []iracing.Lap) []bool {
	clean := make([]bool, len(laps))
	by := map[int64][]int{}
	for i, l := range laps {
		by[l.Cust] = append(by[l.Cust], i)
	}
	for _, indices := range by {
		own := make([]iracing.Lap, len(indices))
		for i, j := range indices {
			own[i] = laps[j]
		}
		for i, ok := range Clean(own) {
			clean[indices[i]] = ok
		}
	}
	return clean
}
