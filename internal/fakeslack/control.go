package fakeslack

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// controlRoutes is the control API. Every answer is JSON; a bad request is HTTP 400
// with {"error": what, and how to repair it}.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /_control/event", s.control(s.controlEvent))
	mux.HandleFunc("POST /_control/say", s.control(s.controlSay))
	mux.HandleFunc("POST /_control/edit", s.control(s.controlEdit))
	mux.HandleFunc("POST /_control/delete", s.control(s.controlDelete))
	mux.HandleFunc("POST /_control/command", s.control(s.controlCommand))
	mux.HandleFunc("POST /_control/interaction", s.control(s.controlInteraction))
	mux.HandleFunc("POST /_control/faults", s.control(s.controlFaults))
	mux.HandleFunc("POST /_control/channel", s.control(s.controlChannel))
	mux.HandleFunc("POST /_control/user", s.control(s.controlUser))
	mux.HandleFunc("POST /_control/request_url", s.control(s.controlRequestURL))
	mux.HandleFunc("GET /_control/messages", s.control(func(r *http.Request, _ []byte) (any, error) {
		return s.Messages(r.URL.Query().Get("channel")), nil
	}))
	mux.HandleFunc("GET /_control/calls", s.control(func(r *http.Request, _ []byte) (any, error) {
		method := r.URL.Query().Get("method")
		out := []Call{}
		for _, c := range s.Calls() {
			if method == "" || c.Method == method {
				out = append(out, c)
			}
		}
		return out, nil
	}))
	mux.HandleFunc("GET /_control/faults", s.control(func(*http.Request, []byte) (any, error) { return s.faults.pending(), nil }))
	mux.HandleFunc("DELETE /_control/faults", s.control(func(*http.Request, []byte) (any, error) {
		s.ClearFaults()
		return object{"ok": true}, nil
	}))
	mux.HandleFunc("GET /_control/views", s.control(func(*http.Request, []byte) (any, error) { return s.Views(), nil }))
	mux.HandleFunc("GET /_control/stats", s.control(func(*http.Request, []byte) (any, error) { return s.Stats(), nil }))
}

// control is the handler of one address: it reads the body within its bound and writes what run
// returns.
func (s *Server) control(run func(r *http.Request, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.maxBody))
		status := http.StatusOK
		var res any
		if err == nil {
			res, err = run(r, body)
		}
		if err != nil {
			status, res = http.StatusBadRequest, with(nil, "error", err.Error())
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				status = http.StatusRequestEntityTooLarge
			}
		}
		data, err := encode(res)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(append(data, '\n'))
	}
}

// controlEvent is [Server.PostEvent]; the field deliver, beside those of the event, is the
// Delivery.
func (s *Server) controlEvent(_ *http.Request, body []byte) (any, error) {
	var o object
	if err := decode(body, &o); err != nil {
		return nil, fmt.Errorf("body must be an Events API event object: %w", err)
	}
	var d Delivery
	if raw := sub(o, "deliver"); raw != nil {
		data, err := encode(raw)
		if err != nil {
			return nil, err
		}
		if err := decode(data, &d); err != nil {
			return nil, fmt.Errorf(`"deliver" must be {"times": N, "delay_ms": M}: %w`, err)
		}
	}
	return s.postEvent(with(o, "deliver", nil), d)
}

// The handlers from here on decode their body and call the method of Server of the same name.
func (s *Server) controlSay(_ *http.Request, body []byte) (any, error) {
	var m Typed
	if err := decode(body, &m); err != nil {
		return nil, err
	}
	return s.Say(m)
}

// stored names a message, with the text that it gets by an edit.
type stored struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Text    string `json:"text"`
}

func (s *Server) controlEdit(_ *http.Request, body []byte) (any, error) {
	var m stored
	if err := decode(body, &m); err != nil {
		return nil, err
	}
	return object{"ok": true}, s.Edit(m.Channel, m.TS, m.Text)
}

func (s *Server) controlDelete(_ *http.Request, body []byte) (any, error) {
	var m stored
	if err := decode(body, &m); err != nil {
		return nil, err
	}
	return object{"ok": true}, s.Delete(m.Channel, m.TS)
}

func (s *Server) controlCommand(r *http.Request, body []byte) (any, error) {
	var c Command
	if err := decode(body, &c); err != nil {
		return nil, err
	}
	return s.sendCommand(r.Context(), c, baseURL(r))
}

func (s *Server) controlInteraction(r *http.Request, body []byte) (any, error) {
	var in Interaction
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return s.interact(r.Context(), in, baseURL(r))
}

func (s *Server) controlFaults(_ *http.Request, body []byte) (any, error) {
	var f Fault
	if err := decode(body, &f); err != nil {
		return nil, err
	}
	if err := s.Inject(f); err != nil {
		return nil, err
	}
	return object{"ok": true}, nil
}

func (s *Server) controlChannel(_ *http.Request, body []byte) (any, error) {
	var c Channel
	if err := decode(body, &c); err != nil {
		return nil, err
	}
	return object{"ok": true}, s.SetChannel(c)
}

func (s *Server) controlUser(_ *http.Request, body []byte) (any, error) {
	var u User
	if err := decode(body, &u); err != nil {
		return nil, err
	}
	return object{"ok": true}, s.AddUser(u)
}

func (s *Server) controlRequestURL(r *http.Request, body []byte) (any, error) {
	var in struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return object{"ok": true}, s.SetRequestURL(r.Context(), in.URL, in.Secret)
}

// serveUpload takes a file's bytes, see filesGetUploadURL, and answers as Slack does.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 16*s.cfg.maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	fmt.Fprintf(w, "OK - %d", n)
}
