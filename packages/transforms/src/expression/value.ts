import type { DataType } from '@leat/connector-kit'
import { quoteText } from '../quote.ts'
import { ExpressionError } from './expression-error.ts'
import {
  boolean,
  digitsOf,
  duckType,
  isBoolean,
  isExact,
  isFloat,
  isInstant,
  isInteger,
  isJson,
  isNumber,
  isTemporal,
  isText,
  isUnknown,
  sameType,
  scalar,
  shownType,
  text,
} from './types.ts'

/** A typed piece of SQL. Everything here is built by us: user text only ever enters through quoteName and quoteText. */
export interface Value {
  /** Safe to stand as an operand: parenthesised, a call, a name or a literal. */
  readonly sql: string
  readonly type: DataType
  /** True when evaluating can raise for some record. */
  readonly fails: boolean
  readonly at: number
  /** The literal, when it is one: it may take another type. Numbers keep their digits. */
  readonly literal?: { readonly kind: 'null' } | { readonly kind: 'text' | 'number'; readonly text: string }
}

export function mistake(message: string, at: number): ExpressionError {
  return new ExpressionError(message, at)
}

/** A record that cannot be computed: a cast that always fails, because DuckDB's error() is volatile and TRY refuses volatile functions. */
export function raise(reason: string, witness: string, type: DataType): string {
  return `CAST(CAST(concat(${quoteText(`${reason}: `)}, ${witness}) AS BIGINT) AS ${duckType(type)})`
}

const shapes: Readonly<Record<string, RegExp>> = {
  DATE: /^\d{4,6}-\d\d-\d\d$/,
  TIME: /^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/,
  TIMESTAMP: /^\d{4,6}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$/,
  TIMESTAMP_NS: /^\d{4,6}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$/,
  TIMESTAMPTZ: /^\d{4,6}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$/,
}

/** A text literal where a time is wanted. Wrong ones are found now, not once per record. */
export function temporalLiteral(value: Value, type: DataType): Value | null {
  if (value.literal?.kind !== 'text' || type.kind !== 'scalar') return null
  const shape = shapes[type.name]
  const written = value.literal.text
  if (shape === undefined) return null
  if (!shape.test(written) || !realDay(written)) {
    const hint =
      type.name === 'TIMESTAMPTZ'
        ? '2026-01-31T10:00:00Z'
        : type.name === 'TIME'
          ? '10:00:00'
          : type.name === 'DATE'
            ? '2026-01-31'
            : '2026-01-31 10:00:00'
    throw mistake(`'${written}' is not a ${type.name}; write it as '${hint}'`, value.at)
  }
  return { sql: `CAST(${quoteText(written)} AS ${type.name})`, type, fails: false, at: value.at }
}

