// Package tlsalpn01 has the options of the TLS challenge.
package tlsalpn01

import (
	"errors"
	"time"
)

// ACMETLS1Protocol is the protocol by which a TLS challenge is recognised.
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeOption is an option of the challenge.
type ChallengeOption struct{}

// SetDelay has no effect here.
func SetDelay(time.Duration) ChallengeOption { return ChallengeOption{} }

// ChallengeBlocks always fails.
func ChallengeBlocks(_, _ string) ([]byte, []byte, error) {
	return nil, nil, errors.New("this Traefik was built without ACME")
}
