package request

// FaultsOf gathers the faults of every *InvalidError in an error, in order; several may
// be joined. It is nil for an error without any, and for nil.
func FaultsOf(err error) []Fault {
	switch e := err.(type) {
	case *InvalidError:
		return e.Faults
	case interface{ Unwrap() []error }:
		var all []Fault
		for _, inner := range e.Unwrap() {
			all = append(all, FaultsOf(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return FaultsOf(e.Unwrap())
	}
	return nil
}