function realDay(written: string): boolean {
  const day = /^(\d{4})-(\d\d)-(\d\d)/.exec(written)
  if (day === null) return true
  const date = new Date(`${day[0]}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day[3])
}

/** The value as `type`, where that loses nothing: widening, NULLs, literals, JSON text. Null: it does not fit. */
export function adapt(value: Value, type: DataType): Value | null {
  if (sameType(value.type, type) && !isUnknown(value.type)) return value
  const cast = (sql: string, fails: boolean): Value => ({
    sql: `CAST(${sql} AS ${duckType(type)})`,
    type,
    fails,
    at: value.at,
  })
  if (value.literal?.kind === 'null') return cast('NULL', false)
  // Every value of an UNKNOWN column is null so far; through text, so that a first real value is read and not misread.
  if (isUnknown(value.type)) return isJson(type) ? { ...value, type } : cast(`(${value.sql} ->> '$')`, true)
  if (isExact(value.type) && isNumber(type)) return adaptExact(value, type, cast)
  if (isFloat(value.type) && isFloat(type)) return cast(value.sql, false)
  if (isJson(value.type) && isText(type))
    return { sql: `(${value.sql} ->> '$')`, type, fails: value.fails, at: value.at }
  const literal = temporalLiteral(value, type)
  if (literal !== null) return literal
  if (
    isInstant(value.type) &&
    isInstant(type) &&
    value.type.kind === 'scalar' &&
    value.type.name !== 'TIMESTAMPTZ' &&
    type.kind === 'scalar' &&
    type.name !== 'DATE' &&
    type.name !== 'TIMESTAMPTZ'
  )
    return cast(value.sql, value.fails)
  return null
}

function adaptExact(value: Value, type: DataType, cast: (sql: string, fails: boolean) => Value): Value | null {
  if (isFloat(type)) return cast(value.sql, value.fails)
  const [from, to] = [digitsOf(value.type), digitsOf(type)]
  if (to.scale < from.scale || (isInteger(type) && !isInteger(value.type))) return null
  return cast(value.sql, value.fails || to.precision - to.scale < from.precision - from.scale)
}

/** Any scalar as text, the same on every machine: instants in ISO 8601 with Z, whatever the session's time zone. */
export function asText(value: Value): Value {
  if (value.literal?.kind === 'null') return { sql: 'CAST(NULL AS VARCHAR)', type: text, fails: false, at: value.at }
  if (isText(value.type)) return value
  const { type } = value
  if (isJson(type) || isUnknown(type))
    return { sql: `(${value.sql} ->> '$')`, type: text, fails: value.fails, at: value.at }
  if (type.kind === 'scalar' && type.name === 'TIMESTAMPTZ')
    return {
      sql: `strftime(timezone('UTC', ${value.sql}), '%Y-%m-%dT%H:%M:%S.%fZ')`,
      type: text,
      fails: value.fails,
      at: value.at,
    }
  if (type.kind === 'scalar' || type.kind === 'decimal')
    return { sql: `CAST(${value.sql} AS VARCHAR)`, type: text, fails: value.fails, at: value.at }
  return { sql: `CAST(to_json(${value.sql}) AS VARCHAR)`, type: text, fails: value.fails, at: value.at }
}

export function wantText(value: Value, what: string): Value {
  if (isText(value.type) || isJson(value.type) || isUnknown(value.type) || value.literal?.kind === 'null')
    return asText(value)
  throw mistake(`${what} needs text, this is ${shownType(value.type)}; write cast(… as text)`, value.at)
}

export function wantNumber(value: Value, what: string): Value {
  if (isNumber(value.type)) return value
  if (isUnknown(value.type) || value.literal?.kind === 'null') return adapt(value, scalar('BIGINT')) ?? value
  throw mistake(
    `${what} needs numbers, this is ${shownType(value.type)}; write cast(… as bigint) or cast(… as decimal(18,2))`,
    value.at,
  )
}

export function wantBoolean(value: Value, what: string): Value {
  if (isBoolean(value.type)) return value
  if (isUnknown(value.type) || value.literal?.kind === 'null') return adapt(value, boolean) ?? value
  const hint = isText(value.type)
    ? "; compare it, as in … = 'yes', and join texts with concat(a, b)"
    : isNumber(value.type)
      ? '; compare it, as in … <> 0'
      : ''
  throw mistake(`${what} needs true or false, this is ${shownType(value.type)}${hint}`, value.at)
}

/** DATE or a timestamp, instants turned to UTC wall time so that parts and truncation do not depend on the session. */
export function wantTime(value: Value, what: string): Value {
  if (value.type.kind === 'scalar' && value.type.name === 'TIMESTAMPTZ')
    return { sql: `timezone('UTC', ${value.sql})`, type: scalar('TIMESTAMP'), fails: value.fails, at: value.at }
  if (isInstant(value.type)) return value
  if (isUnknown(value.type) || value.literal?.kind === 'null') return adapt(value, scalar('TIMESTAMP')) ?? value
  if (value.literal?.kind === 'text')
    return temporalLiteral(value, scalar(value.literal.text.length > 10 ? 'TIMESTAMP' : 'DATE')) ?? value
  const hint = isTemporal(value.type) ? '' : '; write cast(… as timestamp) or to_timestamp(…)'
  throw mistake(`${what} needs a date or timestamp, this is ${shownType(value.type)}${hint}`, value.at)
}

/** A whole-number literal between the bounds: sizes and positions that decide types or memory must be known before a run. */
export function wantCount(value: Value, what: string, least: number, most: number): number {
  const written = value.literal?.kind === 'number' ? Number(value.literal.text) : Number.NaN
  if (!Number.isInteger(written) || written < least || written > most)
    throw mistake(`${what} must be written as a whole number from ${least} to ${most}`, value.at)
  return written
}

export function wantLiteralText(value: Value, what: string): string {
  if (value.literal?.kind !== 'text') throw mistake(`${what} must be written as text in single quotes`, value.at)
  return value.literal.text
}
