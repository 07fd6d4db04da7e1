package app

import (
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/mail"
	"passerelle/internal/openid"
)

// A Config is the configuration of a house, checked.
type Config struct {
	Data         string // the data folder
	Addr         string // host:port to listen on
	BaseURL      *url.URL
	Database     string // sqlite:PATH or postgres://…
	Direct       string // postgres://… by which tables are brought up to date; empty: Database
	RateLimit    RateLimit
	TrustedProxy []netip.Prefix
	SMTP         mail.Server      // the zero one when none was given
	MailFrom     *netmail.Address // nil when none was given
	MailDomain   string
	MailListen   string
	OpenID       openid.Config // the zero one when no provider was given
	SecretFile   string        // where its secret was read

	From map[string]string // for each variable, one of the origins below
}

// A RateLimit is how many requests one client address may make.
type RateLimit struct {
	PerSecond float64 // 0 is no limit
	Burst     int
}

// A setting is one line of the configuration: the table of docs/operate.md
// is made of them.
type setting struct {
	Env     string
	Flag    string // empty for a secret: others on the machine read command lines
	Forms   string // what is accepted, in French
	Default string // as it would be written; empty is none
	About   string
	parse   func(c *Config, value string) error // never called with ""
	show    func(c *Config) string
}

// The origins of a setting.
const (
	fromFlag        = "option"
	fromEnvironment = "environnement"
	fromDefault     = "défaut"
)

// burstSeconds is how many seconds' worth of requests a client may make at
// once.
const burstSeconds = 10

// settings lists every setting, in the order of the documentation.
func settings() []setting {
	return append([]setting{
		{
			Env: "PASSERELLE_DATA", Flag: "data", Default: "data",
			Forms: "un dossier", About: "Dossier de données : base, sources, instantanés, identité de la maison.",
			parse: func(c *Config, v string) error { c.Data = filepath.Clean(v); return nil },
			show:  func(c *Config) string { return c.Data },
		},
		{
			Env: "PASSERELLE_ADDR", Flag: "addr", Default: "127.0.0.1:8080",
			Forms: "HÔTE:PORT, ou :PORT pour toutes les adresses", About: "Adresse d'écoute du serveur.",
			parse: func(c *Config, v string) (err error) { c.Addr, err = hostPort(v); return err },
			show:  func(c *Config) string { return c.Addr },
		},
		{
			Env: "PASSERELLE_BASE_URL", Flag: "base-url", Default: "",
			Forms: "https://annuaire.exemple.fr, sans chemin", About: "Adresse publique du site, pour les liens des courriels et des fichiers. Par défaut, celle d'écoute.",
			parse: parseBaseURL,
			show:  func(c *Config) string { return c.BaseURL.String() },
		},
		{
			Env: "PASSERELLE_DATABASE", Flag: "database", Default: "sqlite:",
			Forms: "sqlite: (un fichier du dossier de données), sqlite:CHEMIN ou postgres://utilisateur:secret@hôte/base", About: "Base de données des personnes et de leurs actes.",
			parse: parseDatabase,
			show:  func(c *Config) string { return redact(c.Database) },
		},
		{
			Env: "PASSERELLE_DATABASE_DIRECT", Flag: "database-direct", Default: "",
			Forms: "postgres://utilisateur:secret@hôte/base", About: "Adresse du serveur PostgreSQL lui-même, quand l'autre est celle d'un PgBouncer : les mises à niveau des tables y passent.",
			parse: parseDirect,
			show:  func(c *Config) string { return redact(c.Direct) },
		},
		{
			Env: "PASSERELLE_RATE_LIMIT", Flag: "rate-limit", Default: "50/s",
			Forms: "off, ou N/s", About: "Requêtes acceptées par seconde et par adresse cliente ; dix fois plus en rafale.",
			parse: parseRateLimit,
			show: func(c *Config) string {
				if c.RateLimit.PerSecond == 0 {
					return "off"
				}
				return fmt.Sprintf("%g/s, %d en rafale", c.RateLimit.PerSecond, c.RateLimit.Burst)
			},
		},
		{
			Env: "PASSERELLE_TRUSTED_PROXY", Flag: "trusted-proxy", Default: "",
			Forms: "adresses IP ou réseaux CIDR séparés par des virgules : 127.0.0.1,10.0.0.0/8", About: "Mandataires dont l'en-tête X-Forwarded-For est cru.",
			parse: parseProxies,
			show: func(c *Config) string {
				var s []string
				for _, p := range c.TrustedProxy {
					s = append(s, p.String())
				}
				return strings.Join(s, ",")
			},
		},
		{
			Env: "PASSERELLE_SMTP", Flag: "smtp", Default: "",
			Forms: "smtp://[utilisateur:secret@]hôte:port?tls=auto|always|never, ou smtps://…", About: "Serveur qui envoie les courriels de la maison. Sans lui, ils attendent.",
			parse: func(c *Config, v string) (err error) { c.SMTP, err = mail.ParseServer(v); return err },
			show:  func(c *Config) string { return c.SMTP.String() },
		},
		{
			Env: "PASSERELLE_MAIL_FROM", Flag: "mail-from", Default: "",
			Forms: "Passerelle <contact@exemple.fr>", About: "Expéditeur des courriels, lu par quelqu'un.",
			parse: func(c *Config, v string) (err error) { c.MailFrom, err = netmail.ParseAddress(v); return err },
			show: func(c *Config) string {
				if c.MailFrom == nil {
					return ""
				}
				return c.MailFrom.String()
			},
		},
		{
			Env: "PASSERELLE_MAIL_DOMAIN", Flag: "mail-domain", Default: "",
			Forms: "reponse.exemple.fr", About: "Domaine des adresses de réponse, qui cachent celles des personnes.",
			parse: parseDomain,
			show:  func(c *Config) string { return c.MailDomain },
		},
		{
			Env: "PASSERELLE_MAIL_LISTEN", Flag: "mail-listen", Default: "",
			Forms: "HÔTE:PORT", About: "Adresse d'écoute des courriels de réponse.",
			parse: func(c *Config, v string) (err error) { c.MailListen, err = hostPort(v); return err },
			show:  func(c *Config) string { return c.MailListen },
		},
	}, openIDSettings()...)
}

