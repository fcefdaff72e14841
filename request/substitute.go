package request

// Standing is who decides for somebody, and for whom they decide.
type Standing struct {
	Named     Substitution   // whom they have named; zero if nobody, or if it is over
	StandsFor []Substitution // who has named them, now or later, the last to end first
	Names     map[PersonID]string
}
