package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// A Listener takes mails from the server of the operator, for the addresses
// of one domain. It is to stand behind that server and not on the open net: it
// knows no filter, no encryption and no sign-in, and it passes nothing on.
type Listener struct {
	Domain string
	// Known reports whether an address, in small letters, is one of the house.
	// After an error the server asks again later.
	Known func(ctx context.Context, address string) (bool, error)
	// Handle takes a mail; after an error the server brings it again later, so
	// the same mail may come twice, with the same MessageID.
	Handle func(ctx context.Context, m Received) error
	// Failed is told of errors, which hold no address and no word of a mail.
	Failed func(error)

	MaxBytes int64 // of a mail with all it carries; 20 MB when zero
}

// What bounds a Listener.
const (
	listenBytes      = 20 << 20
	listenAtOnce     = 20 // connections
	listenRecipients = 10 // of one mail
	listenWait       = 2 * time.Minute
	listenLife       = 10 * time.Minute // of a connection
	listenGrace      = 2 * time.Second  // for those that speak when the house closes
	handleTime       = 30 * time.Second
	maxHops          = 50 // servers on the way: more is a loop
)

// What a sender is told.
var (
	noSuchUser = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such address here"}
	notNow     = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now, try again later"}
	notAMail   = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this is not a mail"}
	looping    = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 4, 6}, Message: "this mail goes round in circles"}
)

// Serve takes mails from l until ctx is done; then it lets the conversations
// end for a moment.
func (x *Listener) Serve(ctx context.Context, l net.Listener) error {
	domain, err := Domain(x.Domain)
	if err != nil {
		return fmt.Errorf("domain of mails %q: %w", x.Domain, err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &incoming{listener: x, ctx: ctx, domain: domain}, nil
	}))
	server.Domain, server.MaxRecipients, server.MaxMessageBytes = domain, listenRecipients, listenBytes
	server.ReadTimeout, server.WriteTimeout = listenWait, listenWait
	server.ErrorLog = silent{}
	if x.MaxBytes > 0 {
		server.MaxMessageBytes = x.MaxBytes
	}
	living, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(mortal{netutil.LimitListener(l, listenAtOnce), living}) }()
	select {
	case err := <-ended:
		return fmt.Errorf("listen for mails: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(living, listenGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop listening for mails: %w", err)
	}
	_ = l.Close() // where it ended before the server began
	<-ended
	return nil
}

// mortal gives its connections an end: a time, however slowly they speak, and
// that of the house.
type mortal struct {
	net.Listener
	living context.Context
}

func (m mortal) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &bounded{Conn: c, end: time.Now().Add(listenLife), forget: context.AfterFunc(m.living, func() { _ = c.Close() })}, nil
}

// bounded is a connection with an end.
type bounded struct {
	net.Conn
	end    time.Time
	forget func() bool
}

func (b *bounded) Close() error {
	b.forget()
	return b.Conn.Close()
}

func (b *bounded) SetReadDeadline(t time.Time) error {
	if t.IsZero() || t.After(b.end) {
		t = b.end
	}
	return b.Conn.SetReadDeadline(t)
}

// silent drops what the library would log: it names addresses.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// incoming is one conversation.
type incoming struct {
	listener *Listener
	ctx      context.Context // of the Listener
	domain   string

	from string
	to   []string
}

func (s *incoming) failed(err error) {
	if s.listener.Failed != nil {
		s.listener.Failed(err)
	}
}

func (s *incoming) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *incoming) Rcpt(to string, _ *smtp.RcptOptions) error {
	address, err := Address(strings.ToLower(to))
	if err != nil || !strings.HasSuffix(address, "@"+s.domain) {
		return noSuchUser
	}
	ctx, cancel := context.WithTimeout(s.ctx, handleTime)
	defer cancel()
	known, err := s.listener.Known(ctx, address)
	if err != nil {
		s.failed(fmt.Errorf("look up who a mail is for: %w", err))
		return notNow
	}
	if !known {
		return noSuchUser
	}
	s.to = append(s.to, address)
	return nil
}

func (s *incoming) Data(r io.Reader) error {
	got, err := Read(r)
	// The rest is read first: only then it is known whether it was too much.
	if _, fault := io.Copy(io.Discard, r); fault != nil {
		return fault
	}
	switch {
	case err != nil:
		return notAMail
	case got.hops > maxHops:
		return looping
	}
	got.Envelope, got.To = s.from, s.to
	got.Auto = got.Auto || s.from == ""
	ctx, cancel := context.WithTimeout(s.ctx, handleTime)
	defer cancel()
	if err := s.listener.Handle(ctx, got); err != nil {
		s.failed(fmt.Errorf("take a mail: %w", err))
		return notNow
	}
	return nil
}

func (s *incoming) Reset()        { s.from, s.to = "", nil }
func (s *incoming) Logout() error { return nil }
