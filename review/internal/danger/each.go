package danger

// Each takes the errors of one type out of an error that joins others.
func Each[T error](err error) []T {
	var all []T
	if many, is := err.(interface{ Unwrap() []error }); is {
		for _, one := range many.Unwrap() {
			all = append(all, Each[T](one)...)
		}
	}
	if one, is := err.(T); is {
		all = append(all, one)
	}
	return all
}
