package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// precedent always approves, in words of its own.
type precedent struct{}

func (precedent) Advise(context.Context, assist.Case) (assist.Advice, error) {
	return assist.Advice{Recommendation: assist.Approve, Risk: assist.Low, Number: 0.1, By: assist.ByPrecedent, Reason: "by precedent"}, nil
}

// TestAModelWordsAdvice has a local server stand for the model: it gets the key and the fields
// that the flags list, no others.
func TestAModelWordsAdvice(t *testing.T) {
	var key, told string
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key, told = r.Header.Get("Authorization"), string(body)
		_, _ = fmt.Fprint(w, `{"choices":[{"message":{"role":"assistant","content":"{\"recommendation\":\"APPROVE\",\"risk\":\"LOW\",\"reason\":\"as others before\"}"}}]}`)
	}))
	t.Cleanup(model.Close)
	t.Setenv("ASSIST_KEY", "open-sesame")
	o, done, err := parse([]string{"-assist-url", model.URL + "/v1", "-assist-model", "small", "-assist-key", "env:ASSIST_KEY", "-assist-fields", "tags, terms"}, io.Discard, io.Discard)
	if err != nil || done {
		t.Fatal(err)
	}
	var config grantwright.Config
	if err := o.model.configure(&config); err != nil {
		t.Fatal(err)
	}
	c := assist.Case{Request: request.Request{Asset: catalog.Ref("warehouse:SECRET.public.orders"), Privilege: request.Read, Duration: request.For(30, request.Days)}}
	a, err := config.Assistant(precedent{}).Advise(t.Context(), c)
	if err != nil || a.Reason != "as others before" || a.By != "small" {
		t.Errorf("%+v, %v", a, err)
	}
	if key != "Bearer open-sesame" || strings.Contains(told, "SECRET") || !strings.Contains(told, "30 DAYS") {
		t.Errorf("the model was told, by the key %q: %s", key, told)
	}
}

func TestFlagsOfAModel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, says string }{
		{"-assist-model=small", "-assist-url is missing"},
		{"-assist-per-day=5", "-assist-url is missing"},
		{"-assist-url=https://models.example.com/v1", "Options.Model is missing"},
		{"-assist-url=http://models.example.com/v1 -assist-model=small", "must be https"},
		{"-assist-url=https://models.example.com/v1 -assist-model=small -assist-key=sesame", "-assist-key must be a reference"},
		{"-assist-url=https://models.example.com/v1 -assist-model=small -assist-fields=tags,salary", `"salary", which is no field`},
		{"-assist-url=https://models.example.com/v1 -assist-model=small -assist-timeout=-1s", "must not be negative"},
	} {
		_, _, err := parse(strings.Fields(tt.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v, want %q", tt.args, err, tt.says)
		}
	}
}
