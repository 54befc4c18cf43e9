//go:build amd64 || arm64

package ibt

import "unsafe"

// load reads a little-endian value at p, which need not be aligned: records are packed.
func load[S number](p unsafe.Pointer) S { return *(*S)(p) }
