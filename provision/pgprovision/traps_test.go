package pgprovision_test

// What PostgreSQL does that one would not expect, and which test holds us to the
// rule for it, on every version that the suite is run on:
//
//	a table's SELECT is not enough to read it       TestActiveMeansThatTheLoginWorks, TestActiveNeedsInheritance, TestActiveOnForeignTableNeedsUserMapping,
//	                                                TestActiveOnViewsMeansThatTheyCanBeRead, TestGivesConnectAndUsageWhereNobodyElseDoes
//	an access list holds some 2,400 people          TestManyPeopleOnOneTable
//	a table's REVOKE drops column grants            TestColumnGrantsOfOthersSurviveOurs
//	SET ROLE outlives a membership                  TestSessionCannotKeepTheGroupRole, TestSessionsAreEndedAlsoAfterACrashBetween
//	what was made as our role outlives it too       TestViewMadeAsTheGroupRoleKeepsAnEndFromBeingSaid, TestRoleThatOwnsSomethingKeepsAnEndFromBeingSaid
//	a member of the owner grants in its name        TestGrantsStandUnderOurOwnName, TestMemberOfTheOwnerIsRefused, TestOwnerChangeDoesNotKeepAccessAlive
//	another grantor's REVOKE does nothing           TestRevokeByAnotherGrantorTakesNothingAway
//	CREATEROLE reaches far before 16                TestProvisionerHasLeastPrivilege, TestMarkOpensNothing
//	USAGE and CONNECT wake rights that slept        TestPlanTellsWhatWouldRunAndWhatItOpens, TestWokenRightsSleepAgainAfterTheEnd
//	a name may lead to another table by now         TestRenamedTableIsNotTheOneThatTakesItsName, TestRevokeFindsARenamedTable, TestTableMovedToAnotherSchemaIsAnotherAsset,
//	                                                TestRenamedTableKeepsNothingOfOurs, TestGrantsOnTheOldAndTheNewTableGoTheirOwnWays, TestTellsWhatTookTheNameOfATable, TestWhatOurRoleHoldsElsewhereIsTakenBack
//	roles are the whole cluster's                   TestSamePathInTwoDatabasesAreTwoAssets, TestNamesOfRolesFitAndDiffer, TestRoleOfOurNameThatIsNotOursIsRefused
//	an address may lead to another server           TestAnotherServerUnderTheAddressIsNotTouched, TestActsOnlyOnTheClusterThatWasOpened, TestStandbyIsNotTouched
//	grants on one table at once fail                TestHoldsItsOwnAmongConcurrentGrantsOfOthers, TestKeepsTheContract (many people at once)
//	GRANT waits behind a lock                       TestLockedTableHoldsUpNoOther
//	quoting does not make every name harmless       TestRefusesPrincipalsThatSeeAnywayOrAreNobody, TestOddNamesAreTheirOwn, TestAnotherRoleUnderTheNameGetsNothing
//	some see everything anyhow                      TestRefusesPrincipalsThatSeeAnywayOrAreNobody, TestPathsOfOthersAreNamedAndLeft
//	dbt builds aside and swaps                      TestSwapOfDbtIsFollowed
//	a partition is read through its parent          TestReadOnPartitionedTableReadsItsPartitions, TestAttachedPartitionIsReadThroughItsParent
//	copies outlive access                           TestCopiesThatOutliveAccessAreNamed, TestViewsOfBeneficiariesAreNamedWhileTheyLetIn
//	information_schema does not know everything     TestGrantsOnMaterializedViewsAreSeen, TestAbsentAccessListIsTheDefaults
//	a pooler gives each transaction another session TestLeavesNothingOnAConnection, TestPreparesNothingBehindAPoolerThatNobodyNamed
//	search_path is anybody's                        TestHostileSearchPathChangesNothing
//	reading an asset may do something               TestNeverReadsAnAsset
//	READ_WRITE is four rights, and sequences        TestReadWriteIsExactlyThat, TestSequenceOfSerialColumnIsUsableOnlyForWriters, TestSequenceThatComesLaterIsGivenToWriters

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

func TestColumnGrantsOfOthersSurviveOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.asOwner(t, w.names(eve, orders, "").Replace("grant usage on schema public to {eve}; grant select (note) on {orders} to {eve}"))
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
	if err := w.as(t.Context(), eve.Name, "select note from "+orders.Ref.Name()); err != nil {
		t.Errorf("the column that another gave: %v", err)
	}
}

