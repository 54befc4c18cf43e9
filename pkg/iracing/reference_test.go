package iracing_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func find[T any](t testing.TB, list []T, is func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(list, is)
	if i < 0 {
		t.Fatalf("it is not among %d", len(list))
	}
	return list[i]
}

func TestRecordedReference(t *testing.T) {
	api := recorded(t)
	cars, err := api.Cars(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := find(t, cars, func(c iracing.Car) bool { return c.ID == 1 }); c.Name != "Skip Barber Formula 2000" || c.Short != "SBRS" || !slices.Contains(c.Categories, "formula_car") || c.Weight < 400 || c.Weight > 700 {
		t.Errorf("a car: %+v", c)
	}
	tracks, err := api.Tracks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tr := find(t, tracks, func(tr iracing.Track) bool { return tr.ID == 18 }); tr.String() != "Road America, Full Course" || math.Abs(tr.Length-6514.62) > 0.1 || tr.TimeZone != "America/Chicago" || tr.Corners != 14 {
		t.Errorf("a track: %+v", tr)
	}
	classes, err := api.CarClasses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := find(t, classes, func(c iracing.CarClass) bool { return c.ID == 4029 }); c.Name != "GTP" || !slices.Contains(c.Cars, 168) {
		t.Errorf("a car class: %+v", c)
	}
	found, err := api.Drivers(t.Context(), "Driver")
	if err != nil || len(found) != 9 || found[0].Cust != 100220 {
		t.Errorf("drivers: %v, %v", found, err)
	}
}

// A field of an unexpected type stays empty; an answer of another shape is none.
func TestTolerance(t *testing.T) {
	for body, want := range map[string]string{
		`[{"car_id":5,"car_name":"Five","hp":"many","retired":0,"categories":null}]`: "Five",
		`[{"car_id":5.5,"car_name":"Five"}]`:                                         "Five",
		`[]`:                                                                         "",
		`null`:                                                                       "",
	} {
		cars, err := apiOf(t, map[string]string{"/data/car/get": body}).Cars(t.Context())
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if want != "" && (len(cars) != 1 || cars[0].Name != want || !math.IsNaN(cars[0].Power)) {
			t.Errorf("%s: %+v", body, cars)
		}
	}
	for _, body := range []string{`{"error":"x"}`, `"text"`, `5`} {
		_, err := apiOf(t, map[string]string{"/data/car/get": body}).Cars(t.Context())
		if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.BadAnswer || e.Endpoint != "/data/car/get" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestCategoryName(t *testing.T) {
	for id, want := range map[int64]string{iracing.SportsCar: "Sports car", iracing.Oval: "Oval", 9: "", 0: ""} {
		if got := iracing.CategoryName(id); got != want {
			t.Errorf("category %d is %q, want %q", id, got, want)
		}
	}
}