// testVariables are read by the project's own tests, which run the program
// too; they are no settings and change nothing here.
var testVariables = []string{"PASSERELLE_TEST_POSTGRES", "PASSERELLE_TEST_POOLER", "PASSERELLE_TORTURE"}

// readConfig joins flags, by name, with the variables of env: a flag wins over
// a variable, a variable over the default. A wrong or unknown setting is a
// usage error that names it and what is accepted.
func readConfig(flags map[string]string, env []string) (*Config, error) {
	table := settings()
	if err := refuseUnknown(table, env); err != nil {
		return nil, err
	}
	vars := lookup(env)
	c := &Config{From: make(map[string]string)}
	for _, s := range table {
		name, value := s.Env, vars(s.Env)
		c.From[s.Env] = fromEnvironment
		if v, ok := flags[s.Flag]; ok && s.Flag != "" {
			name, value = "--"+s.Flag, v
			c.From[s.Env] = fromFlag
			if v == "" {
				return nil, Usagef("--%s est vide ; sont acceptés : %s", s.Flag, s.Forms)
			}
		}
		if value == "" {
			value, c.From[s.Env] = s.Default, fromDefault
		}
		if value == "" {
			continue
		}
		if err := s.parse(c, value); err != nil {
			if s.Flag == "" {
				return nil, Usagef("%s n'est pas accepté (%v) ; sont acceptés : %s", name, err, s.Forms)
			}
			return nil, Usagef("%s = %q n'est pas accepté (%v) ; sont acceptés : %s", name, redact(value), err, s.Forms)
		}
	}
	if c.BaseURL == nil {
		c.BaseURL = &url.URL{Scheme: "http", Host: localName(c.Addr)}
	}
	return c, checkOpenID(c)
}

