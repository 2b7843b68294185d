import type { ComponentConfig } from '../../config/pipeline-schema.ts';
import type { FeedItem } from '../../source/feed-source.ts';
import { isObject } from '../init/flatten.ts';

/**
 * A line of recorded messages as the message that it was: the line itself, or what stands in the envelope that `kcat -J` and
 * `kafka-console-consumer`-like tools put around it ({"topic", "partition", "offset", "ts", "key", "payload"}), with its key
 * and time stamp.
 */
export function recordedMessage(line: Buffer): FeedItem {
  const envelope = line.includes('"payload"') ? envelopeIn(line) : null;
  if (envelope === null) return { key: null, value: Buffer.from(line), timestampMs: null };
  const { key, payload, ts } = envelope;
  const text = payload === null || payload === undefined ? null : asText(payload);
  return {
    key: key === null || key === undefined ? null : asText(key),
    value: text === null ? null : Buffer.from(text),
    timestampMs: typeof ts === 'number' && ts > 0 ? ts : null,
  };
}

function envelopeIn(line: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(line.toString('utf8'));
    const isEnvelope =
      isObject(parsed) && 'payload' in parsed && typeof parsed.topic === 'string' && typeof parsed.offset === 'number';
    return isEnvelope ? parsed : null;
  } catch {
    return null;
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * How recorded messages are decoded: as the pipeline decodes its own, but what was binary is JSON text by now (tools write Avro
 * as JSON, and leave the ids of schemas out).
 */
export function recordedDecode(decode: ComponentConfig): ComponentConfig {
  if (decode.type !== 'json' && decode.type !== 'avro') return decode;
  const { schema: _schema, registry: _registry, ...rest } = decode;
  return { ...rest, type: 'json', framing: 'none' };
}
