//go:build !windows

package ibt

import "os"

func openShared(path string) (*os.File, error) { return os.Open(path) }
