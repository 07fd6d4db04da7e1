package web

import "net/http"

// pages hangs the pages on mux.
func (s *Server) pages(mux *http.ServeMux) error { return nil }
