import type { DataType, Field, Schema } from '@leat/connector-kit'
import { exactNumber, plainText, wholeDigits, type ExactNumber } from '../json/number.ts'
import { ArrayNode, NumberText, ObjectNode, type JsonNode } from '../json/parse.ts'
import { isColumnName, keyOf } from '../types/keys.ts'
import { readTime } from '../types/time-text.ts'
import { shown } from '../types/type.ts'

/** Why a value does not fit. `path` grows from the inside out while the recursion returns. */
export class Misfit {
  readonly path: string[] = []
  readonly code: 'type_mismatch' | 'unknown_field' | 'duplicate_key'
  readonly #reason: string

  constructor(code: Misfit['code'], reason: string) {
    this.code = code
    this.#reason = reason
  }

  within(step: string): this {
    this.path.push(step)
    return this
  }

  get reason(): string {
    const path = this.path.toReversed().join('').replace(/^\./, '')
    return path === '' ? this.#reason : `${path}: ${this.#reason}`
  }
}

/**
 * A value as canonical JSON text that `canonicalSelect` reads back exactly (numbers and times as text where the
 * reader would go through binary64), or why it does not fit. `source` is the text that node positions refer to.
 */
export type Fit = (node: JsonNode, source: string) => string | Misfit

export interface FitOptions {
  /** CSV: a cell that looks like a number keeps its exact text in a text column. */
  readonly literalText?: boolean
  /** `scalar.coercion`: numbers, booleans and nested values may stand in a text column (as their JSON text). */
  readonly coercion?: boolean
}

/** Fits whole records; columns are written as `c0`, `c1` … so that any name is safe. */
export interface RecordFit {
  fit(record: ObjectNode, source: string): string | Misfit
  /** The same record with nothing in it but what does not fit: what the schema would have to learn. */
  misfitting(record: ObjectNode, source: string): ObjectNode
}

export function fitRecord(schema: Schema, options: FitOptions): RecordFit {
  const byKey = new Map<string, Member>()
  const member = (index: number, type: DataType): Member => ({
    column: `"c${index}":`,
    type,
    fit: fitFor(type, options),
  })
  schema.fields.forEach((field, index) => byKey.set(keyOf(field.name, schema.fields), member(index, field.type)))
  // A key that is spelled as a column which by rule stands for another key.
  for (const [index, field] of schema.fields.entries())
    if (!byKey.has(field.name)) byKey.set(field.name, member(index, field.type))
  return {
    fit: (record, source) => fitMembers(record, source, byKey),
    misfitting: (record, source) => oddMembers(record, source, byKey, options),
  }
}

interface Member {
  readonly column: string
  readonly type: DataType
  readonly fit: Fit
}

function oddMembers(
  node: ObjectNode,
  source: string,
  members: ReadonlyMap<string, Member>,
  options: FitOptions,
): ObjectNode {
  const odd = new ObjectNode(node.start)
  for (const [index, key] of node.keys.entries()) {
    const value = node.values[index] ?? null
    const member = members.get(key)
    if (member && (value === null || typeof member.fit(value, source) === 'string')) continue
    odd.keys.push(key)
    odd.values.push(member ? oddPart(value, source, member.type, options) : value)
  }
  return odd
}

function oddPart(node: JsonNode, source: string, type: DataType, options: FitOptions): JsonNode {
  if (type.kind === 'struct' && node instanceof ObjectNode)
    return oddMembers(node, source, structMembers(type.fields, options), options)
  if (type.kind !== 'list' || !(node instanceof ArrayNode)) return node
  const fit = fitFor(type.element, options)
  const odd = new ArrayNode(node.start)
  for (const item of node.items)
    if (item !== null && typeof fit(item, source) !== 'string')
      odd.items.push(oddPart(item, source, type.element, options))
  return odd
}

function fitMembers(node: ObjectNode, source: string, members: ReadonlyMap<string, Member>): string | Misfit {
  if (node.duplicate !== null) return new Misfit('duplicate_key', `the key ${quote(node.duplicate)} occurs twice`)
  let text = '{'
  for (let index = 0; index < node.keys.length; index++) {
    const key = node.keys[index] ?? ''
    const value = node.values[index] ?? null
    const member = members.get(key)
    if (!member) {
      const why = isColumnName(key) ? 'there is no such field' : 'no field can have NUL in its name'
      return new Misfit('unknown_field', `${why} (value ${preview(value, source)})`).within(step(key))
    }
    if (value === null) continue
    const fitted = member.fit(value, source)
    if (typeof fitted !== 'string') return fitted.within(step(key))
    text += (text.length > 1 ? ',' : '') + member.column + fitted
  }
  return `${text}}`
}

const step = (key: string) => (/^[\w$-]+$/.test(key) ? `.${key}` : `[${quote(key)}]`)

function fitFor(type: DataType, options: FitOptions): Fit {
  switch (type.kind) {
    case 'struct':
      return fitStruct(type.fields, options, type)
    case 'list': {
      const element = fitFor(type.element, options)
      return (node, source) =>
        node instanceof ArrayNode ? fitItems(node, source, element) : mismatch(node, source, type)
    }
    case 'map':
      return (node, source) => mismatch(node, source, type)
    case 'decimal':
      return (node, source) =>
        (node instanceof NumberText ? fitDecimal(node.text, type.precision, type.scale) : null) ??
        mismatch(node, source, type)
    case 'scalar': {
      const fit = scalarFit(type.name, options)
      return (node, source) => fit(node, source) ?? mismatch(node, source, type)
    }
  }
}

