import type { ComponentConfig } from '../../config/pipeline-schema.ts';
import { pathReader } from '../../decode/json-path.ts';
import { type Precision, parseLine } from '../../decode/line-protocol-line.ts';
import { schemaHeaderBytes } from '../../decode/schema-header.ts';
import { isObject } from '../init/flatten.ts';

const messagesMax = 1000;
const namesMax = 2000;
const textBytesMax = 65_536;

/** Names that could be channels, from the first messages of a feed: to tell a name that is misspelt from one that has no values. */
export class NamesSeen {
  readonly found = new Set<string>();
  readonly #namesIn: ((text: string) => readonly string[]) | null;
  readonly #framed: boolean;
  #messages = 0;

  constructor(decode: ComponentConfig) {
    this.#namesIn = readerOf(decode);
    this.#framed = decode.framing === 'confluent';
  }

  look(message: Uint8Array | null): void {
    if (this.#namesIn === null || message === null || message.length > textBytesMax) return;
    if (this.#messages++ >= messagesMax) return;
    const body = this.#framed ? message.subarray(schemaHeaderBytes) : message;
    for (const name of this.#namesIn(new TextDecoder().decode(body)))
      if (this.found.size < namesMax) this.found.add(name);
  }
}

function readerOf(decode: ComponentConfig): ((text: string) => readonly string[]) | null {
  if (decode.type === 'line-protocol') return (text) => namesInLines(text, decode);
  return decode.type === 'json' ? jsonNames(decode) : null;
}

function namesInLines(text: string, { channel, precision }: ComponentConfig): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    const line = parseLine(text, at, precision as Precision);
    if (line.kind === 'line')
      for (const { name } of line.fields) names.push(channel === 'field' ? name : `${line.measurement}_${name}`);
    at = line.end + 1;
  }
  return names;
}

function jsonNames(decode: ComponentConfig): (text: string) => readonly string[] {
  const {
    layout,
    values,
    rename,
    channel_path: channelPath,
  } = decode as {
    readonly layout?: string;
    readonly values?: { readonly path: string };
    readonly rename?: Readonly<Record<string, string>>;
    readonly channel_path?: string;
  };
  const holder = pathReader(layout === 'narrow' ? (channelPath ?? 'channel') : (values?.path ?? ''));
  const renamed = (name: string) => rename?.[name] ?? name;
  return (text) => {
    const held = holder(parsed(text));
    if (typeof held === 'string') return [renamed(held)];
    return isObject(held) ? Object.keys(held).map(renamed) : [];
  };
}

/** Messages that are no JSON are the decoder's to refuse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
