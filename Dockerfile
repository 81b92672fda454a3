# syntax=docker/dockerfile:1
# Two images from one build:
#   docker build -t roundhouse .                          the server, with its bundled runner
#   docker build -t roundhouse-runner --target runner .   a runner for a server elsewhere
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p roundhouse && cp target/release/roundhouse /roundhouse

FROM debian:bookworm-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /roundhouse /usr/local/bin/roundhouse
ENTRYPOINT ["roundhouse"]

# Runs jobs through the Docker daemon whose socket is mounted:
#   docker run -v /var/run/docker.sock:/var/run/docker.sock -v /var/lib/roundhouse-runner:/var/lib/roundhouse-runner …
FROM base AS runner
CMD ["runner"]

# The last stage is the default: the server.
FROM base AS server
ENV ROUNDHOUSE_DATA_DIR=/data ROUNDHOUSE_LISTEN=0.0.0.0:8000
VOLUME /data
EXPOSE 8000
CMD ["serve"]
