package app

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"passerelle/internal/clock"
)

// commands is the command line: one field a command, in the order of the
// help. To add one: a struct with Run(*Context) error in a file of its own,
// and a line here.
type commands struct {
	houseFlags

	Serve    serveCommand    `cmd:"" help:"Servir le site et l'API sur ce dossier de données."`
	Demo     demoCommand     `cmd:"" help:"Inventer un Pas-de-Calais et le servir, pour essayer."`
	Search   searchCommand   `cmd:"" help:"Chercher dans l'annuaire, comme le site et l'API."`
	Partners partnersCommand `cmd:"" help:"Chercher qui pourrait coopérer avec un établissement, ou avec chacun."`
	Import   importCommand   `cmd:"" help:"Importer des registres dans le dossier de données."`
	Update   updateCommand   `cmd:"" help:"Import mensuel de toutes les sources, fait pour une minuterie."`
	User     userCommand     `cmd:"" help:"Donner des rôles à ceux qui tiennent la maison."`
	Hide     hideCommand     `cmd:"" help:"Retirer un établissement de l'annuaire, à la demande de ses gens."`
	Show     showCommand     `cmd:"" help:"Remettre dans l'annuaire ce que hide en a retiré."`
	Check    checkCommand    `cmd:"" help:"Vérifier le dossier de données : sommes de contrôle, base, réglages."`
	Backup   backupCommand   `cmd:"" help:"Sauvegarder toute la maison dans un fichier, pendant qu'elle sert."`
	Restore  restoreCommand  `cmd:"" help:"Restaurer une sauvegarde dans un dossier et une base vides, sur l'un ou l'autre moteur."`
	Generate generateCommand `cmd:"" help:"Inventer des données pour essayer le programme."`
	Settings settingsCommand `cmd:"" help:"Afficher la configuration telle qu'elle est comprise (secrets masqués)."`
	Version  versionCommand  `cmd:"" help:"Afficher la version du programme."`

	MatchingReport matchingReportCommand `cmd:"" hidden:"" help:"Écrire docs/matching-report.md, d'un registre inventé."`
}

// houseFlags are accepted by every command.
type houseFlags struct {
	Data           *string `placeholder:"DOSSIER" help:"Dossier de données (PASSERELLE_DATA)."`
	Database       *string `placeholder:"URL" help:"Base de données : sqlite: ou postgres://… (PASSERELLE_DATABASE)."`
	DatabaseDirect *string `placeholder:"URL" help:"PostgreSQL lui-même, derrière un PgBouncer (PASSERELLE_DATABASE_DIRECT)."`
}

// serverFlags are accepted by the commands that serve.
type serverFlags struct {
	Addr         *string `placeholder:"HÔTE:PORT" help:"Adresse d'écoute (PASSERELLE_ADDR)."`
	BaseURL      *string `placeholder:"URL" help:"Adresse publique du site (PASSERELLE_BASE_URL)."`
	RateLimit    *string `placeholder:"N/s" help:"Requêtes par adresse cliente, ou off (PASSERELLE_RATE_LIMIT)."`
	TrustedProxy *string `placeholder:"ADRESSES" help:"Mandataires dont X-Forwarded-For est cru (PASSERELLE_TRUSTED_PROXY)."`
	SMTP         *string `name:"smtp" placeholder:"URL" help:"Serveur d'envoi des courriels (PASSERELLE_SMTP)."`
	MailFrom     *string `placeholder:"ADRESSE" help:"Expéditeur des courriels (PASSERELLE_MAIL_FROM)."`
	MailDomain   *string `placeholder:"DOMAINE" help:"Domaine des adresses de réponse (PASSERELLE_MAIL_DOMAIN)."`
	MailListen   *string `placeholder:"HÔTE:PORT" help:"Écoute des courriels de réponse (PASSERELLE_MAIL_LISTEN)."`

	OIDCIssuer     *string `name:"oidc-issuer" placeholder:"URL" help:"Fournisseur d'identité OpenID Connect (PASSERELLE_OIDC_ISSUER)."`
	OIDCClient     *string `name:"oidc-client" placeholder:"TEXTE" help:"Identifiant de la maison chez lui (PASSERELLE_OIDC_CLIENT)."`
	OIDCSecretFile *string `name:"oidc-secret-file" placeholder:"FICHIER" help:"Fichier du secret (PASSERELLE_OIDC_SECRET_FILE)."`
	OIDCName       *string `name:"oidc-name" placeholder:"NOM" help:"Son nom sur les pages (PASSERELLE_OIDC_NAME)."`
	OIDCScope      *string `name:"oidc-scope" placeholder:"MOTS" help:"Ce qui lui est demandé (PASSERELLE_OIDC_SCOPE)."`
	OIDCACR        *string `name:"oidc-acr" placeholder:"NIVEAUX" help:"Niveaux de garantie acceptés (PASSERELLE_OIDC_ACR)."`
	OIDCTrustMail  *string `name:"oidc-trust-mail" placeholder:"oui|non" help:"Croire ses adresses sans email_verified (PASSERELLE_OIDC_TRUST_MAIL)."`
}

