//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package main

import (
	"errors"
	"os"
)

func isTerminal(*os.File) bool { return false }

func hideTyping(*os.File) (show func() error, err error) { return nil, errors.ErrUnsupported }
