package world

import (
	"math"
	"strings"
)

// The categories of licences. Road was split into sports car and formula car.
const (
	Oval = iota + 1
	Road
	DirtOval
	DirtRoad
	SportsCar
	FormulaCar
)

// Categories are all categories in the order licences are listed in.
var Categories = []int{Oval, SportsCar, FormulaCar, DirtOval, DirtRoad}

// CategoryName is a category's key, such as sports_car.
func CategoryName(category int) string {
	return [...]string{"", "oval", "road", "dirt_oval", "dirt_road", "sports_car", "formula_car"}[category]
}

// CategoryTitle is a category's name for people, such as Sports Car.
func CategoryTitle(category int) string {
	return [...]string{"", "Oval", "Road", "Dirt Oval", "Dirt Road", "Sports Car", "Formula Car"}[category]
}

// Class is a class of cars that race each other.
type Class struct {
	ID          int
	Name, Short string
	Speed       int // relative speed
	Cars        []*Car
	mph, oval   float64 // average speed of a good lap on a road course and on an oval of 1.5 miles
	stops       float64 // minutes a tank lasts
}

// Car is a model of a car.
type Car struct {
	ID              int
	Name, Short     string
	Class           *Class
	Category        int
	HP, Weight      int // horsepower, pounds
	Price           float64
	Dir             string
	Rain, Retired   bool
	Make            string
	Package         int
	balance         float64 // how much faster it is than its class: parts of one
	Types           []string
	Headlights      bool
	Free            bool
	PriceInCurrency string
}

type carRow struct {
	class, category int
	maker, model    string
	hp, weight      int
	retired         bool
}

// classes is the table of classes. Speeds are averages of a lap in miles per hour.
var classRows = []Class{
	{ID: 3101, Name: "Roadster Cup", Short: "Roadster", Speed: 33, mph: 79, oval: 96, stops: 55},
	{ID: 3102, Name: "Touring Car Class", Short: "TC", Speed: 42, mph: 88, oval: 108, stops: 60},
	{ID: 3103, Name: "GT4 Class", Short: "GT4 Class", Speed: 46, mph: 91, oval: 112, stops: 62},
	{ID: 3104, Name: "GT3 Class", Short: "GT3 Class", Speed: 53, mph: 101, oval: 124, stops: 58},
	{ID: 3105, Name: "Prototype 2", Short: "P2", Speed: 62, mph: 110, oval: 139, stops: 44},
	{ID: 3106, Name: "Hybrid Prototype", Short: "HP", Speed: 66, mph: 114, oval: 146, stops: 48},
	{ID: 3107, Name: "Formula 1600", Short: "F1600", Speed: 40, mph: 86, oval: 110, stops: 50},
	{ID: 3108, Name: "Formula Three", Short: "F3", Speed: 57, mph: 106, oval: 138, stops: 52},
	{ID: 3109, Name: "Grand Prix Car", Short: "GP", Speed: 80, mph: 126, oval: 178, stops: 95},
	{ID: 3110, Name: "Street Stock", Short: "SS", Speed: 30, mph: 72, oval: 112, stops: 70},
	{ID: 3111, Name: "Super Late Model", Short: "SLM", Speed: 44, mph: 85, oval: 142, stops: 60},
	{ID: 3112, Name: "Stock Car", Short: "SC", Speed: 58, mph: 96, oval: 178, stops: 42},
	{ID: 3113, Name: "Dirt Late Model", Short: "DLM", Speed: 38, mph: 70, oval: 118, stops: 80},
	{ID: 3114, Name: "Rallycross", Short: "RX", Speed: 36, mph: 62, oval: 90, stops: 80},
}

