// Package dns01 has the options of the DNS challenge.
package dns01

import (
	"strings"
	"time"
)

// ChallengeOption is an option of the challenge.
type ChallengeOption struct{}

// AddRecursiveNameservers has no effect here.
func AddRecursiveNameservers([]string) ChallengeOption { return ChallengeOption{} }

// RecursiveNSsPropagationRequirement has no effect here.
func RecursiveNSsPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// DisableAuthoritativeNssPropagationRequirement has no effect here.
func DisableAuthoritativeNssPropagationRequirement() ChallengeOption { return ChallengeOption{} }

// PropagationWait has no effect here.
func PropagationWait(time.Duration, bool) ChallengeOption { return ChallengeOption{} }

// UnFqdn takes the last dot off a full name; Traefik uses it for every certificate.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
