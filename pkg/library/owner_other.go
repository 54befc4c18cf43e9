//go:build !unix

package library

import "io/fs"

// ownedByUser is for the system's access rights to decide.
func ownedByUser(fs.FileInfo) bool { return true }
