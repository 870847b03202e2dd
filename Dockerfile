# Two stages: the first builds a virtual environment from the lock, the second runs it, not as root,
# with nothing writable but the store's volume. docs/install.md says how it is run.
#
#   docker build -t countersign .

# Any image of Debian or Ubuntu with python3, python3-venv and passwd, the same for both stages.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock ./
RUN python3 -m venv /opt/countersign \
    && /opt/countersign/bin/pip install --no-cache-dir --no-deps --require-hashes \
        --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY proxy ./proxy
# What installed the rest is not needed any more.
RUN /opt/countersign/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/countersign/bin/pip uninstall --yes hatchling editables pathspec pluggy trove-classifiers \
        pip setuptools

FROM ${BASE}
RUN groupadd --gid 1812 countersign \
    && useradd --uid 1812 --gid 1812 --home-dir /var/lib/countersign --create-home countersign \
    && chmod 0700 /var/lib/countersign
COPY --from=build /opt/countersign /opt/countersign
ENV PATH=/opt/countersign/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
USER 1812:1812
VOLUME /var/lib/countersign
EXPOSE 1812/udp 8443/tcp
# The event loop answers; whose certificate it shows is no matter here.
HEALTHCHECK --interval=30s --timeout=5s CMD ["python3", "-c", "import ssl, urllib.request as r; r.urlopen('https://127.0.0.1:8443/healthz', timeout=4, context=ssl._create_unverified_context())"]
ENTRYPOINT ["countersign"]
CMD ["serve"]
