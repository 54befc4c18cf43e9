package pgtest

import "syscall"

// memory is a folder that is kept in memory and has the room that tests want; empty when there is none. Making databases is
// making files, a thousand each, which takes ten times as long on a disk.
func memory() string {
	const dir, want = "/dev/shm", 6 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < want {
		return ""
	}
	return dir
}
