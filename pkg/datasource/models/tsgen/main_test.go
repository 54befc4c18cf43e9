package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommittedModelsAreCurrent(t *testing.T) {
	ts, md, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"src/models.gen.ts": ts, "docs/query-fields.md": md} {
		got, err := os.ReadFile(filepath.Join("..", "..", "..", "..", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the models say; run go generate ./pkg/datasource/models", path)
		}
	}
}

func TestGenerate(t *testing.T) {
	const models = `package models

// Tyre is what a car runs on.
type Tyre string

// The tyres.
const (
	TyreDry Tyre = "dry" // slicks
	TyreWet Tyre = "full-wet"
)

const Latest = "latest" // the newest

const hidden = "x"

// Stint is a run between two visits to the pits.
//
// It has laps.
type Stint struct {
	// Tyre is fitted before it.
	Tyre  Tyre     ` + "`json:\"tyre\"`" + `
	Laps  []int    ` + "`json:\"laps,omitempty\"`" + `
	Next  *Stint   ` + "`json:\"next\"`" + `
	Names Names    ` + "`json:\"driver-names\"`" + `
	Cache *Cache   ` + "`json:\"-\"`" + `
}

// Names are drivers.
type Names []string

func (n *Names) UnmarshalJSON([]byte) error { return nil }
`
	const want = header + `
/** the newest */
export const Latest = 'latest';

/** Tyre is what a car runs on. */
export const Tyre = {
  /** slicks */
  dry: 'dry',
  'full-wet': 'full-wet',
} as const;
export type Tyre = (typeof Tyre)[keyof typeof Tyre];

/**
 * Stint is a run between two visits to the pits.
 *
 * It has laps.
 */
export interface Stint {
  /** Tyre is fitted before it. */
  tyre: Tyre;
  laps?: number[];
  next?: Stint;
  'driver-names': Names;
}

/** Names are drivers. */
export type Names = string[] | string;
`
	got, _, err := generate(write(t, models))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGenerateRefuses(t *testing.T) {
	for name, src := range map[string]string{
		"a field without a json name": "type A struct { B string }",
		"an embedded struct":          "type A struct { B }\ntype B struct {}",
		"a type of another package":   "type A struct { B time.Time `json:\"b\"` }",
		"a function":                  "type A func()",
		"a computed constant":         "const A = B + \"c\"",
	} {
		t.Run(name, func(t *testing.T) {
			if ts, _, err := generate(write(t, "package models\n"+src)); err == nil || !strings.Contains(err.Error(), "models.go:2") {
				t.Errorf("generate = %q, %v; want an error that names the line", ts, err)
			}
		})
	}
}

func write(t *testing.T, src string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "models.go"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
