// Package certificate has the shape of an ACME order.
package certificate

// Resource is a certificate with its key.
type Resource struct {
	Domain      string
	PrivateKey  []byte
	Certificate []byte
}

// ObtainRequest orders a certificate.
type ObtainRequest struct {
	Domains        []string
	Bundle         bool
	EmailAddresses []string
	Profile        string
	PreferredChain string
}

// RenewOptions are the options of a renewal.
type RenewOptions struct {
	Bundle         bool
	EmailAddresses []string
	Profile        string
	PreferredChain string
}
