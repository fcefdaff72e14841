package world

import "slices"

// Seen are the steps of a script that fit, up to the last one that somebody looks at.
// Scripts of the same ones find the same.
func (s Script) Seen() Script {
	var fit Script
	last := 0
	w := NewWorld()
	for _, step := range s {
		if _, fits := w.Do(step); fits {
			fit = append(fit, step)
		}
		if step.Do == BringAbout {
			last = len(fit)
		}
	}
	return fit[:last]
}

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
