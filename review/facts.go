package review

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// Facts are what conditions can read: request, asset, requester, beneficiary, assist and
// answers. They are types of their own, because renaming a field breaks the
// policies that people have written.
type Facts struct {
	Request     RequestFacts
	Asset       AssetFacts
	Requester   PersonFacts
	Beneficiary PersonFacts
	Assist      AssistFacts
	Answers     map[string]any // string, []string or time.Duration, by the type of the question

	// Owners are those who own the asset on its platform, people or groups of them,
	// for selectors; no condition reads them. OwnersKnown says that there are no
	// others.
	Owners      []request.PersonID
	OwnersKnown bool

	// AskPeople is why no rule approves by itself now, such as "automatic approvals are
	// frozen": where one would, people are asked. Empty where rules may. No condition
	// reads it.
	AskPeople string

	// Covers are the facts of what a container covers, and of what is read through the
	// asset. A condition that reads tags, columns or claims is asked about each of them:
	// a rule approves only where it would for all, and a stage applies where it does for
	// one. No condition reads them by a name of their own.
	Covers []AssetFacts

	// Alone is what one person has set without a second, of all that may lead to a
	// decision beside the flows. No condition reads it.
	Alone []Alone

	// Members are those members of the group that the request is for who have set alone
	// what leads to a decision: no rule approves by it for the group. No condition reads
	// them.
	Members []request.PersonID

	form  request.Form // that the answers are to
	asked Terms
	by    []request.PersonID // whose request it is
	group request.PersonID   // whose members' request it is, if it is for a group
	now   time.Time
}

// RequestFacts are the variable request.
type RequestFacts struct {
	Type      string        `cel:"type" doc:"DATA_ACCESS or MASKING_EXCEPTION" words:"the type of the request"`
	Privilege string        `cel:"privilege" doc:"READ or READ_WRITE" words:"the privilege asked for"`
	Columns   []string      `cel:"columns" doc:"the columns asked for, and those that generated ones among them are computed from; empty for the whole asset" words:"the columns asked for"`
	Duration  time.Duration `cel:"duration" doc:"how long the access is asked for; longer than every duration if it has no end" words:"the duration asked for"`
	Endless   bool          `cel:"endless" doc:"whether access without an end is asked for" words:"access without an end is asked for"`
}

// AssetFacts are the variable asset.
type AssetFacts struct {
	Ref        string      `cel:"ref" doc:"such as warehouse:sales.public.orders" words:"the asset"`
	Name       string      `cel:"name" doc:"the last part of its name, such as orders" words:"the asset’s name"`
	Path       []string    `cel:"path" doc:"the parts of its name, such as [\"sales\", \"public\", \"orders\"]" words:"the parts of the asset’s name"`
	Kind       string      `cel:"kind" doc:"DATABASE, SCHEMA, TABLE, PARTITIONED_TABLE, VIEW, MATERIALIZED_VIEW or FOREIGN_TABLE" words:"the asset’s kind"`
	Connection string      `cel:"connection" doc:"the connection that it is on" words:"the asset’s connection"`
	Technology string      `cel:"technology" doc:"such as postgres" words:"the asset’s technology"`
	Columns    []string    `cel:"columns" doc:"the names of its columns" words:"the asset’s columns"`
	Tags       []string    `cel:"tags" doc:"how governance has classified its columns: all their tags" words:"the tags that governance has given"`
	Source     SourceFacts `cel:"source" doc:"what the platform's own people claim: whoever owns a table can write it"`
}

// SourceFacts are asset.source: what the platform's own people claim. Whoever
// owns a table can write them.
type SourceFacts struct {
	Owner   string   `cel:"owner" doc:"who owns it on the platform" words:"the owner that the platform claims"`
	Comment string   `cel:"comment" doc:"what the platform says of it" words:"the comment that the platform claims"`
	Tags    []string `cel:"tags" doc:"how the platform has tagged it" words:"the tags that the platform claims"`
}

// AssistFacts are the variable assist, which conditions of stages alone read. The zero value
// is not known.
type AssistFacts struct {
	Risk string `cel:"risk" doc:"LOW, MODERATE, HIGH or UNDETERMINED, by precedent when the request was submitted or edited last; for conditions of stages alone, and not known where review assist is off" words:"the risk by review assist"`
}

