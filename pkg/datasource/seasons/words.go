package seasons

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// long is a duration in seconds; NaN for none.
func long(d time.Duration) float64 {
	if d <= 0 {
		return math.NaN()
	}
	return d.Seconds()
}

// raceLength is the length of a race in words: 45 min, 30 laps.
func raceLength(d time.Duration, laps int) string {
	var parts []string
	if laps > 0 {
		parts = append(parts, frames.Plural(laps, "lap"))
	}
	if d > 0 {
		if h := d.Hours(); d%time.Hour == 0 && h >= 3 {
			parts = append(parts, strconv.Itoa(int(h))+" h")
		} else {
			parts = append(parts, strconv.Itoa(int(d.Minutes()))+" min")
		}
	}
	return strings.Join(parts, " or ")
}

// names joins the names of things.
func names(refs []iracing.Ref) string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = r.Name
	}
	return strings.Join(list, ", ")
}
