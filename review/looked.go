package review

import "github.com/grantwright/grantwright/review/internal/condition"

// Looked lists the conditions that have been looked at to open a review under some
// policies: those of rules up to the one that held, and those of its stages. Of a flow that
// passes on it lists all.
func (r Review) Looked(policies ...*Policy) (all []string) {
	for _, p := range policies {
		last := p.Of() == r.Flow
		for _, rule := range p.flow.Rules {
			if all = append(all, rule.When); last && rule.Name == r.Rule {
				break
			}
		}
		if last {
			break
		}
	}
	for _, s := range r.Stages {
		if s.When != "" {
			all = append(all, s.When)
		}
	}
	return all
}

// FactsRead lists the facts that a condition reads, each as the path to it, such as
// beneficiary, groups. One that does not compile reads none.
func FactsRead(when string) (all [][]string, err error) {
	env, err := explainEnvironment()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(when)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	for _, r := range condition.ReadsOf(checked.NativeRep().Expr()) {
		all = append(all, r.Path)
	}
	return all, nil
}
