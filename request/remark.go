package request

import (
	"fmt"
	"time"
)

// RemarkID names a remark: the id of the request, a slash, and its number.
type RemarkID string

// RemarkKind is what a remark is.
type RemarkKind string

// The kinds of remarks.
const (
	Comment  RemarkKind = "COMMENT"
	Inquiry  RemarkKind = "QUESTION" // of a data steward, to the requester
	Response RemarkKind = "ANSWER"   // of the requester
)

// MaxRemarks bounds the remarks of one request.
const MaxRemarks = 500

// Remark is something that somebody has said about a request, beside deciding.
type Remark struct {
	ID      RemarkID   `json:"id"`
	Request ID         `json:"request"`
	Number  int        `json:"number"` // of the request's remarks, from 1
	Kind    RemarkKind `json:"kind"`
	By      PersonID   `json:"by"`
	At      time.Time  `json:"at"`
	Text    string     `json:"text"`
}

// Remark is the next remark about the request, which counts it. A question is open
// until the requester answers.
func (r *Request) Remark(kind RemarkKind, by PersonID, at time.Time, text string) Remark {
	r.Remarks++
	switch kind {
	case Inquiry:
		r.Questioned = at
	case Response:
		r.Questioned = time.Time{}
	}
	return Remark{ID: RemarkID(fmt.Sprintf("%s/%d", r.ID, r.Remarks)), Request: r.ID, Number: r.Remarks, Kind: kind, By: by, At: at, Text: text}
}
