package provisiontest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

var checks = []check{
	{name: "gives what is wanted and no more", run: gives},
	{name: "takes what is wanted no longer", run: takes},
	{name: "changes a privilege into another", run: changes},
	{name: "does nothing where all is as wanted", run: idle},
	{name: "ending one privilege leaves the other", run: overlap},
	{name: "ending what one person has leaves the others", run: others},
	{name: "one refused person fails alone", run: refusedAlone},
	{name: "answers in the order of what is wanted", run: order},
	{name: "an unknown principal needs a person", run: unknown},
	{name: "removing what never was succeeds", run: neverWas},
	{name: "removing from who never was succeeds", run: nobody},
	{name: "many people at once, from many places", run: crowd},
	{name: "giving and taking at once ends as one of them", run: race},
	{name: "a canceled call changes nothing and says so", run: canceled},
	{name: "an empty call answers nothing", run: empty},
	{name: "leaves and names what others gave", run: foreign, can: func(h Harness, _ provision.Provisioner) bool { return h.Give != nil }},
	{name: "adds nothing to another object of the name", run: replaced, can: canReplace},
	{name: "takes also after another object took the name", run: replacedTaken, can: canReplace},
	{name: "says that it failed, and succeeds later", run: broken, can: func(h Harness, _ provision.Provisioner) bool { return h.Break != nil }},
}

func gives(t testing.TB, h Harness) {
	p, who, stranger, a, b := h.Open(t), h.Person(t), h.Person(t), h.Asset(t), h.Asset(t)
	look(t, h, who, a, false, false)
	o := settle(t, p, Want(who, a, request.Read))[0]
	if len(o.Ran) == 0 {
		t.Error("access was given, and Ran names no statement that did it")
	}
	look(t, h, who, a, true, false)
	look(t, h, who, b, false, false)
	look(t, h, stranger, a, false, false)
	settle(t, p, Want(who, b, request.ReadWrite))
	look(t, h, who, b, true, true)
}

func takes(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	for _, privilege := range []request.Privilege{request.Read, request.ReadWrite} {
		settle(t, p, Want(who, a, privilege))
		o := settle(t, p, Want(who, a))[0]
		if len(o.Remaining) > 0 {
			t.Errorf("nobody else gave anything, yet Remaining is %q", o.Remaining)
		}
		look(t, h, who, a, false, false)
	}
	settle(t, h.Open(t), Want(who, a, request.Read))
	settle(t, p, Want(who, a))
	look(t, h, who, a, false, false)
}

func changes(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	settle(t, p, Want(who, a, request.ReadWrite))
	look(t, h, who, a, true, true)
	settle(t, p, Want(who, a, request.Read))
	look(t, h, who, a, true, false)
}

func idle(t testing.TB, h Harness) {
	who, a := h.Person(t), h.Asset(t)
	for _, want := range []provision.Standing{Want(who, a, request.Read), Want(who, a)} {
		settle(t, h.Open(t), want)
		for _, p := range []provision.Provisioner{h.Open(t), h.Open(t)} {
			if o := settle(t, p, want)[0]; len(o.Ran) > 0 {
				t.Errorf("all was as wanted (%v), yet this ran: %q", want.Want, o.Ran)
			}
		}
	}
}

func overlap(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read, request.ReadWrite))
	look(t, h, who, a, true, true)
	settle(t, p, Want(who, a, request.Read))
	look(t, h, who, a, true, false)
	settle(t, p, Want(who, a, request.Read, request.ReadWrite))
	settle(t, p, Want(who, a, request.ReadWrite))
	look(t, h, who, a, true, true)
	settle(t, p, Want(who, a))
	look(t, h, who, a, false, false)
}

func others(t testing.TB, h Harness) {
	p, one, two, a, b := h.Open(t), h.Person(t), h.Person(t), h.Asset(t), h.Asset(t)
	settle(t, p, Want(one, a, request.Read), Want(two, a, request.ReadWrite), Want(one, b, request.Read))
	settle(t, p, Want(one, a))
	look(t, h, one, a, false, false)
	look(t, h, two, a, true, true)
	look(t, h, one, b, true, false)
}

func refusedAlone(t testing.TB, h Harness) {
	p, one, two, three, a := h.Open(t), h.Person(t), h.Person(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(three, a, request.Read))
	outcomes := apply(t, p, Want(one, a, request.Read), Want(request.Principal{}, a, request.Read), Want(two, a, request.ReadWrite), Want(three, a))
	for i, wantErr := range []bool{false, true, false, false} {
		if got := outcomes[i].Err != nil; got != wantErr {
			t.Errorf("outcome %d: error %v, want one: %v", i, outcomes[i].Err, wantErr)
		}
	}
	look(t, h, one, a, true, false)
	look(t, h, two, a, true, true)
	look(t, h, three, a, false, false)
}

