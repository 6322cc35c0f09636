# The same major version of Node.js as in .nvmrc. The tests run with it, too. Debian, not Alpine: the native modules
# (@node-rs/bcrypt) exist for musl too, but the tests run on glibc, whose name resolution and memory allocation differ.
ARG NODE_VERSION=24
FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# Builds, and packs what `npm publish` would send.
RUN npm pack

FROM node:${NODE_VERSION}-bookworm-slim AS install
WORKDIR /app
COPY --from=build /build/gatehouse-*.tgz /build/package-lock.json /build/.npmrc ./
RUN tar -xzf gatehouse-*.tgz --strip-components=1 && rm gatehouse-*.tgz
# With the lock file, so that an image contains the versions that were tested. None of them needs its scripts.
RUN npm ci --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-bookworm-slim
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="gatehouse" \
      org.opencontainers.image.description="A GraphQL authentication gateway" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# Owned by root: the user of the gateway cannot change its program.
COPY --from=install /app ./
ENV NODE_ENV=production HOST=0.0.0.0
# The user `node`, as a number: Kubernetes cannot tell from a name that it is not root (runAsNonRoot).
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without a shell, which would not pass SIGTERM on.
ENTRYPOINT ["node", "dist/src/gatehouse.cjs"]
CMD ["serve"]
