package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/clock"
)

// start runs the program as a shell would, and returns its exit code and what
// it printed.
func start(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), Process{
		Args:   args,
		Env:    env,
		Stdin:  strings.NewReader(""),
		Stdout: &out,
		Stderr: &errs,
		Clock:  clock.Fixed(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)),
	})
	return code, out.String(), errs.String()
}

func TestSettingsOrigins(t *testing.T) {
	env := []string{
		"PASSERELLE_ADDR=0.0.0.0:80", "PASSERELLE_DATA=/srv/passerelle/", "PASSERELLE_RATE_LIMIT=off", "PASSERELLE_SMTP=",
		"PASSERELLE_TORTURE=1", "HOME=/nowhere", "PASSERELLE_OIDC_ISSUER=https://proconnect.example/api/v2", "PASSERELLE_OIDC_SECRET=s3cr3t",
	}
	c, err := readConfig(map[string]string{"addr": ":9000", "trusted-proxy": "10.1.2.3/8, ::1", "oidc-client": "maison"}, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings() {
		want, ok := map[string]string{
			"PASSERELLE_DATA":       "/srv/passerelle (environnement)",
			"PASSERELLE_ADDR":       ":9000 (option)",
			"PASSERELLE_BASE_URL":   "http://localhost:9000 (défaut)",
			"PASSERELLE_DATABASE":   "sqlite:/srv/passerelle/passerelle.db (défaut)",
			"PASSERELLE_RATE_LIMIT": "off (environnement)",

			"PASSERELLE_DATABASE_DIRECT": " (défaut)",

			"PASSERELLE_TRUSTED_PROXY": "10.0.0.0/8,::1/128 (option)",
			"PASSERELLE_SMTP":          " (défaut)",
			"PASSERELLE_MAIL_FROM":     " (défaut)",
			"PASSERELLE_MAIL_DOMAIN":   " (défaut)",
			"PASSERELLE_MAIL_LISTEN":   " (défaut)",

			"PASSERELLE_OIDC_ISSUER":      "https://proconnect.example/api/v2 (environnement)",
			"PASSERELLE_OIDC_CLIENT":      "maison (option)",
			"PASSERELLE_OIDC_SECRET":      "*** (environnement)",
			"PASSERELLE_OIDC_SECRET_FILE": " (défaut)",
			"PASSERELLE_OIDC_NAME":        "ProConnect (défaut)",
			"PASSERELLE_OIDC_SCOPE":       "openid given_name usual_name email siret (défaut)",
			"PASSERELLE_OIDC_ACR":         " (défaut)",
			"PASSERELLE_OIDC_TRUST_MAIL":  "non (défaut)",
		}[s.Env]
		if got := fmt.Sprintf("%s (%s)", s.show(c), c.From[s.Env]); !ok || got != want {
			t.Errorf("%s = %q, want %q", s.Env, got, want)
		}
	}
}

func TestSettingsAccepted(t *testing.T) {
	for _, c := range []struct{ env, value, want string }{
		{"PASSERELLE_BASE_URL", "https://annuaire.exemple.fr/", "https://annuaire.exemple.fr"},
		{"PASSERELLE_DATABASE", "postgres://p:s3cr3t@h/base", "postgres://p:***@h/base"},
		{"PASSERELLE_DATABASE", "sqlite:/var/x.db", "sqlite:/var/x.db"},
		{"PASSERELLE_RATE_LIMIT", "2.5/s", "2.5/s, 25 en rafale"},
		{"PASSERELLE_SMTP", "smtp://relais.exemple.fr", "smtp://relais.exemple.fr:587?tls=auto"},
		{"PASSERELLE_SMTP", "smtp://moi:s3:cr@t@relais:25?tls=never", "smtp://moi:***@relais:25?tls=never"},
		{"PASSERELLE_SMTP", "smtps://moi:s3cr3t@relais", "smtps://moi:***@relais:465"},
		{"PASSERELLE_MAIL_FROM", "Passerelle <a@exemple.fr>", `"Passerelle" <a@exemple.fr>`},
		{"PASSERELLE_MAIL_DOMAIN", "Reponse.Exemple.FR", "reponse.exemple.fr"},
		{"PASSERELLE_MAIL_LISTEN", "[::1]:2525", "[::1]:2525"},
	} {
		config, err := readConfig(nil, []string{c.env + "=" + c.value})
		if err != nil {
			t.Errorf("%s=%s: %v", c.env, c.value, err)
			continue
		}
		for _, s := range settings() {
			if s.Env == c.env && s.show(config) != c.want {
				t.Errorf("%s=%s is shown as %q, want %q", c.env, c.value, s.show(config), c.want)
			}
		}
	}
}

// A secret may stand in a file; nothing shows it.
func TestSecretFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cr3t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"PASSERELLE_OIDC_ISSUER=http://localhost:9000/api", "PASSERELLE_OIDC_CLIENT=maison", "PASSERELLE_OIDC_TRUST_MAIL=oui", "PASSERELLE_OIDC_SECRET_FILE=" + file}
	c, err := readConfig(nil, env)
	if err != nil || c.OpenID.Secret != "s3cr3t" || !c.OpenID.Vouched {
		t.Fatalf("%+v, %v", c, err)
	}
	if code, stdout, stderr := start(t, env, "settings"); code != exitDone || strings.Contains(stdout+stderr, "s3cr3t") || !strings.Contains(stdout, file) {
		t.Errorf("settings: %d, %s %s", code, stdout, stderr)
	}
	if code, _, stderr := start(t, append(env, "PASSERELLE_OIDC_SECRET=another"), "version"); code != exitUsage || strings.Contains(stderr, "another") || !strings.Contains(stderr, "PASSERELLE_OIDC_SECRET") {
		t.Errorf("two secrets: %d, %s", code, stderr)
	}
	if err := os.WriteFile(file, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := start(t, env, "version"); code != exitUsage || !strings.Contains(stderr, "PASSERELLE_OIDC_SECRET_FILE") {
		t.Errorf("an empty file: %d, %s", code, stderr)
	}
}

