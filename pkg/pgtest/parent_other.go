//go:build !linux

package pgtest

import "os/exec"

// endWithParent does nothing here: only Linux ends a child together with its parent. The next test process ends what was
// left behind.
func endWithParent(*exec.Cmd) {}
