//go:build unix

package mariadbserver

import (
	"os/exec"
	"syscall"
)

// setGroup puts the command in a group of its own: an interrupt from the terminal
// is for us, and we end the server.
func setGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
