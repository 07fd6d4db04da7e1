package app

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"passerelle/internal/openid"
)

// openIDSettings are those of the provider of identities.
func openIDSettings() []setting {
	return []setting{
		{
			Env: "PASSERELLE_OIDC_ISSUER", Flag: "oidc-issuer", Default: "",
			Forms: "https://…, l'adresse « issuer » du fournisseur d'identité", About: "Fournisseur OpenID Connect (ProConnect) par lequel on peut se connecter. Sans lui, le bouton n'est pas montré.",
			parse: parseIssuer,
			show:  func(c *Config) string { return c.OpenID.Issuer },
		},
		{
			Env: "PASSERELLE_OIDC_CLIENT", Flag: "oidc-client", Default: "",
			Forms: "l'identifiant donné par le fournisseur", About: "Identifiant de la maison chez le fournisseur.",
			parse: func(c *Config, v string) error { c.OpenID.Client = v; return nil },
			show:  func(c *Config) string { return c.OpenID.Client },
		},
		{
			Env:   "PASSERELLE_OIDC_SECRET",
			Forms: "le secret donné par le fournisseur", About: "Secret de la maison chez le fournisseur. Sans option : une ligne de commande se lit.",
			parse: func(c *Config, v string) error { c.OpenID.Secret = v; return nil },
			show:  func(c *Config) string { return starred(c.OpenID.Secret) },
		},
		{
			Env: "PASSERELLE_OIDC_SECRET_FILE", Flag: "oidc-secret-file", Default: "",
			Forms: "un fichier", About: "Fichier qui tient ce secret, à la place de la variable.",
			parse: parseSecretFile,
			show:  func(c *Config) string { return c.SecretFile },
		},
		{
			Env: "PASSERELLE_OIDC_NAME", Flag: "oidc-name", Default: "ProConnect",
			Forms: "un nom", About: "Nom du fournisseur sur les pages.",
			parse: func(c *Config, v string) error { c.OpenID.Name = v; return nil },
			show:  func(c *Config) string { return c.OpenID.Name },
		},
		{
			Env: "PASSERELLE_OIDC_SCOPE", Flag: "oidc-scope", Default: "openid given_name usual_name email siret",
			Forms: "des mots séparés par des espaces, dont openid", About: "Ce qui est demandé au fournisseur.",
			parse: parseScope,
			show:  func(c *Config) string { return c.OpenID.Scope },
		},
		{
			Env: "PASSERELLE_OIDC_ACR", Flag: "oidc-acr", Default: "",
			Forms: "des niveaux séparés par des espaces : eidas1 eidas2 eidas3", About: "Niveaux de garantie demandés (acr_values), et seuls acceptés. Sans lui, tous le sont.",
			parse: func(c *Config, v string) error { c.OpenID.ACR = strings.Join(strings.Fields(v), " "); return nil },
			show:  func(c *Config) string { return c.OpenID.ACR },
		},
		{
			Env: "PASSERELLE_OIDC_TRUST_MAIL", Flag: "oidc-trust-mail", Default: "non",
			Forms: "oui, ou non", About: "Oui si le fournisseur ne donne que des adresses vérifiées, sans le dire (email_verified).",
			parse: parseTrustMail,
			show: func(c *Config) string {
				if c.OpenID.Vouched {
					return "oui"
				}
				return "non"
			},
		},
	}
}

// starred shows that there is a secret.
func starred(secret string) string {
	if secret == "" {
		return ""
	}
	return "***"
}

func parseIssuer(c *Config, v string) error {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("il faut une adresse complète, sans paramètre ni mot de passe")
	case u.Scheme != "https" && !(u.Scheme == "http" && local(u.Hostname())):
		return fmt.Errorf("il faut https://, sauf sur cette machine")
	}
	c.OpenID.Issuer = v
	return nil
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// maxSecret bounds the file of a secret.
const maxSecret = 4 << 10

func parseSecretFile(c *Config, v string) error {
	if c.OpenID.Secret != "" {
		return fmt.Errorf("PASSERELLE_OIDC_SECRET donne déjà le secret")
	}
	text, err := os.ReadFile(v)
	if err != nil {
		return err
	}
	c.SecretFile = v
	if c.OpenID.Secret = strings.TrimSpace(string(text)); c.OpenID.Secret == "" || len(text) > maxSecret {
		return fmt.Errorf("ce fichier ne tient pas un secret")
	}
	return nil
}

func parseScope(c *Config, v string) error {
	words := strings.Fields(v)
	for _, w := range words {
		if w == "openid" {
			c.OpenID.Scope = strings.Join(words, " ")
			return nil
		}
	}
	return fmt.Errorf("il manque openid")
}

func parseTrustMail(c *Config, v string) error {
	switch strings.ToLower(v) {
	case "oui":
		c.OpenID.Vouched = true
	case "non":
		c.OpenID.Vouched = false
	default:
		return fmt.Errorf("il faut oui ou non")
	}
	return nil
}

// checkOpenID refuses a provider that is given by half.
func checkOpenID(c *Config) error {
	for _, s := range []struct{ env, value string }{
		{"PASSERELLE_OIDC_ISSUER", c.OpenID.Issuer}, {"PASSERELLE_OIDC_CLIENT", c.OpenID.Client}, {"PASSERELLE_OIDC_SECRET", c.OpenID.Secret},
	} {
		if s.value == "" && c.OpenID.Issuer+c.OpenID.Client+c.OpenID.Secret != "" {
			return Usagef("il manque %s : un fournisseur d'identité demande PASSERELLE_OIDC_ISSUER, PASSERELLE_OIDC_CLIENT, et PASSERELLE_OIDC_SECRET ou PASSERELLE_OIDC_SECRET_FILE", s.env)
		}
	}
	return nil
}

// provider returns the provider of identities of a house, nil without one. It
// is not called: a house starts whatever its provider does.
func provider(x *Context) *openid.Provider {
	c := x.Config.OpenID
	if c.Issuer == "" {
		return nil
	}
	base := x.Config.BaseURL.Scheme + "://" + x.Config.BaseURL.Host
	c.Redirect, c.Back, c.Now = base+"/connexion/fournisseur/retour", base+"/", x.Clock.Now
	return openid.New(c)
}
