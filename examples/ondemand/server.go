package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// answer serves HTTP until the context ends, and returns a function that waits for that.
func (d *daemon) answer(ctx context.Context, ln net.Listener) (stop func()) {
	server := d.server()
	d.Info("listening", "address", ln.Addr().String())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			d.Error("no longer listening", "error", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	return func() {
		server.Close()
		<-ended
	}
}

// server is a server with bounds for what a client can take.
func (d *daemon) server() *http.Server {
	server := &http.Server{
		Handler:        d.handler(),
		ReadTimeout:    5 * time.Second,
		WriteTimeout:   10 * time.Second,
		MaxHeaderBytes: 8 << 10,
		ErrorLog:       slog.NewLogLogger(d.Handler(), slog.LevelDebug),
	}
	server.SetKeepAlivesEnabled(false) // a connection that waits would take the place of another
	return server
}

// handler answers requests. Anything but GET and HEAD is refused.
func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, plainText, "ok\n")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reasons := d.reasons(); len(reasons) > 0 {
			reply(w, http.StatusServiceUnavailable, plainText, strings.Join(reasons, "\n")+"\n")
			return
		}
		reply(w, http.StatusOK, plainText, "ok\n")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", d.text(d.engine.Stats()))
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		text, err := json.MarshalIndent(d.report(), "", "  ")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, http.StatusOK, "application/json", string(text)+"\n")
	})
	return mux
}

const plainText = "text/plain; charset=utf-8"

func reply(w http.ResponseWriter, status int, kind, text string) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}

// reasons say why the daemon is not ready, each in one line; none if it is.
func (d *daemon) reasons() []string {
	var list []error
	if err := d.mistake(); err != nil {
		list = append(list, err)
	}
	switch err := d.engine.Ready().(type) {
	case nil:
	case interface{ Unwrap() []error }:
		list = append(list, err.Unwrap()...)
	default:
		list = append(list, err)
	}
	var reasons []string
	for _, err := range list {
		reasons = append(reasons, cut(string(escape([]byte(strings.ReplaceAll(err.Error(), "\n", "; "))))))
	}
	return reasons
}
