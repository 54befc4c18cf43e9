package pgtest

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the server when its parent is gone, even if that was killed or panicked. The signal is
// tied to the thread that started it; Go keeps its threads unless a goroutine locked to one ends.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT }
