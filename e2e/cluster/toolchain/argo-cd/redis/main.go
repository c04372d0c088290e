// The Redis that Argo CD keeps manifests in, as the Go library that its own tests use: no package to install, no root.
package main

import (
	"log"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	// By itself it never lets a key expire.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}