// run parses the command line, reads the configuration and runs the command.
func run(ctx context.Context, p Process) error {
	var cli commands
	helped := false
	parser, err := kong.New(&cli,
		kong.Name("passerelle"),
		kong.Description("Passerelle relie l'artisanat et l'économie sociale et solidaire : un annuaire lu dans les registres publics."),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { helped = true }),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return err
	}
	parser.Model.HelpFlag.Help = "Afficher cette aide."
	args := p.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		return parseFault(err)
	}

	config, err := readConfig(givenFlags(k), p.Env)
	if err != nil {
		return err
	}
	return k.Run(&Context{
		Ctx:    ctx,
		Stdin:  p.Stdin,
		Stdout: p.Stdout,
		Stderr: p.Stderr,
		Getenv: lookup(p.Env),
		Clock:  clock.OfHouse(p.Clock, config.Data),
		Config: config,
	})
}

// givenFlags returns the settings given on the command line, by flag name.
func givenFlags(k *kong.Context) map[string]string {
	given := make(map[string]string)
	for _, f := range k.Flags() {
		v := k.FlagValue(f)
		if s, ok := v.(*string); ok && s != nil {
			given[f.Name] = *s
		} else if r := reflect.ValueOf(v); r.Kind() == reflect.String && r.Len() > 0 {
			given[f.Name] = r.String()
		}
	}
	return given
}

// printHelp prints kong's help with its own words in French.
func printHelp(options kong.HelpOptions, k *kong.Context) error {
	var b strings.Builder
	out := k.Stdout
	k.Stdout = &b
	err := kong.DefaultHelpPrinter(options, k)
	k.Stdout = out
	if err != nil {
		return err
	}
	text := strings.NewReplacer(
		"Usage: ", "Usage : ",
		"\nFlags:\n", "\nOptions :\n",
		"\nArguments:\n", "\nArguments :\n",
		"\nCommands:\n", "\nCommandes :\n",
		"<command> [flags]", "<commande> [options]",
		"[flags]", "[options]",
		`Run "`, `« `,
		`<command> --help" for more information on a command.`, `<commande> --help » en dit plus sur une commande.`,
		`--help" for more information.`, `--help » en dit plus.`,
	).Replace(b.String())
	_, err = io.WriteString(k.Stdout, text)
	return err
}

// parseFault tells a fault found by kong in French.
func parseFault(err error) error {
	var fault *kong.ParseError
	if !errors.As(err, &fault) {
		return err
	}
	text := fault.Error()
	for _, w := range []struct{ en, fr string }{
		{"unexpected argument ", "argument inattendu : "},
		{"unknown flag ", "option inconnue : "},
		{"missing flags: ", "il manque "},
		{"missing positional arguments ", "il manque "},
		{"unexpected flag argument ", "cette option ne prend pas de valeur : "},
		{"expected one of ", "une commande est attendue, parmi "},
		{"expected an int but got ", "un nombre entier est attendu, et non "},
		{"expected a float but got ", "un nombre est attendu, et non "},
		{"must be one of ", "doit être l'une des valeurs "},
		{"can't be used together", "ne vont pas ensemble"},
		{", did you mean one of ", " ; vouliez-vous l'une de "},
		{", did you mean ", " ; vouliez-vous "},
		{"expected string value", "une valeur est attendue"},
		{" but got ", " et non "},
		{" and ", " et "},
		{"expected ", "il manque "},
		{`"<file>"`, "FICHIER"},
		{`"<files> ..."`, "FICHIER…"},
		{`"<number>"`, "SIRET ou SIREN"},
		{`"<mail>"`, "COURRIEL"},
		{`"<out>"`, "FICHIER"},
	} {
		text = strings.ReplaceAll(text, w.en, w.fr)
	}
	text = strings.Replace(text, `"?`, `" ?`, 1)
	return Usagef("%s\n« passerelle --help » donne la liste des commandes.", text)
}
