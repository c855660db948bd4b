# Two stages: one builds, one runs. Settings come from the environment (MOORING_*: see mooring.conf(5));
# mount the certificate at /etc/mooring/tls and, for the SQLite store, a volume at /var/lib/mooring.
# Runs as uid 65532, with a read-only root file system, without capabilities. docs/CONTAINER.md has the
# whole command lines.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        autoconf automake gcc libc6-dev make pkg-config libmicrohttpd-dev libgnutls28-dev libuv1-dev \
        libcurl4-openssl-dev libssl-dev libjansson-dev libexpat1-dev libsqlite3-dev \
        libldns-dev libcrypt-dev libidn2-dev >/dev/null
COPY . /src
RUN cd /src && autoreconf -fi && mkdir /build && cd /build \
    && /src/configure --quiet --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
        --without-systemd \
    && make -s -j2 && make -s install-strip DESTDIR=/out

FROM ${BASE}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates libmicrohttpd12t64 libgnutls30t64 libuv1t64 libcurl4t64 libssl3t64 libjansson4 \
        libexpat1 libsqlite3-0 libldns3t64 libcrypt1 libidn2-0 >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt \
    && echo 'mooring:x:65532:65532:mooring:/var/lib/mooring:/usr/sbin/nologin' >>/etc/passwd \
    && echo 'mooring:x:65532:' >>/etc/group \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/mooring && install -d /etc/mooring/tls
COPY --from=build /out/usr/sbin/mooringd /usr/sbin/mooringd
COPY --from=build /out/usr/bin/mooringctl /usr/bin/mooringctl
# Ports that need no privilege; publish them as 443 and 53. The one folder that may be written to.
ENV MOORING_LISTEN=[::]:8443 MOORING_DNS_LISTEN=[::]:5353 TMPDIR=/var/lib/mooring \
    MOORING_STATUS_SOCKET=/var/lib/mooring/status.sock
USER 65532:65532
VOLUME /var/lib/mooring
EXPOSE 8443/tcp 5353/udp 5353/tcp
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/usr/bin/mooringctl", "health"]
ENTRYPOINT ["/usr/sbin/mooringd"]
