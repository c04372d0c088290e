// Package http01 has the options of the HTTP challenge.
package http01

import "time"

// ChallengeOption is an option of the challenge.
type ChallengeOption struct{}

// SetDelay has no effect here.
func SetDelay(time.Duration) ChallengeOption { return ChallengeOption{} }

// ChallengePath is the path at which a challenge is answered.
func ChallengePath(token string) string { return "/.well-known/acme-challenge/" + token }
