import type { Schema } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from '../api.ts'
import { Doubts } from './doubts.ts'
import { isolate, type SlowFormat } from '../slow/isolate.ts'
import { inferSchema, Profile } from './profile.ts'
import { countLines, lastNewline, lineRecords } from './lines.ts'
import { jsonLayout } from './layout.ts'
import { normaliserOf } from './normalise.ts'
import { strictJsonSelect } from './strict.ts'

/** A sample is at most this many records. */
const sampleRecords = 20_000
const sampleBytes = 4 * 1024 * 1024

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
    identity: layout.kind === 'lines' && layout.skip === 0 && layout.encoding.name === 'utf-8',
    normalise: normaliserOf(layout),
    lastBoundary: lastNewline,
    countRecords: countLines,
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

function doubtsOf(schema: Schema): (chunk: Uint8Array) => boolean {
  const doubts = new Doubts(schema)
  return (chunk) => doubts.raises(chunk)
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
