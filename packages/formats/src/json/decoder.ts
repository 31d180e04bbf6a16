import type { DataType, Schema } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from '../api.ts'
import { LongNumbers } from './long-numbers.ts'
import { isolate, type SlowFormat } from '../slow/isolate.ts'
import { inferSchema, Profile } from './profile.ts'
import { keyOf } from '../types/keys.ts'
import { countLines, lastNewline, lineRecords } from './lines.ts'
import { jsonLayout } from './layout.ts'
import { normaliserOf } from './normalise.ts'
import { strictJsonSelect } from './strict.ts'
import { TokenScan } from './token-scan.ts'
import { topNames } from './top-names.ts'
import { typedKeysOf, type TypedKey } from './typed-keys.ts'

/** A sample is at most this many records. */
const sampleRecords = 20_000
const sampleBytes = 4 * 1024 * 1024

/** Small enough for memory, large enough to make opening a pipe cost nothing. */
const jsonPipeBytes = 16 << 20

/** Decoder of JSON in any layout: everything becomes one record per line. */
export function jsonDecoder(detected: Detected, options: ReadOptions, head: Uint8Array): Decoder {
  const layout = jsonLayout(options, head)
  const coercion = options['scalar.coercion'] !== false && options['scalar.coercion'] !== 'false'
  const slow: SlowFormat = {
    code: 'json',
    fit: { coercion },
    lastBoundary: lastNewline,
    records: lineRecords,
    strictSelect: (path, schema, scratch) => strictJsonSelect([path], schema, scratch, coercion),
    doubts: doubtsOf,
    infer: inferLines,
  }
  return {
    detected,
    groupKey: JSON.stringify(['json', coercion, layout.kind === 'path' ? [layout.path, layout.additional] : null]),
    streams: true,
    pipeBytes: jsonPipeBytes,
    identity: layout.kind === 'lines' && layout.skip === 0 && layout.encoding.name === 'utf-8',
    normalise: normaliserOf(layout),
    lastBoundary: lastNewline,
    countRecords: countLines,
    topNames,
    async infer(_session, sample) {
      if ('path' in sample) throw new TypeError('JSON is inferred from text')
      return inferLines(sample.text)
    },
    strictSelect: (path, schema, scratch) =>
      strictJsonSelect(typeof path === 'string' ? [path] : path, schema, scratch, coercion),
    doubts: doubtsOf,
    isolate: (session, request) => isolate(slow, session, request),
  }
}

/** What the strict read would bend without telling. */
function doubtsOf(schema: Schema): (chunk: Uint8Array) => boolean {
  const keys = typedKeysOf(schema)
  const scan = new TokenScan(keys)
  const long = schema.fields.some(({ name, type }) => bendsLong(type, keys, keyOf(name, schema.fields)))
  const numbers = long ? new LongNumbers() : null
  return (chunk) => scan.raises(chunk) || numbers?.raises(chunk) === true
}

/** Types whose values are read as JSON text through binary64, and kept as decimals. */
function bendsLong(type: DataType, keys: ReadonlyMap<string, TypedKey>, key: string | null): boolean {
  if (type.kind === 'decimal') return type.scale > 0 && (key === null || keys.get(key)?.kind !== 'decimal')
  if (type.kind === 'list') return bendsLong(type.element, keys, null)
  if (type.kind === 'struct') return type.fields.some((field) => bendsLong(field.type, keys, field.name))
  return type.kind === 'scalar' && type.name === 'JSON'
}

/** Types of a sample of lines; records that are no JSON objects do not vote. */
export function inferLines(text: Uint8Array): Schema {
  const profile = new Profile()
  let records = 0
  for (const record of lineRecords(text.subarray(0, sampleBytes))) {
    if (record.node && record.node.duplicate === null) profile.object(record.node)
    if (++records >= sampleRecords) break
  }
  return inferSchema(profile)
}
