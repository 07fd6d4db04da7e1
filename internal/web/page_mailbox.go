package web

import (
	"net/http"
	"strings"
	"time"

	"passerelle/internal/mail"
)

// A mailboxPage shows a demonstration the mails that would have gone.
type mailboxPage struct {
	frame
	Crumbs []crumb
	To     input // the address whose mails are shown, empty for all
	Mails  []shownMail
}

// A shownMail is a mail of the mailbox.
type shownMail struct {
	ID, To, From, Subject, At, Text string
	Class                           string
	Due                             string // when it would go, if not at once
}

// mailsOf returns the address whose mails are asked for, empty for all.
func mailsOf(r *http.Request) string { return strings.ToLower(one(r.URL.Query(), "a")) }

// mailsShown is how many mails the mailbox shows.
const mailsShown = 50

func (s *site) mailbox(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if !s.config.Mailbox {
		return errNoRoute
	}
	l := s.words(r)
	p := &mailboxPage{frame: s.frame(r, "/mon-espace", l.T("mailbox.title")), Crumbs: []crumb{{Name: l.T("mailbox.title")}}}
	p.NoIndex = true
	p.To = input{Name: "a", Label: l.T("mailbox.whose"), Type: "email", Autocomplete: "off", Value: mailsOf(r), Free: true}
	mails, err := s.config.Outbox.Mailbox(r.Context(), p.To.Value, mailsShown)
	if err != nil {
		return err
	}
	for _, m := range mails {
		due := ""
		if m.DueAt.Sub(m.CreatedAt) > time.Minute {
			due = l.Moment(m.DueAt)
		}
		p.Mails = append(p.Mails, shownMail{
			ID: m.ID, To: m.Message.To, From: m.Message.FromName, Subject: m.Message.Subject, At: l.Moment(m.CreatedAt), Text: m.Message.Text,
			Class: l.T("mailbox.class." + string(m.Class)), Due: due,
		})
	}
	return s.show(w, http.StatusOK, "account/mailbox", p)
}

// mailboxMail shows a mail as a mail program would: its styles are written
// into its elements, which no other page may do.
func (s *site) mailboxMail(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if !s.config.Mailbox {
		return errNoRoute
	}
	mails, err := s.config.Outbox.Mailbox(r.Context(), mailsOf(r), mailsShown)
	if err != nil {
		return err
	}
	for _, m := range mails {
		if m.ID == r.PathValue("id") {
			return showMail(w, m.Message)
		}
	}
	return errNoRoute
}

func showMail(w http.ResponseWriter, m mail.Message) error {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write([]byte(m.HTML))
	return err
}