func order(t testing.TB, h Harness) {
	p, a, b := h.Open(t), h.Asset(t), h.Asset(t)
	var want []provision.Standing
	for i := range 8 {
		who, asset := h.Person(t), a
		if i%2 == 1 {
			asset = b
		}
		if i%3 == 0 {
			who = request.Principal{Name: fmt.Sprintf("nobody of the name %d", i)}
		}
		want = append(want, Want(who, asset, request.Read))
	}
	for i, o := range apply(t, p, want...) {
		if failed, shouldFail := o.Err != nil, i%3 == 0; failed != shouldFail {
			t.Errorf("outcome %d is %v; should fail: %v", i, o.Err, shouldFail)
		}
	}
}

func unknown(t testing.TB, h Harness) {
	a := h.Asset(t)
	o := apply(t, h.Open(t), Want(request.Principal{Name: "nobody of this name"}, a, request.Read))[0]
	if !errors.Is(o.Err, provision.ErrPermanent) {
		t.Errorf("giving to nobody ended in %v, which must wrap ErrPermanent", o.Err)
	}
}

func neverWas(t testing.TB, h Harness) {
	o := settle(t, h.Open(t), Want(h.Person(t), h.Asset(t)))[0]
	if len(o.Ran) > 0 || len(o.Remaining) > 0 {
		t.Errorf("there was nothing, yet Ran is %q and Remaining %q", o.Ran, o.Remaining)
	}
}

func nobody(t testing.TB, h Harness) {
	settle(t, h.Open(t), Want(request.Principal{Name: "nobody of this name either"}, h.Asset(t)))
}

func empty(t testing.TB, h Harness) { apply(t, h.Open(t)) }

func crowd(t testing.TB, h Harness) {
	const people = 12
	a := h.Asset(t)
	who := make([]request.Principal, people)
	for i := range who {
		who[i] = h.Person(t)
	}
	all := func(privileges ...request.Privilege) {
		var wg sync.WaitGroup
		outcomes := make([][]provision.Outcome, people)
		for i := range people {
			p := h.Open(t)
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				outcomes[i] = p.Apply(ctx, []provision.Standing{Want(who[i], a, privileges...)})
			})
		}
		wg.Wait()
		for i, o := range outcomes {
			if len(o) != 1 || o[0].Err != nil {
				t.Errorf("person %d of many at once: %v", i, o)
			}
			look(t, h, who[i], a, len(privileges) > 0, false)
		}
	}
	all(request.Read)
	all()
}

func race(t testing.TB, h Harness) {
	one, two, who, a := h.Open(t), h.Open(t), h.Person(t), h.Asset(t)
	for range 10 {
		var wg sync.WaitGroup
		for p, want := range map[provision.Provisioner]provision.Standing{one: Want(who, a, request.Read), two: Want(who, a)} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				p.Apply(ctx, []provision.Standing{want})
			})
		}
		wg.Wait()
		settle(t, one, Want(who, a))
		look(t, h, who, a, false, false)
	}
}

func canceled(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	outcomes := p.Apply(ctx, []provision.Standing{Want(who, a, request.Read)})
	if len(outcomes) != 1 || outcomes[0].Err == nil {
		t.Errorf("a canceled call answered %v, must be one outcome with an error", outcomes)
	}
	look(t, h, who, a, false, false)
	settle(t, p, Want(who, a, request.Read))
	if outcomes := p.Apply(ctx, []provision.Standing{Want(who, a)}); len(outcomes) != 1 || outcomes[0].Err == nil {
		t.Errorf("a canceled removal answered %v, must be one outcome with an error", outcomes)
	}
	look(t, h, who, a, true, false)
}

func foreign(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	h.Give(t, who, a)
	o := settle(t, p, Want(who, a, request.ReadWrite))[0]
	if len(o.Remaining) == 0 {
		t.Error("someone else lets the person in as well, yet Remaining is empty while we do")
	}
	look(t, h, who, a, true, true)
	if o = settle(t, p, Want(who, a))[0]; len(o.Remaining) == 0 {
		t.Error("someone else still lets the person in, yet Remaining is empty")
	}
	look(t, h, who, a, true, false)
}

func replaced(t testing.TB, h Harness) {
	p, old, who, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(old, a, request.Read))
	h.Replace(t, a)
	o := apply(t, p, Want(who, a, request.Read))[0]
	if !errors.Is(o.Err, provision.ErrPermanent) {
		t.Errorf("giving on a replaced object ended in %v, which must wrap ErrPermanent", o.Err)
	}
	look(t, h, who, a, false, false)
	look(t, h, old, a, false, false)
}

func replacedTaken(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	h.Replace(t, a)
	settle(t, p, Want(who, a))
	look(t, h, who, a, false, false)
	if o := settle(t, p, Want(who, a))[0]; len(o.Ran) > 0 {
		t.Errorf("nothing was left, yet this ran: %q", o.Ran)
	}
}

func broken(t testing.TB, h Harness) {
	p, one, two, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(one, a, request.Read))
	heal := h.Break(t, p)
	for i, o := range apply(t, p, Want(one, a), Want(two, a, request.Read)) {
		if o.Err == nil {
			t.Errorf("the platform is broken, yet outcome %d has no error", i)
		}
	}
	look(t, h, one, a, true, false)
	heal()
	settle(t, p, Want(one, a), Want(two, a, request.Read))
	look(t, h, one, a, false, false)
	look(t, h, two, a, true, false)
}
