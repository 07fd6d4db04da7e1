package profile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

const bakery = register.SIRET(38269518700049)

func vocabulary(t testing.TB) *Vocabulary {
	t.Helper()
	v, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVocabulary(t *testing.T) {
	v := vocabulary(t)
	if n := len(v.Resources()); n < 60 {
		t.Errorf("%d resources, want about 60", n)
	}
	for _, r := range v.Resources() {
		if r.Kind == "" || r.Slug == "" || r.French == "" || r.English == "" {
			t.Errorf("%+v has a hole", r)
		}
	}
}

func TestClean(t *testing.T) {
	v := vocabulary(t)
	c, faults := Clean(Content{
		Words: "  Pain   au levain \n", Story: "Un\r\n\r\n\r\nDeux  trois \n", Phone: "03 21 00 00 00", Mail: "Pain@Lys.FR", Web: "www.pain-lys.fr/boutique",
		Resources: []string{"four", "inconnu", "four", "atelier"}, Zone: "20",
	}, v.Known)
	want := Content{Words: "Pain au levain", Story: "Un\n\nDeux trois", Phone: "03 21 00 00 00", Mail: "Pain@lys.fr", Web: "https://www.pain-lys.fr/boutique", Resources: []string{"atelier", "four"}, Zone: "20"}
	if diff := cmp.Diff(want, c); diff != "" || len(faults) != 0 {
		t.Errorf("faults %v, (-want +got):\n%s", faults, diff)
	}
	for _, c := range []struct {
		content Content
		field   string
	}{
		{Content{Words: strings.Repeat("é", 281)}, "words"},
		{Content{Story: strings.Repeat("a", 3001)}, "story"},
		{Content{Phone: "12"}, "phone"},
		{Content{Phone: "03 21 00 00 00 <b>"}, "phone"},
		{Content{Mail: "pain@"}, "mail"},
		{Content{Web: "javascript:alert(1)"}, "web"},
		{Content{Web: "https://user:pw@x.fr"}, "web"},
		{Content{Web: "pain"}, "web"},
		{Content{Zone: "7"}, "zone"},
	} {
		if _, faults := Clean(c.content, v.Known); len(faults) != 1 || faults[0].Field != c.field {
			t.Errorf("%+v: faults %v, want one of %s", c.content, faults, c.field)
		}
	}
	if _, faults := Clean(Content{Words: strings.Repeat("é", 280), Phone: "+33 3 21 00 00 00"}, v.Known); len(faults) != 0 {
		t.Errorf("faults %v", faults)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("Pain\x00 au\u2028 levain", "https://x.fr/\"><script>", "0\xff3")
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, words, web, phone string) {
		c, faults := Clean(Content{Words: words, Story: words, Web: web, Phone: phone}, v.Known)
		if !utf8.ValidString(c.Words + c.Story + c.Phone) {
			t.Errorf("%q: not UTF-8", words)
		}
		if len(faults) > 0 {
			return
		}
		again, more := Clean(c, v.Known)
		if len(more) > 0 || cmp.Diff(c, again) != "" {
			t.Errorf("cleaned twice it changes: %v\n%s", more, cmp.Diff(c, again))
		}
		if c.Web != "" && !strings.HasPrefix(c.Web, "http") {
			t.Errorf("web %q", c.Web)
		}
	})
}

func TestState(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{0: Fresh, 364: Fresh, 365: ToTell, 729: ToTell, 730: Sleeping, 5000: Sleeping} {
		p := Profile{ConfirmedAt: now.AddDate(0, 0, -days)}
		if got := p.State(now); got != want {
			t.Errorf("after %d days: %s, want %s", days, got, want)
		}
	}
}

func TestChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var over directory.Overlay
		p := &Profiles{
			DB: d, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Vocabulary: vocabulary(t),
			Over: func(_ context.Context, _ *db.Tx, _ directory.Act, _ register.SIRET, how func(*directory.Overlay)) error {
				how(&over)
				return nil
			},
			Refresh: func(context.Context) error { return nil },
		}
		by := account.Actor{Who: "amina", Channel: account.Web}
		if got, err := p.Profile(t.Context(), bakery); err != nil || got.Words != "" {
			t.Fatalf("before anything: %+v, %v", got, err)
		}
		if err := p.Confirm(t.Context(), by, bakery); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("confirming nothing: %v", err)
		}
		if faults, err := p.Change(t.Context(), Change{SIRET: bakery, By: by, Content: Content{Mail: "x"}}); !errors.Is(err, ErrFaults) || len(faults) != 1 {
			t.Errorf("a fault: %v, %v", faults, err)
		}
		first := Content{Words: "Pain au levain", Resources: []string{"four"}, Visits: true}
		nadia := account.Actor{Who: "nadia", Channel: account.Phone}
		for i, c := range []Change{{bakery, first, by, ""}, {bakery, first, by, ""}, {bakery, Content{Words: "Pain", Resources: []string{"four"}}, nadia, "Mme Delattre"}} {
			p.Clock = clock.Fixed(time.Date(2026, 11, 23, 9, i, 0, 0, time.UTC))
			if faults, err := p.Change(t.Context(), c); err != nil {
				t.Fatalf("%v, %v", faults, err)
			}
		}
		got, err := p.Profile(t.Context(), bakery)
		if err != nil || got.Words != "Pain" {
			t.Errorf("profile %+v, %v", got, err)
		}
		if over.Words != "Pain four" || len(over.Resources) != 1 || len(over.Flags) != 0 {
			t.Errorf("overlay %+v", over)
		}
		list, err := p.Revisions(t.Context(), bakery, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].Who != "nadia" || list[0].ForName != "Mme Delattre" || list[0].Channel != account.Phone || list[0].Before.Words != "Pain au levain" {
			t.Errorf("revisions %+v", list)
		}
		if diff := cmp.Diff([]string{"words", "visits"}, list[0].Fields); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		if err := p.Confirm(t.Context(), by, bakery); err != nil {
			t.Error(err)
		}
	})
}
