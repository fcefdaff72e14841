package world

import "slices"

// Shrink looks for a shorter script that fails still, by leaving out steps, many at once and
// then few, the last first. It tries at most so many scripts.
func Shrink(s Script, tries int, fails func(Script) bool) Script {
	for size := len(s) / 2; size > 0; size /= 2 {
		for again := true; again; {
			again = false
			for from := len(s) - size; from >= 0; from -= size {
				if tries--; tries < 0 {
					return s
				}
				if shorter := slices.Delete(slices.Clone(s), from, from+size); fails(shorter) {
					s, again = shorter, size == 1
				}
			}
		}
	}
	return s
}
