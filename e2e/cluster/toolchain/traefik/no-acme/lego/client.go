// Package lego has the shape of an ACME client, and never makes one.
package lego

import (
	"crypto/x509"
	"errors"
	"net/http"

	"github.com/go-acme/lego/v4/certcrypto"
	"github.com/go-acme/lego/v4/certificate"
	"github.com/go-acme/lego/v4/challenge"
	"github.com/go-acme/lego/v4/challenge/dns01"
	"github.com/go-acme/lego/v4/challenge/http01"
	"github.com/go-acme/lego/v4/challenge/tlsalpn01"
	"github.com/go-acme/lego/v4/registration"
)

// LEDirectoryProduction is the default of Traefik's configuration; nothing calls it here.
const LEDirectoryProduction = "https://acme-v02.api.letsencrypt.org/directory"

var errLeftOut = errors.New("this Traefik was built without ACME")

// Config configures a client.
type Config struct {
	CADirURL    string
	UserAgent   string
	HTTPClient  *http.Client
	Certificate CertificateConfig
}

// CertificateConfig says what certificates are wanted.
type CertificateConfig struct {
	KeyType           certcrypto.KeyType
	DisableCommonName bool
}

// Client is an ACME client.
type Client struct {
	Certificate  certifier
	Challenge    challenges
	Registration registrar
}

type (
	certifier  struct{}
	challenges struct{}
	registrar  struct{}
)

// NewConfig gives an empty configuration.
func NewConfig(any) *Config { return &Config{} }

// NewClient always fails, so that nothing below is ever called.
func NewClient(*Config) (*Client, error) { return nil, errLeftOut }

// CreateCertPool always fails.
func CreateCertPool([]string, bool) (*x509.CertPool, error) { return nil, errLeftOut }

func (certifier) Obtain(certificate.ObtainRequest) (*certificate.Resource, error) {
	return nil, errLeftOut
}

func (certifier) RenewWithOptions(certificate.Resource, *certificate.RenewOptions) (*certificate.Resource, error) {
	return nil, errLeftOut
}

func (challenges) SetDNS01Provider(challenge.Provider, ...dns01.ChallengeOption) error {
	return errLeftOut
}

func (challenges) SetHTTP01Provider(challenge.Provider, ...http01.ChallengeOption) error {
	return errLeftOut
}

func (challenges) SetTLSALPN01Provider(challenge.Provider, ...tlsalpn01.ChallengeOption) error {
	return errLeftOut
}

func (registrar) Register(registration.RegisterOptions) (*registration.Resource, error) {
	return nil, errLeftOut
}

func (registrar) RegisterWithExternalAccountBinding(registration.RegisterEABOptions) (*registration.Resource, error) {
	return nil, errLeftOut
}