// carRows is the table of cars. Makers and models are made up.
var carRows = []carRow{
	{3101, SportsCar, "Kestrel", "Roadster Cup", 167, 2491, false},
	{3102, SportsCar, "Aurelia", "Tourer TC", 345, 2800, false},
	{3102, SportsCar, "Norvik", "N3 TC", 350, 2810, false},
	{3102, SportsCar, "Hanazono", "Civa TC", 345, 2795, false},
	{3103, SportsCar, "Vantor", "V8 GT4", 431, 3140, false},
	{3103, SportsCar, "Kestrel", "Stiletto GT4", 425, 3130, false},
	{3103, SportsCar, "Brandt", "Coupé GT4", 440, 3190, false},
	{3104, SportsCar, "Brandt", "Coupé GT3", 550, 2870, false},
	{3104, SportsCar, "Corsaro", "Ala GT3", 545, 2850, false},
	{3104, SportsCar, "Vantor", "V8 GT3", 555, 2880, false},
	{3104, SportsCar, "Aurelia", "Berlinetta GT3", 550, 2860, false},
	{3104, SportsCar, "Norvik", "Fjell GT3", 548, 2875, false},
	{3104, SportsCar, "Maranta", "Toro GT3 Evo", 552, 2866, false},
	{3105, SportsCar, "Delmar", "P2-07", 560, 2094, false},
	{3106, SportsCar, "Corsaro", "Hybrid HP", 670, 2271, false},
	{3106, SportsCar, "Aurelia", "Hybrid HP", 675, 2269, false},
	{3106, SportsCar, "Brandt", "Hybrid HP", 672, 2280, false},
	{3107, FormulaCar, "Rayne", "FF 1600", 109, 1107, false},
	{3108, FormulaCar, "Delmar", "Formula Three", 380, 1213, false},
	{3109, FormulaCar, "Halden", "Grand Prix 14", 1030, 1759, false},
	{3110, Oval, "Brawler", "Street Stock", 350, 3300, false},
	{3111, Oval, "Foxhall", "Super Late Model", 625, 2850, false},
	{3112, Oval, "Camden", "Stock Car", 670, 3400, false},
	{3112, Oval, "Foxhall", "Stock Car", 670, 3400, false},
	{3112, Oval, "Tamura", "Stock Car", 670, 3400, false},
	{3113, DirtOval, "Mudlick", "Dirt Late Model Pro", 660, 2300, false},
	{3114, DirtRoad, "Norvik", "Rallycross S", 600, 2900, false},
	{3114, DirtRoad, "Hanazono", "Rallycross Kei", 595, 2890, false},
	{3102, SportsCar, "Kestrel", "[Retired] Saloon TC", 300, 2700, true},
	{3108, FormulaCar, "Rayne", "[Retired] Formula Renova", 210, 1080, true},
}

// makeCars lays out the tables of cars and classes.
func makeCars() ([]*Car, []*Class) {
	var cars []*Car
	var classes []*Class
	byID := map[int]*Class{}
	for i := range classRows {
		c := classRows[i]
		c.Cars = nil
		classes = append(classes, &c)
		byID[c.ID] = &c
	}
	for i, row := range carRows {
		class := byID[row.class]
		car := &Car{
			ID: 301 + i, Name: row.maker + " " + row.model, Class: class, Category: row.category, HP: row.hp, Weight: row.weight,
			Dir: dirName(row.maker + row.model), Rain: row.category == SportsCar, Retired: row.retired, Make: row.maker, Package: 700 + i,
			Price: 11.95, PriceInCurrency: "$11.95", Headlights: row.category == SportsCar,
		}
		for word := range strings.FieldsSeq(car.Name) {
			car.Short += word[:1]
		}
		switch class.ID {
		case 3101, 3107, 3110:
			car.Price, car.PriceInCurrency, car.Free = 0, "$0.00", true
		}
		kind := map[int]string{Oval: "oval", SportsCar: "road", FormulaCar: "openwheel", DirtOval: "dirtoval", DirtRoad: "rallycross"}[row.category]
		car.Types = []string{dirName(row.maker), dirName(class.Short), kind}
		if !row.retired {
			car.balance = 0.0012 * float64(len(class.Cars)%3-1)
			class.Cars = append(class.Cars, car)
		}
		cars = append(cars, car)
	}
	return cars, classes
}

func dirName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// The types of tracks.
const (
	ShortOval = iota
	Mile
	Intermediate
	LongOval
	SuperSpeedway
	RoadCourse
	DirtRoadCourse
	DirtOvalTrack
)

// Track is one configuration of a circuit.
type Track struct {
	ID              int
	Name, Config    string // the configuration is empty where there is one only
	Type            int
	Miles           float64
	Corners         int
	Lat, Lon        float64
	Zone            string
	Location        string
	PitSpeed        int // miles per hour
	MaxCars         int
	Dir             string
	Package         int
	Retired, Lit    bool
	Free, Rain      bool
	Price           float64
	PriceInCurrency string
	speed           float64 // of a lap against the class's average
	warmth          float64 // degrees Celsius above the average
}

