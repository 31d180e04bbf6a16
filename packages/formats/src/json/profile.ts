import type { DataType, Field, Schema } from '@leat/connector-kit'
import { columnFor, fold, isColumnName } from '../types/keys.ts'
import { readTime, type TimeKind } from '../types/time-text.ts'
import { scalar } from '../types/type.ts'
import { exactNumber, wholeDigits } from './number.ts'
import type { ObjectNode } from './parse.ts'
import { ArrayNode, NumberText, type JsonNode } from './parse.ts'

/** Objects with more different keys than this are maps by use; they become JSON. */
const mapKeys = 200
/** Structures deeper than this become JSON. */
const structDepth = 32
/** A kind of value below this share of a column does not decide its type; such records are refused later. */
export const minorityShare = 0.1

/** What a sample shows at one path: how often which kind of value, and how large. */
export class Profile {
  /** Values that are not null. */
  values = 0
  booleans = 0
  texts = 0
  objects = 0
  arrays = 0
  /** Whole numbers, fractions with at most 15 digits, and numbers that only binary64 suits. */
  integers = 0
  decimals = 0
  floats = 0
  wholeDigits = 0
  scale = 0
  beyondInt64 = false
  beyondBinary64 = false
  time: TimeKind | 'none' | null = null
  /** Texts such as `00123` or `+49`: digits that mean something as they stand. */
  codes = 0
  readonly fields = new Map<string, Profile>()
  element: Profile | null = null

  add(node: JsonNode): void {
    if (node === null) return
    this.values++
    if (typeof node === 'string') this.#text(node)
    else if (node instanceof NumberText) this.#number(node.text)
    else if (typeof node === 'boolean') this.booleans++
    else if (node instanceof ArrayNode) {
      this.arrays++
      this.element ??= new Profile()
      for (const item of node.items) this.element.add(item)
    } else this.object(node)
  }

  object(node: ObjectNode): void {
    this.objects++
    for (let index = 0; index < node.keys.length; index++) {
      const key = node.keys[index] ?? ''
      if (!isColumnName(key)) continue // the schema cannot learn it; such a record is refused
      let field = this.fields.get(key)
      if (!field) this.fields.set(key, (field = new Profile()))
      field.add(node.values[index] ?? null)
    }
  }

  get numbers(): number {
    return this.integers + this.decimals + this.floats
  }

  #text(text: string): void {
    this.texts++
    if (/^(?:[+-]?0\d|\+)\d*$/.test(text)) this.codes++
    if (this.time === 'none') return
    const found = readTime(text)
    const kind = found?.plain ? found.kind : 'none'
    this.time = this.time === null || this.time === kind ? kind : 'none'
  }

  #number(literal: string): void {
    if (/^-?\d{1,15}$/.test(literal)) {
      this.integers++
      this.wholeDigits = Math.max(this.wholeDigits, literal.length)
      return
    }
    const exact = exactNumber(literal)
    if (!exact) this.floats++
    else if (/^-?\d+$/.test(literal)) this.#bigInteger(literal, wholeDigits(exact))
    else if (/[eE]/.test(literal) || exact.digits.length > 15 || exact.scale > 12) this.floats++
    else {
      this.decimals++
      this.wholeDigits = Math.max(this.wholeDigits, wholeDigits(exact))
      this.scale = Math.max(this.scale, exact.scale)
    }
  }

  #bigInteger(literal: string, digits: number): void {
    this.integers++
    this.wholeDigits = Math.max(this.wholeDigits, digits)
    if (digits > 39) {
      // No 64-bit integer and no exact double, and reading it as a BigInt may take for ever.
      this.beyondInt64 = this.beyondBinary64 = true
      return
    }
    const value = BigInt(literal)
    if (BigInt.asIntN(64, value) !== value) this.beyondInt64 = true
    if (BigInt(Number(value)) !== value) this.beyondBinary64 = true
  }
}

/** The schema that a sample of records suggests; `names` are the columns that exist already. */
export function inferSchema(profile: Profile, names: readonly string[] = []): Schema {
  const fields: Field[] = []
  for (const [key, field] of profile.fields)
    fields.push({ name: columnFor(key, [...names, ...fields.map((other) => other.name)]), type: inferType(field, 1) })
  return { fields }
}

export function inferType(profile: Profile, depth = 1): DataType {
  const { values, texts, numbers, booleans, objects, arrays } = profile
  if (values === 0) return scalar('UNKNOWN')
  const kinds = { texts, numbers, booleans, objects, arrays }
  const most = Math.max(...Object.values(kinds))
  const structured = objects + arrays
  if (values - most >= minorityShare * values) {
    const mixedStructure = structured >= minorityShare * values
    return scalar(mixedStructure ? 'JSON' : 'VARCHAR')
  }
  if (most === texts)
    return scalar(
      numbers + booleans + structured === 0 && profile.time !== null && profile.time !== 'none'
        ? profile.time
        : 'VARCHAR',
    )
  if (most === numbers) return profile.codes > 0 ? scalar('VARCHAR') : inferNumber(profile)
  if (most === booleans) return scalar('BOOLEAN')
  if (depth >= structDepth) return scalar('JSON')
  if (most === arrays)
    return { kind: 'list', element: profile.element ? inferType(profile.element, depth + 1) : scalar('UNKNOWN') }
  return inferObject(profile, depth)
}

function inferObject(profile: Profile, depth: number): DataType {
  const names = [...profile.fields.keys()]
  const distinct = new Set(names.map(fold)).size
  if (names.length === 0 || names.length > mapKeys || distinct < names.length || names.includes(''))
    return scalar('JSON')
  return {
    kind: 'struct',
    fields: names.map((name) => ({ name, type: inferType(profile.fields.get(name) ?? new Profile(), depth + 1) })),
  }
}

/** Fractions keep at least two places and room for three more digits before the point. */
export function inferNumber(profile: Profile): DataType {
  if (profile.floats > 0) return scalar(profile.beyondBinary64 ? 'VARCHAR' : 'DOUBLE')
  if (profile.decimals === 0) {
    if (!profile.beyondInt64) return scalar('BIGINT')
    return profile.wholeDigits <= 38 ? { kind: 'decimal', precision: 38, scale: 0 } : scalar('VARCHAR')
  }
  const scale = Math.max(2, profile.scale)
  if (profile.wholeDigits + 3 + scale <= 18) return { kind: 'decimal', precision: 18, scale }
  if (profile.wholeDigits + scale <= 38) return { kind: 'decimal', precision: 38, scale }
  return scalar(profile.beyondBinary64 ? 'VARCHAR' : 'DOUBLE')
}
