# The main question, in a container:
#   docker build -t lockin_sim . && docker run --rm -v "$PWD/results:/lockin_sim/results" lockin_sim
# Any command: docker run --rm lockin_sim .venv/bin/lockin country KEN
FROM python:3.13-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

# What is installed changes less often than the code: so its layer is kept when only code changes
WORKDIR /lockin_sim
COPY Makefile pyproject.toml requirements*.txt LICENSE README.md ./
COPY docs/install.md docs/install.md
COPY tools/set_up.sh tools/set_up.sh
COPY lockin_sim lockin_sim
RUN make installed-to-run

COPY . .
CMD ["make", "run"]