func TestViewMadeAsTheGroupRoleKeepsAnEndFromBeingSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "grant create on schema public to public") // as clusters from before 15 have it
	mustApply(t, p, want(eve, orders, request.Read))
	names := w.names(eve, orders, w.groupRole(t, orders, request.Read))
	err := w.as(t.Context(), eve.Name, names.Replace("set role {role}; create view kept_{orders} as select * from {orders}; grant select on kept_{orders} to {eve}"))
	if !w.version15(t) {
		if err == nil {
			t.Fatal("the person could become our group role")
		}
		mustApply(t, p, want(eve, orders))
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, apply(t, p, want(eve, orders)).Err, true, "kept_"+orders.Ref.Name())
	w.run(t, names.Replace("drop view kept_{orders}"))
	mustApply(t, p, want(eve, orders))
}

func TestRevokeByAnotherGrantorTakesNothingAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, w.names(eve, orders, w.groupRole(t, orders, request.Read)).Replace("revoke all on {orders} from {role}; revoke all on {orders} from {eve}"))
	w.mustAllow(t, eve, orders, true, false)
	mustWithdraw(t, p, given(want(eve, orders, request.Read)))
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

// What the USAGE of a grant of ours has woken sleeps again when that ends, as it
// did before: nobody gave it to be used.
func TestWokenRightsSleepAgainAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders, notices := w.open(t), w.person(t), w.table(t), w.table(t)
	w.run(t, "revoke usage on schema public from public")
	w.asOwner(t, "grant select on "+notices.Ref.Name()+" to public")
	w.mustAllow(t, eve, notices, false, false)
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, notices, true, false)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, notices, false, false)
}

// Whatever became of the table, what our role held on it goes with the last who had
// it.
func TestRenamedTableKeepsNothingOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.run(t, "create schema loft authorization "+w.owner)
	for _, change := range []string{"alter table {orders} rename to {orders}_old", "alter table {orders} set schema loft"} {
		eve, bob, orders := w.person(t), w.person(t), w.table(t)
		mustApply(t, p, want(eve, orders, request.ReadWrite))
		mustApply(t, p, want(bob, orders, request.ReadWrite))
		role := w.groupRole(t, orders, request.ReadWrite)
		w.run(t, w.names(eve, orders, "").Replace(change))
		mustApply(t, p, want(eve, orders))
		if w.holds(t, role) == 0 {
			t.Error("who is left lost their access with another's")
		}
		mustApply(t, p, want(bob, orders))
		if n := w.holds(t, role); n > 0 {
			t.Errorf("after %q our role still holds %d rights", change, n)
		}
	}
}

func TestWhatOurRoleHoldsElsewhereIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders, other := w.open(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	err := again(func() error {
		return w.as(t.Context(), w.provisioner, "grant select, insert on "+other.Ref.Name()+" to "+w.groupRole(t, orders, request.Read))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.mustAllow(t, eve, other, true, false)
	mustWithdraw(t, p, given(want(eve, orders, request.Read)))
	w.mustAllow(t, eve, other, false, false)
	w.mustAllow(t, eve, orders, true, false)
}

// A failover that leads us to a standby, or before a primary that is recovering,
// changes nothing and says nothing of what stands.
func TestStandbyIsNotTouched(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	if _, err := server.DB.Exec("create role grantwright login password '" + password + "'; create role eve login; create table orders (id int)"); err != nil {
		t.Fatal(err)
	}
	w := &world{db: server.DB, database: "postgres"}
	orders, eve := w.asset(t, "public", "orders"), w.principal(t, "eve")
	p, err := pgprovision.Open(t.Context(), provision.Target{
		Connection: catalog.Connection{Name: "wh", Technology: "postgres", URL: server.URL("grantwright", "", "postgres")}, Password: password, Installation: "t",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	mustApply(t, p, want(eve, orders))

	var folder string
	if err := server.DB.QueryRow("show data_directory").Scan(&folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	for _, s := range []provision.Standing{want(eve, orders), want(eve, orders, request.Read)} {
		o := apply(t, p, s)
		mustSay(t, o.Err, false, "standby")
		if o.Taken {
			t.Error("a standby says that all is taken")
		}
	}
	if _, err := server.DB.Exec("select pg_promote()"); err != nil {
		t.Fatal(err)
	}
	mustApply(t, p, want(eve, orders))
}

func TestSwapOfDbtIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, w.names(eve, orders, "").Replace(`create table {orders}__dbt_tmp (id serial primary key, note text);
		begin; alter table {orders} rename to {orders}__dbt_backup; alter table {orders}__dbt_tmp rename to {orders}; commit`))
	now := w.asset(t, "public", orders.Ref.Name())
	found := now.Object()
	mustReplace(t, p, given(want(eve, orders, request.Read)), &found)
	w.mustAllow(t, eve, now, false, false) // nobody gets the new one before it is asked for

	both := p.Apply(t.Context(), []provision.Standing{want(eve, orders), want(eve, now, request.Read)})
	if both[0].Err != nil || both[1].Err != nil {
		t.Fatalf("leaving the old one: %v; following to the new one: %v", both[0].Err, both[1].Err)
	}
	w.mustAllow(t, eve, now, true, false)
	w.mustAllow(t, eve, w.asset(t, "public", orders.Ref.Name()+"__dbt_backup"), false, false)
	w.asOwner(t, "drop table "+orders.Ref.Name()+"__dbt_backup cascade")
	mustWithdraw(t, p, given(want(eve, now, request.Read)))
}

func TestAttachedPartitionIsReadThroughItsParent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	w.asOwner(t, "create table years (id int, note text) partition by range (id); create table secret (id int, note text); insert into secret values (1, 'first')")
	years, secret := w.asset(t, "public", "years"), w.asset(t, "public", "secret")
	mustApply(t, p, want(eve, years, request.Read))
	if o := mustApply(t, p, want(eve, secret)); len(o.Remaining) > 0 {
		t.Fatalf("Remaining is %q before", o.Remaining)
	}
	if reach := mustApply(t, p, want(eve, years, request.Read)).Reach; len(reach) > 0 {
		t.Errorf("before, %v are read through it", reach)
	}
	w.asOwner(t, "alter table years attach partition secret for values from (0) to (9)")
	w.mustAllow(t, eve, secret, false, false)
	if reach := mustApply(t, p, want(eve, years, request.Read)).Reach; len(reach) != 1 || reach[0].Ref != secret.Ref {
		t.Errorf("%v are read through it", reach)
	}
	if checked, err := p.Check(t.Context(), want(eve, years, request.Read)); err != nil || len(checked.Asset.Through) != 1 || checked.Asset.Through[0].Ref != secret.Ref {
		t.Errorf("Check says that %v are read through it, %v", checked.Asset.Through, err)
	}
	if err := w.as(t.Context(), eve.Name, "do $$ begin if not exists (select from years where note = 'first') then raise 'not read'; end if; end $$"); err != nil {
		t.Errorf("reading it through the parent: %v", err)
	}
	if o := mustApply(t, p, want(eve, secret)); !strings.Contains(fmt.Sprint(o.Remaining), "public.years") {
		t.Errorf("Remaining is %q, must name the parent", o.Remaining)
	}
}

func TestCopiesThatOutliveAccessAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "create schema desk authorization "+eve.Name)
	mustApply(t, p, want(eve, orders, request.Read))
	if err := w.as(t.Context(), eve.Name, "create materialized view desk.kept as select * from "+orders.Ref.Name()); err != nil {
		t.Fatal(err)
	}
	o := mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
	if err := w.as(t.Context(), eve.Name, "select * from desk.kept"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(o.Remaining); got != "[owner of view desk.kept]" {
		t.Errorf("Remaining is %s, must name the copy", got)
	}
}

// A view lets in as long as its owner may read what is below it.
func TestViewsOfBeneficiariesAreNamedWhileTheyLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	w.run(t, "create schema club authorization "+bob.Name)
	mustApply(t, p, want(bob, orders, request.Read))
	err := w.as(t.Context(), bob.Name, w.names(eve, orders, "").Replace(`create view club.shared as select * from {orders}; create view club.own with (security_invoker = true) as select * from {orders};
		grant usage on schema club to {eve}; grant select on club.shared, club.own to {eve}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.as(t.Context(), eve.Name, "select * from club.shared"); err != nil {
		t.Errorf("reading through the view: %v", err)
	}
	if err := w.as(t.Context(), eve.Name, "select * from club.own"); err == nil {
		t.Error("a view with the reader's own rights lets in who has none")
	}
	says := "[SELECT granted directly by " + bob.Name + " of view club.shared]"
	if got := fmt.Sprint(mustApply(t, p, want(eve, orders)).Remaining); got != says {
		t.Errorf("Remaining is %s, want %s", got, says)
	}
	mustApply(t, p, want(bob, orders))
	if err := w.as(t.Context(), eve.Name, "select * from club.shared"); err == nil {
		t.Error("the view lets in after the access of its owner has ended")
	}
	if got := mustApply(t, p, want(eve, orders)).Remaining; len(got) > 0 {
		t.Errorf("Remaining is %q, though the view lets nobody in", got)
	}
}

func TestGrantsOnMaterializedViewsAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.asOwner(t, w.names(eve, orders, "").Replace("create materialized view totals as select count(*) as note from {orders}; grant select on totals to {eve}; grant usage on schema public to {eve}"))
	totals := w.asset(t, "public", "totals")
	for says, asset := range map[string]catalog.Asset{"[SELECT granted directly by {owner}]": totals, "[SELECT granted directly by {owner} of view public.totals]": orders} {
		says = w.names(eve, orders, "").Replace(says)
		if got := fmt.Sprint(mustApply(t, p, want(eve, asset)).Remaining); got != says {
			t.Errorf("Remaining of %s is %s, want %s", asset.Ref, got, says)
		}
	}
}

// Where nothing was ever granted the access list is absent, and the owner has all.
func TestAbsentAccessListIsTheDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	loner := w.name("loner")
	w.run(t, "create role "+loner+"; create schema den authorization "+loner+"; set role "+loner+"; create table den.diary (id int, note text); reset role; grant "+loner+" to "+eve.Name)
	diary := w.asset(t, "den", "diary")
	var absent bool
	if err := w.db.QueryRow("select relacl is null from pg_class where oid = 'den.diary'::regclass").Scan(&absent); err != nil || !absent {
		t.Fatalf("the access list is absent: %v (%v)", absent, err)
	}
	w.mustAllow(t, eve, diary, true, true)
	if o := mustApply(t, p, want(eve, diary)); !strings.Contains(fmt.Sprint(o.Remaining), "through role "+loner+", the owner") {
		t.Errorf("Remaining is %q, must name the owner", o.Remaining)
	}
}

// Through a pooler the next transaction may be another's: whatever we set, and
// every lock, ends with ours. The URL says that there is one.
func TestLeavesNothingOnAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t, "&binary_parameters=yes")
	var mu sync.Mutex
	var sent strings.Builder
	x.onMessage(func(message []byte) {
		mu.Lock()
		defer mu.Unlock()
		sent.Write(message)
	})
	eve, orders := w.person(t), w.table(t)
	s := want(eve, orders, request.ReadWrite)
	p.Plan(t.Context(), []provision.Standing{s})
	mustApply(t, p, s)
	mustList(t, p, "wh")
	mustMark(t, p, provision.Mark{}, provision.Mark{Store: "a"})
	mustApply(t, p, want(eve, orders))
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(sent.String(), "set local lock_timeout") || !strings.Contains(sent.String(), "pg_advisory_xact_lock") {
		t.Fatal("what was sent cannot be read here")
	}
	for _, lasting := range []string{`(?i)\bset (session|role|[a-z_]+ *(=|to)\b)`, `(?i)pg_(try_)?advisory_lock`, `(?i)\b(prepare|listen|declare|temp|temporary) `} {
		if found := regexp.MustCompile(lasting).FindString(sent.String()); found != "" {
			t.Errorf("sent %q, which outlives a transaction", found)
		}
	}
	var locks int
	if err := w.db.QueryRow("select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = $1 and l.locktype = 'advisory'", w.provisioner).Scan(&locks); err != nil || locks > 0 {
		t.Errorf("%d locks are left (%v)", locks, err)
	}
}

// Where the URL does not say that there is a pooler, a statement that is gone tells.
func TestPreparesNothingBehindAPoolerThatNobodyNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	eve, orders := w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	p.Discard(t, w.database)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
	x.onMessage(func(message []byte) {
		if bytes.Contains(message, []byte("prepare ")) || bytes.Contains(message, []byte("execute ")) {
			t.Error("a statement was prepared again")
		}
	})
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
}

func TestHostileSearchPathChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, "create schema evil authorization "+w.owner)
	w.run(t, "grant usage on schema evil to public")
	w.asOwner(t, `create function evil.pg_has_role(oid, text) returns boolean language plpgsql as $$ begin raise 'evil was called'; end $$;
		create function evil.has_table_privilege(oid, oid, text) returns boolean language plpgsql as $$ begin raise 'evil was called'; end $$;
		create view evil.pg_roles as select * from pg_catalog.pg_roles where false;
		create view evil.pg_auth_members as select * from pg_catalog.pg_auth_members where false`)
	w.run(t, "alter role "+w.provisioner+" set search_path = evil, pg_catalog")
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
	if all := mustList(t, p, "wh"); len(all) != 1 {
		t.Errorf("%d are listed, want 1", len(all))
	}
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

func TestNeverReadsAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	w.asOwner(t, `create function tripwire() returns text language plpgsql as $$ begin raise 'the asset was read'; end $$; create view wired as select tripwire() as note`)
	wired := w.asset(t, "public", "wired")
	for _, s := range []provision.Standing{want(eve, wired, request.Read), want(eve, wired)} {
		if plan := p.Plan(t.Context(), []provision.Standing{s})[0]; plan.Err != nil {
			t.Error(plan.Err)
		}
		mustApply(t, p, s)
	}
	if err := w.as(t.Context(), w.owner, "select * from wired"); err == nil {
		t.Fatal("reading it trips nothing")
	}
}
