package provision

// Amiss reports whether a grant is not as it should be, and is no task by hand: it has
// failed, it is suspended, or its access could not be taken yet.
func (g Grant) Amiss() bool {
	switch {
	case !g.Live() || g.ByHand():
		return false
	case g.State == Failed, g.State == Suspended:
		return true
	}
	return g.State == Revoking && g.Attempts > 0
}
