package shelfprovision_test

import (
	"testing"

	"github.com/grantwright/grantwright/examples/provisioner/shelf"
	"github.com/grantwright/grantwright/examples/provisioner/shelfprovision"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/provisiontest"
)

func TestProvisioner(t *testing.T) {
	h := shelf.Start(t, func(url, key string) provision.Provisioner {
		return &shelfprovision.Provisioner{URL: url, Key: key}
	})
	provisiontest.Run(t, provisiontest.Harness{
		Open: h.Open, Asset: h.Asset, Person: h.Person, Allowed: h.Allowed,
		Give: h.Give, Replace: h.Replace, Withdraw: h.Withdraw, Break: h.Break,
	})
}
