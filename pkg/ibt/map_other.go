//go:build !unix

package ibt

import (
	"errors"
	"os"
)

// On Windows a mapped file cannot be deleted or truncated, which would get in the way of the sim and of the driver who
// tidies the folder, so files are read there.
func mapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) error { return nil }
