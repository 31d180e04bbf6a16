import type { DataType } from '@leat/connector-kit'
import { quoteText } from '../quote.ts'
import {
  duckType,
  isBoolean,
  isExact,
  isFloat,
  isInstant,
  isInteger,
  isJson,
  isNumber,
  isText,
  isUnknown,
  sameType,
  scalar,
  shownType,
} from './types.ts'
import { adapt, asText, mistake, raise, type Value } from './value.ts'

/**
 * An explicit cast: `cast(x as T)`, `x::T`, `typecast`. What does not read as T raises. Rounding to fewer decimals happens, as
 * asked for; an integer never takes a fraction (DuckDB would round 8.7 to 9): write round(x), floor(x) or trunc(x) first.
 */
export function castTo(value: Value, type: DataType): Value {
  if (sameType(value.type, type) && !isUnknown(value.type)) return value
  if (value.literal?.kind === 'null' || isUnknown(value.type))
    return adapt(value, type) ?? plain(value, value.sql, type)
  if (isText(type)) return asText(value)
  if (isJson(type))
    return isText(value.type)
      ? plain(value, value.sql, type)
      : { sql: `to_json(${value.sql})`, type, fails: value.fails, at: value.at }
  if (isJson(value.type)) return fromText({ ...asText(value), fails: true }, type)
  if (isText(value.type)) return fromText(value, type)
  if (isInteger(type)) return toInteger(value, type)
  if (isNumber(type) && (isNumber(value.type) || isBoolean(value.type))) return plain(value, value.sql, type)
  if (isBoolean(type) && isInteger(value.type)) return plain(value, value.sql, type)
  if (type.kind === 'scalar' && isInstant(value.type)) return castTime(value, type)
  if (value.type.kind === 'list' && type.kind === 'list') return plain(value, value.sql, type)
  throw mistake(`${shownType(value.type)} cannot be cast to ${shownType(type)}`, value.at)
}

function plain(value: Value, sql: string, type: DataType): Value {
  return { sql: `CAST(${sql} AS ${duckType(type)})`, type, fails: true, at: value.at }
}

function fromText(value: Value, type: DataType): Value {
  if (isInteger(type)) {
    const sql = `CASE WHEN ${value.sql} IS NULL OR regexp_full_match(trim(${value.sql}), '[+-]?[0-9]+') THEN CAST(${value.sql} AS ${duckType(type)}) ELSE ${raise('not a whole number', value.sql, type)} END`
    return { sql: `(${sql})`, type, fails: true, at: value.at }
  }
  // Without ICU's help a text without an offset would mean the session's zone: it means UTC.
  if (type.kind === 'scalar' && type.name === 'TIMESTAMPTZ') {
    const zoned = `regexp_matches(${value.sql}, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)\\s*$')`
    const sql = `CASE WHEN ${zoned} THEN CAST(${value.sql} AS TIMESTAMPTZ) ELSE timezone('UTC', CAST(${value.sql} AS TIMESTAMP)) END`
    return { sql: `(${sql})`, type, fails: true, at: value.at }
  }
  if (type.kind === 'struct' || type.kind === 'map')
    throw mistake(`text cannot be cast to ${shownType(type)}`, value.at)
  return plain(value, value.sql, type)
}

function toInteger(value: Value, type: DataType): Value {
  if (isInteger(value.type) || isBoolean(value.type)) return plain(value, value.sql, type)
  if (!isExact(value.type) && !isFloat(value.type))
    throw mistake(`${shownType(value.type)} cannot be cast to ${shownType(type)}`, value.at)
  const whole = `CASE WHEN ${value.sql} IS NULL OR ${value.sql} = trunc(${value.sql}) THEN CAST(${value.sql} AS ${duckType(type)}) ELSE ${raise('not a whole number', value.sql, type)} END`
  return { sql: `(${whole})`, type, fails: true, at: value.at }
}

function castTime(value: Value, type: DataType): Value {
  if (type.kind !== 'scalar') throw mistake(`a time cannot be cast to ${shownType(type)}`, value.at)
  const from = value.type.kind === 'scalar' ? value.type.name : ''
  if (!isInstant(type) && type.name !== 'TIME')
    throw mistake(`${from} cannot be cast to ${type.name}; epoch_ms(…) gives a number`, value.at)
  const utc = from === 'TIMESTAMPTZ' ? `timezone('UTC', ${value.sql})` : value.sql
  if (type.name === 'TIMESTAMPTZ')
    return { sql: `timezone('UTC', CAST(${utc} AS TIMESTAMP))`, type, fails: true, at: value.at }
  return plain(value, utc, type)
}

/** Texts with a format, as strptime reads them. */
export function parseTime(value: Value, format: string): Value {
  return { sql: `strptime(${value.sql}, ${quoteText(format)})`, type: scalar('TIMESTAMP'), fails: true, at: value.at }
}
