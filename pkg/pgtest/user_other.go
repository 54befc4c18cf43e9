//go:build !unix

package pgtest

import "os/exec"

// user is who the servers run as: who the tests run as.
type user struct{}

func unprivileged() (user, error) { return user{}, nil }

func (user) apply(*exec.Cmd) {}

func (user) own(string) error { return nil }

// quit ends the process as a crash does.
func quit(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
