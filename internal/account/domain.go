package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/db"
)

// shared are domains at which anybody may have an address or a page: they
// prove nothing of who somebody works for.
var shared = strings.Fields(`
	gmail.com googlemail.com outlook.com outlook.fr hotmail.com hotmail.fr live.com live.fr msn.com yahoo.com yahoo.fr ymail.com icloud.com me.com mac.com
	aol.com aol.fr gmx.com gmx.fr gmx.net mail.com mail.ru proton.me protonmail.com pm.me tutanota.com tutanota.de zoho.com yandex.com
	orange.fr wanadoo.fr free.fr aliceadsl.fr sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr noos.fr bbox.fr bouyguestelecom.fr laposte.net nordnet.fr
	voila.fr skynet.be proximus.be telenet.be mailo.com netcourrier.com posteo.net riseup.net ovh.fr ovh.net
	facebook.com instagram.com linkedin.com twitter.com x.com tiktok.com youtube.com wixsite.com wordpress.com blogspot.com jimdofree.com jimdosite.com
	site-solocal.com pagesjaunes.fr business.site sites.google.com canalblog.com over-blog.com e-monsite.com webnode.fr weebly.com github.io netlify.app linktr.ee`)

// ShowByDomain decides an open claim by the address of who makes it: it has
// been shown to be theirs by signing in, and stands at a domain that the
// establishment itself is known by. domains are those of what its people, or a
// facilitator for them, said of it. It returns ErrDomain where it shows
// nothing, having changed nothing.
func (a *Accounts) ShowByDomain(ctx context.Context, by Actor, c *Claim, domains []string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		fresh, err := claimByID(ctx, t, c.ID)
		if err != nil {
			return err
		}
		if fresh.State != ClaimOpen {
			return nil // decided since
		}
		p, err := personByID(ctx, t, fresh.Person)
		if err != nil {
			return err
		}
		if !atDomain(p.Mail, domains) {
			return ErrDomain
		}
		return a.admit(ctx, t, by, fresh, ByDomain, now)
	})
	if err != nil {
		return fmt.Errorf("claim by domain: %w", err)
	}
	return nil
}

// admit approves a claim that was shown without anybody deciding, and tells
// those who already speak for the establishment.
func (a *Accounts) admit(ctx context.Context, t *db.Tx, by Actor, c *Claim, proof string, now time.Time) error {
	members, err := memberIDs(ctx, t, c.SIRET)
	if err != nil {
		return err
	}
	if err := a.approve(ctx, t, by, c, proof, "", now); err != nil {
		return err
	}
	for _, id := range members {
		m, err := personByID(ctx, t, id)
		if err != nil {
			return err
		}
		if err := a.Send(ctx, t, Letter{Kind: "membership.join", To: m.Mail, Person: m.ID, Language: m.Language, SIRET: c.SIRET, Proof: proof}); err != nil {
			return err
		}
	}
	return nil
}

// atDomain reports whether an address stands at one of some domains that are a
// firm's own.
func atDomain(mail string, domains []string) bool {
	m, err := ParseMail(mail)
	if err != nil {
		return false
	}
	_, domain, _ := strings.Cut(m.Key(), "@")
	if slices.Contains(shared, domain) {
		return false
	}
	return slices.ContainsFunc(domains, func(d string) bool { return strings.TrimPrefix(strings.ToLower(d), "www.") == domain })
}
