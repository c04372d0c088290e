module scalableapp.dev/e2e/toolchain/gateway-api

go 1.26.0

// Only its files are used (config/crd/standard), none of its packages.
require sigs.k8s.io/gateway-api v1.4.0
