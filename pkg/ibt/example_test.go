package ibt_test

import (
	"fmt"
	"log"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// exampleFile writes ten seconds of a car that accelerates, and returns the bytes.
func exampleFile() []byte {
	out := &ibttest.Memory{} // any io.WriteSeeker, such as an *os.File
	w, err := ibt.NewWriter(out, ibt.WriterOptions{
		Vars: []ibt.Var{
			{Name: "SessionTime", Type: ibt.TypeDouble, Unit: "s"},
			{Name: "SessionNum", Type: ibt.TypeInt},
			{Name: "Lap", Type: ibt.TypeInt},
			{Name: "Speed", Type: ibt.TypeFloat, Unit: "m/s", Desc: "GPS vehicle speed"},
			{Name: "SessionFlags", Type: ibt.TypeBitField, Unit: "irsdk_Flags"},
			{Name: "SteeringWheelTorque_ST", Type: ibt.TypeFloat, Count: 6, CountAsTime: true, Unit: "N*m"},
		},
		Session:   []byte(sessionText),
		StartDate: time.Date(2025, 11, 6, 23, 39, 3, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	clock, speed, torque := w.Index("SessionTime"), w.Index("Speed"), w.Index("SteeringWheelTorque_ST")
	w.Set(w.Index("SessionFlags"), 0x10000004) // stays until it is set again
	for i := range 600 {
		w.Set(clock, float64(i)/60)
		w.Set(speed, float64(i)/10)
		for k := range 6 {
			w.SetAt(torque, k, float64(i)+float64(k)/6)
		}
		if err := w.WriteRecord(); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	return out.Data
}

func Example() {
	f, err := ibt.Open(ibt.Bytes(exampleFile())) // or ibt.OpenFile(path)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = f.Close() }()

	rows, err := f.RowsForTime(0, 5, 5.05) // of session 0, in seconds
	if err != nil {
		log.Fatal(err)
	}
	var b ibt.Batch // keeps its memory for the next read
	if err := f.Read(&b, rows, ibt.Floats("SessionTime", "Speed")...); err != nil {
		log.Fatal(err)
	}
	for i, t := range b.Cols[0].F64 {
		fmt.Printf("%.3f s: %.1f %s\n", t, b.Cols[1].F64[i], b.Cols[1].Var.Unit)
	}
	// Output:
	// 5.000 s: 30.0 m/s
	// 5.017 s: 30.1 m/s
	// 5.033 s: 30.2 m/s
}

func ExampleOpen() {
	f, err := ibt.Open(ibt.Bytes(exampleFile()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Len(), "records, closed:", f.Closed())
	fmt.Println("recorded at", f.DiskHeader().StartDate)
	for _, v := range f.Vars() {
		fmt.Printf("%s: %v, %d, %q\n", v.Name, v.Type, v.Count, v.Unit)
	}

	_, err = ibt.Open(ibt.Bytes([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3021147\n")))
	fmt.Println(err)
	// Output:
	// 600 records, closed: true
	// recorded at 2025-11-06 23:39:03 +0000 UTC
	// SessionTime: double, 1, "s"
	// SessionNum: int, 1, ""
	// Lap: int, 1, ""
	// Speed: float, 1, "m/s"
	// SessionFlags: bitField, 1, "irsdk_Flags"
	// SteeringWheelTorque_ST: float, 6, "N*m"
	// not a readable .ibt file: it is a Git LFS pointer; fetch the real file with git lfs pull
}

// Samples within a tick come out as a column of 360 values a second.
func ExampleFile_Read_samplesWithinTicks() {
	f, err := ibt.Open(ibt.Bytes(exampleFile()))
	if err != nil {
		log.Fatal(err)
	}
	var b ibt.Batch
	err = f.Read(&b, ibt.Range{From: 100, To: 102},
		ibt.Pick{Name: "SteeringWheelTorque_ST", Array: ibt.ArrayExpand}, // all samples
		ibt.Pick{Name: "SteeringWheelTorque_ST"})                         // the one of the record's time
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n%.2f\n", b.Cols[0].F32, b.Cols[1].F32)
	// Output:
	// [100.00 100.17 100.33 100.50 100.67 100.83 101.00 101.17 101.33 101.50 101.67 101.83]
	// [100.83 101.83]
}

func ExampleSession() {
	f, err := ibt.Open(ibt.Bytes(exampleFile()))
	if err != nil {
		log.Fatal(err)
	}
	s, err := f.Session()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Get("WeekendInfo", "TrackDisplayName"))
	for n := range s.Node("SessionInfo", "Sessions").Items() {
		fmt.Println(n.Get("SessionNum"), n.Get("SessionType"))
	}
	fmt.Printf("%s in car number %q\n", s.Driver().Get("UserName"), s.Driver().Get("CarNumber"))
	// Output:
	// Bristol Motor Speedway
	// 0 Practice
	// 1 Race
	// Ann Example in car number "07"
}

func ExampleLookupEnum() {
	f, err := ibt.Open(ibt.Bytes(exampleFile()))
	if err != nil {
		log.Fatal(err)
	}
	flags, _ := f.Var("SessionFlags")
	value, err := f.Value(0, flags)
	if err != nil {
		log.Fatal(err)
	}
	if e, ok := ibt.LookupEnum(flags.Unit); ok {
		fmt.Println(e.Text(int64(value)))
	}
	// Output: green, start hidden
}
