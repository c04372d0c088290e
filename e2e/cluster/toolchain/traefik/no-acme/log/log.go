// Package log has the logger that Traefik hands over.
package log

// StdLogger is what a logger can do.
type StdLogger interface {
	Printf(format string, args ...any)
}

// Logger is the logger that was handed over; nothing is logged here.
var Logger StdLogger
