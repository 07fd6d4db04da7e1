package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	gomail "github.com/wneessen/go-mail"
)

// A Server is the one that takes the mails of a house.
type Server struct {
	Host, Port     string
	User, Password string
	TLS            string      // auto, always, never, or implicit
	Domain         string      // what it is told the house is called; the machine's name is never told
	Trust          *tls.Config // nil: what the machine trusts
}

// ParseServer reads smtp://[user:pass@]host:port?tls=auto|always|never or
// smtps://…; its Domain is left to the caller. Its errors are in French, as
// the operator reads them beside the setting, and never hold the password.
func ParseServer(s string) (Server, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Server{}, errors.New("il faut une adresse smtp:// ou smtps://")
	}
	server := Server{Host: u.Hostname(), Port: u.Port(), User: u.User.Username(), TLS: "auto"}
	password, given := u.User.Password()
	server.Password = password
	for name, values := range u.Query() {
		if name != "tls" {
			return Server{}, fmt.Errorf("paramètre inconnu : %s", name)
		}
		server.TLS = values[len(values)-1]
	}
	switch {
	case u.Path != "" && u.Path != "/" || u.Fragment != "":
		return Server{}, errors.New("pas de chemin")
	case !slices.Contains([]string{"auto", "always", "never"}, server.TLS):
		return Server{}, fmt.Errorf("tls=%s est inconnu", server.TLS)
	case u.Scheme == "smtps" && server.TLS == "never":
		return Server{}, errors.New("smtps est toujours chiffré")
	case (server.User != "") != (given && password != ""):
		return Server{}, errors.New("il faut un utilisateur et un mot de passe, ou aucun des deux")
	case u.Scheme == "smtps":
		server.TLS = "implicit"
	}
	if server.Port == "" {
		server.Port = map[bool]string{true: "465", false: "587"}[server.TLS == "implicit"]
	}
	if n, err := strconv.Atoi(server.Port); err != nil || n < 1 || n > 65535 {
		return Server{}, fmt.Errorf("le port %s n'est pas un nombre de 1 à 65535", server.Port)
	}
	return server, nil
}

// String writes the server as ParseServer reads it, its password hidden; empty
// for the zero Server.
func (s Server) String() string {
	if s.Host == "" {
		return ""
	}
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, s.Port)}
	if s.TLS == "implicit" {
		u.Scheme = "smtps"
	} else {
		u.RawQuery = "tls=" + s.TLS
	}
	user := ""
	if s.User != "" {
		user = url.User(s.User).String() + ":***@"
	}
	return u.Scheme + "://" + user + u.Host + map[bool]string{true: "?" + u.RawQuery}[u.RawQuery != ""]
}

// Send sends one mail over a connection of its own. Its error is as a
// Sender's.
func (s *Server) Send(ctx context.Context, m Message) error {
	once := NewSender(*s)
	defer once.Close()
	return once.Send(ctx, m)
}

// client makes the client of one connection, which dial opens.
func (s *Server) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	port, err := strconv.Atoi(s.Port)
	if err != nil {
		return nil, fmt.Errorf("port %q: %w", s.Port, ErrConfig)
	}
	domain, err := Domain(s.Domain)
	if err != nil { // else the library would tell the machine's name
		return nil, fmt.Errorf("domain of mails %q: %w: %w", s.Domain, err, ErrConfig)
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		domain = "[" + domain + "]"
	}
	o := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(sendTime), gomail.WithHELO(domain), gomail.WithoutRset(), gomail.WithoutSMTPUTF8(), gomail.WithDialContextFunc(dial)}
	switch s.TLS {
	case "always":
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "never":
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default: // with implicit, open has encrypted already, and the library sees it
		o = append(o, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if s.User != "" {
		kind := gomail.SMTPAuthAutoDiscover
		if s.TLS == "never" {
			kind = gomail.SMTPAuthPlainNoEnc // the operator asked for it: a server on the same machine
		}
		o = append(o, gomail.WithSMTPAuth(kind), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	if s.TLS != "never" {
		o = append(o, gomail.WithTLSConfig(s.trust()))
	}
	c, err := gomail.NewClient(s.Host, o...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w: %w", ErrConfig, err)
	}
	return c, nil
}

// trust returns what certificates are believed.
func (s *Server) trust() *tls.Config {
	if s.Trust != nil {
		return s.Trust.Clone()
	}
	return &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
}

// open opens the connection under a conversation.
func (s *Server) open(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(s.Host, s.Port)
	if s.TLS == "implicit" {
		return (&tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTime}, Config: s.trust()}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", address)
}