func TestWrongSettingStopsTheStart(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"PASSERELLE_ADDR=8080", "HÔTE:PORT"},
		{"PASSERELLE_ADDR=localhost:http", "0 à 65535"},
		{"PASSERELLE_BASE_URL=annuaire.exemple.fr", "http://"},
		{"PASSERELLE_BASE_URL=https://x.fr/chemin", "sans chemin"},
		{"PASSERELLE_DATABASE=mysql://h/b", "sqlite:CHEMIN ou postgres://"},
		{"PASSERELLE_DATABASE=postgres://moi:s3cr3t@h", "incomplète"},
		{"PASSERELLE_RATE_LIMIT=10", "N/s"},
		{"PASSERELLE_RATE_LIMIT=-1/s", "N/s"},
		{"PASSERELLE_RATE_LIMIT=NaN/s", "N/s"},
		{"PASSERELLE_TRUSTED_PROXY=proxy.local", "CIDR"},
		{"PASSERELLE_SMTP=relais:25", "smtps://"},
		{"PASSERELLE_SMTP=smtp://h?tls=maybe", "auto|always|never"},
		{"PASSERELLE_SMTP=smtp://h?ssl=1", "ssl"},
		{"PASSERELLE_SMTP=smtps://h?tls=never", "toujours chiffré"},
		{"PASSERELLE_SMTP=smtp://moi:s3cr3t@h:99999999/x", "smtps://"},
		{"PASSERELLE_MAIL_FROM=contact", "contact@exemple.fr"},
		{"PASSERELLE_MAIL_DOMAIN=pas un domaine", "reponse.exemple.fr"},
		{"PASSERELLE_MAIL_LISTEN=25", "HÔTE:PORT"},
		{"PASSERELLE_OIDC_ISSUER=http://proconnect.example", "https://"},
		{"PASSERELLE_OIDC_ISSUER=https://moi:s3cr3t@proconnect.example", "ni mot de passe"},
		{"PASSERELLE_OIDC_ISSUER=https://proconnect.example", "il manque PASSERELLE_OIDC_CLIENT"},
		{"PASSERELLE_OIDC_CLIENT=maison", "il manque PASSERELLE_OIDC_ISSUER"},
		{"PASSERELLE_OIDC_SECRET=s3cr3t", "PASSERELLE_OIDC_ISSUER"},
		{"PASSERELLE_OIDC_SECRET_FILE=/nulle/part", "un fichier"},
		{"PASSERELLE_OIDC_SCOPE=email", "openid"},
		{"PASSERELLE_OIDC_TRUST_MAIL=peut-être", "oui, ou non"},
		{"PASSERELLE_ADR=:80", "la plus proche est PASSERELLE_ADDR"},
		{"PASSERELLE_DATABSE=x", "la plus proche est PASSERELLE_DATABASE"},
	} {
		code, stdout, stderr := start(t, []string{c.env}, "version")
		name, _, _ := strings.Cut(c.env, "=")
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, name) {
			t.Errorf("%s: exit %d, %q; want %d and a sentence with %s and %q", c.env, code, stderr, exitUsage, name, c.want)
		}
		if strings.Contains(stderr, "s3cr3t") {
			t.Errorf("%s: the sentence tells the secret: %s", c.env, stderr)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitDone, "Commandes :"},
		{[]string{"--help"}, exitDone, "Usage : passerelle <commande> [options]"},
		{[]string{"serve", "--help"}, exitDone, "--rate-limit=N/s"},
		{[]string{"version"}, exitDone, "passerelle "},
		{[]string{"seve"}, exitUsage, `vouliez-vous "serve" ?`},
		{[]string{"frobnicate"}, exitUsage, "argument inattendu"},
		{[]string{"serve", "--adr", "x"}, exitUsage, `vouliez-vous "--addr" ?`},
		{[]string{"settings", "--rate-limit", "vite"}, exitUsage, "--rate-limit"},
		{[]string{"settings", "--addr="}, exitUsage, "--addr est vide"},
		{[]string{"version", "encore"}, exitUsage, "argument inattendu"},
	} {
		code, stdout, stderr := start(t, nil, c.args...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: exit %d, %q, %q; want %d and %q", c.args, code, stdout, stderr, c.code, c.want)
		}
		for _, english := range []string{"flag", "unexpected", "expected", "Usage: ", "did you mean"} {
			if strings.Contains(stdout+stderr, english) {
				t.Errorf("%v: English %q in %q", c.args, english, stdout+stderr)
			}
		}
	}
}

