import type { DataType, Json, JsonObject, Schema } from '../src/index.ts'
import { ExactNumber, parseExact } from './exact-json.ts'

/**
 * Rows of canonical values as the file that the engine writes for them: a header; NULL an empty field and an empty text `""`; nested values as JSON
 * text; numbers of JSON lines with every digit. A test of `formats` holds the engine's own writer against these bytes.
 */
export function encodeRows(
  encoding: 'csv' | 'tsv' | 'ndjson',
  schema: Schema,
  rows: readonly JsonObject[],
): Uint8Array {
  if (encoding === 'ndjson') return Buffer.from(rows.map((row) => `${jsonOf(structOf(schema), row)}\n`).join(''))
  const delimiter = encoding === 'csv' ? ',' : '\t'
  const header = schema.fields.map(({ name }) => quoted(name, delimiter)).join(delimiter)
  const lines = rows.map((row) =>
    schema.fields
      .map(({ name, type }) => {
        const value = row[name] ?? null
        return value === null ? '' : quoted(cellOf(type, value), delimiter)
      })
      .join(delimiter),
  )
  return Buffer.from([header, ...lines].map((line) => `${line}\n`).join(''))
}

function structOf(schema: Schema): DataType {
  return { kind: 'struct', fields: schema.fields }
}

function quoted(text: string, delimiter: string): string {
  const mark = text === '' || text.includes(delimiter) || /["\r\n]/.test(text)
  return mark ? `"${text.replaceAll('"', '""')}"` : text
}

function cellOf(type: DataType, value: Json): string {
  if (type.kind === 'list' || type.kind === 'struct' || type.kind === 'map') return jsonOf(type, value)
  if (type.kind === 'scalar' && type.name === 'DOUBLE') return doubleText(value)
  return String(value)
}

/** As DuckDB prints them: whole numbers with `.0`. */
function doubleText(value: Json): string {
  if (typeof value === 'string') return { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' }[value] ?? value
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** A canonical value as JSON text; NaN and the infinities, which JSON has not, as null. */
export function jsonOf(type: DataType, value: Json | undefined): string {
  if (value === null || value === undefined) return 'null'
  switch (type.kind) {
    case 'decimal':
      return String(value)
    case 'list':
      return `[${(value as readonly Json[]).map((item) => jsonOf(type.element, item)).join()}]`
    case 'struct': {
      const members = value as JsonObject
      return `{${type.fields.map((field) => `${JSON.stringify(field.name)}:${jsonOf(field.type, members[field.name])}`).join()}}`
    }
    case 'map':
      return `{${Object.entries(value as JsonObject)
        .map(([key, item]) => `${JSON.stringify(key)}:${jsonOf(type.value, item)}`)
        .join()}}`
    case 'scalar':
      if (type.name === 'DOUBLE') return typeof value === 'string' ? 'null' : doubleText(value)
      return /INT/.test(type.name) || ['BOOLEAN', 'JSON'].includes(type.name) ? String(value) : JSON.stringify(value)
  }
}

/** Records of a text: the other direction, for what a source delivers or a destination holds. Values are texts, or exact JSON values. */
export function decodeRows(
  encoding: 'csv' | 'tsv' | 'ndjson',
  text: string,
): readonly Readonly<Record<string, unknown>>[] {
  if (encoding !== 'ndjson') return decodeDelimited(text, encoding === 'csv' ? ',' : '\t')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => parseExact(line) as Record<string, unknown>)
}

function decodeDelimited(text: string, delimiter: string): readonly Readonly<Record<string, string | null>>[] {
  const [header = [], ...records] = parseDelimited(text, delimiter)
  return records.map((fields) => Object.fromEntries(header.map((name, index) => [name ?? '', fields[index] ?? null])))
}

/** Fields of delimited text by RFC 4180; null for an empty field without quotes. */
export function parseDelimited(text: string, delimiter = ','): readonly (readonly (string | null)[])[] {
  const records: (string | null)[][] = []
  let fields: (string | null)[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1)
      while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
      if (end === -1) throw new Error(`a quote at character ${at} is not closed`)
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 1
    } else {
      let end = at
      while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1
      fields.push(end === at ? null : text.slice(at, end))
      at = end
    }
    if (text[at] === delimiter) {
      at += 1
      if (at === text.length || text[at] === '\n' || text[at] === '\r') fields.push(null)
      else continue
    }
    if (text[at] === '\r') at += 1
    if (text[at] === '\n') at += 1
    records.push(fields)
    fields = []
  }
  return records
}

/** Exact numbers as plain JSON values, for comparing by text. */
export function plainJson(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.text
  if (Array.isArray(value)) return value.map(plainJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]))
}
