package world

import (
	"math/rand/v2"
	"strings"
)

// Country is a country with its flair.
type Country struct {
	Flair       int
	Name        string
	Code, Short string // two and three letters
	weight      int    // how many members come from there
	region      string
}

// The flairs that stand for no country.
var (
	Unaffiliated = Country{Flair: 1, Name: "Unaffiliated"}
	Global       = Country{Flair: 2, Name: "Global", Code: "GO", Short: "GLO"}
)

// countries is the table of countries, by name.
var countries = []Country{
	{11, "Argentina", "AR", "ARG", 2, "South America"},
	{13, "Australia", "AU", "AUS", 5, "Oceania"},
	{14, "Austria", "AT", "AUT", 2, "Central Europe"},
	{21, "Belgium", "BE", "BEL", 3, "Benelux"},
	{30, "Brazil", "BR", "BRA", 4, "South America"},
	{38, "Canada", "CA", "CAN", 5, "North America"},
	{43, "Chile", "CL", "CHL", 1, "South America"},
	{44, "China", "CN", "CHN", 1, "Asia"},
	{47, "Colombia", "CO", "COL", 1, "South America"},
	{53, "Croatia", "HR", "HRV", 1, "Central Europe"},
	{57, "Czechia", "CZ", "CZE", 2, "Central Europe"},
	{58, "Denmark", "DK", "DNK", 2, "Scandinavia"},
	{68, "Estonia", "EE", "EST", 1, "Scandinavia"},
	{73, "Finland", "FI", "FIN", 3, "Scandinavia"},
	{74, "France", "FR", "FRA", 5, "France"},
	{80, "Germany", "DE", "DEU", 9, "Central Europe"},
	{83, "Greece", "GR", "GRC", 1, "Southern Europe"},
	{97, "Hungary", "HU", "HUN", 2, "Central Europe"},
	{98, "Iceland", "IS", "ISL", 1, "Scandinavia"},
	{99, "India", "IN", "IND", 1, "Asia"},
	{103, "Ireland", "IE", "IRL", 2, "UK and I"},
	{106, "Italy", "IT", "ITA", 6, "Southern Europe"},
	{108, "Japan", "JP", "JPN", 3, "Asia"},
	{121, "Latvia", "LV", "LVA", 1, "Scandinavia"},
	{127, "Lithuania", "LT", "LTU", 1, "Scandinavia"},
	{128, "Luxembourg", "LU", "LUX", 1, "Benelux"},
	{141, "Mexico", "MX", "MEX", 2, "North America"},
	{151, "Netherlands", "NL", "NLD", 6, "Benelux"},
	{153, "New Zealand", "NZ", "NZL", 2, "Oceania"},
	{160, "Norway", "NO", "NOR", 2, "Scandinavia"},
	{171, "Poland", "PL", "POL", 3, "Central Europe"},
	{172, "Portugal", "PT", "PRT", 2, "Southern Europe"},
	{176, "Romania", "RO", "ROU", 1, "Central Europe"},
	{192, "Slovakia", "SK", "SVK", 1, "Central Europe"},
	{193, "Slovenia", "SI", "SVN", 1, "Central Europe"},
	{196, "South Africa", "ZA", "ZAF", 2, "Africa"},
	{197, "South Korea", "KR", "KOR", 1, "Asia"},
	{199, "Spain", "ES", "ESP", 6, "Southern Europe"},
	{204, "Sweden", "SE", "SWE", 3, "Scandinavia"},
	{205, "Switzerland", "CH", "CHE", 2, "Central Europe"},
	{219, "Türkiye", "TR", "TUR", 1, "Southern Europe"},
	{224, "Ukraine", "UA", "UKR", 1, "Central Europe"},
	{226, "United Kingdom", "GB", "GBR", 9, "UK and I"},
	{227, "United States", "US", "USA", 18, "North America"},
	{230, "Uruguay", "UY", "URY", 1, "South America"},
}

// The syllables that names are built from. They were chosen to sound like names and to be nobody's.
var (
	firstHeads = strings.Fields("Ba Bre Ca Dae Dor El Fa Fen Gar Hal Io Jor Ka Kel Lo Lin Ma Mir Na Nor O Pel Qui Ra Ren Sa Sil Ta Tor U Va Vel Wi Xan Yor Ze")
	firstTails = strings.Fields("bex dan dric fin gorn hael jax ken lor mond nax ric ros sen thar tin vek von wyn zar lie mira nelle ria sha tessa vina")
	lastHeads  = strings.Fields("Ash Bram Cor Drav Esk Fol Gren Hask Ild Jarn Kol Lund Mor Nev Osk Prax Quen Rusk Strov Tal Umb Verr Wex Yarl Zell Brön Fjör Müh Ñan")
	lastTails  = strings.Fields("abek acre adale arik bourne croft dahl elund enko fenn gaard hollow idos ika landt marr nova oque pern quist rossa sund thorne uvar vale wick xley yard zeth")
)

// personName makes up the name of a person.
func personName(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	first := pick(firstHeads) + pick(firstTails)
	last := pick(lastHeads) + pick(lastTails)
	if r.IntN(14) == 0 {
		last += "-" + pick(lastHeads) + pick(lastTails)
	}
	return first + " " + last
}

// The words that teams, leagues and hosted sessions are named with.
var (
	teamHeads = strings.Fields("Copper Lantern Velvet Anvil Marble Nimbus Juniper Saffron Granite Meridian Bramble Orchid Tundra Cobalt Ember Hazel Quartz Willow Zephyr Canyon Harbour Maple Onyx Pioneer")
	teamTails = []string{"Racing", "Motorsport", "Sim Racing", "Esports", "Racing Team", "Performance", "Competition"}
)

// pickCountry draws a country by how many members come from it.
func pickCountry(r *rand.Rand) *Country {
	total := 0
	for i := range countries {
		total += countries[i].weight
	}
	n := r.IntN(total)
	for i := range countries {
		if n -= countries[i].weight; n < 0 {
			return &countries[i]
		}
	}
	return &countries[0]
}

// Countries is the table of countries, by name.
func Countries() []Country { return countries }

// Region is the part of the world that the country lies in.
func (c *Country) Region() string { return c.region }