// PersonFacts are the variables requester, beneficiary, steward and person.
type PersonFacts struct {
	Person      string              `cel:"person" doc:"the id under which records know them" words:"id in the records"`
	Issuer      string              `cel:"issuer" doc:"who vouches for them; empty if there is only one" words:"issuer"`
	ID          string              `cel:"id" doc:"the issuer's own id" words:"id"`
	Name        string              `cel:"name" doc:"what they are called, for people to read" words:"name"`
	Groups      []string            `cel:"groups" doc:"the groups that they are in" words:"groups"`
	Attributes  map[string][]string `cel:"attributes" doc:"what the directory says of them: a list of texts by key" words:"attributes"`
	Permissions []string            `cel:"permissions" doc:"GOVERNANCE, ADMIN, AUDIT, ACTING, ASKING and ASKING_FOR_OTHERS, those that they hold" words:"permissions"`
	Kind        string              `cel:"kind" doc:"PERSON, GROUP or SERVICE" words:"kind"`
	Owner       string              `cel:"owner" doc:"of a service, the id of the person who answers for it" words:"owner"`
}

// NewFacts gathers the facts of a request as they are at the time now.
func NewFacts(req request.Request, form request.Form, asset catalog.Asset, requester, beneficiary request.Identity, now time.Time) Facts {
	return Facts{
		Request: RequestFacts{
			Type:      string(req.Type),
			Privilege: string(req.Privilege),
			Columns:   asset.Computing(req.Columns...),
			Duration:  req.Duration.Length(now),
			Endless:   req.Duration == request.Endless,
		},
		Asset:       factsOfAsset(asset),
		Requester:   FactsOf(requester),
		Beneficiary: FactsOf(beneficiary),
		Answers:     condition.AnswersOf(form, req.Answers, now),
		Alone:       formAlone(form),
		form:        form,
		asked:       Terms{Privilege: req.Privilege, Columns: req.Columns, Duration: req.Duration},
		by:          ownersOf(req, requester, beneficiary),
		group:       groupOf(beneficiary),
		now:         now,
	}
}

// groupOf is the beneficiary, if that is a group.
func groupOf(beneficiary request.Identity) request.PersonID {
	if beneficiary.Is(request.Group) {
		return beneficiary.Person()
	}
	return ""
}

// ownersOf lists whose request it is: nobody of them decides on it.
func ownersOf(req request.Request, requester, beneficiary request.Identity) []request.PersonID {
	by := []request.PersonID{req.Requester, req.Beneficiary}
	for _, who := range []request.Identity{requester, beneficiary} {
		if who.Owner != "" {
			by = append(by, who.Owner)
		}
		by = append(by, who.Holders...)
	}
	return by
}

// FactsOf are the facts of a person.
func FactsOf(i request.Identity) PersonFacts {
	p := PersonFacts{Person: string(i.Person()), Issuer: i.Issuer, ID: i.ID, Name: i.Name, Groups: i.Groups, Attributes: i.Attributes,
		Kind: string(request.Person), Owner: string(i.Owner)}
	if i.Kind != "" {
		p.Kind = string(i.Kind)
	}
	for _, permission := range i.Permissions {
		p.Permissions = append(p.Permissions, string(permission))
	}
	return p
}

// managers are the people whom an attribute of the beneficiary names: by the id of
// their records, or by that of the beneficiary's own issuer.
func (f *Facts) managers(attribute string) []request.PersonID {
	var who []request.PersonID
	for _, id := range f.Beneficiary.Attributes[attribute] {
		if f.Beneficiary.Issuer != "" && request.PersonID(id).Identity().Issuer == "" {
			id = f.Beneficiary.Issuer + "|" + id
		}
		who = append(who, request.PersonID(id))
	}
	return who
}

func factsOfAsset(a catalog.Asset) AssetFacts {
	f := AssetFacts{
		Ref:        string(a.Ref),
		Name:       a.Ref.Name(),
		Path:       a.Ref.Path(),
		Kind:       string(a.Kind),
		Connection: a.Ref.Connection(),
		Technology: a.Technology,
		Source:     SourceFacts{Owner: a.Source.Owner, Comment: a.Source.Comment, Tags: a.Source.Tags},
	}
	for _, c := range a.Columns {
		f.Columns = append(f.Columns, c.Name)
	}
	return f
}

// variables are the facts under the names that conditions know them by.
func (f Facts) variables() map[string]any {
	return map[string]any{
		"request":     f.Request,
		"asset":       f.Asset,
		"requester":   f.Requester,
		"beneficiary": f.Beneficiary,
		"answers":     f.Answers,
		"assist":      f.Assist,
	}
}
