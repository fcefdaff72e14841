package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

func TestSetupIsDoneWhenItHasRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.table(t)
	steps, err := p.SetupStatements(t.Context(), w.database)
	if err != nil || len(steps) > 0 {
		t.Errorf("still to run: %v, %v", steps, err)
	}
	newcomer := w.name("newcomer")
	w.run(t, "create role "+newcomer+" login password '"+password+"'")
	w.run(t, "create schema workshop authorization "+newcomer)
	if err := w.as(t.Context(), newcomer, "create table workshop.tools (id serial primary key, note text)"); err != nil {
		t.Fatal(err)
	}
	eve, tools := w.person(t), w.asset(t, "workshop", "tools")
	mustSay(t, apply(t, p, want(eve, tools, request.Read)).Err, true, "Setup", w.provisioner)
	w.setup(t)
	mustApply(t, p, want(eve, tools, request.ReadWrite))
	w.mustAllow(t, eve, tools, true, true)
}

func TestSetupNamesTheDatabaseOfEachPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "create schema annex authorization "+w.owner) // no default privileges for the superuser's schemas' owner
	w.run(t, "revoke all on schema annex from "+w.provisioner)
	statements, err := w.open(t).Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	script := provision.Script(statements)
	heading, grant := strings.Index(script, `-- in database "`+w.database+`":`), strings.Index(script, "grant usage on schema annex to "+w.provisioner+" with grant option;")
	if heading < 0 || grant < heading {
		t.Errorf("the script does not name the database before its statements:\n%s", script)
	}
}

func TestProvisionerHasLeastPrivilege(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.as(t.Context(), w.provisioner, "grant pg_execute_server_program to "+w.provisioner); err == nil {
		t.Error("the provisioner can make itself able to run programs on the server")
	}
	if err := w.as(t.Context(), w.provisioner, "grant "+w.owner+" to "+w.provisioner); err == nil {
		t.Error("the provisioner can make itself a member of an owner")
	}
	if !w.version15(t) {
		return
	}
	maker := "gw_" + w.installation
	for name, call := range map[string]string{
		"another name":    `select ` + maker + `.make_role('admin', 'grantwright ` + w.installation + `: x')`,
		"longer name":     `select ` + maker + `.make_role('` + maker + `_ending_1; drop', 'grantwright ` + w.installation + `: x')`,
		"another comment": `select ` + maker + `.make_role('` + maker + `_ending_1', 'x')`,
		"nothing":         `select ` + maker + `.make_role(null, null)`,
		"its own role":    `set role ` + maker,
		"creating roles":  `create role intruder`,
	} {
		if err := w.as(t.Context(), w.provisioner, call); err == nil {
			t.Errorf("%s: %s is allowed", name, call)
		}
	}
	eve := w.person(t)
	if err := w.as(t.Context(), eve.Name, `select `+maker+`.make_role('`+maker+`_ending_1', 'grantwright `+w.installation+`: x')`); err == nil {
		t.Error("everyone may make roles through Setup's function")
	}
}

func TestOpenRefusesWhatCannotBeSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.target().Connection.URL
	tests := []struct {
		name   string
		change func(*provision.Target)
		says   string
	}{
		{"no sslmode", func(to *provision.Target) { to.Connection.URL = strings.TrimSuffix(url, "?sslmode=disable") }, "sslmode"},
		{"password in the url", func(to *provision.Target) { to.Connection.URL = platform.URL(w.provisioner, password, w.database) }, "holds a password"},
		{"wrong password", func(to *provision.Target) { to.Password = password + "x" }, "password authentication failed"},
		{"installation", func(to *provision.Target) { to.Installation = "Prod-1" }, "installation"},
		{"not a url", func(to *provision.Target) { to.Connection.URL = "host=db password=" + password }, "url"},
		{"no role", func(to *provision.Target) { to.Connection.URL = strings.Replace(url, w.provisioner+"@", "", 1) }, "which role"},
		{"nobody there", func(to *provision.Target) { to.Connection.URL = "postgres://x@127.0.0.1:1/x?sslmode=disable" }, "refused"},
		{"no such database", func(to *provision.Target) { to.Connection.URL = platform.URL(w.provisioner, "", "nowhere") }, "nowhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			to := w.target()
			tt.change(&to)
			p, err := pgprovision.Open(t.Context(), to)
			if err == nil {
				_ = p.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), password) {
				t.Errorf("error %q, must say %q and no password", err, tt.says)
			}
		})
	}
}

func TestOpenRefusesASuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "alter role "+w.provisioner+" superuser")
	_, err := pgprovision.Open(t.Context(), w.target())
	mustSay(t, err, true, "superuser")
}

// What libpq takes from the environment of a process leads elsewhere; the URL does not.
func TestReachesWhatTheURLNames(t *testing.T) {
	w := newWorld(t)
	eve, orders := w.person(t), w.table(t)
	for name, value := range map[string]string{"PGHOSTADDR": "192.0.2.1", "PGHOST": "a.invalid,b.invalid", "PGPORT": "1", "PGSERVICE": "elsewhere",
		"PGOPTIONS": "-c search_path=elsewhere", "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "standby", "PGSSLNEGOTIATION": "direct"} {
		t.Setenv(name, value)
	}
	mustApply(t, w.open(t), want(eve, orders, request.Read))
}
