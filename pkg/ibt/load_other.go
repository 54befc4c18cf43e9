//go:build !amd64 && !arm64

package ibt

import (
	"encoding/binary"
	"unsafe"
)

// load reads a little-endian value at p, which need not be aligned: records are packed.
func load[S number](p unsafe.Pointer) (s S) {
	switch at := unsafe.Pointer(&s); unsafe.Sizeof(s) {
	case 4:
		*(*uint32)(at) = binary.LittleEndian.Uint32((*[4]byte)(p)[:])
	case 8:
		*(*uint64)(at) = binary.LittleEndian.Uint64((*[8]byte)(p)[:])
	default:
		*(*uint8)(at) = *(*uint8)(p)
	}
	return s
}
