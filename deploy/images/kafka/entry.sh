#!/usr/bin/env bash
# The broker's settings from the environment, by the rules of the official image apache/kafka:
# KAFKA_ADVERTISED_LISTENERS is advertised.listeners; __ is _ and ___ is -. What is not given has a single-node default.
set -euo pipefail

export KAFKA_NODE_ID=${KAFKA_NODE_ID:-1}
export KAFKA_PROCESS_ROLES=${KAFKA_PROCESS_ROLES:-broker,controller}
export KAFKA_LISTENERS=${KAFKA_LISTENERS:-PLAINTEXT://:9092,CONTROLLER://:9093}
export KAFKA_ADVERTISED_LISTENERS=${KAFKA_ADVERTISED_LISTENERS:-PLAINTEXT://${ADVERTISED:-localhost:9092}}
export KAFKA_CONTROLLER_LISTENER_NAMES=${KAFKA_CONTROLLER_LISTENER_NAMES:-CONTROLLER}
export KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=${KAFKA_LISTENER_SECURITY_PROTOCOL_MAP:-CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT}
export KAFKA_CONTROLLER_QUORUM_VOTERS=${KAFKA_CONTROLLER_QUORUM_VOTERS:-$KAFKA_NODE_ID@localhost:9093}
export KAFKA_LOG_DIRS=${KAFKA_LOG_DIRS:-/var/lib/kafka/data}
export KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=${KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR:-1}
export KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS=${KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS:-4}
export KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=${KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR:-1}
export KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=${KAFKA_TRANSACTION_STATE_LOG_MIN_ISR:-1}
export KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS=${KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS:-4}
export KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS=${KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS:-0}

properties=/tmp/server.properties
: >"$properties"
while IFS='=' read -r -d '' name value; do
  case $name in
    # For the Java machine, or put there by an orchestrator for a service called kafka: no broker property.
    KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_VERSION | KAFKA_LOG4J_* | KAFKA_TOOLS_* | KAFKA_JMX_* | KAFKA_JVM_* | KAFKA_GC_* | \
      KAFKA_PORT | KAFKA_PORT_* | KAFKA_SERVICE_*) continue ;;
    KAFKA_*) ;;
    *) continue ;;
  esac
  key=$(printf '%s' "${name#KAFKA_}" | tr '[:upper:]' '[:lower:]' | sed -e 's/___/-/g' -e 's/__/\n/g' -e 's/_/./g' | tr '\n' '_')
  printf '%s=%s\n' "$key" "$value" >>"$properties"
done < <(env -0)

logger=-Dorg.slf4j.simpleLogger.defaultLogLevel=${KAFKA_LOG4J_ROOT_LOGLEVEL:-warn}
if [[ ! -f ${KAFKA_LOG_DIRS%%,*}/meta.properties ]]; then
  java "$logger" -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --ignore-formatted \
    -t "${CLUSTER_ID:-4L6g3nShT-eMCtK--X86sw}" -c "$properties"
fi
# shellcheck disable=SC2086  # options are words
exec java ${KAFKA_HEAP_OPTS:--Xmx512m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${KAFKA_OPTS:-} "$logger" \
  -cp '/opt/kafka/libs/*' kafka.Kafka "$properties"