// Category is the track's own category, from 1 to 4.
func (t *Track) Category() int {
	switch t.Type {
	case RoadCourse:
		return Road
	case DirtRoadCourse:
		return DirtRoad
	case DirtOvalTrack:
		return DirtOval
	}
	return Oval
}

// TypeName is the type of the track in words.
func (t *Track) TypeName() string {
	return [...]string{"Short Oval", "1-Mile Oval", "Intermediate Oval", "Long Oval", "Super Speedway", "Road Course", "Dirt Road Course", "Dirt Oval"}[t.Type]
}

// IsOval tells a track that turns one way.
func (t *Track) IsOval() bool { return t.Type < RoadCourse || t.Type == DirtOvalTrack }

// Lap is a good lap of a class in seconds.
func (t *Track) Lap(c *Class) float64 {
	mph := c.mph
	if t.IsOval() {
		mph = c.oval
	}
	return 3600 * t.Miles / (mph * t.speed)
}

// trackRows is the table of tracks. Circuits and places are made up; their coordinates are in plausible countryside.
var trackRows = []Track{
	{ID: 801, Name: "Silverbrook Park", Config: "Grand Prix", Type: RoadCourse, Miles: 3.522, Corners: 16, Lat: 52.2034, Lon: -1.3417, Zone: "Europe/London", Location: "Silverbrook, United Kingdom", speed: 1.06, warmth: -2},
	{ID: 802, Name: "Silverbrook Park", Config: "National", Type: RoadCourse, Miles: 1.641, Corners: 7, Lat: 52.2034, Lon: -1.3417, Zone: "Europe/London", Location: "Silverbrook, United Kingdom", speed: 1.02, warmth: -2},
	{ID: 803, Name: "Autodromo Monte Arenosa", Type: RoadCourse, Miles: 2.914, Corners: 14, Lat: 43.6102, Lon: 11.4921, Zone: "Europe/Rome", Location: "Arenosa, Italy", speed: 1.03, warmth: 5},
	{ID: 804, Name: "Lindhaven Ring", Config: "Grand Prix", Type: RoadCourse, Miles: 3.199, Corners: 15, Lat: 50.4127, Lon: 7.1043, Zone: "Europe/Berlin", Location: "Lindhaven, Germany", speed: 1, warmth: -1},
	{ID: 805, Name: "Lindhaven Ring", Config: "Sprint", Type: RoadCourse, Miles: 2.249, Corners: 11, Lat: 50.4127, Lon: 7.1043, Zone: "Europe/Berlin", Location: "Lindhaven, Germany", speed: 0.97, warmth: -1},
	{ID: 806, Name: "Circuito Valdeoro", Type: RoadCourse, Miles: 3.367, Corners: 16, Lat: 40.6189, Lon: -3.5904, Zone: "Europe/Madrid", Location: "Valdeoro, Spain", speed: 0.99, warmth: 6},
	{ID: 807, Name: "Sable Lakes Raceway", Config: "Full Course", Type: RoadCourse, Miles: 3.402, Corners: 12, Lat: 42.5311, Lon: -76.7302, Zone: "America/New_York", Location: "Sable Lakes, New York, USA", speed: 1.1, warmth: 0},
	{ID: 808, Name: "Sable Lakes Raceway", Config: "Short Course", Type: RoadCourse, Miles: 2.454, Corners: 9, Lat: 42.5311, Lon: -76.7302, Zone: "America/New_York", Location: "Sable Lakes, New York, USA", speed: 1.08, warmth: 0},
	{ID: 809, Name: "Coldwater Canyon Raceway", Type: RoadCourse, Miles: 2.238, Corners: 11, Lat: 36.4208, Lon: -121.5526, Zone: "America/Los_Angeles", Location: "Coldwater, California, USA", speed: 0.96, warmth: 3},
	{ID: 810, Name: "Ten Pines Road Course", Type: RoadCourse, Miles: 2.53, Corners: 12, Lat: 44.0513, Lon: -92.1842, Zone: "America/Chicago", Location: "Ten Pines, Minnesota, USA", speed: 1.04, warmth: -1},
	{ID: 811, Name: "Tsukamori Speed Park", Type: RoadCourse, Miles: 3.608, Corners: 18, Lat: 34.9042, Lon: 136.8121, Zone: "Asia/Tokyo", Location: "Tsukamori, Japan", speed: 1.01, warmth: 2},
	{ID: 812, Name: "Kurrawong Mountain", Type: RoadCourse, Miles: 3.861, Corners: 23, Lat: -33.5109, Lon: 149.3718, Zone: "Australia/Sydney", Location: "Kurrawong, New South Wales, Australia", speed: 0.98, warmth: 4},
	{ID: 813, Name: "Autódromo Serra Verde", Config: "Grande Prêmio", Type: RoadCourse, Miles: 2.677, Corners: 15, Lat: -23.8119, Lon: -46.9821, Zone: "America/Sao_Paulo", Location: "Serra Verde, Brazil", speed: 1, warmth: 5},
	{ID: 814, Name: "Österfält Racerbana", Type: RoadCourse, Miles: 2.401, Corners: 13, Lat: 58.1201, Lon: 14.8823, Zone: "Europe/Stockholm", Location: "Österfält, Sweden", speed: 0.94, warmth: -5},
	{ID: 815, Name: "Circuit de Bois-Noir", Type: RoadCourse, Miles: 4.352, Corners: 20, Lat: 50.3207, Lon: 5.7511, Zone: "Europe/Brussels", Location: "Bois-Noir, Belgium", speed: 1.11, warmth: -3},
	{ID: 816, Name: "Eaglecrest International", Config: "Boot", Type: RoadCourse, Miles: 3.74, Corners: 17, Lat: 27.6412, Lon: -81.2703, Zone: "America/New_York", Location: "Eaglecrest, Florida, USA", speed: 1.04, warmth: 8},
	{ID: 830, Name: "Harlan County Speedway", Type: ShortOval, Miles: 0.526, Corners: 4, Lat: 36.8623, Lon: -83.1804, Zone: "America/New_York", Location: "Harlan, Kentucky, USA", speed: 0.72, warmth: 2},
	{ID: 831, Name: "Piedmont Bullring", Type: ShortOval, Miles: 0.4, Corners: 4, Lat: 35.8914, Lon: -79.9231, Zone: "America/New_York", Location: "Piedmont, North Carolina, USA", speed: 0.68, warmth: 3},
	{ID: 832, Name: "Granite State Mile", Type: Mile, Miles: 1.058, Corners: 4, Lat: 43.3519, Lon: -71.4613, Zone: "America/New_York", Location: "Granite, New Hampshire, USA", speed: 0.82, warmth: -3},
	{ID: 833, Name: "Tidewater Motor Speedway", Config: "Oval", Type: Intermediate, Miles: 1.5, Corners: 4, Lat: 37.2904, Lon: -76.9522, Zone: "America/New_York", Location: "Tidewater, Virginia, USA", speed: 1, warmth: 4},
	{ID: 834, Name: "Tidewater Motor Speedway", Config: "Road Course", Type: RoadCourse, Miles: 2.28, Corners: 14, Lat: 37.2904, Lon: -76.9522, Zone: "America/New_York", Location: "Tidewater, Virginia, USA", speed: 0.98, warmth: 4},
	{ID: 835, Name: "Sandhills Superspeedway", Type: SuperSpeedway, Miles: 2.66, Corners: 4, Lat: 33.2018, Lon: -86.1207, Zone: "America/Chicago", Location: "Sandhills, Alabama, USA", speed: 1.08, warmth: 6},
	{ID: 836, Name: "Ironworks Raceway", Type: ShortOval, Miles: 0.75, Corners: 4, Lat: 37.6122, Lon: -77.3809, Zone: "America/New_York", Location: "Ironworks, Virginia, USA", speed: 0.76, warmth: 2},
	{ID: 837, Name: "Desert Rose Oval", Type: Mile, Miles: 1, Corners: 4, Lat: 33.3911, Lon: -112.4127, Zone: "America/Phoenix", Location: "Desert Rose, Arizona, USA", speed: 0.8, warmth: 9},
	{ID: 838, Name: "Great Basin Speedway", Type: LongOval, Miles: 2, Corners: 4, Lat: 39.7205, Lon: -118.9914, Zone: "America/Los_Angeles", Location: "Great Basin, Nevada, USA", speed: 1.04, warmth: 5},
	{ID: 845, Name: "Mudlick Valley Raceway", Type: DirtOvalTrack, Miles: 0.375, Corners: 4, Lat: 38.4021, Lon: -84.3308, Zone: "America/New_York", Location: "Mudlick, Kentucky, USA", speed: 0.7, warmth: 1},
	{ID: 846, Name: "Red Clay Speedbowl", Type: DirtOvalTrack, Miles: 0.5, Corners: 4, Lat: 32.9117, Lon: -83.7422, Zone: "America/New_York", Location: "Red Clay, Georgia, USA", speed: 0.76, warmth: 6},
	{ID: 847, Name: "Prairie Moon Speedway", Type: DirtOvalTrack, Miles: 0.333, Corners: 4, Lat: 41.6014, Lon: -93.6729, Zone: "America/Chicago", Location: "Prairie Moon, Iowa, USA", speed: 0.67, warmth: 0},
	{ID: 850, Name: "Hellsvik Rallycross", Type: DirtRoadCourse, Miles: 0.75, Corners: 9, Lat: 63.2007, Lon: 10.3819, Zone: "Europe/Oslo", Location: "Hellsvik, Norway", speed: 0.98, warmth: -6},
	{ID: 851, Name: "Quarrybank Rallycross", Type: DirtRoadCourse, Miles: 0.62, Corners: 8, Lat: 51.3612, Lon: 0.2604, Zone: "Europe/London", Location: "Quarrybank, United Kingdom", speed: 0.95, warmth: -2},
	{ID: 852, Name: "Lavadero Rallycross", Type: DirtRoadCourse, Miles: 0.68, Corners: 9, Lat: 41.5709, Lon: 2.2613, Zone: "Europe/Madrid", Location: "Lavadero, Spain", speed: 1, warmth: 5},
	{ID: 790, Name: "[Retired] Silverbrook Park - 2010", Config: "[Retired] Grand Prix", Type: RoadCourse, Miles: 3.194, Corners: 15, Lat: 52.2034, Lon: -1.3417, Zone: "Europe/London", Location: "Silverbrook, United Kingdom", speed: 1.05, Retired: true},
}

