# Two stages: the first builds a virtual environment from the lock, the second runs it, not as root.
#
#   docker build -t countersign .
#   docker run -p 1812:1812/udp -p 8443:8443 \
#     -v ./countersign:/etc/countersign:ro -v countersign:/var/lib/countersign countersign

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/countersign \
    && /opt/countersign/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY proxy ./proxy
RUN /opt/countersign/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 1812 --home-dir /var/lib/countersign --create-home countersign
COPY --from=build /opt/countersign /opt/countersign
ENV PATH=/opt/countersign/bin:$PATH
USER countersign
VOLUME /var/lib/countersign
EXPOSE 1812/udp 8443/tcp
ENTRYPOINT ["countersign"]
CMD ["serve"]
