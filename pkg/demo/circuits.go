package demo

import "math"

// The circuit lies on fields in Lincolnshire where there is none.
const (
	parkLat     = 53.0487
	parkLon     = -0.3912
	parkHeading = 18 * math.Pi / 180
)

func park(id int, name, config string) *Circuit {
	return &Circuit{
		ID: id, Name: name, DisplayName: "Silverbrook Park", ConfigName: config,
		City: "Silverbrook", Country: "United Kingdom", Lat: parkLat, Lon: parkLon, PitSpeed: 72 / 3.6,
		pit: pitLane{split: -345, entry: -240, stall: 75, exit: 165, join: 270, offset: -15, stallOffset: -4.2},
	}
}

// grandPrix is the long layout, clockwise, as drawn: closing the loop changes its straights by a few per cent.
func grandPrix() []element {
	return []element{
		{length: 270, fixed: true},
		bend(-82, 58, 62, 67), // 1
		bend(52, 102, 61, 66),
		straight(62),
		bend(-78, 164, 147, 160), // 3
		straight(221),
		bend(-128, 29, 42, 51), // 4
		straight(44),
		bend(72, 106, 88, 96), // 5
		straight(35),
		bend(42, 168, 81, 88), // 6
		straight(62),
		bend(-96, 62, 78, 86), // 7
		straight(257),
		bend(-55, 239, 151, 165), // 8
		straight(71),
		bend(80, 52, 52, 57), // 9
		straight(13),
		bend(-84, 46, 45, 55), // 10
		straight(115),
		bend(-71, 133, 109, 119), // 11
		straight(49),
		bend(60, 84, 58, 64), // 12
		straight(18),
		bend(-72, 78, 65, 71), // 13
		{length: 325, fixed: true},
	}
}

func silverbrookGP() (*Circuit, error) {
	c := park(9001, "silverbrook gp", "Grand Prix")
	c.Sectors = []float64{0, 0.268, 0.521, 0.774}
	return c, c.build(grandPrix(), parkHeading)
}

// silverbrookNational is the short layout: it shares the start, the pits, the first two corners and the last.
func silverbrookNational() (*Circuit, error) {
	c := park(9002, "silverbrook national", "National")
	c.Sectors = []float64{0, 0.34, 0.69}
	long, err := closeLoop(grandPrix(), parkHeading)
	if err != nil {
		return nil, err
	}
	for i := range long {
		long[i].fixed = true
	}
	layout := append(long[:3:3],
		straight(80),
		bend(-150, 27, 44, 54), // 3
		straight(330),
		bend(38, 90, 39, 43), // 4
		straight(60),
		bend(-44, 80, 41, 44), // 5
		straight(330),
		bend(-102, 48, 53, 65), // 6
		straight(60),
	)
	return c, c.build(append(layout, long[len(long)-2:]...), parkHeading)
}
