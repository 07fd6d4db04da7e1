package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/directory/directorytest"
)

func askTeams(t *testing.T, h http.Handler, body string, status int) map[string]any {
	t.Helper()
	res := request{method: http.MethodPost, path: "/api/v1/teams", body: body}.send(h)
	text := bodyOf(t, res)
	if res.StatusCode != status {
		t.Fatalf("%s: %d %s, want %d", body, res.StatusCode, text, status)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A bakery, joinery and a roof frame in Isbergues with the social clause: the
// Scop holds the clause, nobody shown is a plumber.
func TestTeams(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	a := askTeams(t, h, `{"near":"62473","radius_km":25,"lots":[{"trade":"boulanger"},{"trade":"43.32A"},{"trade":"4391AZ"},{"trade":"plombier"}],"social_clause":true,"max_members":4}`, http.StatusOK)
	teams := a["teams"].([]any)
	if len(teams) != 1 {
		t.Fatalf("%d teams, want 1: %v", len(teams), a)
	}
	team := teams[0].(map[string]any)
	var got []string
	sum := 0.0
	for _, m := range team["members"].([]any) {
		m := m.(map[string]any)
		got = append(got, m["siret"].(string)+" "+m["lots"].([]any)[0].(string))
		sum += m["distance_km"].(float64) + 5
	}
	slices.Sort(got)
	want := []string{directorytest.Charpentiers.String() + " 4391AZ", directorytest.Boulangerie.String() + " boulanger", directorytest.Brochard.String() + " 43.32A"}
	if !slices.Equal(got, want) {
		t.Errorf("members %q, want %q", got, want)
	}
	if cost := team["cost_km"].(float64); cost < sum-.001 || cost > sum+.001 {
		t.Errorf("cost %v, want %v", cost, sum)
	}
	if team["optimal"] != true || team["covered"] != 3.0 || len(team["uncovered"].([]any)) != 1 || team["uncovered"].([]any)[0] != "plombier" {
		t.Errorf("got %v", team)
	}
	if text, _ := json.Marshal(a); strings.Contains(string(text), directorytest.Masked.String()) {
		t.Error("a masked plumber is named")
	}
	if beyond := a["beyond"].([]any)[0].(map[string]any); beyond["siret"] != nil || beyond["lot_index"] != 3.0 {
		t.Errorf("beyond %v", beyond)
	}
}

// A lot without anybody near says how far one must go.
func TestTeamsSayHowFarOneMustGo(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	a := askTeams(t, h, `{"near":"62473","radius_km":1,"lots":[{"trade":"menuisier"}],"exclude":[]}`, http.StatusOK)
	if len(a["teams"].([]any)) != 0 {
		t.Errorf("got %v", a)
	}
	beyond := a["beyond"].([]any)[0].(map[string]any)
	if beyond["siret"] != directorytest.Brochard.String() || beyond["distance_km"].(float64) < 3 {
		t.Errorf("beyond %v", beyond)
	}
}

func TestTeamsRefuseAndSayWhatToDo(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, c := range []struct{ body, parameter, says string }{
		{``, "body", "one JSON object"},
		{`{`, "body", "one JSON object"},
		{`[]`, "body", "one JSON object"},
		{`{"near":"62473","lots":[{"trade":"boulanger"}]} x`, "body", "one JSON object"},
		{`{"near":"62473","lots":[{"trade":"boulanger"}],"radios_km":3}`, "body", "radios_km"},
		{`{"near":62473,"lots":[{"trade":"boulanger"}]}`, "near", "openapi"},
		{`{"lots":[{"trade":"boulanger"}]}`, "near", "commune"},
		{`{"near":"zzzzzz","lots":[{"trade":"boulanger"}]}`, "near", "commune"},
		{`{"lat":50.6,"lots":[{"trade":"boulanger"}]}`, "lon", "longitude"},
		{`{"near":"62473","lots":[]}`, "lots", "1 to 12"},
		{`{"near":"62473","lots":[{"trade":"boulangr"}]}`, "lots[0].trade", "boulanger"},
		{`{"near":"62473","lots":[{"trade":"boulanger","heads":-1}]}`, "lots[0].heads", "whole number"},
		{`{"near":"62473","radius_km":0,"lots":[{"trade":"boulanger"}]}`, "radius_km", "0.1 to 100"},
		{`{"near":"62473","max_members":13,"lots":[{"trade":"boulanger"}]}`, "max_members", "1 to 12"},
		{`{"near":"62473","member_cost_km":-1,"lots":[{"trade":"boulanger"}]}`, "member_cost_km", "0 to 100"},
		{`{"near":"62473","include":["12"],"lots":[{"trade":"boulanger"}]}`, "include[0]", "fourteen digits"},
		{`{"near":"62473","include":["` + directorytest.Masked.String() + `"],"lots":[{"trade":"boulanger"}]}`, "include", "may be shown"},
		{`{"near":"62473","include":["` + directorytest.Amina.String() + `","` + directorytest.Garage.String() + `"],"max_members":1,"lots":[{"trade":"boulanger"}]}`, "include", "max_members"},
	} {
		p := askTeams(t, h, c.body, http.StatusBadRequest)
		if p["parameter"] != c.parameter || !strings.Contains(p["detail"].(string), c.says) {
			t.Errorf("%s: %v, want %q to say %q", c.body, p, c.parameter, c.says)
		}
	}
	if res := (request{path: "/api/v1/teams"}).send(h); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", res.StatusCode)
	}
	big := `{"near":"` + strings.Repeat("x", maxBody) + `"}`
	askTeams(t, h, big, http.StatusRequestEntityTooLarge)
}

// FuzzTeams: whatever is posted, the answer is an answer or a refusal.
func FuzzTeams(f *testing.F) {
	for _, s := range []string{`{"near":"62473","lots":[{"trade":"boulanger"}]}`, `{"lat":1e300,"lon":2}`, `{"lots":null}`, `null`, `{"near":"62473","lots":[{"trade":"43.32A","heads":3}],"social_clause":true,"include":["80011223700014"]}`} {
		f.Add(s)
	}
	h := openAPIHouse(f, directorytest.House(f), nil).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		res := request{method: http.MethodPost, path: "/api/v1/teams", body: body}.send(h)
		if res.StatusCode >= 500 {
			t.Errorf("%q: %d", body, res.StatusCode)
		}
	})
}