func makeTracks() []*Track {
	var tracks []*Track
	packages := map[string]int{}
	for i := range trackRows {
		t := trackRows[i]
		if packages[t.Name] == 0 {
			packages[t.Name] = 900 + len(packages)
		}
		t.Package = packages[t.Name]
		t.Dir = dirName(t.Name) + `\` + dirName(t.Config)
		t.PitSpeed = 45
		if t.Type == RoadCourse {
			t.PitSpeed = 37
		}
		t.MaxCars = 24 + int(math.Min(36, 9*t.Miles))
		t.Rain = t.Type == RoadCourse
		t.Lit = i%3 == 0
		t.Price, t.PriceInCurrency = 14.95, "$14.95"
		if i%5 == 1 {
			t.Price, t.PriceInCurrency, t.Free = 0, "$0.00", true
		}
		tracks = append(tracks, &t)
	}
	return tracks
}

// Series is a championship that runs season after season.
type Series struct {
	ID            int
	Name, Short   string
	Category      int
	Group         int // least licence group
	Classes       []*Class
	Fixed         bool
	Minutes       int // length of a race by time; 0 means by laps
	Laps          int // length by laps at a track of one mile; scaled to about MinutesOfLaps
	First, Repeat int // minutes after midnight of the day's first race, and between races
	Team          bool
	Cautions      bool
	Standing      bool
	Drops         int
	Field         int // cars in a split
	IncidentLimit int
	Tracks        []*Track
	Popular       float64 // weight in the plan of what is raced
	Filters       string
	legacy        bool // belonged to the category road before it was split
}

type seriesRow struct {
	id           int
	name         string
	category     int
	group        int
	classes      []int
	fixed        bool
	minutes      int
	first, again int
	drops, field int
	limit        int
	popular      float64
	filters      string
}

// seriesRows is the table of series.
var seriesRows = []seriesRow{
	{601, "Roadster Rookie Cup", SportsCar, 1, []int{3101}, true, -15, 0, 30, 4, 20, 17, 1.2, "sportscars,road"},
	{602, "Touring Car Trophy", SportsCar, 2, []int{3102}, true, -18, 15, 60, 4, 18, 17, 0.6, "touring,road"},
	{603, "GT4 Challenge", SportsCar, 2, []int{3103}, false, -22, 30, 60, 4, 22, 17, 1, "gt4,road"},
	{604, "GT3 Sprint Series", SportsCar, 3, []int{3104}, false, 30, 0, 60, 4, 24, 17, 1.4, "gt3,road"},
	{605, "GT3 Sprint Series - Fixed", SportsCar, 4, []int{3104}, true, -20, 45, 60, 4, 22, 17, 0.9, "gt3,road,fixed"},
	{606, "Prototype and GT Cup", SportsCar, 4, []int{3106, 3105, 3104}, false, 45, 15, 120, 4, 26, 25, 0.8, "multiclass,road"},
	{607, "Continental Endurance Series", SportsCar, 3, []int{3105, 3104}, false, 150, 420, 1440, 4, 16, 0, 0.5, "endurance,multiclass,team,road"},
	{608, "Formula 1600 Trophy", FormulaCar, 1, []int{3107}, true, -16, 15, 60, 4, 18, 17, 0.8, "openwheel,road"},
	{609, "Formula Three Championship", FormulaCar, 3, []int{3108}, false, -25, 15, 120, 4, 20, 17, 0.9, "openwheel,f3,road"},
	{610, "Grand Prix World Series", FormulaCar, 5, []int{3109}, false, -50, 0, 240, 4, 18, 17, 0.5, "openwheel,gp,road"},
	{611, "Street Stock Series", Oval, 1, []int{3110}, true, -12, 15, 60, 4, 16, 15, 0.7, "oval,street"},
	{612, "Late Model Tour", Oval, 2, []int{3111}, false, -20, 45, 120, 4, 18, 17, 0.7, "oval,late"},
	{613, "Stock Car National Series", Oval, 4, []int{3112}, false, -40, 0, 120, 4, 24, 17, 0.8, "oval,stock"},
	{614, "Dirt Late Model Series", DirtOval, 2, []int{3113}, true, -10, 30, 60, 4, 14, 15, 0.5, "dirt,oval"},
	{615, "Rallycross Open", DirtRoad, 1, []int{3114}, true, -9, 45, 60, 4, 10, 15, 0.4, "dirt,rallycross"},
}

func makeSeries(classes []*Class, tracks []*Track) []*Series {
	var list []*Series
	for _, row := range seriesRows {
		s := &Series{
			ID: row.id, Name: row.name, Short: row.name, Category: row.category, Group: row.group, Fixed: row.fixed,
			First: row.first, Repeat: row.again, Drops: row.drops, Field: row.field, IncidentLimit: row.limit, Popular: row.popular,
			Filters: row.filters, legacy: row.category == SportsCar || row.category == FormulaCar,
		}
		if s.Minutes = row.minutes; row.minutes < 0 {
			s.Minutes, s.Laps = 0, -row.minutes
		}
		for _, id := range row.classes {
			for _, c := range classes {
				if c.ID == id {
					s.Classes = append(s.Classes, c)
				}
			}
		}
		s.Team = row.id == 607
		s.Cautions = row.id == 613 || row.id == 612
		s.Standing = row.category == FormulaCar || row.category == DirtRoad
		for _, t := range tracks {
			if t.Retired {
				continue
			}
			fits := false
			switch row.category {
			case SportsCar, FormulaCar:
				fits = t.Type == RoadCourse
			case Oval:
				// Slow cars keep to short tracks, and the stock cars visit a road course as well.
				fits = t.Type == ShortOval || t.Type == Mile || row.id != 611 && t.Type == Intermediate ||
					row.id == 613 && (t.IsOval() && t.Type != DirtOvalTrack || t.ID == 834)
			case DirtOval:
				fits = t.Type == DirtOvalTrack
			case DirtRoad:
				fits = t.Type == DirtRoadCourse
			}
			if fits {
				s.Tracks = append(s.Tracks, t)
			}
		}
		list = append(list, s)
	}
	return list
}

// CategoryAt is the series' category at a time: road before the split.
func (s *Series) CategoryAt(q Quarter) int {
	if s.legacy && q.index() < splitQuarter {
		return Road
	}
	return s.Category
}

// RaceLaps is how many laps a race has at a track; 0 where time ends it.
func (s *Series) RaceLaps(t *Track) int {
	if s.Laps == 0 {
		return 0
	}
	return max(4, int(float64(s.Laps)*60/t.Lap(s.Classes[0])))
}

// Warmth is how much warmer than usual it is at the track, in degrees Celsius.
func (t *Track) Warmth() float64 { return t.warmth }
