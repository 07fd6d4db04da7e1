package mail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBounce(t *testing.T) {
	b := Bounce{Domain: "Reponse.Example.fr", Key: []byte("a secret of the house")}
	for _, id := range []string{"01k000amina", "m0-1", "a", "a-b-c", "06d3x8kq5v7n2m9p4r1t0w8yzz"} {
		address, err := b.Sender(id)
		if err != nil {
			t.Fatal(err)
		}
		if wire, err := Address(address); err != nil || wire != address {
			t.Errorf("%s is no address: %v", address, err)
		}
		for _, form := range []string{address, strings.ToUpper(address)} {
			if got, ok := b.ID(form); !ok || got != id {
				t.Errorf("ID(%q) = %q, %t, want %q", form, got, ok, id)
			}
		}
		other := Bounce{Domain: b.Domain, Key: []byte("a secret of another house")}
		if _, ok := other.ID(address); ok {
			t.Errorf("another house believes %s", address)
		}
		for i := range len(address) { // no sign may be changed
			forged := []byte(address)
			if forged[i]++; strings.EqualFold(string(forged), address) {
				continue
			}
			if got, ok := b.ID(string(forged)); ok {
				t.Errorf("the forged %s is believed to be of %q", forged, got)
			}
		}
	}
	for _, bad := range []string{"", "a_b", "-a", "a-", "é", "a@b", strings.Repeat("a", 46), "a\r\nb"} {
		if got, err := b.Sender(bad); err == nil {
			t.Errorf("Sender(%q) = %q", bad, got)
		}
	}
	for _, bad := range []string{"", "@", "r-@reponse.example.fr", "r-a-0000000000000@reponse.example.fr", "a@b@c", "amina@reponse.example.fr"} {
		if got, ok := b.ID(bad); ok {
			t.Errorf("ID(%q) = %q", bad, got)
		}
	}
	if _, err := (Bounce{Domain: "x.fr", Key: []byte("short")}).Sender("a"); err == nil {
		t.Error("a short key was taken")
	}
}

func TestReadBounce(t *testing.T) {
	for file, want := range map[string]struct {
		report Report
		hard   bool
	}{
		"postfix-hard": {Report{[]Outcome{{"amina@lys.fr", "failed", "5.1.1", "550 5.1.1 <amina@lys.fr>: Recipient address rejected: User unknown"}}}, true},
		"exchange-soft": {Report{[]Outcome{
			{"jean@lys.fr", "delayed", "4.4.7", "550 4.4.7 QUEUE.Expired; message expired"},
			{"nadia@cma.example", "delivered", "2.0.0", ""},
		}}, false},
		"full": {Report{[]Outcome{{"amina@lys.fr", "failed", "4.2.2", "452 4.2.2 The email account is over quota"}}}, false},
	} {
		got, err := ReadBounce(open(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if diff := cmp.Diff(&want.report, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		if got.Hard() != want.hard {
			t.Errorf("%s: hard is %t", file, got.Hard())
		}
	}
	if o := (Outcome{Action: "failed", Status: "4.2.2"}); o.Hard() || !o.Soft() {
		t.Error("a full box is not soft")
	}
	for _, file := range []string{"gmail-reply", "outlook-html"} {
		if _, err := ReadBounce(open(t, file)); !errors.Is(err, ErrNoReport) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// open opens a mail of the tests, with the ends of lines of the wire.
func open(t testing.TB, name string) *strings.Reader {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "in", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReader(strings.ReplaceAll(string(b), "\n", "\r\n"))
}
