package analysis_test

import (
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
)

func TestChannelTitle(t *testing.T) {
	for name, want := range map[string]string{
		"SteeringWheelAngle":   "Steering",
		"TrackX":               "Track map, east",
		"LFtempCM":             "Left front carcass temperature, middle",
		"RRsomethingNew":       "Right rear something new",
		"SessionTimeRemain":    "Session time remain",
		"LapDeltaToBestLap_OK": "Lap delta to best lap OK",
		"dcABS":                "dc ABS",
		"":                     "",
	} {
		if got := analysis.ChannelTitle(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}

func TestMainChannels(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range analysis.MainChannels() {
		if seen[c.Name] || c.Title == "" || !analysis.MainChannel(c.Name) || analysis.ChannelTitle(c.Name) != c.Title {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
	if analysis.MainChannel("Voltage") || !seen["Speed"] {
		t.Error("the wrong channels are main ones")
	}
}
