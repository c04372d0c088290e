// Stands in for github.com/go-acme/lego: the Gateway of the test cluster orders no certificates, and lego's 180 DNS providers
// with their vendors' libraries are two thirds of what Traefik compiles.
module github.com/go-acme/lego/v4

go 1.25.0
