//go:build unix

package library

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUser tells whether this user owns a file: a folder that another one has made may hold what he likes.
func ownedByUser(st fs.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return !ok || int(sys.Uid) == os.Getuid()
}
