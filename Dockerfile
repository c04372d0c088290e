# The operator's image.
#
# The build copies a node_modules that holds no development packages: `make images` installs one from the lockfile into a
# build context of its own, with `npm ci --omit=dev --ignore-scripts`. By hand, do the same in a fresh clone and run
# `docker build .`; .dockerignore leaves the rest of the repository out. So the image needs neither npm nor network while it
# is built, has no layer with a package manager's cache, and the same file serves docker, podman and buildah.
FROM docker.io/library/node:24-slim

WORKDIR /app
ENV NODE_ENV=production

# What changes least comes first. The command line is there too: `docker run --entrypoint scalable-app`.
RUN ln -s /app/operator/cli/scalable-app.js /usr/local/bin/scalable-app \
  && ln -s /app/operator/cli/scalable-app.js /usr/local/bin/kubectl-scalable_app
COPY package.json ./
COPY node_modules ./node_modules
COPY operator ./operator

# What Node makes of the sources, types stripped and compiled, is kept in the image, so that a pod starts in half the time and never loads
# the stripper (20 MB). Node takes it only as the user who runs, with the same flags, and where he may read it; nobody may write it.
ENV NODE_COMPILE_CACHE=/app/compile-cache
RUN install --directory --owner=65532 --group=65532 compile-cache \
  && setpriv --reuid=65532 --regid=65532 --clear-groups node --optimize-for-size operator/main.ts --help > /dev/null \
  && chown --recursive 0:0 compile-cache && chmod --recursive u=rwX,go=rX compile-cache

# A number, so that the kubelet can see that it is not root. Nothing below / is ever written.
USER 65532:65532

# 8080 metrics, 8081 health
EXPOSE 8080 8081

# Memory rather than speed: the heap is collected before it has grown, and the young generation is three spaces of at most 2 MiB instead of
# 16, which fill up however little there is to do. The old generation may take 60 % of the container's memory limit; the rest is for buffers,
# code and TLS. Figures: docs/adr/0011-packed-cache.md.
ENTRYPOINT ["node", "--optimize-for-size", "--max-semi-space-size=2", "--max-old-space-size-percentage=60", "operator/main.ts"]
