package main

import (
	"math/rand/v2"

	"github.com/grantwright/grantwright/request"
)

// wish is what somebody asks for.
func wish(random *rand.Rand, p *platform) map[string]any {
	body := map[string]any{"asset": p.ref(pick(random, p.tables...)), "privilege": pick(random, request.Read, request.Read, request.ReadWrite)}
	switch random.IntN(16) {
	case 0, 1:
		body["asset"] = p.ref(container)
	case 2:
		body["asset"], body["privilege"] = p.ref(pick(random, customers, "shop.lent", "shop.borrowed")), request.Read
	case 3:
		body["columns"], body["privilege"] = []string{note}, request.Read
	case 4:
		body["asset"] = p.ref(pick(random, "shop.items", "shop.wages", lentView))
	case 5, 6, 7:
		if p.masks {
			special(random, p, body)
		}
	}
	if p.masks && body["type"] == nil && random.IntN(8) == 0 {
		body["beneficiary"] = analysts.Person()
	}
	return body
}

// special are wishes for masks and partitions.
func special(random *rand.Rand, p *platform, body map[string]any) {
	switch random.IntN(4) {
	case 0:
		body["asset"] = p.ref(pick(random, "shop.days", "shop.days_now", laterPart))
	case 1:
		body["asset"], body["privilege"], body["columns"] = p.ref(pick(random, customers, clients)), request.Read, []string{pick(random, note, mailbox)}
	default:
		delete(body, "privilege")
		body["asset"], body["type"], body["columns"] = p.ref(pick(random, customers, clients)), request.MaskingException, []string{mailbox}
	}
}
