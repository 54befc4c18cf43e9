package library_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// race is a file as a race leaves it: 70 MB in records of a kilobyte.
func race() []byte {
	d := ibttest.Drive{Start: day}
	for range 12 {
		d.Laps = append(d.Laps, 90)
	}
	for i := range 240 {
		d.Channels = append(d.Channels, ibt.Var{Name: fmt.Sprintf("Channel%d", i), Type: ibt.TypeFloat})
	}
	return d.Bytes()
}

// BenchmarkPlaces compares a folder, a bucket and the database: the first look at a file of 70 MB, which reads its laps, and
// then three channels of one lap, the first time and again.
func BenchmarkPlaces(b *testing.B) {
	content := race()
	dir := b.TempDir()
	const name = "car_track 2025-03-01 14-00-00.ibt"
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, name), day, day); err != nil {
		b.Fatal(err)
	}
	f := newS3(b)
	f.put(b, name, content)
	db := database(b)
	from := mustStore(b, dir)
	begin := time.Now()
	upload(b, library.ToStore(db, store.UploadLimits{}), from, library.UploaderOptions{})
	b.Logf("the upload into PostgreSQL took %s (%.0f MB/s)", time.Since(begin), float64(len(content))/1e6/time.Since(begin).Seconds())
	if err := from.Close(); err != nil {
		b.Fatal(err)
	}
	for _, place := range []struct {
		name string
		open func() library.Store
	}{
		{"folder", func() library.Store { return mustStore(b, dir) }},
		{"bucket", func() library.Store { return f.store(b, "s3://team") }},
		{"database", func() library.Store { return library.Stored(db) }},
	} {
		b.Run(place.name, func(b *testing.B) {
			var look, first, again time.Duration
			var gets, lapGets int
			for b.Loop() {
				f.counts()
				begin := time.Now()
				lib := library.New(place.open(), library.Options{Patience: time.Hour})
				list, _, err := lib.Sessions(context.Background())
				if err != nil || len(list) != 1 || list[0].TimedLaps != 12 {
					b.Fatalf("%+v, %v", list, err)
				}
				look += time.Since(begin)
				n, _, _ := f.counts()
				gets += n
				rec, err := lib.Open(context.Background(), list[0].ID)
				if err != nil {
					b.Fatal(err)
				}
				lap := &rec.Table.Laps[6]
				read := func() time.Duration {
					begin := time.Now()
					var batch ibt.Batch
					if err := rec.File.Read(&batch, ibt.Range{From: lap.From, To: lap.To}, ibt.Floats("Speed", "Throttle", "Brake")...); err != nil {
						b.Fatal(err)
					}
					return time.Since(begin)
				}
				first += read()
				n, _, _ = f.counts()
				lapGets += n
				again += read()
				if err := rec.Close(); err != nil {
					b.Fatal(err)
				}
				if err := lib.Close(); err != nil {
					b.Fatal(err)
				}
			}
			per := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
			b.ReportMetric(per(look), "ms-laps")
			b.ReportMetric(per(first), "ms-lap-first")
			b.ReportMetric(per(again), "ms-lap-again")
			b.ReportMetric(float64(gets)/float64(b.N), "gets-laps")
			b.ReportMetric(float64(lapGets)/float64(b.N), "gets-lap")
		})
	}
}

// BenchmarkBucketOfAThousand lists 1,000 recordings that nobody has read yet.
func BenchmarkBucketOfAThousand(b *testing.B) {
	f := newS3(b)
	content := ibttest.Drive{Start: day, Laps: []float64{24, 25, 24.5}}.Bytes()
	for i := range 1000 {
		f.put(b, fmt.Sprintf("testcar_testring %s.ibt", day.Add(time.Duration(i)*time.Minute).Format("2006-01-02 15-04-05")), content[:60_000])
	}
	var list, again, shared time.Duration
	gets := 0
	index := library.StoreIndex(database(b))
	for b.Loop() {
		dir := b.TempDir()
		f.counts()
		for i, spent := range []*time.Duration{&list, &again, new(time.Duration), &shared} {
			begin := time.Now()
			o := library.Options{CacheDir: dir, Patience: time.Minute}
			if i > 1 {
				o.Index = index
			}
			lib := library.New(f.store(b, "s3://team"), o)
			if s, _, err := lib.Sessions(context.Background()); err != nil || len(s) != 1000 {
				b.Fatalf("%d sessions, %v", len(s), err)
			}
			*spent += time.Since(begin)
			if err := lib.Close(); err != nil {
				b.Fatal(err)
			}
			if i == 0 {
				n, _, _ := f.counts()
				gets += n
			}
		}
	}
	b.ReportMetric(float64(list.Milliseconds())/float64(b.N), "ms-first")
	b.ReportMetric(float64(again.Milliseconds())/float64(b.N), "ms-second-start")
	b.ReportMetric(float64(shared.Milliseconds())/float64(b.N), "ms-shared-index")
	b.ReportMetric(float64(gets)/float64(b.N), "gets")
}
