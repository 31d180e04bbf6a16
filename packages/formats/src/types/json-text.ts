import type { DataType, Schema } from '@leat/connector-kit'
import { quoteIdent, quoteLiteral } from '../sql.ts'

/**
 * SQL for a value as JSON text, NULL as `null`. Built as text, because `to_json` takes numbers in nested values through binary64.
 * Times are ISO 8601, BLOBs base64, NaN and Infinity `null`.
 */
export function jsonTextOf(value: string, type: DataType, depth = 0): string {
  const name = `j${depth}`
  switch (type.kind) {
    case 'decimal':
      return orNull(`CAST(${value} AS VARCHAR)`)
    case 'list':
      return orNull(
        `'[' || array_to_string(list_transform(${value}, lambda ${name}: ${jsonTextOf(name, type.element, depth + 1)}), ',') || ']'`,
      )
    case 'struct': {
      const members = type.fields.map(
        (field) =>
          `${quoteLiteral(`${JSON.stringify(field.name)}:`)} || ${jsonTextOf(`${value}.${quoteIdent(field.name)}`, field.type, depth)}`,
      )
      return `CASE WHEN ${value} IS NULL THEN 'null' ELSE '{' || ${members.join(` || ',' || `)} || '}' END`
    }
    case 'map':
      return orNull(
        `'{' || array_to_string(list_transform(map_entries(${value}), lambda ${name}: CAST(to_json(CAST(${name}.key AS VARCHAR)) AS VARCHAR) || ':' || ${jsonTextOf(`${name}.value`, type.value, depth + 1)}), ',') || '}'`,
      )
    case 'scalar':
      return scalarText(value, type.name)
  }
}

/**
 * SQL for a row of `schema` as one line of JSON. Line ends can only stand between the tokens of JSON columns, where a space means the same.
 */
export function jsonLineOf(schema: Schema): string {
  const members = schema.fields.map(
    ({ name, type }) => `${quoteLiteral(`${JSON.stringify(name)}:`)} || ${jsonTextOf(quoteIdent(name), type)}`,
  )
  return `translate('{' || ${members.join(` || ',' || `)} || '}', E'\\n\\r', '  ')`
}

function scalarText(value: string, name: string): string {
  if (/INT/.test(name) && name !== 'INTERVAL') return orNull(`CAST(${value} AS VARCHAR)`)
  switch (name) {
    case 'BOOLEAN':
    case 'JSON':
    case 'UNKNOWN':
      return orNull(`CAST(${value} AS VARCHAR)`)
    case 'DOUBLE':
    case 'FLOAT':
      return orNull(`CASE WHEN isfinite(${value}) THEN CAST(to_json(${value}) AS VARCHAR) END`)
    case 'BLOB':
      return orNull(`'"' || to_base64(${value}) || '"'`)
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ':
      return orNull(`'"' || ${isoText(value, name)} || '"'`)
    default:
      // to_json of NULL is NULL inside lists, and the text `null` elsewhere.
      return orNull(`CAST(to_json(CAST(${value} AS VARCHAR)) AS VARCHAR)`)
  }
}

function orNull(text: string): string {
  return `coalesce(${text}, 'null')`
}

/** SQL for a time as ISO 8601 text; NULL stays NULL. Fractions of a second only where there are any; instants end in `Z`. */
export function isoText(value: string, name: 'TIMESTAMP' | 'TIMESTAMPTZ'): string {
  const zoned = name === 'TIMESTAMPTZ'
  const naive = zoned ? `timezone('UTC', ${value})` : value
  const end = zoned ? 'Z' : ''
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN NOT isfinite(${value}) THEN CAST(${value} AS VARCHAR) WHEN microsecond(${naive}) % 1000000 = 0 THEN strftime(${naive}, '%Y-%m-%dT%H:%M:%S${end}') ELSE strftime(${naive}, '%Y-%m-%dT%H:%M:%S.%f${end}') END`
}