// Every setting has a flag where a server is started, and data and database
// have one everywhere.
func TestEverySettingHasItsFlag(t *testing.T) {
	_, serve, _ := start(t, nil, "serve", "--help")
	_, version, _ := start(t, nil, "version", "--help")
	for _, s := range settings() {
		if s.Flag == "" {
			if !strings.Contains(s.Env, "SECRET") {
				t.Errorf("%s has no flag, and is no secret", s.Env)
			}
			continue
		}
		if !strings.Contains(serve, "--"+s.Flag+"=") || !strings.Contains(serve, s.Env) {
			t.Errorf("serve --help does not tell --%s (%s)", s.Flag, s.Env)
		}
	}
	for _, flag := range []string{"--data=", "--database="} {
		if !strings.Contains(version, flag) {
			t.Errorf("version --help does not tell %s", flag)
		}
	}
}

// The table of the manual is the one of the program.
func TestManualTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| variable | option | formes acceptées | par défaut | à quoi cela sert |\n|---|---|---|---|---|\n")
	for _, s := range settings() {
		def := "–"
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		flag := "–"
		if s.Flag != "" {
			flag = "`--" + s.Flag + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.Env, flag, strings.ReplaceAll(s.Forms, "|", `\|`), def, s.About)
	}
	manual, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), b.String()) {
		t.Errorf("docs/operate.md does not hold the table of the settings, which is:\n%s", b.String())
	}
}

func TestInstance(t *testing.T) {
	dir := t.TempDir()
	if i, err := readInstance(dir); err != nil || i.Name != "" {
		t.Errorf("without a file: %v, %v", i, err)
	}
	for _, c := range []struct{ text, want string }{
		{`{"name": "Passerelle 62", "tiles": "none"}`, ""},
		{`{"tiles": "https://tuiles.exemple.fr/{z}/{x}/{y}.png"}`, ""},
		{"{\"name\": \"x\",\n\"nom\": \"y\"}", "ligne 2"},
		{`{"name": "x"} {}`, "du texte suit"},
		{`{"tiles": "ign"}`, "none"},
		{`{`, "instance.json"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "instance.json"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readInstance(dir)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
	for _, c := range []struct{ tiles, want string }{
		{"", "[https://data.geopf.fr]"},
		{"none", "[]"},
		{"https://tuiles.exemple.fr:8443/{z}/{x}/{y}.png", "[https://tuiles.exemple.fr:8443]"},
	} {
		if got, err := tileHosts(c.tiles); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("tileHosts(%q) = %v, %v; want %s", c.tiles, got, err, c.want)
		}
	}
}
