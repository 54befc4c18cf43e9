package main

import (
	"net"
	"net/http"
	"strings"
)

// maxBody is the largest request: an exported result has up to 8 MB, and a plugin receives at most 16 MiB over gRPC.
const maxBody = 12 << 20

// policy keeps the page to this server: scripts, styles, fonts and calls come from here or not at all. Grafana's libraries
// write style elements and show images made in the page.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
	"worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// guard lets only pages of this server use it. A foreign page in the same browser can reach a loopback address, under a
// name of its own (DNS rebinding, seen in the Host header) or across origins (seen in Origin and Sec-Fetch-Site).
func guard(addr net.Addr, next http.Handler) http.Handler {
	hosts := map[string]bool{addr.String(): true}
	if _, port, err := net.SplitHostPort(addr.String()); err == nil {
		hosts[net.JoinHostPort("localhost", port)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !hosts[r.Host] || origin != "" && origin != "http://"+r.Host || crossSite(r) {
			writeError(w, http.StatusForbidden, "The preview answers its own page only.")
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", caching(r.URL.Path))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// caching has a page show at its next reload what was built anew. The bundle's own files carry a hash in their names.
func caching(path string) string {
	if strings.HasPrefix(path, "/assets/") {
		return "max-age=31536000, immutable"
	}
	return "no-cache"
}

// crossSite tells a request that a foreign page made from a link that the user followed.
func crossSite(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}