// refuseUnknown refuses a PASSERELLE_ variable that is no setting: a setting
// misspelt must not be silently without effect.
func refuseUnknown(table []setting, env []string) error {
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "PASSERELLE_") || slices.Contains(testVariables, name) {
			continue
		}
		if slices.ContainsFunc(table, func(s setting) bool { return s.Env == name }) {
			continue
		}
		var names []string
		for _, s := range table {
			names = append(names, s.Env)
		}
		nearest := fold.Nearest(name, names)
		if nearest == "" {
			return Usagef("la variable %s est inconnue (« passerelle settings --help » et docs/operate.md les donnent toutes)", name)
		}
		return Usagef("la variable %s est inconnue ; la plus proche est %s (« passerelle settings --help » et docs/operate.md les donnent toutes)", name, nearest)
	}
	return nil
}

// hostPort checks an address to listen on.
func hostPort(v string) (string, error) {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return "", fmt.Errorf("il faut un port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", fmt.Errorf("le port %q n'est pas un nombre de 0 à 65535", port)
	}
	return v, nil
}

func parseBaseURL(c *Config, v string) error {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("il faut une adresse http:// ou https:// complète")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return fmt.Errorf("ni chemin, ni paramètre, ni mot de passe")
	}
	c.BaseURL = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return nil
}

func parseDatabase(c *Config, v string) error {
	switch {
	case v == "sqlite:":
		c.Database = "sqlite:" + filepath.Join(c.Data, "passerelle.db")
	case strings.HasPrefix(v, "sqlite:"):
		c.Database = v
	case strings.HasPrefix(v, "postgres://"), strings.HasPrefix(v, "postgresql://"):
		if u, err := url.Parse(v); err != nil || strings.Trim(u.Path, "/") == "" {
			return fmt.Errorf("l'adresse de la base est incomplète")
		}
		c.Database = v
	default:
		return fmt.Errorf("moteur inconnu")
	}
	return nil
}

func parseDirect(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || strings.Trim(u.Path, "/") == "" {
		return fmt.Errorf("l'adresse de la base est incomplète, ou n'est pas de PostgreSQL")
	}
	c.Direct = v
	return nil
}

func parseRateLimit(c *Config, v string) error {
	if v == "off" {
		c.RateLimit = RateLimit{}
		return nil
	}
	n, ok := strings.CutSuffix(v, "/s")
	f, err := strconv.ParseFloat(n, 64)
	if !ok || err != nil || !(f >= 0.1 && f <= 1e6) {
		return fmt.Errorf("il faut un nombre par seconde, de 0.1 à 1000000")
	}
	c.RateLimit = RateLimit{PerSecond: f, Burst: max(1, int(f*burstSeconds))}
	return nil
}

func parseProxies(c *Config, v string) error {
	c.TrustedProxy = nil
	for part := range strings.SplitSeq(v, ",") {
		part = strings.TrimSpace(part)
		if ip, err := netip.ParseAddr(part); err == nil {
			c.TrustedProxy = append(c.TrustedProxy, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return fmt.Errorf("%q n'est ni une adresse ni un réseau", part)
		}
		c.TrustedProxy = append(c.TrustedProxy, p.Masked())
	}
	return nil
}

var domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)

func parseDomain(c *Config, v string) error {
	if v = strings.ToLower(v); v != "localhost" && !domain.MatchString(v) {
		return fmt.Errorf("ce n'est pas un nom de domaine")
	}
	c.MailDomain = v
	return nil
}

var secret = regexp.MustCompile(`^([a-z]+://[^/:@]*):.*@`)

// redact hides the password of an address; it also hides what only looks
// like one, as in an address too broken to be parsed.
func redact(v string) string {
	return secret.ReplaceAllString(v, "$1:***@")
}
