package plugintest

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the child when its parent is gone, even if that was killed or panicked. The signal is
// tied to the thread that started the child; Go keeps its threads unless a goroutine locked to one ends.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
