package feedback

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// message is what SES says of one mail, in either of its two forms, without
// what nobody here reads (SES developer guide, "Contents of event data in
// Amazon SES" and "Amazon SNS notification contents").
type message struct {
	EventType        string `json:"eventType"`        // event publishing
	NotificationType string `json:"notificationType"` // notifications of an identity
	Mail             struct {
		Timestamp   time.Time           `json:"timestamp"`
		MessageID   string              `json:"messageId"`
		Destination []string            `json:"destination"`
		Tags        map[string][]string `json:"tags"`
	} `json:"mail"`
	Bounce struct {
		Type       string      `json:"bounceType"`
		Recipients []recipient `json:"bouncedRecipients"`
		FeedbackID string      `json:"feedbackId"`
		Timestamp  time.Time   `json:"timestamp"`
	} `json:"bounce"`
	Complaint struct {
		Type       string      `json:"complaintFeedbackType"`
		Recipients []recipient `json:"complainedRecipients"`
		FeedbackID string      `json:"feedbackId"`
		Timestamp  time.Time   `json:"timestamp"`
	} `json:"complaint"`
	Delivery struct {
		Recipients []string `json:"recipients"`
	} `json:"delivery"`
	Reject struct {
		Reason string `json:"reason"`
	} `json:"reject"`
}

type recipient struct {
	Address string `json:"emailAddress"`
}

func (m message) kind() string {
	if m.EventType != "" {
		return m.EventType
	}
	return m.NotificationType
}

func (m message) tag(name string) string {
	if values := m.Mail.Tags[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// recipients are the addresses the message is about.
func (m message) recipients() []string {
	list := m.Bounce.Recipients
	if m.kind() == "Complaint" {
		list = m.Complaint.Recipients
	}
	var all []string
	for _, r := range list {
		all = append(all, r.Address)
	}
	switch {
	case len(all) > 0:
		return all
	case len(m.Delivery.Recipients) > 0:
		return m.Delivery.Recipients
	}
	return m.Mail.Destination
}

// envelope is what a queue puts around a message: SNS a text, EventBridge a
// detail. A message may also come bare.
type envelope struct {
	Type    string          `json:"Type"`
	Message string          `json:"Message"`
	Detail  json.RawMessage `json:"detail"`
}

// maxEnvelopes is how many envelopes are opened: a topic behind a bus is two.
const maxEnvelopes = 3

// parse opens the envelopes around a message.
func parse(body []byte) (message, error) {
	for range maxEnvelopes {
		var e envelope
		if err := json.Unmarshal(body, &e); err != nil {
			return message{}, errors.New("the event is not JSON") // the cause could quote an address
		}
		switch {
		case len(e.Detail) > 0:
			body = e.Detail
		case e.Type == "SubscriptionConfirmation", e.Type == "UnsubscribeConfirmation":
			return message{EventType: e.Type}, nil
		case e.Message != "":
			body = []byte(e.Message)
		default:
			var m message
			if err := json.Unmarshal(body, &m); err != nil {
				return m, errors.New("the event is not one of SES")
			}
			if m.kind() == "" {
				return m, errors.New("the event has no type")
			}
			return m, nil
		}
	}
	return message{}, fmt.Errorf("the event stands in more than %d envelopes", maxEnvelopes)
}
