package people_test

import (
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

func TestPseudonyms(t *testing.T) {
	p := people.New(false, 11, []byte("tests"))
	if got := p.Driver(11, " Me Myself "); got != "Me Myself" {
		t.Errorf("the own driver is %q", got)
	}
	if got := p.Key(11); got != "11" {
		t.Errorf("the own key is %q", got)
	}
	other := p.Driver(12, "Other Person")
	if strings.Contains(other, "Other") || strings.Contains(other, "12 ") || !strings.HasPrefix(other, "Driver ") {
		t.Errorf("another driver is %q", other)
	}
	if again := people.New(false, 11, []byte("tests")).Driver(12, "Renamed"); again != other {
		t.Errorf("a pseudonym changed from %q to %q", other, again)
	}
	if elsewhere := people.New(false, 11, []byte("others")).Driver(12, ""); elsewhere == other {
		t.Error("two installations have the same pseudonym for a driver")
	}
	if team := p.Team(-5, "Racing of Other Person"); !strings.HasPrefix(team, "Team ") || strings.Contains(team, "Other") {
		t.Errorf("a team is %q", team)
	}
	key := p.Key(12)
	if id, ok := p.Find(key); !ok || id != 12 || strings.Contains(key, "12") {
		t.Errorf("the key %q finds %d, %t", key, id, ok)
	}
	if id, ok := people.New(false, 11, []byte("tests")).Find(key); !ok || id != 12 {
		t.Errorf("after a restart the key finds %d, %t", id, ok)
	}
	if id, ok := people.New(false, 11, []byte("others")).Find(key); ok {
		t.Errorf("with another secret the key finds %d", id)
	}
	if id, ok := p.Find(p.Key(-5)); !ok || id != -5 {
		t.Errorf("a team's key finds %d, %t", id, ok)
	}
	text := p.Hide("Black flag for #7 Other Person (Me Myself)", map[int64]string{12: "Other Person", 11: "Me Myself"})
	if text != "Black flag for #7 "+other+" (Me Myself)" {
		t.Errorf("a message reads %q", text)
	}
	if text := p.Hide("Ann Other Person", map[int64]string{12: "Other Person", 13: "Ann Other Person", 14: "Ann"}); text != p.Driver(13, "") {
		t.Errorf("a name that holds others reads %q", text)
	}

	open := people.New(true, 11, []byte("tests"))
	if got := open.Driver(12, "Other Person"); got != "Other Person" || open.Key(12) != "12" || open.Team(-5, "T") != "T" {
		t.Errorf("with names on a driver is %q", got)
	}
	if open.Driver(12, "") != "Driver 12" || open.Team(-5, " ") != "Team -5" {
		t.Error("somebody without a name has none")
	}
}

// A key comes from a dashboard's address, where anybody may write anything.
func FuzzFind(f *testing.F) {
	p := people.New(false, 11, []byte("tests"))
	f.Add(p.Key(12), int64(12))
	f.Add("~", int64(-1))
	f.Add("~00000000000000000000000000", int64(0))
	f.Fuzz(func(t *testing.T, key string, id int64) {
		if found, ok := p.Find(key); ok && !p.Own(found) && !strings.EqualFold(strings.TrimPrefix(p.Key(found), people.KeyMark), strings.TrimPrefix(key, people.KeyMark)) {
			t.Errorf("%q finds %d, whose key is %q", key, found, p.Key(found))
		}
		if p.Own(id) {
			return
		}
		if found, ok := p.Find(p.Key(id)); !ok || found != id {
			t.Errorf("the key of %d finds %d, %t", id, found, ok)
		}
	})
}
