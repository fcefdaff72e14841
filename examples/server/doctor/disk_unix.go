//go:build linux || darwin || freebsd

package doctor

import "syscall"

// freeSpace is how many bytes of a disk are free for us, and how many it has.
func freeSpace(path string) (free, size uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	block := uint64(s.Bsize)
	return uint64(s.Bavail) * block, s.Blocks * block, nil
}