function fitStruct(fields: readonly Field[], options: FitOptions, type: DataType): Fit {
  const members = structMembers(fields, options)
  return (node, source) =>
    node instanceof ObjectNode ? fitMembers(node, source, members) : mismatch(node, source, type)
}

function structMembers(fields: readonly Field[], options: FitOptions): ReadonlyMap<string, Member> {
  return new Map(
    fields.map((field) => [
      field.name,
      { column: `${JSON.stringify(field.name)}:`, type: field.type, fit: fitFor(field.type, options) },
    ]),
  )
}

function fitItems(node: ArrayNode, source: string, element: Fit): string | Misfit {
  const items: string[] = []
  for (let index = 0; index < node.items.length; index++) {
    const item = node.items[index] ?? null
    const fitted = item === null ? 'null' : element(item, source)
    if (typeof fitted !== 'string') return fitted.within(`[${index}]`)
    items.push(fitted)
  }
  return `[${items.join(',')}]`
}

/** Canonical text, or null when the value does not fit. */
type ScalarFit = (node: JsonNode, source: string) => string | null

const integerBits: Readonly<Record<string, readonly [signed: boolean, bits: number]>> = {
  TINYINT: [true, 8],
  SMALLINT: [true, 16],
  INTEGER: [true, 32],
  BIGINT: [true, 64],
  HUGEINT: [true, 128],
  UTINYINT: [false, 8],
  USMALLINT: [false, 16],
  UINTEGER: [false, 32],
  UBIGINT: [false, 64],
}
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const time = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/

function scalarFit(name: string, options: FitOptions): ScalarFit {
  const bits = integerBits[name]
  if (bits) return (node) => (node instanceof NumberText ? fitInteger(node.text, ...bits) : null)
  switch (name) {
    case 'BOOLEAN':
      return (node) => (typeof node === 'boolean' ? String(node) : null)
    case 'DOUBLE':
    case 'FLOAT':
      return (node) => (node instanceof NumberText ? fitDouble(node.text) : null)
    case 'VARCHAR':
      return fitText(options)
    case 'JSON':
      return (node, source) => (isPlainJson(node) ? jsonText(node, source) : null)
    case 'DATE':
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ':
      return (node) => (typeof node === 'string' ? fitTime(node, name) : null)
    case 'UUID':
      return (node) => (typeof node === 'string' && uuid.test(node) ? quote(node) : null)
    case 'TIME':
      return (node) => (typeof node === 'string' && time.test(node) ? quote(node) : null)
    default:
      return () => null
  }
}

function fitText({ literalText = false, coercion = true }: FitOptions): ScalarFit {
  return (node, source) => {
    if (typeof node === 'string') return quote(node)
    if (literalText) return quote(node instanceof NumberText ? node.text : jsonText(node, source))
    return coercion ? jsonText(node, source) : null
  }
}

function fitInteger(literal: string, signed: boolean, bits: number): string | null {
  if (bits >= 64 && signed && /^-?\d{1,15}$/.test(literal)) return literal
  const exact = exactNumber(literal)
  if (!exact || exact.scale > 0 || wholeDigits(exact) > 39) return null
  const value = BigInt(plainText(exact))
  const wrapped = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
  return wrapped === value ? `"${value}"` : null
}

function fitDecimal(literal: string, precision: number, scale: number): string | null {
  const exact = exactNumber(literal)
  if (!exact) return null
  return fits(exact, precision, scale) ? `"${plainText(exact)}"` : null
}

function fits(exact: ExactNumber, precision: number, scale: number): boolean {
  return exact.scale <= scale && wholeDigits(exact) <= precision - scale
}

function fitDouble(literal: string): string | null {
  const value = Number(literal)
  if (/^-?(nan|inf(inity)?)$/i.test(literal))
    return quote(/nan/i.test(literal) ? 'NaN' : literal.startsWith('-') ? '-Infinity' : 'Infinity')
  if (!Number.isFinite(value)) return null
  if (/^-?\d{16,}$/.test(literal) && BigInt(value) !== BigInt(literal)) return null
  return literal
}

function fitTime(text: string, name: 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'): string | null {
  const found = readTime(text)
  if (!found) return null
  if (found.kind === name) return `"${found.text}"`
  return name === 'TIMESTAMP' && found.kind === 'DATE' ? `"${found.text}T00:00:00"` : null
}

/** No NaN or Infinity inside: they are no JSON. */
function isPlainJson(node: JsonNode): boolean {
  if (node instanceof NumberText) return !/^-?[ni]/i.test(node.text)
  if (node instanceof ArrayNode) return node.items.every(isPlainJson)
  return node instanceof ObjectNode ? node.values.every(isPlainJson) : true
}

export function jsonText(node: JsonNode, source: string): string {
  if (node instanceof NumberText) return node.text
  if (node instanceof ObjectNode || node instanceof ArrayNode) return source.slice(node.start, node.end)
  return JSON.stringify(node)
}

function mismatch(node: JsonNode, source: string, type: DataType): Misfit {
  return new Misfit('type_mismatch', `${preview(node, source)} does not fit ${shown(type)}`)
}

function preview(node: JsonNode, source: string): string {
  const text = jsonText(node, source)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const quote = (text: string) => JSON.stringify(text)
