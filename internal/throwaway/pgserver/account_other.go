//go:build !unix

package pgserver

import (
	"errors"
	"os/exec"
)

type account struct{}

func serverAccount(string) (account, error) {
	return account{}, errors.New("throwaway servers are for unix systems")
}

func (account) own(string) error                     { return nil }
func (account) within(bin, _ string) (string, error) { return bin, nil }
func (account) applyTo(*exec.Cmd)                    {}
