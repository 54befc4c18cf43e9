package world

// The flags of a lap.
const (
	FlagInvalid       = 0x1
	FlagPitted        = 0x2
	FlagOffTrack      = 0x4
	FlagBlack         = 0x8
	FlagReset         = 0x10
	FlagContact       = 0x20
	FlagCarContact    = 0x40
	FlagLostControl   = 0x80
	FlagDiscontinuity = 0x100
	FlagTow           = 0x800
	FlagFirst         = 0x2000
	FlagCheckered     = 0x4000
)

// flagWords are the events of a lap in words, in the order they are listed.
var flagWords = []struct {
	flag int32
	word string
}{
	{FlagInvalid, "invalid"},
	{FlagPitted, "pitted"},
	{FlagOffTrack, "off track"},
	{FlagBlack, "black flag"},
	{FlagReset, "car reset"},
	{FlagContact, "contact"},
	{FlagCarContact, "car contact"},
	{FlagLostControl, "lost control"},
	{FlagDiscontinuity, "discontinuity"},
	{FlagTow, "tow"},
}

// Lap is one crossing of the line. Times are in 1/10000 s.
type Lap struct {
	Number int
	Place  int // from 1; 0 is none
	Driver *Member
	drive  int8
	points int8 // of incidents
	Flags  int32
	Time   int32 // -1 for a lap that has none
	Clock  int64 // of the session
}

// Events are what happened on the lap, in words.
func (l Lap) Events() []string {
	words := []string{}
	for _, f := range flagWords {
		if l.Flags&f.flag != 0 {
			words = append(words, f.word)
		}
	}
	return words
}

// Incident tells whether something happened on the lap that gave incident points.
func (l Lap) Incident() bool { return l.points > 0 }

// valid tells a lap that counts as a best one.
func (l Lap) valid() bool { return l.Time > 0 && l.Flags&(FlagInvalid|FlagFirst) == 0 }

// The codes of events.
const (
	PenaltyApplied = 4
	PenaltyCleared = 5
	Caution        = 6
	LeadChange     = 7
)

// Event is a row of a race's event log. Cars are given by the number of their entry, 0 is none.
type Event struct {
	Code       int
	Clock      int64
	Lap        int
	Car, Other int // whom it concerns, and who led before
	Text       string
}

// Points are the incident points of the lap.
func (l Lap) Points() int { return int(l.points) }

// Counts tells a lap that may be the best one.
func (l Lap) Counts() bool { return l.valid() }
