package governance

import (
	"encoding/json"
	"fmt"

	"github.com/grantwright/grantwright/manifest"
)

// DefinitionAlterations are those of definitions.
func (gov *Governance) DefinitionAlterations() []Alteration {
	return []Alteration{
		&SavingFlow{Governance: gov}, &DeletingFlow{Governance: gov}, &SavingForm{Governance: gov}, &DeletingForm{Governance: gov}, &SavingAgreement{Governance: gov}, &DeletingAgreement{Governance: gov},
		&SavingGuardrail{Governance: gov}, &DeletingGuardrail{Governance: gov}, &SavingMask{Governance: gov}, &DeletingMask{Governance: gov}, &Classifying{Governance: gov},
		&Attaching{Governance: gov}, &Application{governance: gov},
	}
}

// alterationOf reads the change that a proposal holds.
func (gov *Governance) alterationOf(p manifest.Proposal) (Alteration, error) {
	for _, a := range gov.Alterations() {
		if a.Kind() != p.Kind {
			continue
		}
		if err := json.Unmarshal(p.Body, a); err != nil {
			return nil, fmt.Errorf("grantwright: proposal %s cannot be read: %w", p.ID, err)
		}
		return a, nil
	}
	return nil, fmt.Errorf("grantwright: proposal %s is a %s, which this release does not know", p.ID, p.Kind)
}
