package openid

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Fits reports whether an answer is to this trip: nobody else may end it.
func (t Trip) Fits(answer url.Values) bool {
	return t.State != "" && subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(t.State)) == 1
}

// End reads what a browser comes back with: the query of the address it was
// sent to. It returns ErrDeclined, ErrAnswer, ErrClock, ErrLevel and ErrDown.
func (p *Provider) End(ctx context.Context, t Trip, answer url.Values) (*Identity, error) {
	if !t.Fits(answer) {
		return nil, fmt.Errorf("%w: another state", ErrAnswer)
	}
	if issuer := answer.Get("iss"); issuer != "" && issuer != p.config.Issuer { // RFC 9207
		return nil, fmt.Errorf("%w: another issuer answers", ErrAnswer)
	}
	if code := answer.Get("error"); code != "" {
		return nil, told(code)
	}
	if answer.Get("code") == "" {
		return nil, fmt.Errorf("%w: no code", ErrAnswer)
	}
	k, err := p.read(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), answerFor)
	defer cancel()
	token, err := k.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return nil, exchangeFault(err)
	}
	raw, _ := token.Extra("id_token").(string)
	subject, err := p.verify(ctx, k, t, raw, token.AccessToken)
	if err != nil {
		return nil, err
	}
	who, err := p.ask(ctx, k, token, subject)
	if err == nil && len(raw) <= maxToken {
		who.Token = raw
	}
	return who, err
}

// verify returns whom an ID token names (Core 1.0, section 3.1.3.7).
func (p *Provider) verify(ctx context.Context, k *known, t Trip, raw, access string) (subject string, err error) {
	id, err := k.verifier.Verify(ctx, raw)
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired):
		return "", fmt.Errorf("%w: expired at %s", ErrClock, expired.Expiry)
	case err != nil && strings.Contains(err.Error(), "before the nbf"):
		return "", fmt.Errorf("%w: %w", ErrClock, err)
	case err != nil:
		return "", keysFault(err)
	}
	var more struct {
		Party string `json:"azp"`
		Level string `json:"acr"`
	}
	if err := id.Claims(&more); err != nil {
		return "", fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	switch {
	case id.Subject == "":
		return "", fmt.Errorf("%w: nobody is named", ErrAnswer)
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.Nonce)) != 1:
		return "", fmt.Errorf("%w: another nonce", ErrAnswer)
	case more.Party != "" && more.Party != p.config.Client, more.Party == "" && len(id.Audience) > 1:
		return "", fmt.Errorf("%w: made for another house", ErrAnswer)
	case p.config.ACR != "" && !slices.Contains(strings.Fields(p.config.ACR), more.Level):
		return "", fmt.Errorf("%w: level %.80q", ErrLevel, more.Level)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(access); err != nil {
			return "", fmt.Errorf("%w: %w", ErrAnswer, err)
		}
	}
	return id.Subject, nil
}

// ask asks the provider what it says of somebody, in JSON or in a signed token
// (Core 1.0, section 5.3).
func (p *Provider) ask(ctx context.Context, k *known, token *oauth2.Token, subject string) (*Identity, error) {
	info, err := k.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, keysFault(err)
	}
	who := &Identity{Issuer: p.config.Issuer, Subject: subject, Mail: info.Email, Verified: info.EmailVerified}
	var said struct {
		Issuer   string          `json:"iss"`
		Audience audience        `json:"aud"`
		Verified json.RawMessage `json:"email_verified"`
	}
	if err := errors.Join(info.Claims(&said), info.Claims(&who.claims)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	switch {
	case info.Subject != subject:
		return nil, fmt.Errorf("%w: said of somebody else", ErrAnswer)
	case said.Issuer != "" && said.Issuer != p.config.Issuer, len(said.Audience) > 0 && !slices.Contains(said.Audience, p.config.Client):
		return nil, fmt.Errorf("%w: said by another, or to another", ErrAnswer)
	}
	if len(said.Verified) == 0 || string(said.Verified) == "null" {
		who.Verified = p.config.Vouched
	}
	return who, nil
}

// told is the error that a provider sends somebody back with (RFC 6749,
// section 4.1.2.1, and Core 1.0, section 3.1.2.6).
func told(code string) error {
	switch code {
	case "access_denied", "login_required", "interaction_required", "account_selection_required", "consent_required":
		return fmt.Errorf("%w: %s", ErrDeclined, code)
	}
	return fmt.Errorf("%w: error %.80q", ErrDown, code)
}

// exchangeFault tells a code that is of no use from a provider that is not.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	var network *url.Error
	switch {
	case errors.As(err, &refused) && refused.ErrorCode == "invalid_grant":
		return fmt.Errorf("exchange: %w: invalid_grant", ErrAnswer)
	case errors.As(err, &refused):
		return fmt.Errorf("exchange: %w: %s %.80q", ErrDown, refused.Response.Status, refused.ErrorCode)
	case errors.As(err, &network):
		return fmt.Errorf("exchange: %w: %w", ErrDown, network.Err)
	}
	return fmt.Errorf("exchange: %w: %.200s", ErrAnswer, err)
}

// keysFault tells what is not rightly signed, or not rightly said, from keys
// or words that could not be fetched. The library keeps but the text.
func keysFault(err error) error {
	var network *url.Error
	if errors.As(err, &network) || strings.Contains(err.Error(), "fetching keys") || strings.HasPrefix(err.Error(), "5") {
		return fmt.Errorf("%w: %.200s", ErrDown, err)
	}
	return fmt.Errorf("%w: %.200s", ErrAnswer, err)
}

// An audience is one house or several.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}
