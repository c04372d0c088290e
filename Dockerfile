# The operator's image.
#
# The build context is not the repository but a folder staged from it (`make images` makes it under .work/images/operator):
#
#   package.json
#   node_modules/   from `npm ci --omit=dev`; no package here has an install script that the operator needs
#   operator/       without *.test.ts, *.integration.ts, testdata/ and testing/
#
# So the image needs neither npm nor network while it is built, and the same file serves docker, podman and buildah.
# From a checkout whose node_modules holds no development packages, `docker build .` works too: .dockerignore leaves the rest out.
FROM docker.io/library/node:24-slim

WORKDIR /app
ENV NODE_ENV=production

# What changes least comes first.
COPY package.json ./
COPY node_modules ./node_modules
COPY operator ./operator

# A number, so that the kubelet can see that it is not root. Nothing below / is ever written.
USER 65532:65532

# 8080 metrics, 8081 health
EXPOSE 8080 8081

# The heap may take 60 % of the container's memory limit; the rest is for buffers, code and TLS.
ENTRYPOINT ["node", "--max-old-space-size-percentage=60", "operator/main.ts"]
