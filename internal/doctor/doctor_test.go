package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/doctor"
)

func plain(s string) string { return s }

func TestRunWritesALineAFindingAndCountsFaults(t *testing.T) {
	var out strings.Builder
	two := func(context.Context) []doctor.Finding {
		return []doctor.Finding{doctor.Fine("disk", "/data"), doctor.Noted("pages", "none"), doctor.Faulty("key", "s3cret is wrong")}
	}
	none := func(context.Context) []doctor.Finding { return nil }
	limited := func(ctx context.Context) []doctor.Finding {
		if _, ok := ctx.Deadline(); !ok {
			return []doctor.Finding{doctor.Faulty("time", "without end")}
		}
		return nil
	}
	faults := doctor.Run(t.Context(), &out, func(s string) string { return strings.ReplaceAll(s, "s3cret", "***") }, two, none, limited, two)
	line := "ok    disk                   /data\nnote  pages                  none\nfix   key                    *** is wrong\n"
	if faults != 2 || out.String() != line+line {
		t.Errorf("%d faults\n%s", faults, &out)
	}
}

func TestChecksSayWhatIsWrongAndWhatToDo(t *testing.T) {
	answer := func(code int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	fine, refusing := answer(http.StatusOK), answer(http.StatusUnauthorized)
	no := errors.New("no")
	outbox := func(waiting, refused, incomplete int, err error) doctor.Check {
		return doctor.Outbox(func() (doctor.OutboxStatus, error) {
			return doctor.OutboxStatus{Waiting: waiting, Refused: refused, Incomplete: incomplete}, err
		})
	}
	for name, c := range map[string]struct {
		check doctor.Check
		ok    bool
		want  []string
	}{
		"folder":           {doctor.Folder("data folder", "/data", func() error { return nil }), true, []string{"data folder", "/data"}},
		"folder read only": {doctor.Folder("data folder", "/data", func() error { return no }), false, []string{"no"}},
		"outbox":           {outbox(3, 0, 0, nil), true, []string{"3 traces wait"}},
		"outbox refused": {outbox(3, 2, 1, nil), false, []string{"2 traces were refused",
			"outbox list"}},
		"outbox incomplete":   {outbox(3, 0, 2, nil), true, []string{"3 traces wait, 2 are delivered but for parts", "outbox list"}},
		"outbox unreadable":   {outbox(0, 0, 0, no), false, []string{"no", "outbox list"}},
		"no model":            {doctor.NoModel, true, []string{"offline analyst"}},
		"model":               {doctor.Model(fine+"/v1/", "key", "m-1"), true, []string{"m-1 at " + fine + "/v1"}},
		"model with password": {doctor.Model(strings.Replace(fine, "://", "://u:s3cret@", 1), "", "m-1"), true, []string{"m-1 at " + fine}},
		"model refuses":       {doctor.Model(refusing, "key", "m-1"), false, []string{"does not accept the key (401)", "OPENAI_API_KEY"}},
		"model away":          {doctor.Model("http://127.0.0.1:1", "", "m-1"), false, []string{"OPENAI_BASE_URL"}},
		"model malformed":     {doctor.Model("http://[::1", "", "m-1"), false, nil},
		"no backend":          {doctor.Backend("", ""), true, []string{"OTEL_EXPORTER_OTLP_ENDPOINT is not set"}},
		"backend":             {doctor.Backend(fine, "/v1/traces"), true, []string{fine + " answers"}},
		"backend away":        {doctor.Backend("http://127.0.0.1:1", "/v1/traces"), false, []string{"unset OTEL_EXPORTER_OTLP_ENDPOINT"}},
		"backend malformed":   {doctor.Backend("http://[::1", ""), false, []string{"such as http://127.0.0.1:4318"}},
		"queue": {doctor.Queue(func(context.Context) (doctor.QueueStatus, error) {
			return doctor.QueueStatus{Name: "q", Running: 2}, nil
		}), true, []string{"q: 0 queued, 2 running, 0 waiting"}},
		"queue out of reach": {doctor.Queue(func(context.Context) (doctor.QueueStatus, error) { return doctor.QueueStatus{}, no }), false,
			[]string{"no"}},
	} {
		t.Run(name, func(t *testing.T) {
			found := c.check(t.Context())
			if len(found) != 1 || found[0].OK != c.ok || found[0].Name == "" || found[0].Detail == "" {
				t.Fatalf("findings %+v", found)
			}
			for _, w := range c.want {
				if !strings.Contains(found[0].Name+" "+found[0].Detail, w) {
					t.Errorf("no %q in %+v", w, found[0])
				}
			}
			if strings.Contains(found[0].Detail, "s3cret") {
				t.Errorf("the password is in %q", found[0].Detail)
			}
		})
	}
}

func TestServersAreAskedWhereTheyAnswer(t *testing.T) {
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, r.Header.Get("Authorization")))
	}))
	for _, check := range []doctor.Check{
		doctor.Model(s.URL+"/v1", "k", "m"), doctor.Model(s.URL+"/v1/", "", "m"), doctor.Backend(s.URL+"/",
			"/v1/traces"), doctor.Backend(s.URL+"/own", ""),
	} {
		check(t.Context())
	}
	s.Close()
	want := []string{"GET /v1/models Bearer k", "GET /v1/models ", "POST /v1/traces ", "POST /own "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("requests %q, want %q", got, want)
	}
}

func ExampleRun() {
	faults := doctor.Run(context.Background(), os.Stdout, plain,
		doctor.Folder("data folder", "/var/lib/commentator", func() error { return nil }),
		doctor.Outbox(func() (doctor.OutboxStatus, error) { return doctor.OutboxStatus{Waiting: 2, Refused: 1}, nil }))
	fmt.Println(faults, "to do")
	// Output:
	// ok    data folder            /var/lib/commentator
	// fix   outbox                 1 traces were refused; commentator outbox list says why
	// 1 to do
}
