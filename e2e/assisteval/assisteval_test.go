package main

import "testing"

// small is an organisation that is learned in seconds.
var small = size{people: 400, assets: 120, schemas: 16, connections: 3, departments: 8, projects: 10, tags: 6, roles: 3, countries: 4}

// TestPrecedentIsBetterThanItsRivals holds the bar of make assist-eval on small organisations.
func TestPrecedentIsBetterThanItsRivals(t *testing.T) {
	t.Parallel()
	for _, c := range []course{
		{name: "the rules stay", at: []int{1000, 8000}, organisations: 3},
		{name: "the rules change", changes: 8000, at: []int{9000, 16_000}, organisations: 2},
	} {
		got, err := c.tell(small, 7, 3000)
		if err != nil {
			t.Fatal(err)
		}
		if err := bar([]told{got}); err != nil {
			t.Errorf("%v\n%s", err, table([]told{got}, 7))
		}
	}
}

// TestTheBarHolds holds that the bar finds whoever is worse, or badly calibrated.
func TestTheBarHolds(t *testing.T) {
	t.Parallel()
	r := row{after: 1000, ours: measured{loss: 0.5, calibration: 0.06}, rivals: map[string]measured{"another": {loss: 0.4}}}
	if err := bar([]told{{rows: []row{r}}}); err == nil {
		t.Error("a worse one passes")
	}
	r.ours = measured{loss: 0.3, calibration: 0.06}
	if err := bar([]told{{rows: []row{r}}}); err == nil {
		t.Error("one that is badly calibrated passes")
	}
	r.ours.calibration = 0.01
	if err := bar([]told{{rows: []row{r}}}); err != nil {
		t.Error(err)
	}
}
