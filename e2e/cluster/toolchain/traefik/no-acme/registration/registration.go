// Package registration has the shape of an ACME account.
package registration

// Resource is an account at an ACME server.
type Resource struct {
	URI string `json:"uri,omitempty"`
}

// RegisterOptions are the options of a registration.
type RegisterOptions struct {
	TermsOfServiceAgreed bool
}

// RegisterEABOptions are the options of a registration with an external account.
type RegisterEABOptions struct {
	TermsOfServiceAgreed bool
	Kid                  string
	HmacEncoded          string
}
