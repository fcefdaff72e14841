package governance

import (
	"errors"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// checkForm says everything that is wrong with a form by itself.
func checkForm(f request.Form) error { return errors.Join(f.Validate(), review.CheckQuestions(f)) }

// formNeeds lists what a form names.
func formNeeds(f request.Form) []records.DefinitionNeed {
	var needs []records.DefinitionNeed
	if f.Flow != "" {
		needs = append(needs, rulebook.FlowNamed(f.Flow))
	}
	for _, name := range f.Agreements {
		needs = append(needs, rulebook.AgreementNamed(name))
	}
	return needs
}
