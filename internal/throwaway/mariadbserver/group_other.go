//go:build !unix

package mariadbserver

import "os/exec"

func setGroup(*exec.Cmd) {}
