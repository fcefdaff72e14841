package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/optimize"
)

// majority says of everybody how many were approved so far.
func majority(history []asking) estimator {
	rate := rateOf(history)
	return estimator{"majority class", func(asking) float64 { return rate }}
}

func rateOf(history []asking) float64 {
	approved := 0.0
	for _, a := range history {
		if a.approved {
			approved++
		}
	}
	return (approved + 1) / (float64(len(history)) + 2)
}

// ownRate says how many were approved on the asset, drawn towards all by four determinations.
func ownRate(history []asking) estimator {
	rate := rateOf(history)
	approved, all := map[int]float64{}, map[int]float64{}
	for _, a := range history {
		all[a.on.number]++
		if a.approved {
			approved[a.on.number]++
		}
	}
	return estimator{"the asset's own rate", func(a asking) float64 {
		return (approved[a.on.number] + 4*rate) / (all[a.on.number] + 4)
	}}
}

// regression is a logistic regression with an L2 penalty over features that hold or do not.
type regression struct {
	pairs   bool // of groups and attributes with schemas and tags
	places  map[string]int
	weights []float64
}

// example is a determination as a regression sees it.
type example struct {
	at []int
	y  float64
}

// names are the features that hold of a request.
func names(a asking, pairs bool) []string {
	f := a.features()
	schema := string(f.Asset)[:strings.LastIndex(string(f.Asset), ".")]
	who := append(append([]string{}, f.Groups...), f.Attributes...)
	all := append([]string{"1", string(f.Asset), schema, f.Asset.Connection(), string(f.Type), string(f.Privilege), f.Duration.String()}, who...)
	all = append(all, f.Tags...)
	if !pairs {
		return all
	}
	for _, w := range who {
		all = append(all, schema+" "+w)
		for _, t := range f.Tags {
			all = append(all, t+" "+w)
		}
	}
	return all
}

func (r *regression) example(a asking, learns bool) example {
	e := example{}
	if a.approved {
		e.y = 1
	}
	for _, name := range names(a, r.pairs) {
		at, known := r.places[name]
		if !known && learns {
			at = len(r.places)
			r.places[name], known = at, true
		}
		if known {
			e.at = append(e.at, at)
		}
	}
	return e
}

func (r *regression) chance(a asking) float64 { return r.of(r.example(a, false), r.weights) }

func (r *regression) of(e example, weights []float64) float64 {
	s := 0.0
	for _, at := range e.at {
		s += weights[at]
	}
	return 1 / (1 + math.Exp(-s))
}

// loss is the penalised log loss, and its gradient.
func (r *regression) loss(all []example, weights, gradient []float64, penalty float64) (sum float64) {
	for i, w := range weights {
		gradient[i] = penalty * w
		sum += penalty * w * w / 2
	}
	for _, e := range all {
		p := r.of(e, weights)
		sum -= e.y*math.Log(max(p, 1e-12)) + (1-e.y)*math.Log(max(1-p, 1e-12))
		for _, at := range e.at {
			gradient[at] += p - e.y
		}
	}
	return sum
}

// iterations bound the fit of a regression; it has converged long before.
const iterations = 100

func fit(history []asking, pairs bool, penalty float64) (*regression, error) {
	r := &regression{pairs: pairs, places: map[string]int{}}
	all := make([]example, len(history))
	for i, a := range history {
		all[i] = r.example(a, true)
	}
	spare := make([]float64, len(r.places))
	problem := optimize.Problem{
		Func: func(w []float64) float64 { return r.loss(all, w, spare, penalty) },
		Grad: func(gradient, w []float64) { r.loss(all, w, gradient, penalty) },
	}
	settings := optimize.Settings{MajorIterations: iterations, GradientThreshold: 1e-4 * float64(len(all)), Converger: &optimize.FunctionConverge{Relative: 1e-5, Iterations: 5}}
	result, err := optimize.Minimize(problem, make([]float64, len(r.places)), &settings, &optimize.LBFGS{})
	if err != nil && (result == nil || result.X == nil) {
		return nil, fmt.Errorf("fitting the regression: %w", err)
	}
	r.weights = result.X
	return r, nil
}

// penalties are those that a regression is tried with.
var penalties = []float64{1, 3, 10}

// tuned fits a regression with the penalty that does best on the last fifth of the history, at most 40,000 of it.
func tuned(history []asking, pairs bool, name string) (estimator, error) {
	recent := history[max(0, len(history)-40_000):]
	cut := len(recent) * 4 / 5
	best, least := penalties[0], math.Inf(1)
	for _, penalty := range penalties {
		r, err := fit(recent[:cut], pairs, penalty)
		if err != nil {
			return estimator{}, err
		}
		if loss := (estimator{"", r.chance}).measure(recent[cut:]).loss; loss < least {
			best, least = penalty, loss
		}
	}
	r, err := fit(history, pairs, best)
	return estimator{name, r.chance}, err
}

// rivals are all who try the same. With a window, the better regression is also fitted to so
// many of the last determinations alone.
func rivals(history []asking, window int) ([]estimator, error) {
	all := []estimator{majority(history), ownRate(history)}
	add := func(of []asking, pairs bool, name string) error {
		e, err := tuned(of, pairs, name)
		all = append(all, e)
		return err
	}
	err := errors.Join(add(history, false, "logistic regression"), add(history, true, "logistic regression with pairs"))
	if window > 0 && window < len(history) {
		err = errors.Join(err, add(history[len(history)-window:], true, fmt.Sprintf("the same, on the last %d", window)))
	}
	return all, err
}
