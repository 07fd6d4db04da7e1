package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
	"passerelle/internal/picture"
	"passerelle/internal/place"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/team"
	"passerelle/internal/trade"
	"passerelle/internal/visit"
)

// A house is what most commands work on: the data folder, opened.
type house struct {
	Places      *place.Atlas
	Trades      *trade.Table
	DB          *db.DB
	Directory   *directory.Directory
	Words       *locale.Catalogues
	Post        *post
	Accounts    *account.Accounts
	Profiles    *profile.Profiles
	Contacts    *contact.Contacts
	Leads       *lead.Leads
	Finder      *team.Finder
	Voices      *voices
	Projects    *team.Projects
	Partners    *partner.Finder
	Bookings    *booking.Bookings
	Meetings    *meeting.Meetings
	Needs       *exchange.Needs
	Visits      *visit.Visits
	Press       *pdf.Press
	Log         *slog.Logger
	Invitations *meeting.Invitations
	Thanks      *meeting.Thanks

	Introductions *exchange.Introductions
	Verdicts      *exchange.Verdicts

	Answers *responses // how everybody answers what they are asked

	FormSecret []byte // seals the forms that anybody may send

	data string // the data folder
	demo bool   // mails are shown instead of being sent
}

// openHouse opens the data folder, which it makes if there is none, and the
// database, which it migrates.
func openHouse(x *Context) (_ *house, err error) {
	h := &house{data: x.Config.Data, Log: slog.New(slog.NewTextHandler(x.Stderr, nil))}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if err := refuseHalf(x.Config.Data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(x.Config.Data, 0o750); err != nil {
		return nil, fmt.Errorf("dossier de données : %w", err)
	}
	if h.Places, err = directory.LoadPlaces(x.Config.Data); err != nil {
		return nil, err
	}
	if h.Trades, err = trade.Load(); err != nil {
		return nil, err
	}
	if h.DB, err = openDatabase(x); err != nil {
		return nil, err
	}
	h.Directory, err = directory.Open(x.Ctx, directory.Config{
		Dir:    x.Config.Data,
		Places: h.Places,
		Trades: h.Trades,
		DB:     h.DB,
		Clock:  x.Clock,
		Log:    h.Log,
	})
	if err != nil {
		return nil, err
	}
	if h.Words, err = locale.Load(); err != nil {
		return nil, err
	}
	if h.Post, err = newPost(x, h); err != nil {
		return nil, err
	}
	if h.Press, err = pdf.New(pdf.Config{CacheDir: filepath.Join(x.Config.Data, "cache", "documents"), Log: h.Log}); err != nil {
		return nil, err
	}
	vocabulary, err := profile.Load()
	if err != nil {
		return nil, err
	}
	h.Profiles = &profile.Profiles{DB: h.DB, Clock: x.Clock, Vocabulary: vocabulary, Pictured: new(picture.Reader), Trades: h.Trades, Tell: h.Post.label, Over: h.Directory.ChangeIn, Laid: h.Directory.Overlay}
	h.Leads = &lead.Leads{DB: h.DB, Clock: x.Clock, Send: h.Post.cooperation, Closed: h.Post.leadClosed, Tell: h.Post.lead, Shown: h.shown, Pictured: h.Profiles.Pictured}
	h.Finder = &team.Finder{Directory: h.Directory, Trades: h.Trades, Sold: h.Profiles.Sold, Past: h.Leads.Worked}
	h.Projects = &team.Projects{DB: h.DB, Clock: x.Clock, Finder: h.Finder, Leads: h.Leads, Send: h.team, Over: h.Directory.ChangeIn, Refresh: h.Directory.Refresh}
	if err := h.findPartners(x); err != nil {
		return nil, err
	}
	h.Contacts = &contact.Contacts{DB: h.DB, Clock: x.Clock, Directory: h.Directory, Places: h.Places, Warn: h.Post.warnContact}
	h.newMeetings(x.Clock)
	h.newInvitations(x.Clock)
	h.newThanks(x.Clock)
	h.Needs = &exchange.Needs{DB: h.DB, Clock: x.Clock, Directory: h.Directory, Places: h.Places, Trades: h.Trades, Send: h.Post.need}
	if err := h.newVisits(x.Clock); err != nil {
		return nil, err
	}
	h.Introductions = &exchange.Introductions{
		DB: h.DB, Clock: x.Clock, Leads: h.Leads, Firm: h.Directory.Establishment, Send: h.Post.introduction, Withdraw: h.Post.withdraw, Over: h.Directory.ChangeIn, Refresh: h.Directory.Refresh, Closed: h.closed,
	}
	h.Verdicts = &exchange.Verdicts{DB: h.DB, Clock: x.Clock}
	h.Post.talks = h.Introductions
	h.Contacts.Objected = h.objected
	h.Accounts = &account.Accounts{DB: h.DB, Clock: x.Clock, Send: h.Post.account, Forget: []func(context.Context, *db.Tx, *account.Person) error{
		h.Profiles.Forget,
		func(context.Context, *db.Tx, *account.Person) error {
			h.Voices.Forget()
			return nil
		},
		h.Contacts.Forget,
		h.Needs.Forget,
		h.Leads.Forget,
		h.Visits.Forget,
		h.Bookings.Forget,
		h.Meetings.Forget,
		h.Projects.Forget,
		h.Introductions.Forget,
		func(ctx context.Context, t *db.Tx, p *account.Person) error {
			return h.Post.outbox.Forget(ctx, t, p.ID, p.Mail)
		},
	}}
	h.Accounts.Moves = h.moves()
	h.Accounts.Ends = []func(context.Context, *db.Tx, register.SIRET) error{h.Needs.End, h.Leads.End, h.Visits.End}
	h.Accounts.Leaves = []func(context.Context, *db.Tx, account.Actor, register.SIRET) error{h.Needs.Left, h.Introductions.Left, h.Visits.Left}
	h.Accounts.Territory = func(s register.SIRET) string {
		e, _ := h.Directory.Establishment(s) // nowhere when it is hidden
		return e.Territory
	}
	h.Answers = &responses{house: h}
	h.Partners.Answers = h.Answers.Rates
	h.askNeeds()
	return h, h.Answers.Refresh(x.Ctx)
}

// findPartners makes what finds partners, with what members have said so far.
func (h *house) findPartners(x *Context) error {
	rules, err := match.Load(h.Trades)
	if err != nil {
		return err
	}
	h.Voices = &voices{Profiles: h.Profiles, Trades: h.Trades, Clock: x.Clock}
	h.Partners = &partner.Finder{Directory: h.Directory, Rules: rules, Said: h.Voices.Said, Atlas: h.Places}
	if h.Partners.Times, err = directory.LoadTimes(x.Config.Data, h.Places); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	h.Profiles.Refresh = func(ctx context.Context) error {
		return errors.Join(h.Directory.Refresh(ctx), h.Voices.Refresh(ctx))
	}
	return h.Voices.Refresh(x.Ctx)
}

// unlock reads the secrets of the house, which it makes when first asked: only
// a house that serves needs them.
func (h *house) unlock(ctx context.Context) (err error) {
	if h.Contacts.Secret, err = h.DB.Secret(ctx, "objection"); err != nil {
		return err
	}
	if h.Introductions.Secret, err = h.DB.Secret(ctx, "introduction"); err != nil {
		return err
	}
	if h.Leads.Secret, err = h.DB.Secret(ctx, "cooperation"); err != nil {
		return err
	}
	if h.Projects.Secret, err = h.DB.Secret(ctx, "team"); err != nil {
		return err
	}
	if h.Bookings.Secret, err = h.DB.Secret(ctx, "booking"); err != nil {
		return err
	}
	if h.Thanks.Secret, err = h.DB.Secret(ctx, "thanks"); err != nil {
		return err
	}
	if h.Invitations.Secret, err = h.DB.Secret(ctx, "invitation"); err != nil {
		return err
	}
	if h.Needs.Secret, err = h.DB.Secret(ctx, "need"); err != nil {
		return err
	}
	if h.Visits.Secret, err = h.DB.Secret(ctx, "visit"); err != nil {
		return err
	}
	if h.FormSecret, err = h.DB.Secret(ctx, "form"); err != nil {
		return err
	}
	h.Profiles.Secret, err = h.DB.Secret(ctx, "confirm")
	return err
}

// objected ends what waits for a contact who is forgotten at their wish: mails
// that have not gone, and introductions that nobody else there can answer.
func (h *house) objected(ctx context.Context, t *db.Tx, c *contact.Contact) error {
	if err := h.Post.outbox.Forget(ctx, t, exchange.ContactKey(c), c.Mail); err != nil {
		return err
	}
	return h.Introductions.Objected(ctx, t, c.SIRET)
}

// openDatabase opens the database of the configuration and migrates it.
func openDatabase(x *Context) (*db.DB, error) {
	d, err := db.OpenThrough(x.Ctx, x.Config.Database, x.Config.Direct)
	if err == nil {
		if err = d.Migrate(x.Ctx); err == nil {
			return d, nil
		}
		err = errors.Join(err, d.Close())
	}
	switch {
	case errors.Is(err, db.ErrOrder):
		return nil, fmt.Errorf("la base PostgreSQL doit être en UTF-8 et dans l'ordre des codes ; créez-la par CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' (%w)", err)
	case errors.Is(err, db.ErrNewer):
		return nil, fmt.Errorf("cette base a été mise à niveau par une version plus récente du programme ; reprenez celle-ci, ou une sauvegarde d'avant (%w)", err)
	}
	return nil, fmt.Errorf("base de données : %w", err)
}

// Close closes what is open.
func (h *house) Close() error {
	var err error
	if h.Directory != nil {
		err = h.Directory.Close()
	}
	if h.Press != nil {
		err = errors.Join(err, h.Press.Close())
	}
	if h.Post != nil {
		h.Post.close()
	}
	if h.DB != nil {
		err = errors.Join(err, h.DB.Close())
	}
	return err
}
