package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reading is how long somebody looks at the form before sending it.
const reading = 2500 * time.Millisecond

// crowd is how many are at it at once when nobody is in time.
const crowd = 64

// A round is one meeting for which everybody registers.
type round struct {
	house   *house
	meeting string
	within  time.Duration // 0: as fast as it goes, by the API
	client  *http.Client

	mu    sync.Mutex
	took  map[string][]time.Duration // by kind of request
	state map[string]string          // of each address, as it was answered
	wrong []error
	lasts time.Duration
}

// register has everybody register and returns what was answered wrong.
func (r *round) register(ctx context.Context) error {
	r.took, r.state = map[string][]time.Duration{}, map[string]string{}
	r.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}, CheckRedirect: stay, Timeout: time.Minute}
	atOnce := make(chan struct{}, crowd)
	var all sync.WaitGroup
	began := time.Now()
	for i := range people {
		if r.within > 0 {
			// The last is in time to read the form.
			time.Sleep(time.Until(began.Add((r.within - 2*reading) / people * time.Duration(i))))
		} else {
			atOnce <- struct{}{}
		}
		all.Go(func() {
			visit := r.byProgram
			if r.within > 0 && i%2 == 0 {
				visit = r.byForm
			}
			if err := visit(ctx, i); err != nil {
				r.mu.Lock()
				r.wrong = append(r.wrong, fmt.Errorf("visitor %d: %w", i, err))
				r.mu.Unlock()
			}
			if r.within == 0 {
				<-atOnce
			}
		})
	}
	all.Wait()
	r.lasts = time.Since(began)
	if r.within > 0 && r.lasts > r.within {
		r.wrong = append(r.wrong, fmt.Errorf("everybody took %s, longer than %s", r.lasts.Round(time.Millisecond), r.within))
	}
	if len(r.wrong) > 0 {
		return errors.Join(append(r.wrong[:min(len(r.wrong), 5)], fmt.Errorf("%d of %d went wrong", len(r.wrong), people))...)
	}
	return nil
}

// party is how many somebody comes with: most alone, some with one or two.
func party(i int) int { return 1 + i%10/8 + i%100/99 }

func mailOf(meeting string, i int) string {
	return fmt.Sprintf("visiteur-%d-%s@exemple.fr", i, meeting)
}

// send sends a request from the address of a visitor and times it.
func (r *round) send(ctx context.Context, i int, kind, method, path, contentType string, body []byte) (*http.Response, []byte, error) {
	q, err := http.NewRequestWithContext(ctx, method, r.house.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	q.Header.Set("X-Forwarded-For", fmt.Sprintf("198.18.%d.%d", i/250, i%250+1))
	if body != nil {
		q.Header.Set("Content-Type", contentType)
		q.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	from := time.Now()
	a, err := r.client.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	took := time.Since(from)
	r.mu.Lock()
	r.took[kind] = append(r.took[kind], took)
	r.mu.Unlock()
	return a, text, err
}

var shown = regexp.MustCompile(`name="vu" value="([^"]+)"`)

// byForm registers as somebody with a browser does.
func (r *round) byForm(ctx context.Context, i int) error {
	path := "/reunions/" + r.meeting
	a, page, err := r.send(ctx, i, "page", "GET", path, "", nil)
	if err != nil {
		return err
	}
	seal := shown.FindSubmatch(page)
	if a.StatusCode != http.StatusOK || seal == nil {
		return fmt.Errorf("the page: %s", a.Status)
	}
	time.Sleep(reading)
	form := url.Values{"vu": {string(seal[1])}, "nom": {fmt.Sprintf("Visiteur %d", i)}, "courriel": {mailOf(r.meeting, i)}, "places": {strconv.Itoa(party(i))}}
	a, _, err = r.send(ctx, i, "form", "POST", path, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return err
	}
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("the form: %s", a.Status)
	}
	return r.answered(i, to.Query().Get("etat"))
}

// byProgram registers as another site does; one of ten sends it twice, as one
// that had no answer.
func (r *round) byProgram(ctx context.Context, i int) error {
	body, err := json.Marshal(map[string]any{"name": fmt.Sprintf("Visiteur %d", i), "email": mailOf(r.meeting, i), "seats": party(i)})
	if err != nil {
		return err
	}
	first := ""
	for again := range 1 + i%10/9 {
		a, text, err := r.send(ctx, i, "API", "POST", "/api/v1/events/"+r.meeting+"/registrations", "application/json", body)
		if err != nil {
			return err
		}
		var said struct {
			Status, Reference string
			Position          *int
		}
		if err := json.Unmarshal(text, &said); err != nil || a.StatusCode != http.StatusCreated || said.Reference == "" {
			return fmt.Errorf("the API: %s %s", a.Status, text)
		}
		if (said.Status == "waiting") != (said.Position != nil) || said.Position != nil && *said.Position < 1 {
			return fmt.Errorf("the API: a wrong place in the line: %s", text)
		}
		if again > 0 && said.Reference != first {
			return errors.New("the API: registered twice")
		}
		first = said.Reference
		if err := r.answered(i, said.Status); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) answered(i int, state string) error {
	if state != "confirmed" && state != "waiting" {
		return fmt.Errorf("answered %q", state)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state[strings.ToLower(mailOf(r.meeting, i))] = state
	return nil
}

// tell prints how fast it was.
func (r *round) tell(w io.Writer) {
	n := 0
	for _, all := range r.took {
		n += len(all)
	}
	how := fmt.Sprintf("as fast as it goes, %d at once", crowd)
	if r.within > 0 {
		how = fmt.Sprintf("within %s", r.within)
	}
	fmt.Fprintf(w, "%s, %s: %d registrations in %.1f s, %.0f requests/s, no error\n", r.house.engine(), how, people, r.lasts.Seconds(), float64(n)/r.lasts.Seconds())
	for _, kind := range []string{"page", "form", "API"} {
		all := r.took[kind]
		if len(all) == 0 {
			continue
		}
		slices.Sort(all)
		fmt.Fprintf(w, "  %-4s %4d  p50 %5.1f ms  p99 %6.1f ms  longest %6.1f ms\n", kind, len(all), ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1]))
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
