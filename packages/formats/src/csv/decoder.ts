import { isUtf8 } from 'node:buffer'
import { Fault, type Schema } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from '../api.ts'
import { NumberText, ObjectNode, type JsonNode } from '../json/parse.ts'
import { inferSchema, Profile } from '../json/profile.ts'
import { maximumRecordBytes } from '../limits.ts'
import { isolate, type SlowFormat, type SlowRecord } from '../slow/isolate.ts'
import { textEncoding } from '../text-encoding.ts'
import { dialectOf, type Dialect } from './dialect.ts'
import { normaliseCsv } from './normalise.ts'
import { scanRecords, type CsvField } from './scan.ts'
import { strictCsvSelect } from './strict.ts'

const sampleRecords = 20_000
const sampleBytes = 4 * 1024 * 1024

/** Decoder of delimited text. Header and skipped lines go with `normalise`, so that objects with the same header can be joined. */
export function csvDecoder(detected: Detected, options: ReadOptions, head: Uint8Array): Decoder {
  const encoding = textEncoding(options, head)
  const dialect = dialectOf(options, encoding.decodeHead(head), detected.delimited ?? null)
  if (dialect.names.length === 0 && head.some((byte) => byte > 0x20)) throw noColumns(dialect)
  const names = new Set(dialect.names)
  const slow: SlowFormat = {
    code: 'csv',
    fit: { literalText: true },
    lastBoundary: (text) => lastBoundary(text, dialect),
    records: (block) => csvRecords(block, dialect),
    strictSelect: async (path, schema) => strictCsvSelect([path], schema, dialect),
    infer: (sample) => inferCsv(sample, dialect),
  }
  return {
    detected,
    groupKey: JSON.stringify(['csv', dialect.names, dialect.delimiter, dialect.quote, dialect.escape, dialect.lineEnd]),
    streams: true,
    identity: !dialect.header && dialect.skipLines === 0 && encoding.skip === 0 && encoding.name === 'utf-8',
    normalise: (bytes) =>
      normaliseCsv(encoding.name === 'utf-8' && encoding.skip === 0 ? bytes : encoding.decode(bytes), dialect),
    lastBoundary: slow.lastBoundary,
    countRecords: (text) => countRecords(text, dialect),
    topNames: () => names,
    async infer(_session, sample) {
      if ('path' in sample) throw new TypeError('CSV is inferred from text')
      return inferCsv(sample.text, dialect)
    },
    strictSelect: async (path, schema) => strictCsvSelect(typeof path === 'string' ? [path] : path, schema, dialect),
    isolate: (session, request) => isolate(slow, session, request),
  }
}

/** One character per byte. */
function latin1(text: Uint8Array): string {
  return Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
}

/** With one column an empty line is a record (its value is NULL); otherwise it is none. */
const isRecord = (record: { readonly blank: boolean }, dialect: Dialect) => !record.blank || dialect.names.length === 1

export function lastBoundary(text: Uint8Array, dialect: Dialect): number {
  if (text.indexOf(dialect.quote.charCodeAt(0)) < 0) {
    const newline = Math.max(text.lastIndexOf(10), text.lastIndexOf(13) === text.length - 1 ? -1 : text.lastIndexOf(13))
    return newline < 0 ? -1 : newline + 1
  }
  let boundary = -1
  for (const record of scanRecords(latin1(text), dialect, false)) {
    if (!record.complete) break
    boundary = record.next
  }
  return boundary
}

function countRecords(text: Uint8Array, dialect: Dialect): number {
  let count = 0
  for (const record of scanRecords(latin1(text), dialect, false)) if (isRecord(record, dialect)) count++
  return count
}

function* csvRecords(block: Uint8Array, dialect: Dialect): Generator<SlowRecord> {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length)
  const valid = isUtf8(bytes)
  for (const record of scanRecords(latin1(block), dialect)) {
    if (!isRecord(record, dialect)) continue
    const { start, end } = record
    const refused = (code: string, reason: string): SlowRecord => ({ start, end, refusal: { code, reason } })
    if (end - start > maximumRecordBytes)
      yield refused('record.too_long', `the record has ${end - start} bytes; at most ${maximumRecordBytes} are read`)
    else if (record.broken !== null) yield refused('csv.broken_quote', record.broken)
    else if (record.fields.length !== dialect.names.length)
      yield refused(
        'csv.wrong_field_count',
        `the record has ${record.fields.length} fields, the header ${dialect.names.length}`,
      )
    else if (!valid && !isUtf8(bytes.subarray(start, end)))
      yield refused('utf8.invalid', 'the record is not valid UTF-8')
    else yield { start, end, node: nodeOf(record.fields, dialect.names), source: '' }
  }
}

function nodeOf(fields: readonly CsvField[], names: readonly string[]): ObjectNode {
  const node = new ObjectNode(0)
  for (const [index, field] of fields.entries()) {
    node.keys.push(names[index] ?? '')
    node.values.push(valueOf(field))
  }
  return node
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const nonAscii = /[\x80-\xff]/

/** What a field says; numbers only in the form that JSON has too, so that `00123`, `+49` and `1,5` stay text. */
function valueOf(field: CsvField): JsonNode {
  const { text } = field
  if (text === '') return field.quoted ? '' : null
  if (text.length <= 400 && number.test(text)) return new NumberText(text)
  if (text === 'true') return true
  if (text === 'false') return false
  return nonAscii.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text
}

function inferCsv(sample: Uint8Array, dialect: Dialect): Schema {
  const profile = new Profile()
  const empty = new ObjectNode(0)
  // Every column exists, also one without values.
  for (const name of dialect.names) {
    empty.keys.push(name)
    empty.values.push(null)
  }
  profile.object(empty)
  let records = 0
  for (const record of csvRecords(sample.subarray(0, sampleBytes), dialect)) {
    if (record.node) profile.object(record.node)
    if (++records >= sampleRecords) break
  }
  return inferSchema(profile)
}

function noColumns(dialect: Dialect): Fault {
  return new Fault({
    kind: 'data',
    code: 'csv.no_columns',
    message: `No columns were found with the delimiter ${JSON.stringify(dialect.delimiter)}. Check csv.delimiter, csv.quote.char and csv.skip.first.lines.`,
  })
}
