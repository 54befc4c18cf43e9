package datasource

import (
	"regexp"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Lengths and speeds of the suspension are small.
var (
	millimetres  = [2]frames.Display{{Unit: "lengthmm", Decimals: 1, Scale: 1000}, {Unit: "lengthin", Decimals: 2, Scale: 1 / 0.0254}}
	millimetresS = [2]frames.Display{
		{Unit: "suffix:mm/s", Decimals: 0, Scale: 1000},
		{Unit: "suffix:in/s", Decimals: 2, Scale: 1 / 0.0254},
	}
)

// pedal matches the channels whose axis always shows the whole travel.
var pedal = regexp.MustCompile(`^(Throttle|Brake|Clutch|Handbrake)(Raw)?$`)

// displayOf is how a channel is shown.
func displayOf(v *ibt.Var, system models.Units) frames.Display {
	pick := func(pair [2]frames.Display) frames.Display {
		if system == models.UnitsImperial {
			return pair[1]
		}
		return pair[0]
	}
	unit, _, _ := strings.Cut(v.Unit, " or ") // "l or kWh" is l in a car with a tank
	switch {
	case v.Type == ibt.TypeBool:
		return frames.Display{Unit: "none", Mappings: frames.MapValues(map[int64]string{0: "off", 1: "on"})}
	case v.Name == "Gear":
		return frames.Display{Unit: "none", Mappings: frames.MapValues(map[int64]string{-1: "R", 0: "N"})}
	case strings.HasSuffix(v.Name, "shockVel"):
		return pick(millimetresS)
	case strings.HasSuffix(v.Name, "shockDefl"), strings.HasSuffix(v.Name, "rideHeight"):
		return pick(millimetres)
	case pedal.MatchString(v.Name):
		d, _ := frames.ByUnit("%", system)
		d.Full = true
		return d
	case v.Name == "LapDistPct", strings.HasPrefix(v.Name, "dcBrakeBias"):
		d, _ := frames.ByUnit(unit, system)
		return d.With(2)
	}
	if d, ok := frames.ByUnit(unit, system); ok {
		return d
	}
	if e, ok := ibt.LookupEnum(v.Unit); ok {
		if e.Flags {
			return frames.Display{Unit: "hex0x"}
		}
		names := make(map[int64]string, len(e.Values))
		for _, x := range e.Values {
			names[x.Value] = x.Name
		}
		return frames.Display{Unit: "none", Mappings: frames.MapValues(names)}
	}
	d := frames.Display{Unit: "none", Decimals: 2}
	if v.Type != ibt.TypeFloat && v.Type != ibt.TypeDouble {
		d.Decimals = 0
	}
	if unit != "" && !strings.HasPrefix(unit, "irsdk_") {
		d.Unit = "suffix:" + unit
	}
	return d
}

// displaySignal is how a signal is shown; the derived ones are places.
func displaySignal(s *analysis.Signal, system models.Units) frames.Display {
	if s.Var == nil {
		return frames.Metres.With(1)
	}
	return displayOf(s.Var, system)
}
