package notify

import (
	"strconv"
	"strings"
	"time"
)

// CloudEvent is an event in the JSON format of CloudEvents 1.0 (cloudevents.io), for
// whoever follows the log.
type CloudEvent struct {
	SpecVersion     string    `json:"specversion" enum:"1.0"`
	ID              string    `json:"id" doc:"Of the event; with source, it never repeats"`
	Source          string    `json:"source" doc:"Which server says it: its address, or / where that is not known"`
	Type            string    `json:"type" doc:"io.grantwright. and the type of the event" example:"io.grantwright.request.created"`
	Time            time.Time `json:"time"`
	Subject         string    `json:"subject,omitempty" doc:"The record that it is about: kind, slash, id"`
	DataContentType string    `json:"datacontenttype" enum:"application/json"`
	DataSchema      string    `json:"dataschema,omitempty" doc:"Where the schema of data is"`
	Sequence        string    `json:"sequence" doc:"Extension attribute: the number of the event in the log, with leading zeros, so that text sorts as numbers do"`
	Data            Payload   `json:"data" doc:"The same that a webhook is sent, without answers"`
}

// cloudEventTypes is what the types of all our events begin with.
const cloudEventTypes = "io.grantwright."

// CloudEventOf puts a payload into the envelope. Number is that of the event in the
// log; source is the address of the server.
func CloudEventOf(p Payload, number int64, source string) CloudEvent {
	e := CloudEvent{SpecVersion: "1.0", ID: p.ID, Source: source, Type: cloudEventTypes + string(p.Type), Time: p.Timestamp,
		DataContentType: "application/json", Data: p}
	if source == "" {
		e.Source = "/"
	} else {
		e.DataSchema = strings.TrimSuffix(source, "/") + "/webhook.schema.json"
	}
	if p.Data.Request != nil {
		e.Subject = "requests/" + string(p.Data.Request.ID)
	} else if len(p.Data.About) > 0 {
		e.Subject = p.Data.About[0]
	}
	digits := strconv.FormatInt(number, 10)
	e.Sequence = "0000000000000000000"[:max(0, 19-len(digits))] + digits
	return e
}
