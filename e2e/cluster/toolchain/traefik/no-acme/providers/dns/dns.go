// Package dns has none of lego's DNS providers.
package dns

import (
	"errors"

	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName always fails.
func NewDNSChallengeProviderByName(string) (challenge.Provider, error) {
	return nil, errors.New("this Traefik was built without ACME")
}
