# Two stages: the first has what building needs, the second only what running needs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY proxy proxy
RUN python -m venv /opt/countersign \
 && /opt/countersign/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /opt/countersign/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --home-dir /var/lib/countersign --create-home countersign
COPY --from=build /opt/countersign /opt/countersign
USER countersign
VOLUME /var/lib/countersign
EXPOSE 1812/udp 8443/tcp
ENTRYPOINT ["/opt/countersign/bin/countersign"]
CMD ["serve", "--config", "/etc/countersign/countersign.yaml"]
