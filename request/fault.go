package request

// FaultsOf gathers what is wrong from every *request.InvalidError of an error.
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
