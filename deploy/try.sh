#!/usr/bin/env bash
# Starts the broker, topics and two workers of docker-compose.yml, sends demo mail through them and
# counts the verdicts. Stops everything again. Run deploy/local-images.sh first if no image
# registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
messages=${1:-500}
if docker compose version >/dev/null 2>&1; then
    compose="docker compose"
else
    compose="docker-compose"
fi
scratch=$(mktemp -d)
trap '$compose down --volumes --timeout 20 >/dev/null 2>&1; rm -rf "$scratch"' EXIT

make venv
$compose up --build --detach kafka topics worker-1 worker-2
.venv/bin/python -c "
import sys
from pathlib import Path
from detection_stream.demo import generate, write_mbox
write_mbox(Path(sys.argv[1]), generate(int(sys.argv[2]), seed=1))
" "$scratch/demo.mbox" "$messages"
.venv/bin/detection-stream ingest "$scratch/demo.mbox" --broker localhost:9094 \
    --tenant demo --own-domain harborlight.example
found=$(.venv/bin/detection-stream tail verdicts --broker localhost:9094 \
    --from beginning --until-idle 30 | wc -l)
.venv/bin/detection-stream doctor --broker localhost:9094
echo "$found verdicts for $messages messages"
[ "$found" -eq "$messages" ]
