package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/directory"
	"passerelle/internal/web"
)

type serveCommand struct {
	serverFlags
}

// Run serves until it is told to stop.
func (serveCommand) Run(x *Context) (err error) {
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return h.serve(x, func(address string) {
		fmt.Fprintf(x.Stdout, "Passerelle %s sert %s à l'adresse %s\n", version(), x.Config.Data, address)
		if !h.Directory.Ready() {
			fmt.Fprintln(x.Stdout, "Aucun registre n'est chargé : « passerelle import --help » dit comment faire ; le site le prendra sans redémarrer.")
		}
	})
}

// serve serves the house until x.Ctx is done. It calls started once the
// address answers, with what to type in a browser.
func (h *house) serve(x *Context, started func(address string)) error {
	instance, err := readInstance(x.Config.Data)
	if err != nil {
		return err
	}
	hosts, err := tileHosts(instance.Tiles)
	if err != nil {
		return err
	}
	l, err := listen(x.Ctx, x.Config.Addr, "--addr")
	if err != nil {
		return err
	}
	address := "http://" + localName(l.Addr().String())
	if x.Config.From["PASSERELLE_BASE_URL"] == fromDefault {
		x.Config.BaseURL.Host = strings.TrimPrefix(address, "http://") // port 0 has become one
	}
	if err := h.unlock(x.Ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := h.replayOwn(x.Ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	if h.Accounts.Ring, err = account.NewRing(h.Post.house, x.Config.BaseURL.Hostname(), x.Config.BaseURL.Scheme+"://"+x.Config.BaseURL.Host); err != nil {
		return errors.Join(err, l.Close())
	}
	h.Accounts.Provider = provider(x)
	s, err := web.NewServer(web.Config{
		Directory:    h.Directory,
		Partners:     h.Partners,
		Places:       h.Places,
		Trades:       h.Trades,
		Catalogues:   h.Words,
		Accounts:     h.Accounts,
		Profiles:     h.Profiles,
		Contacts:     h.Contacts,
		Needs:        h.Needs,
		Leads:        h.Leads,
		Bookings:     h.Bookings,
		Meetings:     h.Meetings,
		Invitations:  h.Invitations,
		Thanks:       h.Thanks,
		Visits:       h.Visits,
		FormSecret:   h.FormSecret,
		Outbox:       h.Post.outbox,
		Press:        h.Press,
		Teams:        h.Finder,
		Projects:     h.Projects,
		Mailbox:      h.demo && h.Post.outbox.Send == nil,
		BaseURL:      x.Config.BaseURL,
		RateLimit:    web.RateLimit(x.Config.RateLimit),
		TrustedProxy: x.Config.TrustedProxy,
		TileHosts:    hosts,
		Instance:     instance,
		Log:          h.Log,
		Clock:        x.Clock,
		Version:      version(),

		Introductions: h.Introductions,
		Verdicts:      h.Verdicts,
		Answered:      h.Answers.Of,
		MailAnswers:   h.Post.relay != nil,
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	var mails net.Listener
	if x.Config.MailListen != "" {
		if mails, err = listen(x.Ctx, x.Config.MailListen, "--mail-listen"); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	ctx, stop := context.WithCancel(x.Ctx)
	var watching sync.WaitGroup
	if mails != nil {
		watching.Go(func() { h.Post.receive(ctx, mails, h.failed("take mail")) })
	}
	watching.Go(func() { h.Directory.Watch(ctx) })
	watching.Go(func() { h.Post.outbox.Run(ctx, sendEvery, h.failed("send mail")) })
	watching.Go(func() { h.seal(ctx) })
	watching.Go(func() { h.serveLines(ctx) })
	watching.Go(func() { h.followInvitations(ctx) })
	watching.Go(func() { h.warm(ctx) })
	watching.Go(func() { h.followTeams(ctx) })
	watching.Go(func() { h.hear(ctx) })
	defer watching.Wait()
	defer stop()
	started(address)
	return s.Run(ctx, l)
}

// How often the house looks whether a mail is due, seals its record of acts,
// removes what has run out and sends the weekly summaries; and how long the
// press waits.
const (
	sendEvery   = time.Second
	listenEvery = time.Second
	sealEvery   = 5 * time.Second
	tidyEvery   = time.Hour
	batchEvery  = time.Minute // needs go to the next who may answer
	warmAfter   = 20 * time.Second
)

// warm makes the press ready once the house has answered its first visitors:
// it takes a processor for some seconds the first time.
func (h *house) warm(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(warmAfter):
		h.Press.Warm(ctx)
	}
}

// hear keeps what partners are found by as new as the register and the
// profiles are, so that no visitor waits for it, until ctx is done.
func (h *house) hear(ctx context.Context) {
	failed := h.failed("look after partners")
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		if err := h.Voices.Refresh(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		if err := h.Partners.Warm(); err != nil && !errors.Is(err, directory.ErrNoSnapshot) {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// seal seals the record of acts, keeps the list of erasures, and tidies, until
// ctx is done.
func (h *house) seal(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	failed := h.failed("look after accounts")
	var register int64 // when the one that was looked at last was made
	erasures := make(map[string]int64)
	for n := 0; ; n++ {
		if err := errors.Join(h.Accounts.Seal(ctx), h.watchErasures(ctx, erasures)); err != nil && ctx.Err() == nil {
			failed(err)
		}
		if n%int(batchEvery/sealEvery) == 0 {
			if err := h.Needs.SendBatches(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
		if n%int(tidyEvery/sealEvery) == 0 {
			if err := errors.Join(h.tidy(ctx), h.rewrite(ctx, h.Accounts.Clock.Now())); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
		if made := h.Directory.Meta().Made; made != register || n%int(tidyEvery/sealEvery) == 0 {
			if err := errors.Join(h.succeed(ctx), h.Profiles.TidyLabels(ctx)); err != nil && ctx.Err() == nil {
				failed(err)
			}
			register = made
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tidy does what is due since the last hour. Each step may be done by several
// nodes at the same time: what it does is done once.
func (h *house) tidy(ctx context.Context) error {
	return errors.Join(h.Accounts.Tidy(ctx), h.Accounts.Retain(ctx), h.Contacts.Retain(ctx), h.Needs.Tidy(ctx), h.Needs.TidyPools(ctx), h.tellSearches(ctx), h.tellDemand(ctx), h.Bookings.ForgetOld(ctx), h.Leads.ForgetOld(ctx), h.Introductions.Watch(ctx), h.Answers.Refresh(ctx), h.Post.remind(ctx, h.Accounts, h.Profiles), h.Profiles.Sleep(ctx), h.Post.digests(ctx))
}

// failed logs what background work could not do.
func (h *house) failed(what string) func(error) {
	return func(err error) { h.Log.Error(what, slog.Any("error", err)) }
}

// listen opens an address, which an option of the command chooses.
func listen(ctx context.Context, address, option string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("l'adresse %s ne peut être ouverte (%w) ; %s HÔTE:PORT en choisit une autre", address, err, option)
	}
	return l, nil
}

// localName returns what to type in a browser of this machine to reach addr.
func localName(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	if port == "80" {
		return host
	}
	return net.JoinHostPort(host, port)
}
