package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/locale"
	"passerelle/internal/picture"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// A photo is a picture of an establishment, as pages show it.
type photo struct {
	ID, Alt       string
	Wide, Narrow  string // addresses
	Set           string // both, for the browser to choose from
	Width, Height int    // of the wide one
}

// photosOf returns the pictures of an establishment.
func (s *site) photosOf(r *http.Request, siret register.SIRET) ([]photo, error) {
	list, err := s.config.Profiles.Pictures(r.Context(), siret)
	if err != nil {
		return nil, err
	}
	var out []photo
	for _, k := range list {
		at := "/entreprises/" + siret.String() + photosEnd + "/" + k.Hash
		v := photo{ID: k.ID, Alt: k.Alt, Wide: at + wideEnd, Narrow: at + narrowEnd, Width: k.Wide.Width, Height: k.Wide.Height}
		v.Set = fmt.Sprintf("%s %dw, %s %dw", v.Narrow, k.Narrow.Width, v.Wide, k.Wide.Width)
		out = append(out, v)
	}
	return out, nil
}

// The ends of the addresses of the two sizes.
const (
	wideEnd   = "-1600.jpg"
	narrowEnd = "-480.jpg"
)

// photoFile gives a picture. Under its address is never another one, so a
// browser keeps it; nobody else does, so that one that was taken away is gone.
func (s *site) photoFile(w http.ResponseWriter, r *http.Request) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	hash, wide := strings.CutSuffix(r.PathValue("file"), wideEnd)
	if !wide {
		hash, _ = strings.CutSuffix(hash, narrowEnd)
	}
	v, err := s.voiceOf(r, siret)
	if err != nil {
		return err
	}
	if v == nil || e.Mask == directory.MaskedPerson && !v.Shown {
		return db.ErrNotFound
	}
	b, err := s.config.Profiles.PictureFile(r.Context(), siret, hash, wide)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", `"`+r.PathValue("file")+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, err = w.Write(b)
	return err
}

// A photosPage is where the pictures of an establishment are added, put in
// order and taken away.
type photosPage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Action  string
	Saved   bool
	Photos  []photo
	Room    int // for how many more
	Staff   bool
	Faults  []input
	File    input
	Alt     input
	ForName input
	Channel input
}

func (s *site) photos(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	return s.showPhotos(w, r, who, siret, http.StatusOK, url.Values{}, "", "")
}

// showPhotos shows the page; field is the one that is wrong, and fault what is
// wrong with it.
func (s *site) showPhotos(w http.ResponseWriter, r *http.Request, who *account.Signed, siret register.SIRET, status int, form url.Values, field, fault string) error {
	l := s.words(r)
	f := s.firmOf(r, siret)
	p := &photosPage{frame: s.frame(r, "/mon-espace", l.T("photos.title")), Firm: f, Staff: !member(who, siret), Saved: r.URL.Query().Has("fait") && field == ""}
	own := firmsPath + siret.String()
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: f.Name, Path: own}, {Name: l.T("photos.title")}}
	p.Action, p.NoIndex = own+photosEnd, true
	p.Path = p.Action
	var err error
	if p.Photos, err = s.photosOf(r, siret); err != nil {
		return err
	}
	p.Room = profile.MostPictures - len(p.Photos)
	p.File = input{Name: "fichier", Label: l.T("photos.file"), Hint: l.T("photos.file_hint"), Accept: "image/jpeg,image/png,image/webp"}
	p.Alt = input{Name: "texte", Label: l.T("photos.alt"), Hint: l.T("photos.alt_hint"), Value: form.Get("texte")}
	if p.Staff {
		p.ForName, p.Channel = forWhom(l, form, field == "pour")
	}
	for _, i := range []*input{&p.File, &p.Alt, &p.ForName} {
		if field != "" && i.Name == field {
			i.Error = fault
			p.Faults, p.Title = append(p.Faults, *i), l.T("form.error_title", "title", p.Title)
		}
	}
	return s.show(w, status, "account/photos", p)
}

func (s *site) addPhoto(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	sent, err := pieceOf(r, picture.MostBytes)
	if err != nil {
		return err
	}
	l := s.words(r)
	again := func(field, fault string) error {
		return s.showPhotos(w, r, who, siret, http.StatusUnprocessableEntity, sent.form, field, fault)
	}
	c, named := speaking(sent.form, who, siret)
	switch {
	case !named:
		return again("pour", l.T("profile.fault.for"))
	case sent.long:
		return again("fichier", pictureFault(l, picture.ErrBig))
	case len(sent.file) == 0:
		return again("fichier", l.T("photos.fault.none"))
	}
	err = s.config.Profiles.AddPicture(r.Context(), profile.NewPicture{SIRET: siret, File: sent.file, Alt: one(sent.form, "texte"), By: c.By, ForName: c.ForName})
	switch {
	case errors.Is(err, profile.ErrAlt):
		return again("texte", l.T("photos.fault.alt"))
	case errors.Is(err, profile.ErrFull):
		return again("fichier", l.T("photos.fault.full", "n", profile.MostPictures))
	case pictureFault(l, err) != "":
		return again("fichier", pictureFault(l, err))
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, firmsPath+siret.String()+photosEnd)+"?fait=1")
}

// pictureFault says why a picture is refused and what to do; empty for another
// error.
func pictureFault(l *locale.Language, err error) string {
	for key, kind := range map[string]error{"kind": picture.ErrKind, "heic": picture.ErrHEIC, "big": picture.ErrBig, "small": picture.ErrSmall, "whole": picture.ErrWhole} {
		if errors.Is(err, kind) {
			return l.T("photos.fault." + key)
		}
	}
	return ""
}

func (s *site) firstPhoto(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.changePhoto(w, r, who, s.config.Profiles.FirstPicture)
}

func (s *site) removePhoto(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.changePhoto(w, r, who, s.config.Profiles.RemovePicture)
}

// changePhoto does something to a picture of an establishment.
func (s *site) changePhoto(w http.ResponseWriter, r *http.Request, who *account.Signed, do func(context.Context, profile.Change, string) error) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	if err := do(r.Context(), profile.Change{SIRET: siret, By: by(who)}, r.PathValue("id")); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, firmsPath+siret.String()+photosEnd)+"?fait=1")
}
