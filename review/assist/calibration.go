package assist

import "math"

// Calibration corrects chances by what became of earlier ones: first by a line through their
// logits (J. Platt, 1999), then by bins of the logits, each with its own correction.
type Calibration struct {
	Slope  float64    `json:"slope"`  // less one: a new calibration changes nothing
	Offset float64    `json:"offset"` //
	Spread [2]float64 `json:"spread"` // the variances of both
	Bins   [bins]Bin  `json:"bins"`
}

// Bin is what became of the chances around one value. What is older counts for less.
type Bin struct {
	N        float64 `json:"n"`
	Expected float64 `json:"expected"` // approvals, by the chances
	Approved float64 `json:"approved"`
}

const (
	bins       = 10
	binReach   = 4.0  // logits beyond it are in the outermost bins
	binMemory  = 1000 // determinations in a bin after which one counts for a third
	binPrior   = 10   // determinations that a bin is taken to have seen before, as expected
	lineSpread = 0.02 // the variances of the line in the beginning
	lineDrift  = 1e-5 // that they regain with each determination
)

func (b Book) calibration() Calibration {
	if l := b[everything]; l != nil && l.Calibration != nil {
		return *l.Calibration
	}
	return Calibration{Spread: [2]float64{lineSpread, lineSpread}}
}

// apply corrects a chance.
func (c Calibration) apply(p float64) float64 { return c.binned(c.lined(p)) }

func (c Calibration) lined(p float64) float64 { return logistic((1+c.Slope)*logit(p) + c.Offset) }

func (c Calibration) binned(p float64) float64 {
	low, part := place(p)
	return logistic(logit(p) + (1-part)*c.Bins[low].correction() + part*c.Bins[low+1].correction())
}

// place is between which bins a chance is: in the lower one and, by part, the next.
func place(p float64) (low int, part float64) {
	z := min(max((logit(p)+binReach)/(2*binReach), 0), 1) * (bins - 1)
	low = min(int(z), bins-2)
	return low, z - float64(low)
}

// correction is what the logits of a bin lack.
func (b Bin) correction() float64 {
	if b.N == 0 {
		return 0
	}
	rate := b.Expected / b.N
	more := func(approved float64) float64 {
		return math.Log((approved + binPrior*rate + 0.5) / (b.N - approved + binPrior*(1-rate) + 0.5))
	}
	return more(b.Approved) - more(b.Expected)
}

// learn notes what became of a chance: y is 1 for an approval.
func (c *Calibration) learn(raw, y float64) {
	p, x := c.lined(raw), logit(raw)
	low, part := place(p)
	for i, weight := range []float64{1 - part, part} {
		b := &c.Bins[low+i]
		keep := 1 - weight/binMemory
		b.N, b.Expected, b.Approved = b.N*keep+weight, b.Expected*keep+weight*p, b.Approved*keep+weight*y
	}
	c.Spread[0], c.Spread[1] = c.Spread[0]+lineDrift, c.Spread[1]+lineDrift
	curve := p * (1 - p)
	whole := 1 + curve*(c.Spread[0]*x*x+c.Spread[1])
	c.Slope += c.Spread[0] * x * (y - p) / whole
	c.Offset += c.Spread[1] * (y - p) / whole
	c.Spread[0] -= c.Spread[0] * c.Spread[0] * x * x * curve / whole
	c.Spread[1] -= c.Spread[1] * c.Spread[1] * curve / whole
}
